"""Scripts written on copies with an order of their own: printed, keyed by two, marked rightly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from exam_app.access.terms import Role
from exam_app.attempts import queries, rules, service
from exam_app.attempts.rules import COPY
from exam_app.attempts.terms import Difference
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.fonts import ensure_fonts
from exam_app.core.jobs import work_once
from exam_app.marking import service as marking
from exam_app.papers import printed, vault
from exam_app.papers import service as papers
from exam_app.papers.models import Consent, Paper
from exam_app.papers.terms import CustodyKind
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import SittingMode
from exam_app.stages import JOBS
from question_bank.copies import Scheme, order_of
from tests.attempts.browser import Browser
from tests.attempts.test_keying import key, keyers
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.attempts import KEY, close, make_running, sitting_of
from tests.factories.marking import Office, make_office, mark
from tests.factories.people import make_staff
from tests.factories.sittings import World


def make_printed(
    app: Flask, clock: Clock, scheme: Scheme, *, people: int = 2, itself: bool = False
) -> World:
    """Return a paper sitting that is over, its room's copies printed with one spare."""
    ensure_fonts(Path(app.instance_path))
    world = make_running(clock.set, mode=SittingMode.PAPER, people=people)
    sitting = sitting_of(world)
    room_id, chief = sittings.entries_of(sitting.id)[0].room_id, world.actor(world.chief)
    with transaction():
        papers.ask_print(paper_of(world), room_id=room_id, scheme=scheme, spares=1, actor=chief)
        if itself:
            papers.print_paper(paper_of(world), copies=1, actor=chief)
    held = [*world.entries, sitting, world.chief, *world.invigilators, world.authority, world.admin]
    held.append(world.site_custodian)
    assert work_once(JOBS)
    session().add_all(held)
    close(world, clock.set)
    return world


def paper_of(world: World) -> Paper:
    query = select(Paper).where(Paper.sitting_id == sitting_of(world).id)
    return session().scalars(query).one()


def copies_of(world: World) -> list[int]:
    return [number for number, _ in printed.copies_made(paper_of(world))]


def script(world: World, scheme: Scheme, copy: int, wrong: int = 0) -> dict[int, str]:
    """Return what a candidate writes who answers all right, but for one question of the paper."""
    order = order_of(vault.marking_key(paper_of(world).id).copy_paper(scheme), copy)
    said = {}
    for placed in order:
        right = {"ABCD".index(letter) for letter in KEY[placed.number]}
        shown = {at for at, option in enumerate(placed.options) if option in right}
        said[placed.position] = "".join("ABCD"[at] for at in sorted(shown))
        if placed.number == wrong:
            said[placed.position] = ""
    return said


def key_twice(world: World, entry: Entry, answers: Mapping[int, str]) -> None:
    first, second, _ = keyers(world)
    key(entry, dict(answers), first)
    key(entry, dict(answers), second)


def totals(world: World, office: Office) -> dict[int, Decimal | None]:
    return {result.entry_id: result.total for result in mark(world, office)}


@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_right_script_has_full_marks(app: Flask, clock: Clock, scheme: Scheme) -> None:
    """Whatever the order of the copies; a spare copy counts like a candidate's own."""
    world = make_printed(app, clock, scheme)
    own, _, spare = copies_of(world)
    for entry, copy, wrong in zip(world.entries, (spare, own), (0, 6), strict=True):
        numbered = {} if scheme is Scheme.SAME else {COPY: f"第 {copy} 号"}
        key_twice(world, entry, script(world, scheme, copy, wrong) | numbered)
        attempt = queries.attempt_of(entry.id)
        assert attempt is not None
        assert queries.copy_of(attempt) == (copy if numbered else None)
        assert COPY not in queries.responses_of(attempt.id)
        assert attempt.responses_digest == queries.digest_of(attempt)
    office = make_office(world)
    assert totals(world, office) == {world.entries[0].id: 100, world.entries[1].id: 90}
    with transaction():
        regrade = marking.propose_regrade(
            paper_of(world), question=6, new_key="ACD", reason="重阅", actor=office.checker
        )
    assert regrade.effect == []


def test_a_number_nobody_printed_is_refused(app: Flask, clock: Clock) -> None:
    """None, one of another room, no number, the paper itself: nothing is kept."""
    world = make_printed(app, clock, Scheme.EACH)
    entry, (first, *_) = world.entries[0], keyers(world)
    answers = script(world, Scheme.EACH, copies_of(world)[0])
    for given, code in (
        ({}, "copy-missing"),
        ({COPY: " "}, "copy-missing"),
        ({COPY: "9017"}, "copy-unknown"),
        ({COPY: "A"}, "copy-unknown"),
        ({COPY: "0"}, "copy-unknown"),
        ({COPY: "9" * 5000}, "copy-unknown"),
    ):
        with pytest.raises(BadInput) as refused:
            key(entry, answers | given, first)
        assert (refused.value.code, refused.value.facts["field"]) == (code, "question_0")
    assert queries.readings_of(entry.id) == {}


def test_two_numbers_are_a_difference_a_third_settles(app: Flask, clock: Clock) -> None:
    """Keyers who read another number agree on nothing; the third's number is what marks."""
    world = make_printed(app, clock, Scheme.EACH)
    (one, other, _), (first, second, third) = copies_of(world), keyers(world)
    entry, answers = world.entries[0], script(world, Scheme.EACH, one)
    key(entry, answers | {COPY: str(other)}, first)
    key(entry, answers | {COPY: str(one)}, second)
    assert queries.attempt_of(entry.id) is None
    assert queries.differences(entry) == (Difference(COPY, str(other), str(one)),)
    with pytest.raises(BadInput, match="copy-unknown"), transaction():
        service.resolve_script(entry, answers={COPY: "7"}, actor=third)
    with transaction():
        attempt = service.resolve_script(entry, answers={COPY: str(one)}, actor=third)
    assert queries.copy_of(attempt) == one
    key_twice(
        world,
        world.entries[1],
        script(world, Scheme.EACH, other) | {COPY: str(other)},
    )
    assert set(totals(world, make_office(world)).values()) == {Decimal(100)}


def test_a_copy_keyed_for_another_is_refused(app: Flask, clock: Clock) -> None:
    """By name, to both keyers and to the third; freed when the third decides another number."""
    world = make_printed(app, clock, Scheme.EACH)
    (one, other, spare), (first, second, third) = copies_of(world), keyers(world)
    entry, neighbour = world.entries
    said = script(world, Scheme.EACH, one)
    key(entry, said | {COPY: str(other)}, first)
    for keyer in (first, second):
        with pytest.raises(RuleBroken) as refused:
            key(neighbour, said | {COPY: str(other)}, keyer)
        facts = {"field": "question_0", "copy": other, "ticket": entry.ticket_number}
        assert (refused.value.code, refused.value.facts) == ("copy-taken", facts)
    key(entry, said | {COPY: str(spare)}, second)
    key(neighbour, said | {COPY: str(one)}, first)
    with pytest.raises(RuleBroken, match="copy-taken"), transaction():
        service.resolve_script(entry, answers={COPY: str(one)}, actor=third)
    with transaction():
        service.resolve_script(entry, answers={COPY: str(spare)}, actor=third)
    key(neighbour, said | {COPY: str(other)}, second)
    with transaction():
        service.resolve_script(neighbour, answers={COPY: str(other)}, actor=third)
    assert queries.copies_keyed(entry) == {other: neighbour.ticket_number}


@ONE_DATABASE
def test_a_spoiled_copy_is_refused(app: Flask, clock: Clock) -> None:
    """Once two persons noted it as spoiled; one alone changes nothing, a later note rights it."""
    world = make_printed(app, clock, Scheme.EACH)
    (one, *_), (first, second, _) = copies_of(world), keyers(world)
    entry, said = world.entries[0], script(world, Scheme.EACH, one) | {COPY: str(one)}
    chief, keeper = world.actor(world.chief), world.actor(world.site_custodian)

    def note(kind: CustodyKind, numbers: list[int], copies: int = 1) -> Consent:
        with transaction():
            return papers.agree_custody(
                paper_of(world), kind=kind, copies=copies, note="墨迹", numbers=numbers, actor=chief
            )

    for numbers, code in (([7], "copy-unknown"), (copies_of(world), "copies-fewer")):
        with pytest.raises(BadInput, match=code):
            note(CustodyKind.SPOILED, numbers)
    waiting = note(CustodyKind.SPOILED, [one])
    key(entry, said, first)
    with transaction():
        line = papers.record_custody(waiting, actor=keeper)
    assert line.note == f"№{one} 墨迹"
    with pytest.raises(RuleBroken, match="copy-spoiled"):
        key(entry, said, second)
    with transaction():
        papers.record_custody(note(CustodyKind.RETURNED, [one]), actor=keeper)
    key(entry, said, second)
    assert queries.attempt_of(entry.id) is not None


@ONE_DATABASE
def test_the_paper_itself_bears_no_number(app: Flask, clock: Clock) -> None:
    """Where the paper was printed in its own order too, 0 says that a script is on such a one.

    √, × and T, F are what a true or false question may be keyed with.
    """
    world = make_printed(app, clock, Scheme.EACH, people=1, itself=True)
    key_twice(world, world.entries[0], KEY | {COPY: "0", 8: "T", 9: "F", 10: "√"})
    assert set(totals(world, make_office(world)).values()) == {Decimal(100)}


@ONE_DATABASE
def test_the_pages_ask_for_the_number(app: Flask, clock: Clock) -> None:
    """A field with its hint where copies have orders of their own, and among the differences."""
    world = make_printed(app, clock, Scheme.TWO_FORMS, people=1)
    entry, (one, other) = world.entries[0], copies_of(world)
    with transaction():
        staff = [make_staff(Role.MARKER, organisation=world.authority) for _ in range(3)]
    browser, *_ = browsers = [Browser(app.test_client()) for _ in staff]
    for each, account in zip(browsers, staff, strict=True):
        each.sign_in(account)
    reading, differences = f"/scripts/{entry.id}/reading", f"/scripts/{entry.id}/differences"
    page = browser.get(reading).text
    assert "副本号即试卷页眉" in page
    assert 'name="question_0"' in page
    said = script(world, Scheme.TWO_FORMS, one)
    fields = {rules.field_of(number): value for number, value in said.items()}
    refused = browser.post(reading, **fields, question_0="77")
    assert refused.status_code == 422
    assert "没有印制过副本号为“77”的试卷" in refused.text
    assert browser.post(reading, **fields, question_0=str(one)).status_code == 303
    assert browsers[1].post(reading, **fields, question_0=str(other)).status_code == 303
    page = browsers[2].get(differences).text
    assert "副本号" in page
    assert page.count("<tr>") == 2
    assert browsers[2].post(differences, question_0=str(one)).status_code == 303
    session().rollback()
    assert set(totals(world, make_office(world)).values()) == {Decimal(100)}
