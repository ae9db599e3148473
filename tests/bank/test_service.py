"""Items and blueprints: written by one, approved by another, never changed after."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from exam_app.access.actor import Actor
from exam_app.access.terms import Role
from exam_app.audit.models import AuditEntry
from exam_app.bank import adapter, queries, service
from exam_app.bank.models import ItemRow
from exam_app.bank.rules import ItemStateWrong
from exam_app.bank.terms import ItemState, ReviewVerdict
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, DutyConflict, Missing, RuleBroken
from question_bank import ItemType, load_content
from question_bank.exchange import xlsx
from tests.factories.bank import (
    Office,
    approve_items,
    make_bank,
    make_blueprint,
    make_item,
    make_plan,
    read_rows,
    review_rows,
)
from tests.factories.people import actor_of, make_appointment, make_staff

APPROVED = ReviewVerdict.APPROVED


def written(office: Office, number: int = 1) -> ItemRow:
    """Return a draft of the writer."""
    with transaction():
        return service.write_item(make_item(number), actor=office.actor(office.writer))


def review(row: ItemRow, actor: Actor, *, comment: str = "同意") -> None:
    """Approve what the row holds now."""
    service.review_item(
        row, verdict=APPROVED, comment=comment, digest=row.content_digest, actor=actor
    )


def entries() -> int:
    """Return how many entries the trail has."""
    return session().scalar(select(func.count(AuditEntry.seq))) or 0


def test_an_item_goes_from_draft_to_pool(office: Office) -> None:
    """Only what another person approved can be drawn."""
    row = written(office)
    pool = {"industry": "mining", "category": "team_leader"}
    assert queries.pool(office.authority.id, **pool) == []
    with transaction():
        service.submit_item(row, actor=office.actor(office.writer))
    assert queries.pool(office.authority.id, **pool) == []
    review_rows(office, [row])
    (item,) = queries.pool(office.authority.id, **pool)
    assert item.id == row.code
    assert item.law_version


def test_the_author_does_not_review(office: Office) -> None:
    """Item author ≠ reviewer, by the natural person and not by the account."""
    row = written(office)
    with transaction():
        service.submit_item(row, actor=office.actor(office.writer))
        make_appointment(office.writer, office.authority, Role.ITEM_REVIEWER)
    with pytest.raises(DutyConflict, match="duty-not-author"), transaction():
        review(row, actor_of(office.writer))
    twin = replace(office.actor(office.reviewer), person_id=office.writer.person_id)
    with pytest.raises(DutyConflict, match="duty-not-author"), transaction():
        review(row, twin)


def test_the_database_too_refuses_one_person(office: Office) -> None:
    """Four eyes is a CHECK as well."""
    written(office)
    with pytest.raises(IntegrityError):
        session().connection().exec_driver_sql(
            "UPDATE item SET approved_by_id = author_id, approved_at = created_at"
        )
    session().rollback()


def test_an_approved_version_never_changes(office: Office) -> None:
    """An edit makes a new version; the old one serves until the new one is approved."""
    (row,) = approve_items(office, [make_item()])
    before = row.content_digest
    item = replace(make_item(), stem="改过的题干：安全生产方针是什么。")
    with transaction():
        made = service.edit_item(row, item, actor=office.actor(office.writer))
    assert (made.version, made.state, made.code) == (2, ItemState.DRAFT, row.code)
    assert (row.content_digest, row.state) == (before, ItemState.APPROVED)
    with pytest.raises(RuleBroken, match="item-not-newest"), transaction():
        service.edit_item(row, item, actor=office.actor(office.writer))
    with transaction():
        service.submit_item(made, actor=office.actor(office.writer))
    review_rows(office, [made])
    assert row.state is ItemState.RETIRED
    (drawn,) = queries.pool(office.authority.id, industry="mining", category="team_leader")
    assert (drawn.version, drawn.stem) == (2, item.stem)


def test_a_draft_is_its_writers(office: Office) -> None:
    """Another writer neither sees nor edits nor submits it."""
    row = written(office)
    with transaction():
        other = make_staff(Role.ITEM_WRITER, organisation=office.authority)
    actor = actor_of(other)
    with pytest.raises(Missing):
        queries.get_item(row.id, actor)
    assert list(queries.items_for(actor)) == []
    with pytest.raises(RuleBroken, match="item-not-own"), transaction():
        service.edit_item(row, make_item(), actor=actor)
    with pytest.raises(RuleBroken, match="item-not-own"), transaction():
        service.submit_item(row, actor=actor)


def test_a_returned_item_goes_back(office: Office) -> None:
    """With the reviewer's words, which stay."""
    row = written(office)
    with transaction():
        service.submit_item(row, actor=office.actor(office.writer))
    with pytest.raises(ItemStateWrong), transaction():
        service.edit_item(row, make_item(), actor=office.actor(office.writer))
    with transaction():
        service.review_item(
            row,
            verdict=ReviewVerdict.RETURNED,
            comment="选项乙不严谨",
            digest=row.content_digest,
            actor=office.actor(office.reviewer),
        )
    assert row.state is ItemState.DRAFT
    assert [each.comment for each in queries.reviews_of(row)] == ["选项乙不严谨"]
    with pytest.raises(ItemStateWrong), transaction():
        review(row, office.actor(office.reviewer))


def test_a_review_says_something(office: Office) -> None:
    """No verdict without words."""
    row = written(office)
    with transaction():
        service.submit_item(row, actor=office.actor(office.writer))
    with pytest.raises(BadInput, match="reason-missing"), transaction():
        review(row, office.actor(office.reviewer), comment=" ")


def test_a_bulk_review_is_one_entry_and_all_or_none(office: Office) -> None:
    """Forty items are approved by one act; one own item refuses them all."""
    rows = [written(office, number) for number in range(4)]
    with transaction():
        service.submit_items(rows, actor=office.actor(office.writer))
    reviewer, digests = office.actor(office.reviewer), read_rows(office, rows)
    before = entries()
    with transaction():
        service.review_items(
            rows, verdict=APPROVED, comment="同意", digests=digests, actor=reviewer
        )
    assert entries() == before + 1
    with transaction():
        other = make_staff(Role.ITEM_WRITER, Role.ITEM_REVIEWER, organisation=office.authority)
    mixed = [written(office, 11)]
    with transaction():
        mixed.append(service.write_item(make_item(12), actor=actor_of(other)))
        service.submit_items(mixed[:1], actor=office.actor(office.writer))
        service.submit_items(mixed[1:], actor=actor_of(other))
    with pytest.raises(DutyConflict, match="duty-not-author"), transaction():
        service.review_items(
            mixed, verdict=APPROVED, comment="同意", digests={}, actor=actor_of(other)
        )
    assert {row.state for row in mixed} == {ItemState.IN_REVIEW}
    with pytest.raises(BadInput, match="items-missing"), transaction():
        service.review_items([], verdict=APPROVED, comment="同意", digests={}, actor=reviewer)


def test_retiring_needs_another_person_and_a_reason(office: Office) -> None:
    """An item out of use is in no pool, and comes back as a new version only."""
    (row,) = approve_items(office, [make_item()])
    reviewer = office.actor(office.reviewer)
    with pytest.raises(BadInput, match="reason-missing"), transaction():
        service.retire_item(row, reason=" ", actor=reviewer)
    with transaction():
        make_appointment(office.writer, office.authority, Role.ITEM_REVIEWER)
    with pytest.raises(DutyConflict, match="duty-not-author"), transaction():
        service.retire_item(row, reason="法规修订", actor=actor_of(office.writer))
    with transaction():
        service.retire_item(row, reason="法规修订", actor=reviewer)
    assert queries.pool(office.authority.id, industry="mining", category="team_leader") == []
    with pytest.raises(ItemStateWrong), transaction():
        service.retire_item(row, reason="法规修订", actor=reviewer)


def test_looking_at_a_key_is_written_down(office: Office) -> None:
    """No reason, no key; with one, an entry names who looked."""
    (row,) = approve_items(office, [make_item()])
    setter = office.actor(office.setter)
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.view_item(row, reason=" ", actor=setter)
    before = entries()
    with transaction():
        assert service.view_item(row, reason="核对双向细目表", actor=setter).key == {1}
    assert entries() == before + 1


def test_a_taken_code_is_refused(office: Office) -> None:
    """A second item of the same code is an edit, or nothing."""
    written(office)
    with pytest.raises(RuleBroken, match="item-code-taken"):
        written(office)


def test_another_authoritys_items_are_not_there(office: Office) -> None:
    """A bank belongs to one authority."""
    (row,) = approve_items(office, [make_item()])
    with transaction():
        stranger = make_staff(Role.ITEM_REVIEWER)
    with pytest.raises(Missing):
        queries.get_item(row.id, actor_of(stranger))


# ---- import


def book(*numbers: int) -> bytes:
    """Return an item table of these items."""
    return xlsx.write_items([make_item(number) for number in numbers])


def test_an_import_goes_straight_to_review(office: Office) -> None:
    """Nobody's file is in the bank before another person has reviewed it."""
    writer = office.actor(office.writer)
    report = service.check_items(book(1, 2, 3), "题.xlsx", actor=writer)
    assert (len(report.items), report.accepted) == (3, 0)
    assert session().scalar(select(func.count(ItemRow.id))) == 0
    with transaction():
        report = service.import_items(book(1, 2, 3), "题.xlsx", reason="年度命题", actor=writer)
    assert report.accepted == 3
    states = {row.state for row in session().scalars(select(ItemRow))}
    assert states == {ItemState.IN_REVIEW}


def test_the_same_file_twice_is_harmless(office: Office) -> None:
    """The second time nothing is written but the entry in the trail."""
    writer = office.actor(office.writer)
    for accepted, unchanged in ((2, 0), (0, 2)):
        with transaction():
            report = service.import_items(book(1, 2), "题.xlsx", reason="年度命题", actor=writer)
        assert (report.accepted, report.unchanged) == (accepted, unchanged)
    assert report.duplicate
    assert session().scalar(select(func.count(ItemRow.id))) == 2


def test_bad_rows_hold_the_file_back_unless_chosen(office: Office) -> None:
    """Each bad row is named by its own number; the good ones go by explicit choice alone."""
    writer = office.actor(office.writer)
    text = xlsx.write_items([make_item(1), make_item(2)])
    from question_bank.exchange.columns import HEADERS
    from question_bank.exchange.item_table import to_row
    from tabular import write_table

    bad = dict(zip(HEADERS, to_row(make_item(3)), strict=True)) | {"依据原文": "不在条文里的话"}
    odd = dict(zip(HEADERS, to_row(make_item(4)), strict=True)) | {"答案": "Q"}
    rows = [to_row(make_item(1)), list(bad.values()), list(odd.values()), to_row(make_item(2))]
    data = write_table(HEADERS, rows, sheet="试题", version="question_bank.items/1")
    assert data != text
    with transaction():
        report = service.import_items(data, "题.xlsx", reason="年度命题", actor=writer)
    assert (report.accepted, len(report.items), len(report.problems)) == (0, 2, 2)
    rows_named = [each.row for each in report.problems]
    assert rows_named == sorted(rows_named)
    assert {each.code for each in report.problems} == {"quote-not-in-article", "bad-key"}
    with transaction():
        report = service.import_items(
            data, "题.xlsx", reason="年度命题", only_valid=True, actor=writer
        )
    assert report.accepted == 2


def test_a_copy_under_another_code_is_a_problem(office: Office) -> None:
    """The same question twice in the bank would be twice on a paper."""
    approve_items(office, [make_item(1)])
    data = xlsx.write_items([replace(make_item(1), id="COPY-1")])
    report = service.check_items(data, "题.xlsx", actor=office.actor(office.writer))
    assert [each.code for each in report.problems] == ["item-repeated"]


def test_an_item_under_review_is_not_overwritten(office: Office) -> None:
    """An import with another text waits until the review is done."""
    writer = office.actor(office.writer)
    with transaction():
        service.import_items(book(1), "题.xlsx", reason="年度命题", actor=writer)
    revised = replace(make_item(1), stem=make_item(1).stem + "（修订）")
    report = service.check_items(xlsx.write_items([revised]), "题.xlsx", actor=writer)
    assert [each.code for each in report.problems] == ["item-in-review"]


def test_an_import_needs_a_reason_and_a_readable_file(office: Office) -> None:
    """A picture is no item table."""
    writer = office.actor(office.writer)
    with pytest.raises(BadInput, match="reason-missing"):
        service.import_items(book(1), "题.xlsx", reason="", actor=writer)
    for data, name in ((b"\x89PNG", "题.xlsx"), (b"", "题.csv"), ("编号\n".encode(), "题.csv")):
        with pytest.raises(BadInput, match="table-"):
            service.check_items(data, name, actor=writer)


def test_the_shipped_content_comes_in_whole(office: Office) -> None:
    """All shipped items are valid, fill a real blueprint, and come in once."""
    writer = office.actor(office.writer)
    with transaction():
        report = service.import_content(reason="随系统提供的题库", actor=writer)
    assert report.problems == ()
    assert report.accepted == len(load_content())
    review_rows(office, list(session().scalars(select(ItemRow))))
    pool = queries.pool(office.authority.id, industry="mining", category="team_leader")
    assert len(pool) > 200
    with transaction():
        again = service.import_content(reason="随系统提供的题库", actor=writer)
    assert (again.accepted, again.duplicate) == (0, True)


# ---- blueprints


def test_a_blueprint_is_approved_by_another(office: Office) -> None:
    """And only when the bank can fill three disjoint papers by it."""
    make_bank(office, papers=3)
    row = make_blueprint(office, approved=False)
    with transaction():
        make_appointment(office.setter, office.authority, Role.PAPER_APPROVER)
    with pytest.raises(DutyConflict, match="duty-not-author"), transaction():
        service.approve_blueprint(row, actor=actor_of(office.setter))
    with transaction():
        service.approve_blueprint(row, actor=office.actor(office.approver))
    found = queries.blueprint_for(office.authority.id, "mining", "team_leader")
    assert found.id == row.id
    assert adapter.to_blueprint(row) == make_plan()
    with pytest.raises(RuleBroken, match="blueprint-approved"), transaction():
        service.approve_blueprint(row, actor=office.actor(office.approver))


def test_a_blueprint_the_bank_cannot_fill_names_its_cells(office: Office) -> None:
    """Refused at design time, with the cell that is short and by how much."""
    make_bank(office, papers=2)
    row = make_blueprint(office, approved=False)
    with pytest.raises(RuleBroken, match="bank-short") as refused, transaction():
        service.approve_blueprint(row, actor=office.actor(office.approver))
    assert refused.value.facts["shorts"] == [
        ("A", "single", 12, 8),
        ("A", "multiple", 6, 4),
        ("A", "true_false", 6, 4),
    ]


def test_an_approved_blueprint_stays(office: Office) -> None:
    """Saving again makes the next version, which waits for approval."""
    make_bank(office, papers=3)
    row = make_blueprint(office)
    with transaction():
        again = service.save_blueprint(
            make_plan(title="改名"), code=row.code, actor=office.actor(office.setter)
        )
    assert (again.version, again.approved_at) == (2, None)
    assert again.overlap_max == make_plan().total_items // 2
    assert queries.blueprint_for(office.authority.id, "mining", "team_leader").id == row.id
    with transaction():
        other = make_staff(Role.PAPER_SETTER, organisation=office.authority)
    with pytest.raises(RuleBroken, match="blueprint-not-own"), transaction():
        service.save_blueprint(make_plan(), code=row.code, actor=actor_of(other))


@pytest.mark.parametrize(("code", "overlap"), [(" ", 0), ("XM", -1), ("XM", 99)])
def test_a_blueprint_with_odd_values(office: Office, code: str, overlap: int) -> None:
    """No code, a ceiling below nothing or above the paper."""
    with pytest.raises(BadInput), transaction():
        service.save_blueprint(
            make_plan(), code=code, overlap_max=overlap, actor=office.actor(office.setter)
        )


def test_feasibility_counts_disjoint_papers(office: Office) -> None:
    """The scarcest cell decides."""
    counts = {ItemType.SINGLE: 9, ItemType.MULTIPLE: 8, ItemType.TRUE_FALSE: 8}
    make_bank(office, papers=1, counts=counts)
    pool = queries.pool(office.authority.id, industry="mining", category="team_leader")
    found = queries.feasibility(make_plan(), pool, papers=3)
    assert found.papers == 2
    assert [short.missing for short in found.shorts] == [3]
    with pytest.raises(Missing, match="blueprint-missing"):
        queries.blueprint_for(office.authority.id, "mining", "team_leader")
