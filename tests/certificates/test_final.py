"""What was revoked stays revoked, whoever writes into the database; each authority's own lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from exam_app.access.actor import SYSTEM
from exam_app.audit import AccessKind, trail
from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.audit.verify import verify
from exam_app.certificates import jws, keys, listing, pages, publishing, record, service, status
from exam_app.certificates.models import Certificate
from exam_app.certificates.passphrase import signing_ring
from exam_app.certificates.terms import CertificateState, ChangeKind, VerdictState
from exam_app.core import clock
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import ExamError, Missing, RuleBroken
from exam_app.marking.terms import Outcome
from tests.certificates.test_concurrency import at_once, prepare_class
from tests.factories.certificates import (
    HOST,
    approver_of,
    make_key,
    make_prepared,
    make_revoked,
    make_signed,
    officer_of,
)
from tests.factories.finished import Finished, make_city, make_finished
from tests.factories.people import actor_of


def in_sql(*statements: str) -> None:
    """Do what an administrator of the database can, triggers set aside."""
    session().rollback()
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "sqlite":
            for name in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS audit_entry_no_{name}"))
        else:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(sa.text(statement))


def unrevoke(row: Certificate) -> None:
    in_sql(f"UPDATE certificate SET state = 'valid' WHERE id = {row.id}")


def no_decisions() -> None:
    """Take the decisions out of the trail: its chain has a hole then."""
    names = "', '".join(action.value for action in listing.DECISIONS)
    in_sql(f"DELETE FROM audit_entry WHERE action IN ('{names}')")


def files() -> list[Path]:
    return sorted(pages.config().instance.glob("status/*.jws"))


def is_listed(row: Certificate) -> bool:
    """Return whether the list signed now says that a certificate was taken back."""
    told = jws.unverified(publishing.status_list(row.status_list, "revocation").text)
    raw = status.decoded(told["credentialSubject"]["encodedList"])
    return row.status_index in status.set_places(raw)


def voided(made: Finished) -> None:
    with transaction():
        first, second = (actor_of(approver_of(made)) for _ in range(2))
        asked = service.ask_voiding(made.sitting, reason="泄题", actor=first)
    with transaction():
        service.decide_voiding(asked, actor=second)


def replaced(row: Certificate, made: Finished) -> None:
    officer, approver, signer = (
        actor_of(each(made)) for each in (officer_of, approver_of, approver_of)
    )
    with transaction():
        asked = service.ask_change(row, ChangeKind.REPLACE, reason="遗失", actor=officer)
    with transaction():
        fresh = service.decide_change(asked, actor=approver)
    with transaction():
        service.sign([fresh], actor=signer)


def test_a_row_set_valid_in_sql_stays_on_the_list(app: Flask, client: FlaskClient) -> None:
    """Before a list ever said so: the trail names the places; told once, nothing is done on it."""
    made = make_finished(*[Outcome.PASS] * 3, certified=False)
    taken, old, other = make_signed(made)
    make_revoked(taken, made)
    replaced(old, made)
    voided(made)
    rows = [taken, old, other]
    officer = actor_of(officer_of(made))
    for row in rows:
        unrevoke(row)
    for _ in range(2):
        publishing._kept().clear()
        assert client.get(f"/status/{taken.status_list}").status_code == 200
    session().rollback()
    assert all(is_listed(row) for row in rows)
    ended = [pages.verdict_of(row).verdict.state for row in rows]
    assert ended == [VerdictState.REVOKED, VerdictState.REPLACED, VerdictState.REVOKED]
    told = [facts["number"] for facts in audit.facts_noted(AccessKind.CONTRADICTION)]
    assert sorted(told) == sorted(row.number for row in rows)
    row = rows[0]
    assert row.state is CertificateState.VALID
    assert pages.queries.valid_of(made.training_class.id) == []
    assert pages.queries.contradicted_of(made.training_class.id) == rows
    assert not pages.view_of(row).printable
    refused: list[Callable[[], object]] = [
        lambda: service.hand_out([row], b"", actor=officer),
        lambda: service.reprint(row, b"", reason="遗失", actor=officer),
        lambda: service.ask_change(row, ChangeKind.REPLACE, reason="遗失", actor=officer),
    ]
    for step in refused:
        with pytest.raises(RuleBroken, match="certificate-fallen"), transaction():
            step()
    assert "row-differs" in {each.code for each in verify(db.engine)}


def test_trail_and_file_stand_in_for_each_other(made: Finished) -> None:
    """Without the file the trail rebuilds the list, without the trail the file holds its bits."""
    (row,) = make_signed(made)
    make_revoked(row, made)
    assert is_listed(row)
    unrevoke(row)
    (path,) = files()
    text = path.read_text(encoding="utf-8")
    for harmed in (None, text[:-4] + "AAAA", ""):
        path.unlink() if harmed is None else path.write_text(harmed, encoding="utf-8")
        publishing._kept().clear()
        assert is_listed(row)
        assert files() == [path]
        written = path.read_text(encoding="utf-8")
        assert jws.verify(written, pages.known_keys(), typ=jws.STATUS_LIST)
    no_decisions()
    assert is_listed(row)
    assert pages.verdict_of(row).verdict.state is VerdictState.REVOKED
    assert not listing.is_free(listing.place_of(row))
    assert "truncated" in {each.code for each in verify(db.engine)}


# ---- several authorities


@pytest.fixture
def two(app: Flask) -> tuple[Finished, Finished]:
    """Return classes of two authorities, each with a key of its own."""
    found = []
    for code in ("230700", "230800"):
        make_key(int(code))
        found.append(
            make_finished(Outcome.PASS, Outcome.PASS, city=make_city(code), certified=False)
        )
    return found[0], found[1]


def published(folder: Path) -> Path:
    """Return a folder with every list, as they are kept for use without a network."""
    folder.mkdir(exist_ok=True)
    for name, document in publishing.status_lists().items():
        (folder / f"{name}.jws").write_text(document.text, encoding="utf-8")
    return folder


def offline(row: Certificate, folder: Path) -> VerdictState:
    """Return the verdict of who has the keys and a folder of lists."""
    look_up = status.load(folder, pages.known_keys(), now=clock.now(), host=HOST)
    digits = pages.digits_of(row)
    verdict = record.verify(digits, pages.known_keys(), at=clock.today(), status=look_up)
    return verdict.state


def test_each_authority_has_lists_of_its_own(
    two: tuple[Finished, Finished], tmp_path: Path
) -> None:
    """Both verify with one key set; what one revokes the other's list cannot clear."""
    first, second = make_signed(two[0]), make_signed(two[1])
    assert ({row.status_list for row in first}, {row.status_list for row in second}) == ({1}, {2})
    folder = published(tmp_path / "lists")
    assert {offline(row, folder) for row in (*first, *second)} == {VerdictState.VALID}
    make_revoked(first[0], two[0])
    folder = published(folder)
    assert offline(first[0], folder) is VerdictState.REVOKED
    assert offline(second[0], folder) is VerdictState.VALID
    _forge(folder / "9-forged.jws")
    assert offline(first[0], folder) is VerdictState.REVOKED
    with transaction():
        for key in keys.load_own(pages.config().keys).keys.values():
            if 230700 in key.issuers:
                service.retire_signing_key(key.kid, actor=SYSTEM)
    publishing._kept().clear()
    with pytest.raises(RuleBroken, match="signing-key-missing") as refused:
        publishing.status_list(1, "revocation")
    assert refused.value.facts["issuer"] == "230700"


def _forge(path: Path) -> None:
    """Write a later list 1 without a revocation, signed by the second authority's key."""
    now = clock.now() + dt.timedelta(minutes=5)
    places = status.Places(1, {}, now, now + status.GOOD_FOR)
    folder = pages.config().keys
    (key,) = keys.signing_keys(folder, issuer=230800, on=clock.today())
    signer = keys.open_signer(folder, signing_ring(), key)
    content = status.credential(places, "revocation", HOST)
    path.write_text(jws.sign(content, signer, jws.STATUS_LIST), encoding="utf-8")


def test_an_older_list_of_two_authorities_is_signed_by_each(
    two: tuple[Finished, Finished], tmp_path: Path
) -> None:
    """Records keep the place they state; the next place is in a list of one's own."""
    make_signed(two[0])
    (row, other) = make_prepared(two[1])
    with transaction():
        row.status_list, row.fields = 1, {**row.fields, "status": [1, row.status_index]}
        trail.record(Action.CERTIFICATE_ISSUED, trail.SYSTEM, two[1].training_class)
    with transaction():
        service.sign([row, other], actor=actor_of(approver_of(two[1])))
    folder = published(tmp_path / "lists")
    assert {each.name for each in folder.iterdir()} >= {
        "1-revocation.jws", "1-revocation-230800.jws", "2-revocation.jws",
    }  # fmt: skip
    assert offline(row, folder) is VerdictState.VALID
    make_revoked(row, two[1])
    assert offline(row, published(folder)) is VerdictState.REVOKED
    with pytest.raises(Missing):
        publishing.status_list(2, "revocation", 230700)
    assert listing.issuers_of(1) == [230700, 230800]


def test_two_authorities_at_once_begin_two_lists(
    app: Flask, two: tuple[Finished, Finished]
) -> None:
    """Whoever comes second waits, and takes the next number."""
    pairs = [(each.training_class.id, officer_of(each).id) for each in two]
    refused: list[ExamError] = at_once(
        app,
        [lambda pair=pair: prepare_class(*pair) for pair in pairs],  # type: ignore[misc]
    )
    assert refused == []
    query = sa.select(Certificate.authority_id, Certificate.status_list).distinct()
    found = session().execute(query).all()
    assert len(found) == len({row.status_list for row in found}) == 2
