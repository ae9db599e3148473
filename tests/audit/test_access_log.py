"""The access log: refusals and sign-ins stay, and a finished day cannot be altered unseen."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from exam_app.audit import (
    SYSTEM,
    AccessKind,
    Action,
    note_access,
    queries,
    record,
    record_access_digest,
)
from exam_app.audit.models import AccessEvent
from exam_app.audit.verify import verify
from exam_app.core.db import db, transaction
from exam_app.core.errors import BadInput, RuleBroken
from tests.audit.sample import MARKER, clean, entries


@transaction()
def open_paper_and_fail() -> None:
    record(Action.PAPER_OPENED, MARKER, ("paper", 1))
    raise RuntimeError


def test_access_event_is_written_after_the_rollback(app: Flask, clock: Any) -> None:
    """A refusal is noted though the request's transaction was rolled back."""
    with pytest.raises(RuntimeError):
        open_paper_and_fail()
    note_access(
        AccessKind.REFUSAL,
        actor=MARKER,
        permission="papers:paper:open",
        outcome="duty-conflict",
        endpoint="papers.open_paper",
        wall="W1",
    )
    note_access(AccessKind.LOOK_UP, actor=None, endpoint="certificates.check")
    refusal, look_up = queries.access_events_on(dt.date(2025, 3, 10))
    assert (refusal.account_id, refusal.outcome) == (7, "duty-conflict")
    assert json.loads(refusal.facts) == {"wall": "W1"}
    assert look_up.account_id is None
    assert entries() == []
    with pytest.raises(BadInput):
        note_access(AccessKind.LOOK_UP, actor=None, query="230702198807012357")


def test_daily_access_digest_enters_the_trail_once(app: Flask, clock: Any) -> None:
    """The digest of a finished local day is recorded, once; a changed event is found."""
    day = dt.date(2025, 3, 10)
    clock.set("2025-03-10 23:59")
    note_access(AccessKind.SIGN_IN, actor=MARKER, outcome="bad-password")
    with pytest.raises(RuleBroken, match="day-not-over"), transaction():
        record_access_digest(day, SYSTEM)
    clock.set("2025-03-11 00:05")
    note_access(AccessKind.SIGN_IN, actor=MARKER)
    with transaction():
        record_access_digest(day, SYSTEM)
    with pytest.raises(RuleBroken, match="day-digested"), transaction():
        record_access_digest(day, SYSTEM)
    assert queries.detail_of(entries()[0])["count"] == 1
    assert clean()
    with db.engine.begin() as connection:
        connection.execute(
            insert(AccessEvent.__table__).values(  # type: ignore[arg-type]
                at=dt.datetime(2025, 3, 10, 3, tzinfo=dt.UTC),
                kind="sign-in",
                outcome="ok",
                endpoint="",
                facts="{}",
            )
        )
    (finding,) = verify(db.engine, protected=[])
    assert (finding.code, finding.found) == ("access-differs", "2025-03-10")
