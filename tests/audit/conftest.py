"""The application over migrated tables and one protected table of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from exam_app.audit import Action, checkpoint, record
from exam_app.core.crypto import keyring
from exam_app.core.db import db, transaction
from tests.audit.sample import MARKER, SampleMark


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """Give an application with a key that signs heads, inside its context, at the real time."""
    made = make_app()
    with made.app_context():
        keys = Path(made.instance_path) / "keys"
        for name in (checkpoint.KEY_FILE, checkpoint.PUBLIC_FILE):
            (keys / name).unlink(missing_ok=True)
        checkpoint.create_key(keys, keyring(), origin="exam.example/audit")
        SampleMark.metadata.create_all(db.engine)
        yield made


@pytest.fixture
def url(app: Flask) -> str:
    """Give the address of the application's database."""
    return str(app.config["SQLALCHEMY_DATABASE_URI"])


@pytest.fixture
def fill(app: Flask) -> Callable[..., list[int]]:
    """Return a maker of marks, one recorded transaction each."""

    def make(count: int = 12, *, sitting_id: int | None = None) -> list[int]:
        made = []
        for number in range(count):
            with transaction() as session:
                mark = SampleMark(candidate=f"c{number}", marks=60 + number)
                session.add(mark)
                session.flush()
                record(Action.ATTEMPT_MARKED, MARKER, mark, sitting_id=sitting_id, number=number)
                made.append(mark.id)
        return made

    return make
