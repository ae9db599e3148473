"""The content files: items (试题) in TOML, one file per topic."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from question_bank.errors import ContentError, ItemError
from question_bank.item import (
    TRUE_FALSE_OPTIONS,
    Item,
    ItemSet,
    ItemType,
    Level,
    facility_of,
    key_from_letters,
    with_law_version,
)
from question_bank.laws import Laws

CONTENT = Path(__file__).parent / "content"

_REQUIRED = ("id", "type", "industries", "categories", "level", "facility", "stem", "key")
_OPTIONAL = (
    "topic", "options", "law", "article", "law_version", "quote",
    "rationale", "explanation", "version", "set", "enemies",
)  # fmt: skip


def load_content(path: Path | None = None, *, laws: Laws | None = None) -> list[Item]:
    """Return the items of a content file or of all files in a folder, in file and file order.

    With `laws`, items that name no version of their law take the one held.
    Raises: ContentError: a file or item that cannot be read; facts name file and item.
    """
    place = path or CONTENT
    if not place.exists():
        raise ContentError("content-missing", file=place.name)
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    items = [item for file in files for item in _load_file(file)]
    return [with_law_version(item, laws) for item in items] if laws else items


def _load_file(file: Path) -> list[Item]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError("content-unreadable", file=file.name, reason=error) from error
    unknown = sorted(set(table) - {"topic", "item", "set"})
    if unknown:
        raise ContentError("content-unknown-field", file=file.name, field=unknown[0])
    sets = {
        case.id: case
        for case in (_set(row, file=file.name) for row in _rows(table, "set", file=file.name))
    }
    topic = table.get("topic", "")
    return [
        _item(row, topic=topic, sets=sets, file=file.name)
        for row in _rows(table, "item", file=file.name)
    ]


def _rows(table: Mapping[str, object], name: str, *, file: str) -> list[Mapping[str, object]]:
    rows = table.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ContentError("content-bad-value", file=file, field=name)
    return rows


def _set(row: Mapping[str, object], *, file: str) -> ItemSet:
    named = {"file": file, "item": row.get("id", "")}
    unknown = sorted(set(row) - {"id", "stem"})
    if unknown:
        raise ContentError("content-unknown-field", **named, field=unknown[0])
    try:
        return ItemSet(id=_text(row, "id"), stem=_text(row, "stem"))
    except _BadValueError as error:
        raise ContentError("content-bad-value", **named, field=error.field) from error


def _item(
    row: Mapping[str, object], *, topic: object, sets: Mapping[str, ItemSet], file: str
) -> Item:
    named = {"file": file, "item": row.get("id", "")}
    for field in _REQUIRED:
        if field not in row:
            raise ContentError("content-field-missing", **named, field=field)
    unknown = sorted(set(row) - {*_REQUIRED, *_OPTIONAL})
    if unknown:
        raise ContentError("content-unknown-field", **named, field=unknown[0])
    try:
        return _build({"topic": topic, **row}, sets)
    except ItemError as error:
        raise ContentError(error.code, **named, **error.facts) from error
    except _BadValueError as error:
        raise ContentError("content-bad-value", **named, field=error.field) from error


def _build(row: Mapping[str, object], sets: Mapping[str, ItemSet]) -> Item:
    item_type = ItemType(_one_of(row, "type", ItemType))
    case = _text(row, "set")
    if case and case not in sets:
        raise _BadValueError("set")
    is_true_false = item_type is ItemType.TRUE_FALSE
    if is_true_false and "options" in row:
        raise _BadValueError("options")
    return Item(
        id=_text(row, "id"),
        type=item_type,
        topic=_text(row, "topic"),
        stem=_text(row, "stem"),
        options=TRUE_FALSE_OPTIONS if is_true_false else _texts(row, "options"),
        key=key_from_letters(_text(row, "key"), item_type),
        industries=_texts(row, "industries"),
        categories=_texts(row, "categories"),
        level=Level(_one_of(row, "level", Level)),
        facility=_decimal(row, "facility"),
        law=_text(row, "law"),
        article=_text(row, "article"),
        law_version=_text(row, "law_version"),
        quote=_text(row, "quote"),
        rationale=_rationale(row),
        explanation=_text(row, "explanation"),
        version=_whole(row, "version"),
        item_set=sets[case] if case else None,
        enemies=frozenset(_texts(row, "enemies")),
    )


class _BadValueError(Exception):
    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


def _text(row: Mapping[str, object], field: str) -> str:
    value = row.get(field, "")
    if not isinstance(value, str):
        raise _BadValueError(field)
    return value


def _texts(row: Mapping[str, object], field: str) -> tuple[str, ...]:
    value = row.get(field, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise _BadValueError(field)
    return tuple(value)


def _rationale(row: Mapping[str, object]) -> tuple[str, ...]:
    if isinstance(row.get("rationale"), str):
        texts: tuple[str, ...] = (_text(row, "rationale"),)
    else:
        texts = _texts(row, "rationale")
    return texts if any(texts) else ()


def _one_of(row: Mapping[str, object], field: str, allowed: type[ItemType] | type[Level]) -> str:
    value = _text(row, field)
    if value not in tuple(allowed):
        raise _BadValueError(field)
    return value


def _decimal(row: Mapping[str, object], field: str) -> Decimal:
    value = row[field]
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise _BadValueError(field)
    return facility_of(str(value))


def _whole(row: Mapping[str, object], field: str) -> int:
    value = row.get(field, 1)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _BadValueError(field)
    return value
