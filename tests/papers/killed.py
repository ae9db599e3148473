"""A process that seals or opens a paper and is killed (SIGKILL) at a moment told beforehand.

Reads one order a line from standard input, as JSON, forks a child for it that does the act, and
answers with how the child ended. A moment is a share of
all that Python calls and returns from in the act, or the name of a function at whose call it ends.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from exam_app.application import create_app
from exam_app.core import clock
from exam_app.core.db import session, transaction
from exam_app.papers import service
from exam_app.papers.models import Paper
from exam_app.people import queries as people
from tests.stores import config


def act(app: Flask, order: dict[str, Any]) -> None:
    """Do what is asked for, as the two custodians, one after the other."""
    at = dt.datetime.fromisoformat(order["at"])
    with clock.running(lambda: at), app.app_context():
        paper = session().get_one(Paper, order["paper"])
        one, other = (people.actor_of(people.get_account(each), at) for each in order["accounts"])
        steps: dict[str, list[Callable[[], object]]] = {
            "seal": [
                lambda: service.consent_to_seal(paper, actor=one),
                lambda: service.seal(paper, actor=other),
            ],
            "open": [
                lambda: service.consent_to_open(paper, passphrase=order["words"][0], actor=one),
                lambda: service.open_paper(paper, passphrase=order["words"][1], actor=other),
            ],
        }
        watch = Watch(order["moment"])
        sys.setprofile(watch)
        for step in steps[order["act"]]:
            with transaction():
                step()
        sys.setprofile(None)
        Path(order["told"]).write_text(str(watch.seen))


class Watch:
    """Counts what Python does and ends the process at its moment."""

    def __init__(self, moment: int | str | None) -> None:
        self.moment, self.seen = moment, 0

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        """Count a call or a return."""
        self.seen += 1
        named = event == "call" and frame.f_code.co_qualname == self.moment
        if named or self.seen == self.moment:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Carry out orders until there are no more."""
    app: Flask | None = None
    for line in sys.stdin:
        order = json.loads(line)
        app = app or create_app(config(Path(order["folder"]), order["url"]))
        child = os.fork()
        if child == 0:
            act(app, order)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
