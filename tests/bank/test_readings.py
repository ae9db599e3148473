"""Approval rests on a recorded look by the same person at the same content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exam_app.access.actor import Actor
from exam_app.access.terms import Role
from exam_app.audit.actions import Action
from exam_app.audit.queries import Filter, detail_of, entries_in_order
from exam_app.bank import adapter, readings, service
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState, ReviewVerdict
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from tests.factories.bank import Office, make_item, read_rows
from tests.factories.people import actor_of, make_staff


def submitted(office: Office, count: int = 1) -> list[ItemRow]:
    """Return items of the writer that wait for review."""
    writer = office.actor(office.writer)
    with transaction():
        rows = [service.write_item(make_item(number), actor=writer) for number in range(count)]
        service.submit_items(rows, actor=writer)
    return rows


def approve(rows: list[ItemRow], actor: Actor, digests: dict[int, str] | None = None) -> None:
    """Approve what the rows hold now, or what is said they held."""
    with transaction():
        service.review_items(
            rows,
            verdict=ReviewVerdict.APPROVED,
            comment="一致",
            digests=digests or {row.id: row.content_digest for row in rows},
            actor=actor,
        )


def test_a_look_says_which_content(office: Office) -> None:
    """Version and digest stand in the entry of the item itself."""
    (row,) = submitted(office)
    read_rows(office, [row])
    wanted = Filter(actions=(Action.ITEM_VIEWED.value,), subject_ids=[str(row.id)])
    (entry,) = entries_in_order(wanted)
    told = detail_of(entry)
    assert (told["version"], told["content_digest"]) == (1, row.content_digest)
    assert entry.person_id == office.reviewer.person_id


def test_the_unread_are_counted_and_named(office: Office) -> None:
    """Seven of eight were never opened: refused, with the first five codes; none is approved."""
    rows, reviewer = submitted(office, 8), office.actor(office.reviewer)
    read_rows(office, rows[:1])
    assert readings.read_by(rows, reviewer) == {rows[0].id}
    with pytest.raises(RuleBroken, match="item-not-read") as refused:
        approve(rows, reviewer)
    assert refused.value.facts["count"] == 7
    assert refused.value.facts["items"].split("、") == [row.code for row in rows[1:6]]
    assert {row.state for row in rows} == {ItemState.IN_REVIEW}
    read_rows(office, rows)
    approve(rows, reviewer)
    assert {row.state for row in rows} == {ItemState.APPROVED}


def test_the_look_of_another_does_not_count(office: Office) -> None:
    """Each reviewer reads with their own eyes; a second account of the same person is theirs."""
    rows = submitted(office)
    read_rows(office, rows)
    with transaction():
        other = make_staff(Role.ITEM_REVIEWER, organisation=office.authority)
    with pytest.raises(RuleBroken, match="item-not-read"):
        approve(rows, actor_of(other))
    nobody = replace(actor_of(other), person_id=None)
    assert readings.read_by(rows, nobody) == set()
    assert readings.read_by([], actor_of(other)) == set()
    same = replace(actor_of(other), person_id=office.reviewer.person_id)
    assert readings.read_by(rows, same) == {rows[0].id}


def test_a_look_in_the_same_step_is_none(office: Office) -> None:
    """What is approved in the transaction that opens it was read by nobody."""
    rows, reviewer = submitted(office), office.actor(office.reviewer)
    with transaction():
        service.view_items(rows, reason="审题", actor=reviewer)
        with pytest.raises(RuleBroken, match="item-not-read"):
            approve(rows, reviewer)


def test_another_content_is_another_look(office: Office) -> None:
    """Rewritten after the look: neither the old digest nor the old look approves it."""
    (row,), reviewer = submitted(office), office.actor(office.reviewer)
    writer, old = office.actor(office.writer), row.content_digest
    read_rows(office, [row])
    with transaction():
        service.review_item(
            row, verdict=ReviewVerdict.RETURNED, comment="改", digest=old, actor=reviewer
        )
    with transaction():
        changed = replace(adapter.to_item(row), stem="改过的题干：安全生产的方针是什么。")
        service.submit_item(service.edit_item(row, changed, actor=writer), actor=writer)
    for digests in ({row.id: old}, {row.id: ""}, {0: ""}):
        with pytest.raises(RuleBroken, match="item-changed-since") as refused:
            approve([row], reviewer, digests)
        assert refused.value.facts["items"] == row.code
    with pytest.raises(RuleBroken, match="item-not-read"):
        approve([row], reviewer)
    assert row.state is ItemState.IN_REVIEW


def test_a_verdict_against_needs_no_look_but_the_same_content(office: Office) -> None:
    """A return does no harm to the pool; still it is a verdict on what stands there."""
    rows, reviewer = submitted(office), office.actor(office.reviewer)
    with pytest.raises(RuleBroken, match="item-changed-since"), transaction():
        service.review_item(
            rows[0], verdict=ReviewVerdict.RETURNED, comment="改", digest="", actor=reviewer
        )


def test_one_page_has_an_end(office: Office) -> None:
    """Fifty items at once are the most that anybody is shown."""
    rows = submitted(office) * 51
    reviewer = office.actor(office.reviewer)
    with pytest.raises(BadInput, match="items-too-many"), transaction():
        service.view_items(rows, reason="审题", actor=reviewer)
