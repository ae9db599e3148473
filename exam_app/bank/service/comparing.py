"""The items of a file beside what the bank holds (导入核对): good, known, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from exam_app.access.actor import Actor
from exam_app.bank import adapter, queries
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState
from exam_app.people import queries as people
from exam_app.training import queries as training
from question_bank import Item, Laws
from question_bank.exchange import Picture, RowProblem
from question_bank.exchange.naming import made_id
from question_bank.item import is_incomplete, with_law_version
from question_bank.laws import squeeze

SAME_QUESTION = 0.5
LOOKED_AT = 500


@dataclass(frozen=True)
class ImportReport:
    """What a file holds: rows to take over, rows known already, and what is wrong with the rest.

    ``gaps`` counts the items of ``items`` that lack topic or basis and come in as drafts;
    ``newer`` the ids that become a further version; ``notes`` what good items lost on the way.
    ``accepted`` counts the rows taken over; it is 0 in a preview and where a problem held all
    rows back. ``row_ids`` are the rows of the bank that were written. ``pairs`` are the enemies
    the file names, under the ids the items have here.
    """

    items: tuple[tuple[int, Item], ...]
    unchanged: int
    problems: tuple[RowProblem, ...]
    notes: tuple[RowProblem, ...] = ()
    newer: tuple[str, ...] = ()
    gaps: int = 0
    accepted: int = 0
    row_ids: tuple[int, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict, repr=False)
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def skipped(self) -> int:
        """Return the number of places that hold a problem."""
        return len({(each.row, each.item) for each in self.problems})

    @property
    def rows(self) -> int:
        """Return the number of rows that hold an item or a problem."""
        return len(self.items) + self.unchanged + self.skipped

    @property
    def duplicate(self) -> bool:
        """Return whether the bank holds all of it already."""
        return not self.items and not self.problems and self.unchanged > 0


def compare(
    items: Sequence[tuple[int, Item]], problems: Sequence[RowProblem], actor: Actor
) -> ImportReport:
    """Return what taking the items over would do; they stand with their rows."""
    authority_id = training.authority_of(actor)
    held = queries.latest_versions(authority_id)
    comparison = _Comparison(held, queries.laws_of(authority_id), actor, list(problems))
    for number, item in items:
        comparison.look_at(number, item)
    comparison.keep_cases_whole()
    return comparison.report()


class _Comparison:
    """Looks at the items of a file one after another, beside what the bank holds."""

    def __init__(
        self,
        held: Mapping[str, ItemRow],
        laws: Laws,
        actor: Actor,
        problems: list[RowProblem],
    ) -> None:
        self._held, self._laws, self._actor = held, laws, actor
        self._texts = {adapter.same_text(adapter.to_item(row)): code for code, row in held.items()}
        self._problems = problems
        self._good: list[tuple[int, Item]] = []
        self._unchanged: list[Item] = []
        self._notes: list[RowProblem] = []
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()

    def look_at(self, number: int, given: Item) -> None:
        """Keep an item as good, as unchanged, or its problems."""
        item = _named_apart(with_law_version(given, self._laws), self._held.get(given.id))
        if item.id != given.id:
            note = RowProblem(number, "", "id-replaced", (("given", given.id),), given.id)
            self._notes.append(note)
        known = self._held.get(item.id)
        is_unchanged = known is not None and _digest(item) == known.content_digest
        wrong = [] if is_unchanged else self._wrong(number, item, known)
        self._problems += wrong
        if wrong:
            return
        self._names[given.id] = item.id
        self._taken.add(item.id)
        if is_unchanged:
            self._unchanged.append(item)
        else:
            self._good.append((number, item))
            self._texts.setdefault(adapter.same_text(item), item.id)

    def _wrong(self, number: int, item: Item, known: ItemRow | None) -> list[RowProblem]:
        found = [
            RowProblem(number, "", each.code, each.facts)
            for each in adapter.faults(item, self._laws)
            if not is_incomplete(each)
        ]
        same_as = self._texts.get(adapter.same_text(item), item.id)
        if item.id in self._taken or same_as != item.id:
            found.append(RowProblem(number, "", "item-repeated", (("same_as", same_as),)))
        why = why_busy(known, self._actor)
        if why:
            found.append(RowProblem(number, "", why, (("id", item.id),)))
        return found

    def keep_cases_whole(self) -> None:
        """Refuse items whose case has other material in the bank, unless all of it is renewed."""
        renewed = {item.id for _, item in self._good}
        stems = {
            row.set_code: squeeze(row.content["set"]["stem"])
            for row in self._held.values()
            if row.set_code and row.code not in renewed and row.state is not ItemState.RETIRED
        }
        kept = []
        for number, item in self._good:
            case = item.item_set
            if case is None or stems.setdefault(case.id, squeeze(case.stem)) == squeeze(case.stem):
                kept.append((number, item))
            else:
                facts = (("set", case.id), ("other", case.id))
                self._problems.append(RowProblem(number, "", "set-stem-differs", facts))
        self._good = kept

    def report(self) -> ImportReport:
        """Return what was found, in the order of the file."""
        pairs = tuple(self._pairs())
        return ImportReport(
            tuple(self._good),
            len(self._unchanged),
            tuple(sorted(self._problems, key=lambda each: each.row)),
            notes=tuple(self._notes),
            newer=tuple(item.id for _, item in self._good if item.id in self._held),
            gaps=sum(has_gaps(item, self._laws) for _, item in self._good),
            pairs=pairs,
        )

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs of which both items are in the bank or come in now; note the others."""
        rows = {item.id: number for number, item in self._good}
        for item in [*self._unchanged, *(item for _, item in self._good)]:
            for named in sorted(item.enemies):
                other = self._names.get(named, named)
                if other in self._held or other in rows:
                    yield min(item.id, other), max(item.id, other)
                else:
                    facts = (("other", named),)
                    note = RowProblem(rows.get(item.id, 0), "", "enemy-unknown", facts, item.id)
                    self._notes.append(note)


def why_busy(known: ItemRow | None, actor: Actor) -> str:
    """Return why the newest version of an item must be left alone now, "" where it need not."""
    if known is None:
        return ""
    if known.state is ItemState.IN_REVIEW:
        return "item-in-review"
    if known.state is ItemState.DRAFT and not people.same_person(actor, known.author_id):
        return "item-draft-of-another"
    return ""


def _named_apart(item: Item, known: ItemRow | None) -> Item:
    """Return the item with an id of its own where the bank's item of that id asks something else.

    Names such as ``q1`` of other systems must not make one item a version of another.
    """
    if known is None:
        return item
    match = SequenceMatcher(None, known.content["stem"][:LOOKED_AT], item.stem[:LOOKED_AT])
    if match.quick_ratio() >= SAME_QUESTION and match.ratio() >= SAME_QUESTION:
        return item
    return replace(item, id=made_id(item.type, item.topic, item.stem, item.options))


def _digest(item: Item) -> str:
    return adapter.content_digest(adapter.to_content(item))


def has_gaps(item: Item, laws: Laws) -> bool:
    """Return whether an item lacks its topic or its basis."""
    return any(is_incomplete(each) for each in adapter.faults(item, laws))
