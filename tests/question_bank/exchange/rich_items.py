"""Items with everything an item can carry, and small pictures, for round trips."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

from hypothesis import strategies as st
from PIL import Image

from question_bank.exchange import Picture
from question_bank.item import Figure, Item, ItemSet
from tests.question_bank import strategies

# No control or zero-width signs: HTML cannot carry them past a reader that takes them out.
texts = st.text(
    "甲乙丙法条H₂S³ \n<>&\"'=+-[图1]#{}~:;%|\\/（　）《》😀", min_size=1, max_size=30
).map(str.strip)
solid = texts.filter(bool)
lines = solid.map(lambda text: " ".join(text.split("\n"))).map(str.strip).filter(bool)
reasons = lines.map(lambda text: " ".join(text.split(" ")))


def picture(colour: int = 0, kind: str = "PNG") -> Picture:
    """Return a small picture."""
    held = io.BytesIO()
    Image.new("RGB", (2, 2), (colour, 0, 0)).save(held, kind)
    data = held.getvalue()
    return Picture(hashlib.sha256(data).hexdigest(), f"image/{kind.lower()}", data)


PICTURES = {one.digest: one for one in (picture(1), picture(2), picture(3, "JPEG"))}


@st.composite
def rich_items(draw: st.DrawFn) -> Item:
    """Return any valid item with texts of all signs, cases, enemies and figures."""
    item = draw(strategies.items())
    figures = tuple(
        Figure(one.digest, one.media_type, draw(lines | st.just("")))
        for one in draw(st.lists(st.sampled_from(list(PICTURES.values())), max_size=3))
    )
    marks = [f"[图{place}]" for place in range(1, len(figures) + 1)]
    stem = draw(solid) + "".join(draw(st.lists(st.sampled_from(marks or [""]), max_size=3)))
    is_judgement = item.type == "true_false"
    options = item.options
    if not is_judgement:
        options = tuple(f"{place}号 {draw(solid)}".strip() for place in range(len(options)))
    return replace(
        item,
        stem=stem.strip(),
        options=options,
        law_version="2021年修正",
        quote=draw(solid),
        explanation=draw(texts),
        rationale=tuple(draw(reasons) if reason else "" for reason in item.rationale),
        item_set=draw(st.none() | st.builds(ItemSet, st.just("C-1"), solid)),
        enemies=frozenset(draw(st.lists(st.sampled_from(["Z.1-900", "Z.1-901"]), max_size=2))),
        figures=figures,
    )
