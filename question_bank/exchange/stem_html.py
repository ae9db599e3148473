"""The stem (题干) of an item as HTML with its pictures where their marks stand."""

from __future__ import annotations

from collections.abc import Mapping

from question_bank.exchange.markup import image_html, to_html
from question_bank.exchange.pictures import SUFFIXES
from question_bank.exchange.result import Picture
from question_bank.item import Figure, Item


def stem_html(item: Item, sources: Mapping[str, str]) -> str:
    """Return the stem; `sources` gives digest → where the picture lies.

    Pictures stand where `[图1]`, `[图2]` … stand in order; those without a mark follow the text.
    A picture without a source is left out, and with it all after it, so that marks stay true.
    """
    parts, rest, marked = [], item.stem, True
    for number, figure in enumerate(item.figures, 1):
        if figure.digest not in sources:
            break
        before, mark, after = rest.partition(f"[图{number}]")
        marked = marked and bool(mark)
        if marked:
            parts.append(to_html(before))
            rest = after
        else:
            parts.append(to_html(rest))
            rest = ""
        parts.append(image_html(sources[figure.digest], figure.alt, marked=marked))
    return "".join([*parts, to_html(rest)])


def file_names(figures: tuple[Figure, ...], pictures: Mapping[str, Picture]) -> dict[str, str]:
    """Return digest → file name of the pictures at hand, the type of each as its ending."""
    return {
        figure.digest: figure.digest[:32] + SUFFIXES[pictures[figure.digest].media_type]
        for figure in figures
        if figure.digest in pictures
    }
