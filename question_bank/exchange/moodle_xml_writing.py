"""Items as Moodle XML; our own fields stand in tags, quoted words and cases in blockquotes."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal

from question_bank.exchange import own_fields
from question_bank.exchange.markup import one_line, to_html
from question_bank.exchange.result import Picture
from question_bank.exchange.stem_html import file_names, stem_html
from question_bank.exchange.xml_writing import HEAD, element, words
from question_bank.item import Item, ItemType, Option


def quiz(items: Iterable[Item], pictures: Mapping[str, Picture]) -> bytes:
    """Return a Moodle XML file of the items, one question each, in their order."""
    questions = "\n".join(_question(item, pictures) for item in items)
    return f"{HEAD}<quiz>\n{questions}\n</quiz>\n".encode()


def _question(item: Item, pictures: Mapping[str, Picture]) -> str:
    is_judgement = item.type is ItemType.TRUE_FALSE
    explanation = f"<p>{to_html(item.explanation)}</p>" if item.explanation else ""
    return element(
        "question",
        element("name", element("text", words(f"{item.id} {one_line(item.stem)}"[:100]))),
        _stem(item, pictures),
        _html("generalfeedback", explanation + own_fields.quote_html(item)),
        element("defaultgrade", "1"),
        element("penalty", "1" if is_judgement else "0"),
        element("hidden", "0"),
        element("idnumber", words(item.id)),
        "" if is_judgement else _choice_settings(item),
        *(_answer(option, item) for option in item.lettered()),
        element("tags", *(element("tag", _text(word)) for word in own_fields.said(item))),
        type="truefalse" if is_judgement else "multichoice",
    )


def _stem(item: Item, pictures: Mapping[str, Picture]) -> str:
    names = file_names(item.figures, pictures)
    sources = {digest: f"@@PLUGINFILE@@/{name}" for digest, name in names.items()}
    html = f"{own_fields.case_html(item)}<p>{stem_html(item, sources)}</p>"
    files = [
        element(
            "file",
            base64.b64encode(pictures[digest].data).decode(),
            name=name,
            path="/",
            encoding="base64",
        )
        for digest, name in names.items()
    ]
    return _html("questiontext", html, *files)


def _choice_settings(item: Item) -> str:
    is_single = item.type is ItemType.SINGLE
    return (
        element("single", "true" if is_single else "false")
        + element("shuffleanswers", "true")
        + element("answernumbering", "ABCD")
    )


def _answer(option: Option, item: Item) -> str:
    share = Decimal(0)
    if option.is_key:
        share = Decimal(100) / max(len(item.key), 1)
        share = share.quantize(Decimal("0.00001"), ROUND_FLOOR).normalize()
    text, kind = f"<p>{to_html(option.text)}</p>", "html"
    if item.type is ItemType.TRUE_FALSE:
        text, kind = ("true" if option.letter == "A" else "false"), "moodle_auto_format"
    reason = to_html(option.rationale)
    return element(
        "answer",
        _text(text),
        _html("feedback", f'<p class="{own_fields.REASON}">{reason}</p>' if reason else ""),
        fraction=format(share, "f"),
        format=kind,
    )


def _html(name: str, html: str, *more: str) -> str:
    return element(name, _text(html), *more, format="html")


def _text(text: str) -> str:
    return element("text", words(text))
