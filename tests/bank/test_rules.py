"""The rules of the bank, and items on their way between rows, forms and files."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exam_app.bank import adapter, labels, rules
from exam_app.bank.rules import ItemInvalid, ItemStateWrong
from exam_app.bank.terms import ItemState
from exam_app.core.errors import BadInput
from question_bank import Item, ItemType, load_content, load_laws
from tests.factories.bank import make_item

STATES = list(ItemState)


@pytest.mark.parametrize("state", STATES)
def test_who_comes_after_whom(state: ItemState) -> None:
    """Draft → review → approved → retired, and nothing else."""
    steps = (
        (rules.check_can_be_submitted, {ItemState.DRAFT}),
        (rules.check_can_be_reviewed, {ItemState.IN_REVIEW}),
        (rules.check_can_be_retired, {ItemState.APPROVED}),
        (rules.check_can_be_edited, set(STATES) - {ItemState.IN_REVIEW}),
    )
    for check, allowed in steps:
        if state in allowed:
            check(state)
        else:
            with pytest.raises(ItemStateWrong):
                check(state)


def test_only_a_draft_is_edited_in_place() -> None:
    """What was approved never changes."""
    kept = [state for state in STATES if not rules.needs_new_version(state)]
    assert kept == [ItemState.DRAFT]


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_a_reason_is_words(reason: str | None) -> None:
    """Blanks are no reason."""
    with pytest.raises(BadInput, match="reason-missing"):
        rules.check_reason(reason)


def test_every_shipped_item_comes_back_from_its_row() -> None:
    """Plain values hold all of an item."""
    items = load_content(laws=load_laws())
    assert len(items) > 200
    for item in items:
        content = adapter.to_content(item)
        back = adapter.from_content(content, code=item.id, version=item.version)
        assert replace(back, enemies=item.enemies) == item


def test_every_shipped_item_comes_back_from_its_form() -> None:
    """Editing an item and saving it unchanged changes nothing."""
    for item in load_content(laws=load_laws()):
        fields = adapter.to_fields(item)
        options = [fields.get(f"option_{letter}", "") for letter in "abcdefgh"]
        while options and not options[-1]:
            options.pop()
        back = replace(
            adapter.item_from_fields(fields, options),
            law_version=item.law_version,
            item_set=item.item_set,  # the service keeps it
        )
        assert adapter.to_content(back) == adapter.to_content(item)


def test_the_digest_says_when_content_differs() -> None:
    """One letter more is another content; the version is none of it."""
    item = make_item()
    same = adapter.content_digest(adapter.to_content(replace(item, version=7)))
    assert same == adapter.content_digest(adapter.to_content(item))
    other = adapter.to_content(replace(item, stem=item.stem + "？"))
    assert adapter.content_digest(other) != same


def test_every_fault_is_named() -> None:
    """A quote that is not in the article, a key outside, no topic: all at once."""
    item = replace(make_item(), quote="这句话不在条文里", key=frozenset({7}), topic="?")
    with pytest.raises(ItemInvalid) as refused:
        adapter.check_item(item, load_laws())
    codes = {code for code, _ in refused.value.facts["problems"]}
    assert codes == {"quote-not-in-article", "key-not-among-options", "bad-topic"}


def test_an_article_that_is_not_held_is_for_the_reviewer() -> None:
    """Local rules are not shipped; the reviewer is told to look them up."""
    item = replace(make_item(), law="伊春市安全生产条例", article="第一条")
    adapter.check_item(item, load_laws())
    assert "article-unknown" in {each.code for each in adapter.advice(item, load_laws())}


@pytest.mark.parametrize("key", ["", "Z", "AA", "一"])
def test_a_key_nobody_can_read(key: str) -> None:
    """The field of the key is named."""
    fields = adapter.to_fields(make_item()) | {"key": key}
    with pytest.raises(BadInput, match="item-key-unreadable") as refused:
        adapter.item_from_fields(fields, ["甲", "乙"])
    assert refused.value.facts["field"] == "key"


@pytest.mark.parametrize("text", ["没有字母", "A：一\nA：二", "H：没有这个选项"])
def test_reasons_stand_by_letter(text: str) -> None:
    """Each line names the option it is about, once."""
    fields = adapter.to_fields(make_item()) | {"rationale": text}
    with pytest.raises(BadInput, match="item-rationale-unreadable"):
        adapter.item_from_fields(fields, ["甲", "乙", "丙", "丁"])


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([], "blueprint-no-cells"),
        ([("A", "single", 0, Decimal(1))], "blueprint-cell-empty"),
        ([("A", "single", 1, Decimal(0))], "blueprint-marks-out-of-range"),
        (
            [("A", "single", 1, Decimal(1)), ("A.1", "single", 1, Decimal(1))],
            "blueprint-cells-overlap",
        ),
    ],
)
def test_a_blueprint_that_contradicts_itself(
    cells: list[tuple[str, str, int, Decimal]], code: str
) -> None:
    """The form says what is wrong with it."""
    with pytest.raises(BadInput, match=code):
        adapter.blueprint_from(industry="mining", category="team_leader", title="表", cells=cells)


def test_every_problem_has_words() -> None:
    """No code of the bank reaches a page without its sentence."""
    bare = Item("?", ItemType.SINGLE, "?", "", ("", ""), frozenset())
    for item in (bare, replace(bare, options=("甲",) * 9), replace(make_item(), law="无此法")):
        for each in [*adapter.faults(item, load_laws()), *adapter.advice(item, load_laws())]:
            assert each.code in labels.PROBLEMS, each.code
            assert labels.problem_text(each.code, dict(each.facts)) != each.code
