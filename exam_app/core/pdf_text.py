"""Breaking Chinese text into lines: what may not start or end a line stays with its neighbour."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

NOT_AT_START = frozenset(
    "，。、；：？！…—·～）〕］｝》〉」』】〗’”％‰℃,.;:?!)]}%"
    "°′″℉℅μΩΩÅ㎎㎏㎜㎝㎞㎡㎥㏄㏒㎖㎐㎑㎒㎓㎾㎈㎉㎍㎕㎗㎘㎢㎣㎤㎦㎧㎨㎩㎪㎫㎬"
)
"""What closes a phrase, and the signs of units, which stay with their number."""
NOT_AT_END = frozenset("（〔［｛《〈「『【〖‘“￥＄№([{≥≤±≈＞＜")
COUNTED = frozenset("分元角年月日时秒米天名人次项条款岁度吨克升个题")
"""What is counted, which stays with its figures."""
_WORD = "[A-Za-z0-9À-ɏ²³¹⁰-ₜ]+"
_JOINED = rf"{_WORD}(?:[-_./:@#%&+=~',·]{_WORD})*"
_TOKEN = re.compile(rf"……|——|[0-9][0-9.]* {_JOINED}|{_JOINED}|.", re.DOTALL)

Measure = Callable[[str], float]


@dataclass(frozen=True)
class Line:
    """One line: its text, its natural width in points, and whether its paragraph ends here."""

    text: str
    width: float
    is_last: bool


def clusters(text: str) -> Iterator[str]:
    """Yield the pieces of a paragraph between which a line may break (避头尾).

    A mark that may not start a line clings to what stands before it, a bracket that opens
    to what follows; Latin words and numbers stay whole.
    """
    held = ""
    for token in _TOKEN.findall(text):
        counted = token in COUNTED and held[-1:].isdecimal()
        clings = counted or token[0] in NOT_AT_START
        if held and not clings and held[-1] not in NOT_AT_END:
            yield held
            held = ""
        held += token
    if held:
        yield held


def _pieces(text: str, width: float, measure: Measure) -> Iterator[str]:
    """Yield the clusters, those wider than a whole line cut by character."""
    for cluster in clusters(text):
        if measure(cluster) <= width:
            yield cluster
            continue
        part = ""
        for character in cluster:
            if part and measure(part + character) > width:
                yield part
                part = ""
            part += character
        yield part


def break_paragraph(text: str, width: float, measure: Measure, indent: float = 0) -> list[Line]:
    """Return the lines of one paragraph; the first is shorter by ``indent`` points."""
    lines: list[Line] = []
    line, room = "", width - indent
    for piece in _pieces(text, width, measure):
        if line and measure((line + piece).rstrip()) > room:
            whole = line.rstrip()
            lines.append(Line(whole, measure(whole), is_last=False))
            line, room = piece.lstrip(), width
        else:
            line += piece
    whole = line.rstrip()
    lines.append(Line(whole, measure(whole), is_last=True))
    return lines


def break_text(text: str, width: float, measure: Measure, indent: float = 0) -> list[Line]:
    """Return the lines of a text whose paragraphs are parted by newlines; widths in points."""
    return [
        line
        for paragraph in text.split("\n")
        for line in break_paragraph(paragraph, width, measure, indent)
    ]
