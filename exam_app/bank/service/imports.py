"""Items from files and from the shipped content: looked at first, each bad row named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import adapter, queries, rules
from exam_app.bank.models import ItemRow
from exam_app.bank.service.items import add_version, fill
from exam_app.bank.terms import ItemState
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.people import queries as people
from exam_app.training import queries as training
from question_bank import Item, load_content, load_laws
from question_bank.exchange import RowProblem
from question_bank.item import with_law_version


@dataclass(frozen=True)
class ImportReport:
    """What a file holds: rows to take over, rows known already, and what is wrong with the rest.

    ``accepted`` counts the rows taken over; it is 0 in a preview and where a problem held all
    rows back. ``row_ids`` are the rows of the bank that were written.
    """

    items: tuple[tuple[int, Item], ...]
    unchanged: int
    problems: tuple[RowProblem, ...]
    accepted: int = 0
    row_ids: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        """Return the number of rows that hold an item or a problem."""
        return len(self.items) + self.unchanged + len({each.row for each in self.problems})

    @property
    def duplicate(self) -> bool:
        """Return whether the bank holds all of it already."""
        return not self.items and not self.problems and self.unchanged > 0


def check_items(data: bytes, filename: str, *, actor: Actor) -> ImportReport:
    """Return what an import of the file would do; nothing changes.

    Raises: BadInput: the file as a whole cannot be read. NotAllowed.
    """
    _require(actor, reason=True)
    read = adapter.read_items(data, filename)
    return _check(list(zip(read.rows, read.items, strict=True)), read.problems, actor)


def import_items(
    data: bytes, filename: str, *, reason: str, only_valid: bool = False, actor: Actor
) -> ImportReport:
    """Take the items of a file over, straight into review (导入试题).

    Nothing is taken over while a row has a problem, unless only the good rows are wanted by
    explicit choice. What the bank holds already is left as it is.
    Raises: BadInput: the file as a whole cannot be read, or no reason. NotAllowed.
    """
    reason = rules.check_reason(reason)
    _require(actor, reason=True)
    read = adapter.read_items(data, filename)
    report = _check(list(zip(read.rows, read.items, strict=True)), read.problems, actor)
    if report.problems and not only_valid:
        return report
    return _take(report, reason, hashlib.sha256(data).hexdigest(), actor)


def import_content(*, reason: str, path: Path | None = None, actor: Actor) -> ImportReport:
    """Take the shipped items, or those of a content folder, over into review.

    Raises: BadInput: no reason. question_bank.ContentError: a file that cannot be read.
    """
    reason = rules.check_reason(reason)
    _require(actor, reason=True)
    items = load_content(path, laws=load_laws())
    report = _check(list(enumerate(items, start=1)), (), actor)
    if report.problems:
        return report
    digest = hashlib.sha256("".join(item.uid for item in items).encode()).hexdigest()
    return _take(report, reason, digest, actor)


def _require(actor: Actor, *, reason: bool) -> None:
    facts = queries.wall_facts(actor)
    duties.require(Permission.ITEM_IMPORT, actor, **facts, reason=reason)


def _check(
    items: Sequence[tuple[int, Item]], problems: Sequence[RowProblem], actor: Actor
) -> ImportReport:
    held = queries.latest_versions(training.authority_of(actor))
    texts = {adapter.same_text(adapter.to_item(row)): code for code, row in held.items()}
    good: list[tuple[int, Item]] = []
    found = list(problems)
    unchanged = 0
    for number, item in items:
        item = with_law_version(item, load_laws())
        known = held.get(item.id)
        if known is not None and _digest(item) == known.content_digest:
            unchanged += 1
            continue
        wrong = _problems(number, item, known, texts, actor)
        found += wrong
        if not wrong:
            good.append((number, item))
            texts.setdefault(adapter.same_text(item), item.id)
    found.sort(key=lambda each: each.row)
    return ImportReport(tuple(good), unchanged, tuple(found))


def _digest(item: Item) -> str:
    return adapter.content_digest(adapter.to_content(item))


def _problems(
    number: int,
    item: Item,
    known: ItemRow | None,
    texts: dict[tuple[str, ...], str],
    actor: Actor,
) -> list[RowProblem]:
    found = [RowProblem(number, "", each.code, each.facts) for each in adapter.faults(item)]
    same_as = texts.get(adapter.same_text(item))
    if same_as is not None and same_as != item.id:
        found.append(RowProblem(number, "", "item-repeated", (("same_as", same_as),)))
    if known is not None and known.state is ItemState.IN_REVIEW:
        found.append(RowProblem(number, "", "item-in-review", (("id", item.id),)))
    elif (
        known is not None
        and known.state is ItemState.DRAFT
        and not people.same_person(actor, known.author_id)
    ):
        found.append(RowProblem(number, "", "item-draft-of-another", (("id", item.id),)))
    return found


def _take(report: ImportReport, reason: str, sha256: str, actor: Actor) -> ImportReport:
    authority_id = training.authority_of(actor)
    held = queries.latest_versions(authority_id)
    rows = [_put(item, held.get(item.id), authority_id, actor) for _, item in report.items]
    session().flush()
    trail.record(
        Action.ITEM_IMPORTED,
        actor,
        ("bank", authority_id),
        reason=reason,
        sha256=sha256,
        accepted=len(rows),
        unchanged=report.unchanged,
        refused=len({each.row for each in report.problems}),
    )
    return replace(report, accepted=len(rows), row_ids=tuple(row.id for row in rows))


def _put(item: Item, known: ItemRow | None, authority_id: int, actor: Actor) -> ItemRow:
    """Return the row the item went to: the writer's own draft, or a version after the last."""
    if known is not None and not rules.needs_new_version(known.state):
        fill(known, item)
        row = known
    else:
        version = known.version + 1 if known is not None else 1
        row = add_version(replace(item, version=version), authority_id, actor)
    row.state, row.submitted_at = ItemState.IN_REVIEW, clock.now()
    return row
