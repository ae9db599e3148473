"""Numbers of items: kept by sitting, pooled, put right by a regrade, shown without a key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit.models import AuditEntry
from exam_app.bank import service, statistics
from exam_app.bank.models import ItemRow, ItemStatistic
from exam_app.core.db import session, transaction
from exam_app.core.errors import NotAllowed
from exam_app.marking import queries as marking
from exam_app.marking import service as marking_service
from question_bank.item_counts import Flag, ItemCounts
from tests.conftest import Clock
from tests.factories.attempts import sitting_of
from tests.factories.bank import Office, approve_items, make_item, review_rows
from tests.factories.marking import Office as Marking
from tests.factories.people import actor_of, make_organisation, make_staff
from tests.factories.sittings import World
from tests.factories.statistics import make_released
from tests.training.browser import Browser

ORDER = (2, 0, 3, 1)
# Sixty: the weakest all right, half of the best wrong on option C.
SUSPECT = ItemCounts(
    n=60,
    omitted=0,
    n_upper=16,
    n_lower=16,
    chosen=(1, 29, 29, 1),
    chosen_upper=(0, 4, 12, 0),
    chosen_lower=(0, 16, 0, 0),
    gained=29.0,
    own_square=15.0,
    rest_square=10.0,
    cross_square=-4.0,
)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def item_row(code: str) -> ItemRow:
    """Return the newest version of an item."""
    query = select(ItemRow).where(ItemRow.code == code).order_by(ItemRow.version.desc())
    return session().scalars(query).first() or pytest.fail(code)


def held() -> int:
    """Return how many rows of numbers there are."""
    return session().scalar(select(func.count(ItemStatistic.id))) or 0


def keep(world: World, sitting_id: int, counts: dict[str, ItemCounts]) -> int:
    """Keep numbers as a release does."""
    actor = world.actor(world.admin)
    with transaction():
        return service.record_statistics(
            counts, sitting_id=sitting_id, authority_id=world.authority.id, actor=actor
        )


def regrade(world: World, marks: Marking, question: int, new_key: str) -> None:
    """Change a key after the release, by two persons."""
    paper = marking.paper_of(sitting_of(world))
    with transaction():
        proposed = marking_service.propose_regrade(
            paper, question=question, new_key=new_key, reason="有误", actor=marks.checker
        )
    with transaction():
        marking_service.decide_regrade(proposed, apply=True, actor=marks.publisher)


def test_a_release_keeps_numbers_in_the_order_of_the_bank(app: Flask, clock: Clock) -> None:
    """What was chosen as shown is counted by the index the bank knows the option by."""
    make_released(clock.set, (10, 7, 1, None), order=ORDER)
    second = statistics.statistics_of(item_row("T-002"))
    assert second.counts is not None
    # shown B is the bank's option 0: two chose it, one left the question blank
    assert second.counts.chosen == (2, 0, 0, 0)
    assert (second.n, second.counts.omitted, second.sittings) == (3, 1, 1)
    assert second.counts.facility == pytest.approx(2 / 3)
    assert [each.option for each in second.options if each.is_key] == [0]
    judgement = statistics.statistics_of(item_row("T-010"))
    assert judgement.counts is not None
    assert judgement.counts.chosen == (1, 0)


def test_the_trail_gets_the_number_alone(app: Flask, clock: Clock) -> None:
    """Ten items, said once, by who released; none of them is named."""
    make_released(clock.set)
    query = select(AuditEntry).where(AuditEntry.action == "bank:item:record-statistics")
    entry = session().scalars(query).one()
    assert held() == 10
    assert "10" in str(entry.detail)
    assert "T-0" not in str(entry.detail)


def test_nothing_is_kept_before_the_release(app: Flask, clock: Clock) -> None:
    """Numbers of a paper appear with its results, not before."""
    world, office, _ = make_released(clock.set)
    with transaction():
        session().query(ItemStatistic).delete()
    regrade(world, office, 1, "B")
    assert held() == 10


def test_a_regrade_replaces_the_rows(app: Flask, clock: Clock) -> None:
    """One row an item and sitting; totals follow the new key, the item itself keeps its own."""
    world, office, _ = make_released(clock.set, (10, 9, 3, 1))
    before = statistics.statistics_of(item_row("T-001")).counts
    struck = statistics.statistics_of(item_row("T-010")).counts
    regrade(world, office, 10, "ALL")
    after = statistics.statistics_of(item_row("T-001")).counts
    kept = statistics.statistics_of(item_row("T-010")).counts
    assert held() == 10
    assert before is not None
    assert after is not None
    assert struck is not None
    assert kept is not None
    other = statistics.statistics_of(item_row("T-004")).counts
    assert other is not None
    assert kept.gained == struck.gained == pytest.approx(1.0)
    assert (after.n, after.gained) == (before.n, before.gained)
    assert other.rest_square < 0.75  # everybody has the tenth question now


def test_sittings_add_up_over_versions_that_ask_the_same(app: Flask, clock: Clock) -> None:
    """A new explanation keeps the numbers; another stem begins anew."""
    world, _, bank = make_released(clock.set, (10, 7))
    row = item_row("T-001")
    writer = bank.actor(bank.writer)
    same = replace(make_item(code="T-001"), stem=row.content["stem"], explanation="另见第四条")
    same = replace(same, options=tuple(row.content["options"]), key=frozenset(row.content["key"]))
    with transaction():
        newer = service.edit_item(row, same, actor=writer)
        service.submit_item(newer, actor=writer)
    review_rows(bank, [newer])
    both = {"T-001@1": SUSPECT, "T-001@2": SUSPECT, "X-1@1": SUSPECT}
    assert keep(world, sitting_of(world).id, both) == 2
    found = statistics.statistics_of(newer)
    assert (found.n, found.sittings) == (120, 2)
    assert statistics.statistics_of(row) == replace(found, row=row)
    assert statistics.statistics_of(item_row("T-002")).n == 0  # the sitting is replaced whole
    (listed,) = statistics.flagged_items(bank.actor(bank.setter))
    assert (listed.row.version, listed.n) == (2, 120)
    with transaction():
        service.edit_item(newer, replace(same, stem="另一个题干，应当选哪项？"), actor=writer)
    assert statistics.statistics_of(item_row("T-001")).n == 0


def test_few_answers_are_held_by_the_estimate(app: Flask, clock: Clock) -> None:
    """One of one right is no facility of 1; without an answer the estimate stands."""
    _, _, bank = make_released(clock.set, (10, None))
    found = statistics.statistics_of(item_row("T-001"))
    assert found.prior < found.facility < 0.8
    (fresh,) = approve_items(bank, [make_item(77)])
    assert statistics.statistics_of(fresh).facility == pytest.approx(0.75)
    assert statistics.statistics_of(fresh).options == ()


def test_suspicious_items_are_listed(app: Flask, clock: Clock) -> None:
    """From fifty answers on, worst first; a key is suspected from a hundred; drafts are not."""
    world, _, bank = make_released(clock.set)
    reader, sitting_id = bank.actor(bank.setter), sitting_of(world).id
    assert statistics.flagged_items(reader) == []
    keep(world, sitting_id, {"T-002@1": SUSPECT})
    (found,) = statistics.flagged_items(reader)
    assert found.flags == (Flag.NEGATIVE_DISCRIMINATION, Flag.DEAD_DISTRACTOR)
    keep(world, sitting_id, {"T-002@1": SUSPECT + SUSPECT, "T-003@1": SUSPECT})
    assert statistics.flagged_items(reader, Flag.KEY_SUSPECTED)[0].row.code == "T-002"
    assert len(statistics.flagged_items(reader)) == 2
    with transaction():
        service.retire_item(item_row("T-002"), reason="答案有误", actor=bank.actor(bank.reviewer))
    assert [each.row.code for each in statistics.flagged_items(reader)] == ["T-003"]


def test_the_wall_stands_before_the_list(app: Flask, clock: Clock) -> None:
    """A teacher and another city's reviewer see nothing of it."""
    world, _, _ = make_released(clock.set)
    keep(world, sitting_of(world).id, {"T-002@1": SUSPECT})
    with transaction():
        teacher = make_staff(Role.TRAINING_MANAGER, organisation=world.provider)
        away = make_organisation(OrganisationKind.CITY_EM, division_code="230600")
        stranger = make_staff(Role.ITEM_REVIEWER, organisation=away)
    with pytest.raises(NotAllowed):
        statistics.flagged_items(actor_of(teacher))
    assert statistics.flagged_items(actor_of(stranger)) == []


def test_the_pages(browser: Browser, clock: Clock) -> None:
    """The list filters by reason; options and key stand on the item's page after a reason."""
    world, _, bank = make_released(clock.set)
    keep(world, sitting_of(world).id, {"T-002@1": SUSPECT})
    row_id, stem = item_row("T-002").id, item_row("T-002").content["stem"]
    browser.sign_in(bank.setter)
    assert "需关注的试题" in browser.get("/items").text
    page = browser.get("/items/flagged").text
    assert "T-002" in page
    assert "区分度为负" in page
    assert stem not in page
    assert "T-002" in browser.get("/items/flagged?flag=dead-distractor").text
    assert "T-002" not in browser.get("/items/flagged?flag=too-hard").text
    assert "T-002" in browser.get("/items/flagged?flag=nonsense").text
    path = f"/items/{row_id}"
    shown = browser.get(path).text
    assert "总分高的考生反而答得差" in shown
    assert "高分组" not in shown
    opened = browser.post(f"{path}/content", path, reason="核对统计").text
    assert "高分组" in opened
    assert "不起作用" in opened


def test_who_has_no_duty_in_the_bank_is_refused(browser: Browser, office: Office) -> None:
    """Nobody reads the list by its address alone."""
    with transaction():
        marker = make_staff(Role.MARKER, organisation=office.authority)
    assert browser.get("/items/flagged").status_code == 303
    browser.sign_in(marker)
    assert browser.get("/items/flagged").status_code == 403
