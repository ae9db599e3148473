"""Answers as on the paper itself: a script follows the order of the copy it was written on."""

from __future__ import annotations

from exam_app.attempts import queries as attempts
from exam_app.attempts.models import Attempt
from exam_app.core.db import session
from exam_app.marking import rules
from exam_app.papers import printed
from exam_app.papers.keysheet import KeySheet
from exam_app.papers.models import Paper
from question_bank.copies import CopyPaper, Scheme, as_on_paper, order_of
from question_bank.item import ItemType

# 判断题: a script keyed as T or F; T is stored as A already.
_FALSE, _FALSE_OPTION = "F", "B"


def ordering_of(sheet: KeySheet) -> CopyPaper | None:
    """Return how the copies of a paper are ordered; None where none was printed by rooms."""
    scheme = printed.print_scheme(session().get_one(Paper, sheet.paper_id))
    return None if scheme is None or not sheet.orders else sheet.copy_paper(Scheme(scheme))


def answers_of(attempt: Attempt, sheet: KeySheet, ordering: CopyPaper | None) -> dict[int, str]:
    """Return question → letters of an attempt, both as on the paper itself."""
    said = {
        question: rules.choice_of(value)
        for question, value in attempts.responses_of(attempt.id).items()
    }
    copy = attempts.copy_of(attempt)
    if copy is not None and ordering is not None:
        said = dict(as_on_paper(order_of(ordering, copy), said))
    judged = {each.number for each in sheet.entries if each.item_type is ItemType.TRUE_FALSE}
    letters = {question: rules.letters_of(chosen) for question, chosen in said.items()}
    return {
        question: _FALSE_OPTION if question in judged and value == _FALSE else value
        for question, value in letters.items()
    }
