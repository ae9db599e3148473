"""Files verified in the background: both ways, states, walls, limits, retention."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from exam_app.access.terms import Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import keys
from exam_app.certificates.rules import certificate_number
from exam_app.certificates.terms import VerdictState
from exam_app.core import clock as exam_clock
from exam_app.core import files
from exam_app.core.db import db, metadata, session, transaction
from exam_app.core.errors import DutyConflict, Missing, NotAllowed
from exam_app.core.jobs import Job, JobState
from exam_app.people import queries as people
from exam_app.verification import bulk, pages, queries, rules, service
from exam_app.verification.adapter import Asked
from exam_app.verification.models import VerificationRow
from exam_app.verification.service import batches, looking
from exam_app.verification.terms import Outcome
from tabular import read_table
from tests.conftest import Clock
from tests.factories.certificates import ON, make_digits, make_keys, make_signer
from tests.factories.people import actor_of
from tests.verification.world import World, batch_of, run_batch, table, work_off


def outcomes(batch_id: int) -> list[tuple[str, list[str]]]:
    session().rollback()
    return [(row.outcome.value, list(row.reasons)) for row in queries.all_rows(batch_id)]


def test_both_ways_and_every_state(world: World) -> None:
    """Valid, revoked, unknown, wrong name, foreign site, forged, typing errors, other's record."""
    (first, second), (name, other) = world.numbers, world.names
    foreign = world.texts[0].replace("exam.yichun.example", "exam-yichun.example")
    digits = world.texts[0].partition("#")[2]
    last = str((int(digits[-1]) + 1) % 10)
    unknown = certificate_number("230700", 2025, 1, 99999)
    rows = [
        ((first, name, ""), "valid", []),
        ((" ".join(first), f" {name} ", ""), "valid", []),
        (("", "", world.texts[0]), "valid", []),
        (("", "", foreign), "status-unknown", ["foreign-address"]),
        (("", "", digits[:-1] + last), "refused", ["bad-signature"]),
        (("", "", "你好"), "refused", ["not-digits"]),
        ((first, other, ""), "not-found", ["not-found"]),
        ((unknown, name, ""), "not-found", ["not-found"]),
        ((first[:-1] + "x", name, ""), "unreadable", ["certificate-number"]),
        ((first, other, world.texts[0]), "refused", ["differs-from-row"]),
        (("", "", make_digits()), "refused", ["unknown-key"]),
        ((second, other, ""), "revoked", ["revoked"]),
        (("", "", world.texts[1]), "revoked", ["revoked"]),
        ((first, "", ""), "unreadable", ["number-and-name"]),
    ]
    world.revoke(1)
    batch_id = run_batch(world, table(*[row for row, *_ in rows]))
    assert outcomes(batch_id) == [(outcome, reasons) for _, outcome, reasons in rows]
    batch = batch_of(batch_id)
    assert batch.counts == queries.counts_of(batch_id)
    assert batch.counts["valid"] == 3
    assert 4 in {row.place for row in queries.rows_of(batch_id, only_bad=True).rows}
    assert queries.misses_left(batch.organisation_id) == rules.MISSES_A_DAY - 2
    job = session().get_one(Job, batch.job_id)
    assert (job.state, job.done, job.total) == (JobState.DONE, 14, 14)
    sheet = list(read_table(pages.batch_file(queries.all_rows(batch_id)), "a.xlsx"))
    assert len(sheet) == 15
    assert sheet[1][1][5].value == "有效"
    assert len(sheet[8][1]) == 7  # nothing of a certificate whose name does not fit


def test_a_record_that_is_not_on_file_is_never_valid(world: World) -> None:
    """Signed by a key that is published here, but never issued: the state is unknown."""
    signer = make_signer()
    keys.publish(current_app.extensions["exam"].keys, make_keys(signer))
    batch_id = run_batch(world, table(("", "", make_digits(signer, issued_on=exam_clock.today()))))
    assert outcomes(batch_id) == [("status-unknown", ["not-on-file"])]


def test_only_the_organisation_sees_its_batches(world: World) -> None:
    """Another enterprise finds nothing; without the duty or a purpose nothing is handed in."""
    batch_id = run_batch(world, table((world.numbers[0], world.names[0], "")))
    batch = batch_of(batch_id)
    stranger = queries.organisation_of(world.other, batches.Permission.CERTIFICATE_VERIFY_BATCH)
    with pytest.raises(Missing):
        queries.get_batch(batch_id, stranger.id)
    with pytest.raises(Missing), transaction():
        service.hand_out(batch_of(batch_id), b"", actor=world.other)
    assert queries.batches_of(stranger.id) == []
    assert len(queries.batches_of(batch.organisation_id)) == 1
    with pytest.raises(DutyConflict), transaction():
        service.ask_batch(b"1\n", "a.txt", purpose=" ", actor=world.actor)
    marker = actor_of(world.staff(Role.MARKER))
    with pytest.raises(NotAllowed), transaction():
        service.ask_batch(b"1\n", "a.txt", purpose="试", actor=marker)


def test_the_file_is_held_encrypted_and_goes_in_time(
    world: World, app: Flask, clock: Clock
) -> None:
    """The same file twice is held once, encrypted, until both are over; later the rows go."""
    data = table((world.numbers[0], world.names[0], ""))
    first = run_batch(world, data)
    clock.forward(days=1)
    second = run_batch(world, data)
    batch = batch_of(first)
    organisation_id, sha256 = batch.organisation_id, batch.sha256
    kind = f"verification-{organisation_id}"
    path = Path(app.instance_path) / "files" / kind / sha256
    assert data not in path.read_bytes()
    assert path.read_bytes().startswith(b"EXAMFILE")
    clock.forward(days=6)
    work_off()
    assert batch_of(first).file_removed_at is not None
    assert files.held(kind, sha256) == data  # the second batch still names it
    clock.forward(days=1)
    work_off()
    assert not path.exists()
    assert len(outcomes(second)) == 1
    clock.forward(days=90)
    work_off()
    assert outcomes(first) == outcomes(second) == []
    assert batch_of(second).rows_removed_at is not None
    with pytest.raises(Missing), transaction():
        service.hand_out(batch_of(second), b"", actor=world.actor)


def test_guessing_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once so many rows matched nothing, no further one is looked up by number and name today."""
    monkeypatch.setattr(rules, "MISSES_A_DAY", 3)
    number, name = world.numbers[0], world.names[0]
    guesses = [(number, f"猜{n}", "") for n in range(4)]
    batch_id = run_batch(world, table(*guesses, (number, name, ""), ("", "", world.texts[0])))
    told = [outcome for outcome, _ in outcomes(batch_id)]
    assert told == ["not-found"] * 3 + ["limited"] * 2 + ["valid"]
    again = run_batch(world, table((number, name, "")))
    assert outcomes(again) == [("limited", ["misses-over"])]


def test_parallel_calls_guess_no_more_than_one_would(world: World, app: Flask) -> None:
    """Two threads with more wrong names than are left: together they are told of so many."""
    asked = [Asked("", number=world.numbers[0], name=f"猜{place}") for place in range(600)]
    told: list[Outcome] = []

    def guess() -> None:
        with app.app_context():
            told.extend(each.outcome for each in looking.checked(asked, world.enterprise_id))
            db.session.remove()

    session().rollback()
    threads = [threading.Thread(target=guess) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(told)
    assert counted == {Outcome.NOT_FOUND: rules.MISSES_A_DAY, Outcome.LIMITED: 200}
    assert queries.misses_left(world.enterprise_id) == 0


def test_a_killed_worker_leaves_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken over after the first lot, each row is there once and in order."""
    monkeypatch.setattr("exam_app.verification.adapter.TABLE_LOT", 2)
    rows = [(world.numbers[0], world.names[0], "") for _ in range(5)]
    real, calls = batches.looking.checked, []

    def dying(*given: object, **over: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*given, **over)  # type: ignore[arg-type]

    monkeypatch.setattr(batches.looking, "checked", dying)
    batch_id = run_batch(world, table(*rows))
    session().rollback()
    query = select(VerificationRow.place).where(VerificationRow.batch_id == batch_id)
    assert list(session().scalars(query.order_by(VerificationRow.place))) == [1, 2, 3, 4, 5]
    assert batch_of(batch_id).counts == {"valid": 5}


def test_a_contact_who_left_verifies_nothing_more(world: World) -> None:
    """The duty is asked anew when the job is done."""
    with transaction():
        batch = service.ask_batch(b"1\n", "a.txt", purpose="核验", actor=world.actor)
        batch_id, job_id = batch.id, batch.job_id
    with transaction():
        account = world.contact
        account.is_active = False
        trail.record(Action.ACCOUNT_DISABLED, trail.SYSTEM, account)
    work_off()
    session().rollback()
    job = session().get_one(Job, job_id)
    assert (job.state, job.error) == (JobState.FAILED, {"code": "account-disabled", "facts": {}})
    assert outcomes(batch_id) == []


def test_no_id_number_is_left_anywhere(world: World) -> None:
    """An ID number typed into every column, and as the file's name, is in no table."""
    number = people.id_number_of(world.certificate().enrolment.person)
    session().rollback()
    data = table((number, number, ""), (world.numbers[0], number, ""), ("", "", number))
    batch_id = run_batch(world, data, f"{number}.xlsx")
    assert [outcome for outcome, _ in outcomes(batch_id)] == ["unreadable", "not-found", "refused"]
    for table_ in metadata.sorted_tables:
        for row in session().execute(table_.select()):
            assert number not in str(tuple(row)), table_.name


def test_many_are_verified_side_by_side() -> None:
    """On two processes the verdicts are the same, in the same order."""
    signer = make_signer()
    known, day = make_keys(signer), ON
    good, bad = make_digits(signer), make_digits(make_signer(bytes(32)))
    texts = [good, bad, "x"] * 100
    found = bulk.verify_texts(texts, known, processes=2, at=day)
    assert found == bulk.verify_texts(texts, known, at=day)
    assert [each.state for each in found[:3]] == [
        VerdictState.STATUS_UNKNOWN,
        VerdictState.REFUSED,
        VerdictState.REFUSED,
    ]


def test_own_staff_their_dates_and_hours(world: World, clock: Clock) -> None:
    """Only people the enterprise sent, masked; what ends within 90 days; revoked ones as such."""
    world.revoke(1)
    organisation = queries.organisation_of(world.actor, batches.Permission.API_TOKEN)
    page = pages.staff_page(organisation)
    assert {(each.number, each.outcome) for each in page.rows} == {
        (world.numbers[0], Outcome.VALID),
        (world.numbers[1], Outcome.REVOKED),
    }
    assert all(each.masked_id.startswith("**************") for each in page.rows)
    assert page.soon == []
    ((month, count, _),) = page.months
    held = world.certificate()
    assert (month, count) == (held.expires_on.strftime("%Y-%m"), 1)
    clock.set(f"{held.expires_on.isoformat()} 09:00")
    assert [each.number for each in pages.staff_page(organisation).soon] == [world.numbers[0]]
    clock.forward(days=1)
    assert pages.staff_page(organisation).counts[Outcome.EXPIRED] == 1
    stranger = queries.organisation_of(world.other, batches.Permission.API_TOKEN)
    assert pages.staff_page(stranger).rows == []
    content = pages.staff_file(pages.staff_page(organisation))
    with transaction():
        service.export_staff(organisation, content, actor=world.actor)
    with pytest.raises(NotAllowed), transaction():
        service.export_staff(organisation, content, actor=world.other)
