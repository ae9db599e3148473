"""The sheets (纸型) papers are printed on, and their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reportlab.lib.pagesizes import A3, A4
from reportlab.lib.units import mm

from exam_app.papers.terms import MIXED, CandidateQuestion

TITLE = "工伤预防培训考试试卷"
KEY_TITLE = "标准答案"
FOOTER = "闭卷考试　内部资料　考后收回"
NOTES = (
    "考生须知：请先在上方填写或核对姓名、准考证号、座位号，并核对试卷页数。",
    "答案填写在答题卡上，写在试卷上无效；考试结束后试卷与答题卡一并交回，不得带离考场。",
)
END = "（试卷结束）"
BLANK = "（此页空白）"
SECTIONS = {
    "single": "单项选择题",
    "multiple": "多项选择题",
    "true_false": "判断题",
    MIXED: "案例题",
}
HINTS = {
    "single": "每题只有一个正确选项",
    "multiple": "每题有两个或两个以上正确选项",
    "true_false": "正确的选“正确”，错误的选“错误”",
    MIXED: "题型见各题之后",
}
NUMERALS = "一二三四五六七八九十"
OPTION_ROWS = (4, 2, 1)
LETTERS = "ABCDEFGH"
_ANSWER = re.compile(r"（\s*）")


@dataclass(frozen=True)
class Sheet:
    """A page's size, its margin and the size of its text, in points."""

    pagesize: tuple[float, float]
    margin: float
    size: float

    @property
    def scale(self) -> float:
        """Return how much larger than the usual everything is."""
        return self.size / 10.5

    @property
    def width(self) -> float:
        """Points between the margins."""
        return self.pagesize[0] - 2 * self.margin

    @property
    def ceiling(self) -> float:
        """The upper edge of the text, below the header."""
        return float(self.pagesize[1] - self.margin - 4 * mm)

    @property
    def floor(self) -> float:
        """The lower edge of the text, above the footer."""
        return self.margin


USUAL = Sheet(A4, 20 * mm, 10.5)
LARGE = Sheet(A3, 22 * mm, 24)


def number(marks: Decimal) -> str:
    """Return marks without zeros that say nothing."""
    text = format(marks, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def section_heading(numeral: str, kind: str, questions: Sequence[CandidateQuestion]) -> str:
    """Return ``一、单项选择题（每题2分，共20题，40分。每题只有一个正确选项）``."""
    marks = {each.marks for each in questions}
    total = number(sum((each.marks for each in questions), Decimal(0)))
    each = f"每题{number(next(iter(marks)))}分，" if len(marks) == 1 else ""
    return f"{numeral}、{SECTIONS[kind]}（{each}共{len(questions)}题，{total}分。{HINTS[kind]}）"


def stem_words(question: CandidateQuestion, kind: str, *, with_marks: bool) -> str:
    """Return the stem as printed: the place for the answer in one piece, never parted.

    Args: kind: of the section; among questions of several types each names its own.
    """
    said = [SECTIONS[question.type]] if kind == MIXED else []
    said += [f"{number(question.marks)}分"] if with_marks else []
    return _ANSWER.sub("（　）", question.stem) + (f"（{'，'.join(said)}）" if said else "")


def case_words(first: int, last: int) -> str:
    """Return what stands above the material of a case."""
    questions = f"第 {first} 题" if first == last else f"第 {first}～{last} 题"
    return f"阅读下列材料，回答{questions}。"


def page_words(page: int, pages: int) -> str:
    """Return the words at the foot of a page of a copy."""
    return f"第 {page} 页 共 {pages} 页"
