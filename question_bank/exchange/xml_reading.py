"""XML of other systems read in memory: no document type, no depth without end, any encoding."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from question_bank.errors import ExchangeError

MOST_BYTES = 64 * 2**20
MOST_ELEMENTS = 300_000
DEEPEST = 100
QTI_ROOTS = frozenset({"questestinterop", "assessmentItem"})

_VOID = frozenset({"br", "hr", "img", "col", "input"})
_DECLARED = re.compile(r"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.\-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,300}\?>")
_ROOT = re.compile(r"<([A-Za-z_][\w.\-]{0,80}:)?([A-Za-z_][\w.\-]{0,80})")
# Only encodings of text; Python knows others under such names.
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030",
    "big5": "big5", "iso-8859-1": "latin-1", "latin1": "latin-1", "windows-1252": "cp1252",
    "iso-8859-15": "iso-8859-15", "utf-16": "utf-16", "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(slots=True)
class Budget:
    """How many elements may still be read, of all files of a package together."""

    elements: int = MOST_ELEMENTS


@dataclass(slots=True)
class Node:
    """An element: its name without prefix, its attributes, and what stands in it in order."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def nodes(self, *names: str) -> Iterator[Node]:
        """Give the elements that stand directly in this one, of these names or all."""
        for child in self.children:
            if isinstance(child, Node) and (not names or child.name in names):
                yield child

    def first(self, *path: str) -> Node | None:
        """Return the first element at a path of names below this one."""
        node: Node | None = self
        for name in path:
            node = next(node.nodes(name), None) if node else None
        return node

    def every(self, *names: str) -> Iterator[Node]:
        """Give the elements below this one at any depth, in the order of the file."""
        return (node for node in self.below() if node.name in names)

    def below(self) -> Iterator[Node]:
        """Give all elements below this one, in the order of the file."""
        waiting: list[Node | str] = self.children[::-1]
        while waiting:
            child = waiting.pop()
            if isinstance(child, Node):
                yield child
                waiting += reversed(child.children)

    def outermost(self, name: str) -> Iterator[Node]:
        """Give the elements of a name below this one that stand in no other of that name."""
        waiting: list[Node | str] = self.children[::-1]
        while waiting:
            child = waiting.pop()
            if isinstance(child, Node) and child.name == name:
                yield child
            elif isinstance(child, Node):
                waiting += reversed(child.children)

    def text(self) -> str:
        """Return all text below, as it stands."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def text_at(self, *path: str) -> str:
        """Return the text of the element at a path without blanks at its ends, "" if none."""
        node = self.first(*path)
        return node.text().strip() if node else ""

    def get(self, name: str) -> str:
        """Return an attribute without blanks at its ends, "" if there is none."""
        return self.attributes.get(name, "").strip()


def parse(data: bytes, budget: Budget | None = None) -> Node:
    """Return the root element of an XML file; its elements are taken off the budget.

    Raises: ExchangeError: too large, not well-formed (with line), too deep, with a document type.
    """
    if len(data) > MOST_BYTES:
        raise ExchangeError("xml-too-large", found=len(data), limit=MOST_BYTES)
    text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), decode(data), count=1)
    builder = _Builder(budget or Budget())
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(builder)
    try:
        parser.feed(text.lstrip().encode())
        parser.close()
    except DefusedXmlException as error:
        code = "xml-has-entities" if "<!ENTITY" in text[:100_000] else "xml-has-dtd"
        raise ExchangeError(code) from error
    except SAXParseException as error:
        skipped = len(text) - len(text.lstrip())
        line = (error.getLineNumber() or 1) + text.count("\n", 0, skipped)
        raise ExchangeError("xml-malformed", line=line) from error
    except (LookupError, ValueError) as error:
        # A declaration so odd that it was left in may name an encoding that does not exist.
        raise ExchangeError("xml-malformed", line=1) from error
    if builder.root is None:
        raise ExchangeError("xml-malformed", line=1)
    return builder.root


def decode(data: bytes) -> str:
    """Return the text of an XML file, by its mark, its declaration, or what it turns out to be.

    Raises: ExchangeError xml-encoding-unknown: no encoding fits.
    """
    for encoding in _likely(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text[:1000]):
            return text.removeprefix("\N{BYTE ORDER MARK}")
    raise ExchangeError("xml-encoding-unknown")


def sniff_xml(data: bytes) -> str | None:
    """Return "moodle-xml" or "qti" by the root element of a file, None for anything else."""
    try:
        root = root_name(decode(data[:MOST_BYTES]))
    except ExchangeError:
        return None
    if root == "quiz":
        return "moodle-xml"
    return "qti" if root in QTI_ROOTS or root in {"assessmentTest", "manifest"} else None


def root_name(text: str) -> str:
    """Return the name of the root element of an XML text, in the words of QTI 2; "" if none."""
    place = 0
    while (place := text.find("<", place)) >= 0:
        if text.startswith("<!--", place):
            place = text.find("-->", place)
        elif text.startswith(("<?", "<!"), place):
            place = text.find(">", place)
        else:
            match = _ROOT.match(text, place)
            return camel(match[2]) if match else ""
        if place < 0:
            return ""
    return ""


def camel(name: str) -> str:
    """Return a QTI 3.0 name as QTI 2 writes it: qti-simple-choice → simpleChoice."""
    if not name.startswith("qti-"):
        return name
    first, *others = name.removeprefix("qti-").split("-")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def to_html(node: Node, *, without: frozenset[str] = frozenset()) -> str:
    """Return what stands in an element as HTML, elements of these names left out."""
    return "".join(
        html.escape(child) if isinstance(child, str) else _outer(child, without)
        for child in node.children
    )


def _outer(node: Node, without: frozenset[str]) -> str:
    if node.name in without:
        return ""
    said = "".join(f' {name}="{html.escape(value)}"' for name, value in node.attributes.items())
    if node.name in _VOID:
        return f"<{node.name}{said}/>"
    return f"<{node.name}{said}>{to_html(node, without=without)}</{node.name}>"


def _likely(data: bytes) -> Iterator[str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            yield encoding
            return
    if data[:2] == b"<\0":
        yield "utf-16-le"
    if data[:2] == b"\0<":
        yield "utf-16-be"
    match = _DECLARED.match(data[:400].decode("latin-1"))
    declared = _ENCODINGS.get(match[1].lower(), "utf-8") if match else "utf-8"
    if not declared.startswith("utf-16"):
        yield declared
    yield "utf-8"
    yield "gb18030"


class _Builder(ContentHandler):
    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0
        self._budget = budget

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._count += 1
        self._budget.elements -= 1
        if self._count > MOST_ELEMENTS or self._budget.elements < 0:
            raise ExchangeError("xml-too-many-elements", limit=MOST_ELEMENTS)
        if len(self._open) >= DEEPEST:
            raise ExchangeError("xml-too-deep", limit=DEEPEST)
        named = {key.rpartition(":")[2]: value for key, value in attrs.items()}
        node = Node(name.rpartition(":")[2], named)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:  # noqa: N802
        node = self._open.pop()
        node.children = _joined(node.children)

    def characters(self, content: str) -> None:
        if self._open:
            self._open[-1].children.append(content)


def _joined(children: list[Node | str]) -> list[Node | str]:
    joined: list[Node | str] = []
    run: list[str] = []
    for child in children:
        if isinstance(child, str):
            run.append(child)
            continue
        if run:
            joined.append("".join(run))
            run = []
        joined.append(child)
    if run:
        joined.append("".join(run))
    return joined
