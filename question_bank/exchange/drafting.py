"""What the readers of XML files share: an item gathered in parts, checked, and taken or named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TypeVar

from question_bank.errors import BankError, ItemError
from question_bank.exchange import own_fields
from question_bank.exchange.markup import Text, one_line
from question_bank.exchange.naming import fits, made_id
from question_bank.exchange.pictures import Load, fetch, picture_of
from question_bank.exchange.result import (
    MOST_OPTIONS,
    Defaults,
    Picture,
    ReadResult,
    RowProblem,
    facts_of,
    limited,
)
from question_bank.item import (
    LETTERS,
    TRUE_FALSE_OPTIONS,
    Figure,
    Item,
    ItemSet,
    ItemType,
    is_incomplete,
    validate,
)

MOST_IMAGES = 20
NO_DEFAULTS = Defaults()
NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})

Note = tuple[str, str, tuple[tuple[str, str], ...]]

_Each = TypeVar("_Each")
_JUDGEMENTS = (("正确", "错误"), ("对", "错"), ("√", "×"), ("✓", "✗"), ("true", "false"))


@dataclass(slots=True)
class Draft:
    """What a file says of one item, options with their marks as the file has them."""

    kind: ItemType
    stem: Text
    options: list[Text]
    key: frozenset[int]
    identifier: str = ""
    is_judgement: bool = False
    """Whether the file itself calls the item true/false, so that 是/否 and Yes/No will do too."""
    reasons: dict[int, Text] = field(default_factory=dict)
    """Feedback by option."""
    our_reasons: frozenset[int] = frozenset()
    """The options whose feedback we wrote: a reason also where the option is right."""
    explanation: str = ""
    quote: str = ""
    words: list[str] = field(default_factory=list)
    set_id: str = ""
    case: str = ""
    notes: list[Note] = field(default_factory=list)

    def note(self, code: str, where: str = "", **facts: object) -> None:
        """Add what the item lost on the way in."""
        self.notes.append((code, where, facts_of(facts)))


class Intake:
    """Gathers items, problems, notes and pictures of one file."""

    def __init__(self, defaults: Defaults) -> None:
        """Start with nothing read."""
        self.defaults = defaults
        self._items: dict[str, tuple[int, Item]] = {}
        self._problems: list[RowProblem] = []
        self._notes: list[RowProblem] = []
        self._pictures: dict[str, Picture] = {}
        self._known: dict[bytes, Picture] = {}

    def limited(self, found: Iterable[_Each]) -> Iterator[_Each]:
        """Yield what a file holds up to the most items read; more is a problem of the file."""
        return limited(found, self._problems)

    def problem(self, row: int, name: str, code: str, where: str = "", **facts: object) -> None:
        """Name what keeps an item, or a part of the file, out."""
        self._problems.append(RowProblem(row, where, code, facts_of(facts), name))

    def refuse(self, row: int, name: str, error: BankError) -> None:
        """Name what an error found, keeping an item or a part of the file out."""
        self._problems.append(RowProblem(row, "", error.code, facts_of(error.facts), name))

    def note(self, row: int, name: str, code: str, where: str = "", **facts: object) -> None:
        """Name what was lost and keeps nothing out."""
        self._notes.append(RowProblem(row, where, code, facts_of(facts), name))

    def add(self, row: int, name: str, draft: Draft, load: Load) -> None:
        """Take the item of a draft, or name all that is wrong with it."""
        try:
            pictures = self._shown(draft, load)
            item = _item(draft, self.defaults, pictures)
        except ItemError as error:
            self.refuse(row, name, error)
            return
        wrong = [found for found in validate(item) if found.is_error and not is_incomplete(found)]
        for found in wrong:
            self._problems.append(RowProblem(row, "", found.code, found.facts, name))
        if not wrong:
            self._take(row, name, self._named(item, draft), draft, pictures)

    def result(self) -> ReadResult:
        """Return all that was gathered."""
        return ReadResult(
            items=tuple(item for _, item in self._items.values()),
            problems=tuple(self._problems),
            rows=tuple(row for row, _ in self._items.values()),
            notes=tuple(self._notes),
            pictures=dict(self._pictures),
        )

    def _shown(self, draft: Draft, load: Load) -> list[Picture]:
        """Return the pictures of a stem; one that many items show is looked at once."""
        if len(draft.stem.images) > MOST_IMAGES:
            raise ItemError("too-many-images", count=len(draft.stem.images), limit=MOST_IMAGES)
        found = []
        for image in draft.stem.images:
            data = fetch(image.source, load)
            if data not in self._known:
                self._known[data] = picture_of(data, image.source[:100])
            found.append(self._known[data])
        return found

    def _named(self, item: Item, draft: Draft) -> Item:
        given = draft.identifier
        if fits(given) and given not in self._items:
            return replace(item, id=given)
        if given:
            draft.note("id-replaced", given=given[:100])
        return replace(item, id=made_id(item.type, item.topic, item.stem, item.options))

    def _take(
        self, row: int, name: str, item: Item, draft: Draft, pictures: Sequence[Picture]
    ) -> None:
        if item.id in self._items:
            self.problem(row, name, "id-twice", id=item.id, first_row=self._items[item.id][0])
            return
        if item.id in item.enemies:
            self.problem(row, name, "enemy-of-itself")
            return
        self._items[item.id] = (row, item)
        self._pictures |= {picture.digest: picture for picture in pictures}
        for code, where, facts in draft.notes:
            self._notes.append(RowProblem(row, where, code, facts, name))


def differences(items: Sequence[Item], back: ReadResult) -> tuple[RowProblem, ...]:
    """Return what of the items a written file does not say, by reading of it and order.

    A field is named `field-not-said`; an item that does not come back at all `item-not-said`.
    """
    read = dict(zip(back.rows, back.items, strict=True))
    lost = []
    for row, item in enumerate(items, 1):
        if row not in read:
            reasons = [found.code for found in back.problems if found.row == row]
            facts = (("id", item.id), ("reason", ", ".join(reasons)))
            lost.append(RowProblem(row, "", "item-not-said", facts, item.id))
            continue
        meant = own_fields.same(item, read[row])
        for name in (each.name for each in fields(Item)):
            if getattr(meant, name) != getattr(read[row], name):
                facts = (("id", item.id), ("field", name))
                lost.append(RowProblem(row, name, "field-not-said", facts, item.id))
    return tuple(lost)


def check_count(options: Sequence[object]) -> None:
    """Refuse more options than are looked at."""
    if len(options) > MOST_OPTIONS:
        raise ItemError("too-many-options", count=len(options))


def check_choices(names: Sequence[str]) -> None:
    """Refuse more choices than letters, and two choices of one name."""
    if len(names) > len(LETTERS):
        raise ItemError("too-many-options", count=len(names))
    if len(set(names)) < len(names):
        raise ItemError("choice-id-twice")


def explained(draft: Draft, feedback: Iterable[Text]) -> None:
    """Make the one general feedback the explanation; several are dropped and noted."""
    texts = [text for text in feedback if text.text]
    if len(texts) == 1 and not draft.explanation:
        draft.explanation = texts[0].text
        if texts[0].images:
            draft.note("image-dropped", "explanation")
    elif texts:
        draft.note("feedback-dropped", text=one_line(texts[0].text)[:60])


def _item(draft: Draft, defaults: Defaults, pictures: Sequence[Picture]) -> Item:
    own = own_fields.read(draft.words, defaults)
    for word in own.unread:
        draft.note("tag-dropped", tag=word[:60])
    _check_key(draft)
    options = tuple(option.text for option in draft.options)
    kind, key, order = draft.kind, draft.key, tuple(range(len(options)))
    judged = None if own.kind is ItemType.SINGLE else _judgement(options)
    if judged and draft.kind is ItemType.SINGLE and len(key) == 1:
        kind, order = ItemType.TRUE_FALSE, judged
        key = frozenset(order.index(index) for index in key)
        options = TRUE_FALSE_OPTIONS
    elif draft.is_judgement:
        draft.note("type-guessed", type="single")
    for where, text in [("stem", draft.stem), *_by_letter(draft.options)]:
        if text.lost:
            draft.note("formatting-dropped", where, tags=", ".join(text.lost))
    images = draft.stem.images
    figures = zip(pictures, images, strict=True)
    return Item(
        id="-",
        type=kind,
        stem=draft.stem.text,
        options=options,
        key=key,
        rationale=_rationale(draft, kind, order),
        explanation=draft.explanation,
        quote=draft.quote,
        item_set=_set_of(draft, own.set_id),
        figures=tuple(Figure(one.digest, one.media_type, image.alt) for one, image in figures),
        **own.values,
    )


def _check_key(draft: Draft) -> None:
    if not draft.key:
        raise ItemError("key-missing")
    for where, text in [("stem", draft.stem), *_by_letter(draft.options)]:
        if text.unheld:
            raise ItemError("media-not-held", field=where, media=", ".join(text.unheld))
        if where != "stem" and text.images:
            raise ItemError("image-in-option", option=where)


def _by_letter(options: Sequence[Text]) -> list[tuple[str, Text]]:
    return list(zip(LETTERS, options, strict=False))


def _judgement(options: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the places of 正确 and 错误 when exactly these two stand there."""
    said = tuple(option.strip(" .。").lower() for option in options)
    if said in _JUDGEMENTS:
        return 0, 1
    return (1, 0) if said[::-1] in _JUDGEMENTS else None


def _rationale(draft: Draft, kind: ItemType, order: tuple[int, ...]) -> tuple[str, ...]:
    reasons = []
    for index in order:
        feedback = draft.reasons.get(index, Text(""))
        line = one_line(feedback.text)
        wanted = index not in draft.key or index in draft.our_reasons
        if line and not wanted:
            draft.note("feedback-dropped", LETTERS[index : index + 1], text=line[:60])
        elif line != feedback.text:
            draft.note("reason-joined", LETTERS[index : index + 1])
        if feedback.images:
            draft.note("image-dropped", LETTERS[index : index + 1])
        reasons.append(line if wanted else "")
    if not any(reasons):
        return ()
    return tuple(filter(None, reasons)) if kind is ItemType.TRUE_FALSE else tuple(reasons)


def _set_of(draft: Draft, own_id: str) -> ItemSet | None:
    if not draft.case:
        return None
    name = own_id or draft.set_id
    if not fits(name):
        name = made_id(ItemType.SINGLE, "C", draft.case, ())
    return ItemSet(name, draft.case)
