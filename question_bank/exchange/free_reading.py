"""One row of a free-form table on its way to an item."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NoReturn

from question_bank.errors import ItemError
from question_bank.exchange import columns as c
from question_bank.exchange.free_context import Notes, Refused, RowContext
from question_bank.exchange.free_words import Basis, basis_of, difficulty_of
from question_bank.exchange.gathering import as_true_false, truth_of
from question_bank.exchange.header_words import OPTION_FIELDS, Field, bare
from question_bank.exchange.key_text import key_in_stem, key_of, truth
from question_bank.exchange.naming import fits, made_id
from question_bank.exchange.option_text import unlabelled, unpack
from question_bank.exchange.texts import from_html, has_html, tidy
from question_bank.exchange.type_words import CHOICE, is_heading, type_of
from question_bank.item import (
    TRUE_FALSE_OPTIONS,
    Item,
    ItemType,
    Level,
)
from tabular import Cell, CellKind, Row

_FOOTER = re.compile(
    r"(?:合计|总计|小计|共计|总分|制表|审核|审批|填表|编制|复核|校对|日期|备注|说明|注|出题人|命题人)"
    r"(?:人|日期|时间|单位|部门)?\s*(?:[:：].{0,80}|[0-9]{0,9}[题道分]?|共.{0,20})",
    re.DOTALL,
)
_PICTURE = re.compile(r"=?(?:_xlfn\.)?DISPIMG\(", re.IGNORECASE)
_HAS_OPTIONS = frozenset({Field.OPTIONS, *OPTION_FIELDS})
_APART = re.compile(r"[、,，;；|/\s]+")
_DOTTED = re.compile(r"[A-Z](\.[A-Z0-9]+)*")


class Reading:
    """One row on its way to an item."""

    def __init__(
        self,
        context: RowContext,
        row: Row,
        heading: ItemType | None,
        notes: Notes,
        in_steps: bool,
    ) -> None:
        self.row, self._cells = row
        self._context = context
        self._heading = heading
        self._all_notes = notes
        self._in_steps = in_steps
        self._notes: list[tuple[str, str, str]] = []
        width = len(self._cells)
        self._by_field = {
            name: cell
            for name, number in context.columns.items()
            if 0 < number <= width and not (cell := self._cells[number - 1]).is_empty
        }

    def heading(self) -> ItemType | None:
        """Return the type this row announces for those below it, None for any other row."""
        if len(self._by_field) > 1:
            return None
        full = [cell for cell in self._cells if not cell.is_empty]
        return is_heading(full[0].value) if len(full) == 1 else None

    def is_no_item(self) -> bool:
        """Return whether the row repeats the header, closes the table or holds only a number."""
        held = self._by_field
        if not held or (len(held) == 1 and Field.ID in held):
            full = sum(not cell.is_empty for cell in self._cells)
            return not self._holds_picture() and (full < 2 or not held)
        stem = self._raw(Field.STEM)
        title = self._context.titles.get(self._context.columns[Field.STEM], "")
        if title and len(stem) <= len(title) and bare(stem) == bare(title):
            return True
        if not _HAS_OPTIONS.isdisjoint(held):
            return False
        first = next(cell.value.strip() for cell in self._cells if not cell.is_empty)
        texts = (stem,) if Field.KEY in held else (stem, first)
        return any(_FOOTER.fullmatch(text[:200]) for text in texts)

    def name(self) -> str:
        """Return the name the row gives its item."""
        return self._raw(Field.ID)[:40]

    def commit_notes(self) -> None:
        """Keep what was noted on the way, as the item comes in."""
        for code, title, value in self._notes:
            self._all_notes.add(self.row, code, title, value)

    def item(self) -> Item:
        """Return the item of the row. Raises: Refused."""
        self._check_cells()
        stem = self._text(Field.STEM)
        if not stem:
            self._refuse("stem-empty", Field.STEM)
        key_text = self._text(Field.KEY)
        options = self._options()
        key_text, stem = self._key_of_stem(key_text, stem, options)
        kind = self._type(options, key_text)
        if not key_text:
            self._refuse("key-empty", Field.KEY)
        kind, options, key = self._keyed(kind, options, key_text)
        basis, defaults = self._basis(), self._context.defaults
        rationale = self._text(Field.RATIONALE)
        explanation = [self._text(Field.EXPLANATION), rationale]
        topic = self._topic()
        return Item(
            id=self._id() or made_id(kind, topic, stem, options),
            type=kind,
            topic=topic,
            stem=stem,
            options=options,
            key=key,
            industries=self._words(Field.INDUSTRIES, c.INDUSTRIES_READ) or defaults.industries,
            categories=self._words(Field.CATEGORIES, c.CATEGORIES_READ) or defaults.categories,
            level=self._level(),
            facility=self._facility(),
            law=basis.law,
            article=basis.article,
            quote=basis.quote,
            explanation="\n".join(part for part in explanation if part),
        )

    def _cell(self, name: Field) -> Cell:
        return self._by_field.get(name, _NO_CELL)

    def _raw(self, name: Field) -> str:
        return self._cell(name).value.strip()

    def _note(self, code: str, name: Field, value: str = "") -> None:
        self._notes.append((code, self._context.title(name), value))

    def _refuse(self, code: str, name: Field, **facts: object) -> NoReturn:
        said = tuple((fact, str(value)) for fact, value in facts.items())
        raise Refused(code, self._context.title(name), said)

    def _holds_picture(self) -> bool:
        return self.row in self._context.picture_rows

    def _check_cells(self) -> None:
        if self._holds_picture():
            raise Refused("image-in-table", "")
        for name, cell in self._by_field.items():
            if cell.kind is CellKind.TEXT:
                continue
            if cell.kind is CellKind.FORMULA and _PICTURE.match(cell.value):
                self._refuse("image-in-table", name)
            if cell.kind in {CellKind.FORMULA, CellKind.DATE}:
                self._refuse(f"cell-is-{cell.kind.value}", name)

    def _text(self, name: Field) -> str:
        value = self._cell(name).value
        if not value:
            return ""
        if not has_html(value):
            return tidy(value)
        read = from_html(value)
        if read.images:
            self._refuse("image-in-table", name)
        if read.lost:
            self._note("formatting-dropped", name)
        return read.text

    def _options(self) -> tuple[str, ...]:
        if Field.OPTIONS in self._context.columns:
            return unpack(self._text(Field.OPTIONS))
        texts = [self._text(name) for name in OPTION_FIELDS]
        while texts and not texts[-1]:
            texts.pop()
        packed = unpack(texts[0]) if len(texts) == 1 else ()
        return packed if len(packed) > 1 else unlabelled(texts)

    def _type(self, options: Sequence[str], key_text: str) -> ItemType:
        word = self._text(Field.TYPE)
        kind = type_of(word) if word else self._heading or self._context.sheet_type
        if isinstance(kind, ItemType):
            return kind
        if word and kind is None:
            self._refuse("unknown-word", Field.TYPE, value=word[:80])
        if kind is not None and kind != CHOICE:
            self._refuse("interaction-not-held", Field.TYPE, interaction=kind, value=word[:80])
        inferred = _inferred(options, key_text)
        if kind is None:
            self._note("type-inferred", Field.TYPE, c.TYPE_WORDS[inferred])
        return inferred

    def _key_of_stem(self, key_text: str, stem: str, options: Sequence[str]) -> tuple[str, str]:
        """Return key and stem; a key in the stem's brackets gives the answer away."""
        found = key_in_stem(stem)
        if found is None:
            return key_text, stem
        if (
            key_text
            and _same_key(found[0], key_text)
            and (options or truth_of(found[0]) is not None)
        ):
            self._note("key-taken-from-stem", Field.STEM)
            return key_text, found[1]
        if key_text:
            return key_text, stem
        self._note("key-taken-from-stem", Field.STEM)
        return found

    def _keyed(
        self, kind: ItemType, options: tuple[str, ...], key_text: str
    ) -> tuple[ItemType, tuple[str, ...], frozenset[int]]:
        if kind is ItemType.TRUE_FALSE:
            if options and [truth_of(option) is None for option in options] != [False, False]:
                self._refuse("true-false-options", Field.OPTIONS)
            place = truth(key_text, options)
            if place is None:
                self._refuse("bad-key", Field.KEY, value=key_text[:80])
            return kind, TRUE_FALSE_OPTIONS, frozenset({place})
        try:
            key = key_of(key_text, kind, options)
        except ItemError as error:
            if len(options) < 2:
                self._refuse("too-few-options", Field.OPTIONS, count=len(options))
            self._refuse(error.code, Field.KEY, **error.facts)
        if self._context.columns.get(Field.TYPE) and self._raw(Field.TYPE):
            return kind, options, key
        read, options, key, _ = as_true_false(kind, options, key)
        return read, options, key

    def _basis(self) -> Basis:
        basis = basis_of(self._text(Field.LAW)) if self._raw(Field.LAW) else Basis()
        article, quote = self._text(Field.ARTICLE), self._text(Field.QUOTE)
        if article and not basis.law:
            inside = basis_of(article)
            if inside.article:
                basis, article = inside, ""
        return Basis(basis.law, article or basis.article, quote or basis.quote)

    def _id(self) -> str:
        # A bare number counts the rows of one table; another table has the same.
        text = self._text(Field.ID)
        return text if fits(text) and not text.isdecimal() else ""

    def _topic(self) -> str:
        text = self._text(Field.TOPIC)
        if text and not _DOTTED.fullmatch(text):
            self._note("word-not-known", Field.TOPIC, text)
            return self._context.defaults.topic
        return text or self._context.defaults.topic

    def _level(self) -> Level:
        text = self._text(Field.LEVEL)
        if text and text not in c.LEVELS_READ:
            self._note("word-not-known", Field.LEVEL, text)
        return c.LEVELS_READ.get(text, self._context.defaults.level)

    def _words(self, name: Field, words: Mapping[str, str]) -> tuple[str, ...]:
        text = self._text(name)
        if not text:
            return ()
        named = [word for word in _APART.split(text) if word]
        known = {**words, **{slug: slug for slug in words.values()}}
        for word in named:
            if word not in known:
                self._note("word-not-known", name, word)
        if any(word not in known for word in named):
            return ()
        return tuple(dict.fromkeys(known[word] for word in named))

    def _facility(self) -> Decimal:
        text = self._text(Field.FACILITY)
        found = difficulty_of(text, in_steps=self._in_steps) if text else None
        if text and found is None:
            self._note("word-not-known", Field.FACILITY, text)
        return self._context.defaults.facility if found is None else found


_NO_CELL = Cell()


def _inferred(options: Sequence[str], key_text: str) -> ItemType:
    if not options:
        return ItemType.TRUE_FALSE if truth(key_text) is not None else ItemType.SINGLE
    try:
        key = key_of(key_text, None, options)
    except ItemError:
        return ItemType.SINGLE
    return ItemType.MULTIPLE if len(key) > 1 else ItemType.SINGLE


def _same_key(one: str, other: str) -> bool:
    plain = [_APART.sub("", text).upper() for text in (one, other)]
    return plain[0] == plain[1] or (
        truth(one) is not None and truth(one) == truth(other) and truth_of(one) is not None
    )
