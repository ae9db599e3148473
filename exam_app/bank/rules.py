"""The rules of the bank (题库): what may be done with an item in which state."""

from __future__ import annotations

from collections.abc import Collection

from exam_app.bank.terms import ItemState
from exam_app.core.errors import BadInput, RuleBroken

# First, reserve and retake paper of one class share no item: a blueprint must fill three.
PAPERS_OF_A_CLASS = 3
# Items one page shows in full, so that a look at them is a look.
MOST_SHOWN = 50


class ItemStateWrong(RuleBroken):
    """The item is not in the state this needs (试题状态不符)."""

    code = "item-state"


class ItemInvalid(BadInput):
    """The item contradicts itself or its source (试题有误)."""

    code = "item-invalid"


def check_can_be_submitted(state: ItemState) -> None:
    """Refuse to send an item to review that is no draft."""
    _check(state, {ItemState.DRAFT})


def check_can_be_reviewed(state: ItemState) -> None:
    """Refuse a review of an item nobody submitted."""
    _check(state, {ItemState.IN_REVIEW})


def check_can_be_retired(state: ItemState) -> None:
    """Refuse to retire an item that was never approved."""
    _check(state, {ItemState.APPROVED})


def check_can_be_discarded(state: ItemState) -> None:
    """Refuse to give up a version that was approved or is out of use already."""
    _check(state, {ItemState.DRAFT, ItemState.IN_REVIEW})


def check_can_be_edited(state: ItemState) -> None:
    """Refuse to edit an item while it is being reviewed."""
    _check(state, {ItemState.DRAFT, ItemState.APPROVED, ItemState.RETIRED})


def check_can_be_shown(count: int) -> None:
    """Refuse to show more items in full than anybody reads on one page."""
    if count > MOST_SHOWN:
        raise BadInput("items-too-many", field="items", most=MOST_SHOWN)


def needs_new_version(state: ItemState) -> bool:
    """Return whether an edit makes a new version: what was approved never changes."""
    return state is not ItemState.DRAFT


def check_reason(reason: str | None, *, field: str = "reason") -> str:
    """Return the reason without blanks at its ends. Raises: BadInput: there is none."""
    text = (reason or "").strip()
    if not text:
        raise BadInput("reason-missing", field=field)
    return text


def _check(state: ItemState, allowed: Collection[ItemState]) -> None:
    if state not in allowed:
        raise ItemStateWrong(state=state.value)
