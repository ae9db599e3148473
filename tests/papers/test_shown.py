"""Cases and figures of a paper as it is kept and shown: old texts read, pictures are there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask

from exam_app.core import files
from exam_app.core.errors import Missing
from exam_app.papers.candidate import read_view, shown_pictures, write_view
from exam_app.papers.terms import CandidateQuestion, CandidateView, Case, Figure
from tests.papers.test_printing_copies import picture

PLAIN = CandidateQuestion(1, "single", "题干（ ）。", ("甲", "乙"), Decimal(2))


def test_a_view_reads_back_and_an_old_text_too() -> None:
    """Case and figures stand only where a question has them."""
    old = CandidateView(1, "P-1", (PLAIN,))
    assert b"case" not in write_view(old)
    assert read_view(write_view(old)) == old
    rich = replace(PLAIN, number=2, case=Case(1, "某矿山。"), figures=(Figure("ab" * 32, "图"),))
    view = CandidateView(1, "P-1", (PLAIN, rich))
    assert read_view(write_view(view)) == view


def test_pictures_come_with_the_page(app: Flask) -> None:
    """A held picture is in the page itself; one that is gone is named, never left out."""
    digest = files.hold("figures", picture(20, 10))
    question = replace(PLAIN, case=Case(1, "某矿山。"), figures=(Figure(digest, "图"),))
    ((address, words),) = shown_pictures(question)
    assert (address.split(",")[0], words) == ("data:image/png;base64", "图")
    with pytest.raises(Missing):
        shown_pictures(replace(PLAIN, figures=(Figure("0" * 64),)))
