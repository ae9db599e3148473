"""Texts from outside made plain: marks of other programs, HTML and signs nobody sees."""

from __future__ import annotations

import re
from dataclasses import dataclass

from question_bank.exchange.markup import to_text

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_HTML = re.compile(
    r"</?(?:a|b|br|big|blockquote|center|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|input|li|ol|p"
    r"|pre|s|script|small|span|strong|style|sub|sup|svg|table|tbody|td|th|tr|tt|u|ul)"
    r"(?:\s[^<>]{0,2000})?/?>|&(?:nbsp|lt|gt|amp|quot|ldquo|rdquo|middot|#[0-9]{1,6});",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*\*([^*\n]{1,500})\*\*|__([^_\n]{1,500})__")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain words, the codes of what it lost, and where the pictures in it lie."""

    text: str
    lost: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """Return a text with one kind of line break, without unseen signs and blanks at line ends."""
    if text.isprintable() and "_x000D_" not in text:
        return text.strip()
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n")
    text = _UNSEEN.sub("", text).replace("\xa0", " ").replace("\t", " ")
    if "\n" in text:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    return text.strip()


def has_html(text: str) -> bool:
    """Return whether a text holds HTML tags or entities."""
    return ("<" in text or "&" in text) and _HTML.search(text) is not None


def plain_text(text: str, text_format: str) -> Plain:
    """Return a text of a format (html, moodle, markdown, plain) in plain words."""
    if text_format == "html" or (text_format == "moodle" and has_html(text)):
        return from_html(text)
    if text_format == "markdown":
        bare = _EMPHASIS.sub(lambda found: found[1] or found[2], text)
        return Plain(tidy(bare), ("formatting-dropped",) if bare != text else ())
    return Plain(text.strip()) if text_format == "plain" else Plain(tidy(text))


def from_html(text: str) -> Plain:
    """Return the words of an HTML text."""
    read = to_text(text)
    lost = ("formatting-dropped",) if read.lost else ()
    return Plain(tidy(read.text), lost, tuple(image.source for image in read.images))
