"""What a review attacked: words that change under an approval, doors that stay shut for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from exam_app.access.terms import Role
from exam_app.bank import queries, service
from exam_app.bank.models import ItemEnemy, ItemRow
from exam_app.bank.rules import ItemInvalid, ItemStateWrong
from exam_app.bank.service import imports
from exam_app.bank.service.comparing import compare
from exam_app.bank.terms import ItemState
from exam_app.core.db import session, transaction
from exam_app.core.errors import NotAllowed
from question_bank.exchange import xlsx
from question_bank.item import ItemSet
from tests.bank.test_laws import version
from tests.factories.bank import Office, approve_items, make_item, review_rows
from tests.factories.people import make_staff


def begun(office: Office, number: int = 1) -> ItemRow:
    """Return a draft of the writer."""
    with transaction():
        return service.write_item(make_item(number), actor=office.actor(office.writer))


def test_an_import_leaves_alone_what_was_sent_to_review_meanwhile(office: Office) -> None:
    """The file was read while the row was a draft; it is looked at again under the lock."""
    row = begun(office)
    writer = office.actor(office.writer)
    other = replace(make_item(1), key=frozenset({0}), quote="")
    report = compare([(2, other)], (), writer)
    assert len(report.items) == 1
    with transaction():
        service.submit_item(row, actor=writer)
    with transaction():
        taken = imports._take(report, "移交", "0" * 64, writer)
    assert taken.accepted == 0
    assert [each.code for each in taken.problems] == ["item-in-review"]


def test_an_import_leaves_anothers_draft_alone(office: Office) -> None:
    """A code that was free when the file was read may be somebody's draft by now."""
    with transaction():
        second = make_staff(Role.ITEM_WRITER, organisation=office.authority)
    report = compare([(2, make_item(1))], (), office.actor(second))
    begun(office)
    with transaction():
        taken = imports._take(report, "移交", "0" * 64, office.actor(second))
    assert [each.code for each in taken.problems] == ["item-draft-of-another"]


def test_the_database_keeps_what_was_approved(office: Office) -> None:
    """Neither words nor approval of an approved version can be changed by any statement."""
    (row,) = approve_items(office, [make_item(1)])
    for change in ("content_digest = 'x'", "approved_at = NULL, approved_by_id = NULL"):
        with pytest.raises(DBAPIError), transaction() as current:
            current.execute(text(f"UPDATE item SET {change} WHERE id = {row.id}"))


def test_an_item_is_judged_by_the_law_in_use(office: Office) -> None:
    """Submitted under the old words, it is not approved under the new ones."""
    row = begun(office)
    with transaction():
        service.submit_item(row, actor=office.actor(office.writer))
        service.import_laws(
            version(), "法.jsonl", reason="修法", actor=office.actor(office.reviewer)
        )
    with pytest.raises(ItemInvalid):
        review_rows(office, [row])


@pytest.mark.parametrize("who", ["writer", "reviewer"])
def test_a_draft_can_be_given_up(office: Office, who: str) -> None:
    """By its author or a reviewer, with a reason; the version before it is in the pool again."""
    (row,) = approve_items(office, [make_item(1)])
    with transaction():
        draft = service.edit_item(row, make_item(1), actor=office.actor(office.writer))
    assert queries.approved(office.authority.id) == []
    with transaction():
        service.discard_draft(draft, reason="不再修改", actor=office.actor(getattr(office, who)))
    assert [item.version for item in queries.approved(office.authority.id)] == [1]
    assert draft.state is ItemState.RETIRED
    with pytest.raises(ItemStateWrong), transaction():
        service.discard_draft(row, reason="已入库的不能放弃", actor=office.actor(office.reviewer))


def test_another_writer_gives_up_nothing(office: Office) -> None:
    """A draft is its author's and the reviewers'."""
    draft = begun(office)
    with transaction():
        second = make_staff(Role.ITEM_WRITER, organisation=office.authority)
    with pytest.raises(NotAllowed), transaction():
        service.discard_draft(draft, reason="别人的", actor=office.actor(second))


def take(office: Office, *items: object) -> service.ImportReport:
    """Import items as the writer, good rows alone."""
    with transaction():
        return service.import_items(
            xlsx.write_items(items),  # type: ignore[arg-type]
            "题.xlsx",
            reason="移交",
            only_valid=True,
            actor=office.actor(office.writer),
        )


def test_pairs_follow_renamed_items_and_survive_a_second_run(office: Office) -> None:
    """The pair is between the items of the file, under the ids they have here."""
    approve_items(office, [make_item(7, code="q2")])
    one = replace(make_item(1, code="q1"), enemies=frozenset({"q2"}))
    other = replace(make_item(2, code="q2"), stem="完全不同的问题：发生火灾时首先应当怎么做？")
    for _ in range(2):
        take(office, one, other)
        pair = session().scalars(select(ItemEnemy)).one()
        assert pair.first_code.startswith("A.1-") or pair.second_code.startswith("A.1-")
        assert "q2" not in {pair.first_code, pair.second_code}


def test_an_unknown_enemy_is_noted(office: Office) -> None:
    """A pair with an item that is nowhere is not kept."""
    report = take(office, replace(make_item(1), enemies=frozenset({"nobody"})))
    assert [each.code for each in report.notes] == ["enemy-unknown"]
    assert session().scalars(select(ItemEnemy)).all() == []


def test_the_same_question_twice_under_taken_names(office: Office) -> None:
    """Two foreign names for one question give one item and a named problem."""
    approve_items(office, [make_item(7, code="q1"), make_item(8, code="q2")])
    asked = "完全不同的问题：发生火灾时首先应当怎么做？"
    report = take(
        office,
        replace(make_item(1, code="q1"), stem=asked),
        replace(make_item(1, code="q2"), stem=asked),
    )
    assert (report.accepted, [each.code for each in report.problems]) == (1, ["item-repeated"])


def test_a_case_keeps_one_material(office: Office) -> None:
    """One member with other material is refused; the whole case may be renewed."""
    old, new = ItemSet("K-1", "材料一"), ItemSet("K-1", "完全不同的材料")
    members = [make_item(number) for number in (1, 2, 3)]
    approve_items(office, [replace(item, item_set=old) for item in members])
    report = take(office, replace(members[0], item_set=new))
    assert [each.code for each in report.problems] == ["set-stem-differs"]
    whole = take(office, *(replace(item, item_set=new) for item in members))
    assert whole.accepted == 3
