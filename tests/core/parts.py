"""A job of parts; run as a program it is killed in the middle of its fourth."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from exam_app.application import create_app
from exam_app.core.db import session
from exam_app.core.jobs import Running, work_once
from exam_app.people.models import Person
from tests.factories.people import make_person
from tests.stores import config

KIND = "parts"
PARTS = 6
KILLED_AT = 3


def register_part(number: int) -> None:
    """Write a row that a part done twice would double."""
    make_person(name=f"第{number}部分", number=f"23070219{number:010d}")


def done_parts() -> list[int]:
    """Return the numbers of the parts that were committed, in order."""
    names = session().scalars(select(Person.name).where(Person.name.startswith("第")))
    return sorted(int(name.removeprefix("第").removesuffix("部分")) for name in names)


def until_killed(running: Running) -> Mapping[str, Any]:
    """Do parts until the system kills the process inside a step."""
    for number in range(running.done, PARTS):
        with running.step(total=PARTS, last=number):
            register_part(number)
            if number == KILLED_AT:
                session().flush()
                os.kill(os.getpid(), signal.SIGKILL)
    return {}


if __name__ == "__main__":
    with create_app(config(Path(sys.argv[2]), sys.argv[1])).app_context():
        work_once({KIND: until_killed})
