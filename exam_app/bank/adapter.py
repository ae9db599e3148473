"""Between rows of the bank and the plain items and blueprints of ``question_bank``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from exam_app.bank.diagnosis import refusal
from exam_app.bank.models import BlueprintRow, ItemRow
from exam_app.bank.rules import ItemInvalid
from exam_app.core.errors import BadInput, ExamError, RuleBroken
from question_bank import (
    BankError,
    BankShort,
    Blueprint,
    Cell,
    Item,
    ItemType,
    Laws,
    Level,
    PaperRules,
    Problem,
    Short,
    check_against_laws,
    validate,
)
from question_bank.blueprint import exact
from question_bank.exchange.columns import TYPE_WORDS
from question_bank.item import (
    LETTERS,
    TRUE_FALSE_OPTIONS,
    Figure,
    ItemSet,
    facility_of,
    is_incomplete,
    key_from_letters,
    letters_from_key,
)
from question_bank.laws import squeeze
from question_bank.rationale import rationale_from_letters

# An article that is not among those held is for the reviewer to look up, not a fault.
_LOOKED_UP = frozenset({"article-unknown"})


def to_content(item: Item) -> dict[str, Any]:
    """Return the item as plain values, without its id, its version and its enemies."""
    company: dict[str, Any] = {}
    if item.item_set is not None:
        company["set"] = {"id": item.item_set.id, "stem": item.item_set.stem}
    if item.figures:
        company["figures"] = [[each.digest, each.media_type, each.alt] for each in item.figures]
    return company | {
        "type": item.type.value,
        "topic": item.topic,
        "stem": item.stem,
        "options": list(item.options),
        "key": sorted(item.key),
        "industries": list(item.industries),
        "categories": [str(category) for category in item.categories],
        "level": item.level.value,
        "facility": exact(item.facility),
        "law": item.law,
        "article": item.article,
        "law_version": item.law_version,
        "quote": item.quote,
        "rationale": list(item.rationale),
        "explanation": item.explanation,
    }


def from_content(content: dict[str, Any], *, code: str, version: int) -> Item:
    """Return the item that plain values hold."""
    return Item(
        id=code,
        version=version,
        type=ItemType(content["type"]),
        topic=content["topic"],
        stem=content["stem"],
        options=tuple(content["options"]),
        key=frozenset(content["key"]),
        industries=tuple(content["industries"]),
        categories=tuple(content["categories"]),
        level=Level(content["level"]),
        facility=Decimal(content["facility"]),
        law=content["law"],
        article=content["article"],
        law_version=content["law_version"],
        quote=content["quote"],
        rationale=tuple(content["rationale"]),
        explanation=content["explanation"],
        item_set=ItemSet(**content["set"]) if "set" in content else None,
        figures=tuple(Figure(*each) for each in content.get("figures", ())),
    )


def to_item(row: ItemRow) -> Item:
    """Return the item of a row."""
    return from_content(row.content, code=row.code, version=row.version)


def content_digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of an item's content, in hex."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def same_text(item: Item) -> tuple[str, ...]:
    """Return what two items that ask the same have in common: stem and options, blanks aside."""
    return (squeeze(item.stem), *sorted(map(squeeze, item.options)))


def faults(item: Item, laws: Laws) -> list[Problem]:
    """Return what keeps an item from being reviewed: errors, and gaps not yet filled."""
    found = [*validate(item), *check_against_laws(item, laws)]
    return [each for each in found if each.is_error and each.code not in _LOOKED_UP]


def advice(item: Item, laws: Laws) -> list[Problem]:
    """Return what a reviewer should look at: warnings, and articles that are not held."""
    found = [*validate(item), *check_against_laws(item, laws)]
    return [each for each in found if not each.is_error or each.code in _LOOKED_UP]


def check_item(item: Item, laws: Laws, *, gaps: bool = False) -> None:
    """Raise ItemInvalid with every problem that keeps the item out.

    Args:
        gaps: a draft may still lack its topic and its basis.
    """
    found = [each for each in faults(item, laws) if not (gaps and is_incomplete(each))]
    if found:
        raise ItemInvalid(
            count=len(found), problems=[(each.code, dict(each.facts)) for each in found]
        )


def article_text(laws: Laws, law: str, article: str) -> str:
    """Return the words of the article an item rests on, empty when it is not held."""
    found = laws.find(law, article)
    return found.text if found else ""


def item_from_fields(fields: dict[str, Any], options: list[str]) -> Item:
    """Return the item that a form's fields describe.

    Raises: BadInput: a key or reasons that cannot be read, on their field.
    """
    kind = ItemType(fields["item_type"])
    texts = TRUE_FALSE_OPTIONS if kind is ItemType.TRUE_FALSE else tuple(options)
    try:
        key = key_from_letters(fields["key"], kind)
    except BankError as error:
        raise BadInput("item-key-unreadable", field="key", key=fields["key"]) from error
    try:
        facility = facility_of(str(fields["facility"]))
    except BankError as error:
        raise BadInput("item-facility-unreadable", field="facility") from error
    return Item(
        id=fields["code"] or "",
        type=kind,
        topic=fields["topic"],
        stem=fields["stem"].replace("\r\n", "\n"),
        options=texts,
        key=key,
        industries=tuple(fields["industries"]),
        categories=tuple(fields["categories"]),
        level=Level(fields["level"]),
        facility=facility,
        law=fields["law"].strip("《》"),
        article=fields["article"],
        quote=fields["quote"].replace("\r\n", "\n"),
        rationale=_rationale(fields["rationale"] or "", kind, len(texts)),
        explanation=(fields["explanation"] or "").replace("\r\n", "\n"),
    )


def _rationale(text: str, kind: ItemType, options: int) -> tuple[str, ...]:
    if kind is ItemType.TRUE_FALSE or not text:
        return (" ".join(text.split()),) if text else ()
    try:
        return rationale_from_letters(text, options)
    except BankError as error:
        raise BadInput("item-rationale-unreadable", field="rationale") from error


def to_fields(item: Item) -> dict[str, Any]:
    """Return what a form shows of an item."""
    options = () if item.type is ItemType.TRUE_FALSE else item.options
    letters = zip("abcdefgh", options, strict=False)
    lettered = [f"{LETTERS[n]}：{text}" for n, text in enumerate(item.rationale) if text]
    is_true_false = item.type is ItemType.TRUE_FALSE
    return {
        "code": item.id,
        "item_type": item.type.value,
        "topic": item.topic,
        "stem": item.stem,
        **{f"option_{letter}": text for letter, text in letters},
        "key": key_words(item),
        "rationale": "".join(item.rationale) if is_true_false else "\n".join(lettered),
        "industries": list(item.industries),
        "categories": list(item.categories),
        "level": item.level.value,
        "facility": item.facility,
        "law": item.law,
        "article": item.article,
        "quote": item.quote,
        "explanation": item.explanation,
    }


def key_words(item: Item) -> str:
    """Return the key as people write it: letters, or 正确 and 错误."""
    if item.type is ItemType.TRUE_FALSE:
        return "".join(item.options[index] for index in sorted(item.key))
    return letters_from_key(item.key, item.type)


def to_cells(blueprint: Blueprint) -> list[dict[str, Any]]:
    """Return the cells as plain values."""
    return [
        {
            "topic": cell.topic,
            "item_type": cell.item_type.value,
            "count": cell.count,
            "marks": exact(cell.marks),
        }
        for cell in blueprint.cells
    ]


def blueprint_from(
    *,
    industry: str,
    category: str,
    title: str,
    cells: Iterable[tuple[str, str, int, Decimal]],
    rules: Mapping[str, Any] | None = None,
) -> Blueprint:
    """Return the blueprint that rows of a form describe. Raises: BadInput: it makes no sense."""
    try:
        made = tuple(
            Cell(topic, ItemType(kind), count, marks) for topic, kind, count, marks in cells
        )
        whole = PaperRules.from_fields(rules or {})
        return Blueprint(industry, category, made, title, whole)
    except BankError as error:
        raise BadInput(f"blueprint-{error.code}", **error.facts) from error


def to_blueprint(row: BlueprintRow) -> Blueprint:
    """Return the blueprint of a row."""
    cells = tuple(
        Cell(each["topic"], ItemType(each["item_type"]), each["count"], Decimal(each["marks"]))
        for each in row.cells
    )
    rules = PaperRules.from_fields(row.rules or {})
    return Blueprint(row.industry, row.category, cells, row.title, rules)


def short_cells(shorts: Iterable[Short]) -> str:
    """Return the short cells with what is there and what is needed: ``A.4 单选题 3/10``."""
    return "；".join(
        f"{each.cell.topic} {TYPE_WORDS[each.cell.item_type]} {each.available}/{each.needed}"
        for each in shorts
    )


def bank_short(shorts: Iterable[Short]) -> RuleBroken:
    """Return the refusal that names each short cell and by how much it is short."""
    found = list(shorts)
    return RuleBroken(
        "bank-short",
        why=_("缺：%(cells)s（现有／需要）", cells=short_cells(found)),
        shorts=[
            (each.cell.topic, each.cell.item_type.value, each.needed, each.available)
            for each in found
        ],
    )


def as_exam_error(error: BankError) -> ExamError:
    """Return an error of the question bank as one of the application."""
    if isinstance(error, BankShort):
        return refusal(error.diagnosis)
    return BadInput(error.code, **error.facts)
