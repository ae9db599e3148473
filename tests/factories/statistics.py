"""Classes big enough for numbers: their paper's items in the bank, everybody sat, released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete

from exam_app.core.db import transaction
from exam_app.marking import queries
from exam_app.papers import vault
from exam_app.papers.models import KeyCopy
from question_bank import Item, ItemType, PaperDraft
from question_bank.item import TRUE_FALSE_OPTIONS
from tests.factories.attempts import KEY, Move, make_content, sitting_of, type_of
from tests.factories.bank import Office as Bank
from tests.factories.bank import approve_items, make_item
from tests.factories.bank import make_office as make_bank_office
from tests.factories.marking import Office, make_office, make_over, release
from tests.factories.sittings import World

AS_IN_BANK = (0, 1, 2, 3)


def item_of(number: int, order: Sequence[int] = AS_IN_BANK) -> Item:
    """Return the item that stands behind a question of the tests' paper.

    Args: order: option of a four-option question as shown → its index in the bank.
    """
    kind = ItemType(type_of(number))
    made = make_item(number, kind, code=f"T-{number:03d}", stem=f"第{number}题题干，应当选哪项？")
    shown = ["ABCD".index(letter) for letter in KEY[number]]
    key = frozenset(shown if kind is ItemType.TRUE_FALSE else (order[each] for each in shown))
    options = TRUE_FALSE_OPTIONS if kind is ItemType.TRUE_FALSE else made.options
    return replace(made, options=options, key=key)


def make_released(
    move: Move,
    scores: Sequence[int | None] = (10, 7, None),
    *,
    order: Sequence[int] = AS_IN_BANK,
) -> tuple[World, Office, Bank]:
    """Return a released sitting whose paper's items the bank of its authority holds."""
    world = make_over(move, scores)
    _shuffle_paper(world, order)
    bank = make_bank_office(world.authority)
    approve_items(bank, [item_of(number, order) for number in KEY])
    office = make_office(world)
    release(world, office)
    return world, office, bank


def _shuffle_paper(world: World, order: Sequence[int]) -> None:
    """Let the paper's four-option questions have been shown in this order."""
    content, paper = make_content(), queries.paper_of(sitting_of(world))
    items = tuple(
        replace(each, option_order=tuple(order)) if len(each.options) == len(order) else each
        for each in content.draft.items
    )
    draft = PaperDraft(items, bank=content.draft.bank, blueprint=content.draft.blueprint)
    with transaction() as session:
        session.execute(delete(KeyCopy).where(KeyCopy.paper_id == paper.id))
        vault.keep_key(paper.id, paper.code, replace(content, draft=draft))
