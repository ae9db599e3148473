"""A process that dies after its entry was written and before its commit."""

from __future__ import annotations

import os
import signal
import sys

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection

from exam_app.audit import Action, record, trail
from exam_app.core.db import db, install_sqlite, transaction
from tests.audit.sample import MARKER, SampleMark


def die(connection: Connection) -> None:
    """Be killed as the operating system kills."""
    sys.stdout.write("written\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str) -> None:
    """Change the database of this address, and die."""
    app = Flask("exam_app")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    trail.install()
    with app.app_context():
        if url.startswith("sqlite"):
            install_sqlite(db.engine)
        event.listen(db.engine, "commit", die)
        with transaction() as session:
            session.add(SampleMark(candidate="gone", marks=1))
            record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 1))


if __name__ == "__main__":
    main(sys.argv[1])
