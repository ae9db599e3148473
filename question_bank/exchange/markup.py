"""HTML of other systems made plain text: line breaks and figures stay, all else goes or is named.

`to_html` is the way back: `to_text(to_html(text)).text == text` for every text without control
and zero-width characters, no-break spaces, and blanks at its ends.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3

MOST_CHARACTERS = 4_000_000
MOST_TAGS = 4_000
MOST_ENTITIES = 20_000
UNMARKED = "item-figure"
"""The class of a picture that stands beside the text: `to_text` leaves no mark for it."""
BEYOND_LIMITS = "markup"
UNHELD = frozenset(
    {"math", "audio", "video", "object", "svg", "embed", "iframe", "applet", BEYOND_LIMITS}
)
"""What an item cannot be asked without, and we cannot hold."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    "address", "article", "aside", "blockquote", "caption", "dd", "div", "dl", "dt", "figcaption",
    "figure", "footer", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table",
    "tbody", "tfoot", "thead", "tr", "ul",
}  # fmt: skip
_CELLS = frozenset({"td", "th"})
_KEPT = {*_BLOCKS, *_CELLS, "br", "sub", "sup", "img"}
_ATTRIBUTES = {"img": {"src", "alt", "class"}}
_SCHEMES = {"data", "http", "https", "ftp"}
_VISIBLE = UNHELD | _HEADINGS | {
    "a", "b", "big", "button", "code", "del", "em", "font", "form", "hr", "i", "input", "ins",
    "mark", "ol", "pre", "rt", "ruby", "s", "select", "small", "strike", "strong", "table",
    "textarea", "u",
}  # fmt: skip
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_TAG = re.compile(r"<([A-Za-z][\w:.-]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LOST_BLANKS = re.compile(r"^ | $|(?<= ) ", re.MULTILINE)
_RAISED = dict(zip("0123456789+-=()ni−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ⁻", strict=True))
_LOWERED = dict(zip("0123456789+-=()−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎₋", strict=True))


@dataclass(frozen=True, slots=True)
class Image:
    """A picture a text shows: where it lies and what says it in words."""

    source: str
    alt: str


@dataclass(frozen=True, slots=True)
class Text:
    """What is left of a piece of HTML.

    `lost` names the tags of what could be seen and is gone, in the order of the alphabet, and
    `BEYOND_LIMITS` where there were too many tags to look at.
    `[图1]` in the text stands for the first of the images.
    """

    text: str
    images: tuple[Image, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def unheld(self) -> tuple[str, ...]:
        """Return those of the lost that an item cannot do without."""
        return tuple(tag for tag in self.lost if tag in UNHELD)


def to_text(markup: str, *, marks: bool = True) -> Text:
    """Return the text of a piece of HTML; without `marks` no image leaves a `[图1]`."""
    if "<" not in markup and "&" not in markup and "\0" not in markup:
        return Text(_visible(_BLANKS.sub(" ", markup)).strip())
    names = {tag.rpartition(":")[2].lower() for tag in set(_TAG.findall(markup))}
    lost = tuple(sorted(names & _VISIBLE))
    is_beyond = markup.count("<") > MOST_TAGS or markup.count("&") > MOST_ENTITIES
    if is_beyond or len(markup) > MOST_CHARACTERS:
        return Text(plain(html.unescape(_ANY_TAG.sub(" ", markup))), lost=(*lost, BEYOND_LIMITS))
    cleaned = nh3.clean(
        markup, tags=_KEPT, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None
    )
    reader = _Reader(marks)
    reader.feed(cleaned)
    reader.close()
    return Text(reader.text(), tuple(reader.images), lost)


def plain(text: str) -> str:
    """Return a plain text without control and zero-width characters and blanks at its ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _visible(lines).strip()


def one_line(text: str) -> str:
    """Return a text with its line breaks made blanks."""
    return " ".join(line.strip() for line in text.split("\n") if line.strip())


def to_html(text: str) -> str:
    """Return the HTML of a plain text, without a block around it; also well-formed XML."""
    held = _LOST_BLANKS.sub("\N{NO-BREAK SPACE}", text)
    return html.escape(held, quote=True).replace("&#x27;", "&#39;").replace("\n", "<br/>")


def image_html(source: str, alt: str, *, marked: bool) -> str:
    """Return the HTML of a picture, to be marked in the text or only to stand beside it."""
    kind = "" if marked else f' class="{UNMARKED}"'
    return f'<img src="{html.escape(source)}" alt="{html.escape(alt)}"{kind}/>'


def _visible(text: str) -> str:
    unseen = {char for char in set(text) - {"\n"} if unicodedata.category(char) in _UNSEEN}
    table: dict[int, str | None] = {ord(char): None for char in unseen}
    return text.translate(table | {0xA0: " "})


class _Reader(HTMLParser):
    """Gathers the text of cleaned HTML line by line."""

    def __init__(self, marks: bool) -> None:
        super().__init__()
        self.images: list[Image] = []
        self._marks = marks
        self._parts: list[str] = []
        self._shifted: list[list[str]] = []
        self._preformatted = 0

    def text(self) -> str:
        """Return the text, its lines without blanks at their ends."""
        lines = "".join(self._parts).split("\n")
        lines = [_BLANKS.sub(" ", line).strip(" ") for line in lines]
        return _visible("\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, a cell, a shifted run, or take a picture."""
        if tag == "br":
            self._parts.append("\n")
        elif tag == "img":
            self._picture({name: value or "" for name, value in attrs})
        elif tag in {"sub", "sup"}:
            self._shifted.append(self._parts)
            self._parts = []
        elif tag in _CELLS:
            if not self._at_line_start():
                self._parts.append(" | ")
        elif tag in _BLOCKS:
            self._preformatted += tag == "pre"
            self._break()

    def handle_endtag(self, tag: str) -> None:
        """End a line or a shifted run."""
        if tag in {"sub", "sup"} and self._shifted:
            run = "".join(self._parts)
            self._parts = self._shifted.pop()
            self._parts.append(_shift(run, tag))
        elif tag in _BLOCKS:
            self._preformatted -= tag == "pre"
            self._break()

    def handle_data(self, data: str) -> None:
        """Take text; line breaks count in preformatted text only."""
        run = data if self._preformatted > 0 else _BLANKS.sub(" ", data)
        if run.strip(" ") or not self._at_line_start():
            self._parts.append(run)

    def _picture(self, attributes: dict[str, str]) -> None:
        self.images.append(Image(attributes.get("src", ""), plain(attributes.get("alt", ""))))
        if self._marks and UNMARKED not in attributes.get("class", "").split():
            self._parts.append(f"[图{len(self.images)}]")

    def _at_line_start(self) -> bool:
        # A run of blanks is never kept at the start of a line, so the last run decides.
        last = self._parts[-1] if self._parts else "\n"
        return "\n" in last and not last.rpartition("\n")[2].strip(" ")

    def _break(self) -> None:
        if not self._at_line_start():
            self._parts.append("\n")


def _shift(run: str, tag: str) -> str:
    bare = run.strip()
    table, sign = (_RAISED, "^") if tag == "sup" else (_LOWERED, "_")
    if not bare:
        return ""
    if all(char in table for char in bare):
        return "".join(table[char] for char in bare)
    return f"{sign}{bare}" if len(bare) == 1 else f"{sign}({bare})"
