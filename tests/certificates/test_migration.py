"""The table of certificates rebuilt with rows in it: nothing is lost, the trail still holds."""

from __future__ import annotations

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from exam_app.audit.verify import verify
from exam_app.certificates.models import Certificate, Revocation
from exam_app.core.db import db, session, transaction
from exam_app.credits import service as credits_
from exam_app.marking.terms import Outcome
from exam_app.paths import MIGRATIONS
from tests.factories.certificates import make_revoked, make_signed, officer_of
from tests.factories.finished import make_finished
from tests.factories.people import actor_of


def test_certificates_with_hours_and_revocations_go_down_and_up(app: Flask) -> None:
    """Rows that others point at keep their numbers; no digest in the trail changes."""
    made = make_finished(Outcome.PASS, Outcome.PASS, certified=False)
    first, second = make_signed(made)
    with transaction():
        credits_.credit(first, actor=actor_of(officer_of(made)))
    make_revoked(second, made)
    before = session().execute(select(Certificate.id, Certificate.number, Certificate.record)).all()
    session().close()
    downgrade(directory=str(MIGRATIONS), revision="0004")
    upgrade(directory=str(MIGRATIONS))
    after = session().execute(select(Certificate.id, Certificate.number, Certificate.record)).all()
    assert after == before
    assert [each.certificate_id for each in session().scalars(select(Revocation))] == [second.id]
    if db.engine.dialect.name == "sqlite":
        assert session().execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert session().execute(text("PRAGMA foreign_key_check")).all() == []
    session().rollback()
    assert verify(db.engine) == []
