"""Reads of what is said of a drawn paper before its approval (审卷意见)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from exam_app.bank.models import BlueprintRow
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.papers.models import Paper, PaperRemark
from exam_app.papers.terms import RemarkKind
from exam_app.people import queries as people


@dataclass(frozen=True)
class Said:
    """A remark, an answer or a strike with the name of who made it."""

    row: PaperRemark
    who: str


def said_of(paper_id: int) -> list[Said]:
    """Return what was said of a paper, with names, oldest first."""
    return [
        Said(row, people.get_account(row.made_by_id).person.name) for row in remarks_of(paper_id)
    ]


def blueprint_of(paper: Paper) -> BlueprintRow:
    """Return the blueprint of a paper, for a service that checks the walls itself."""
    found = session().get(BlueprintRow, paper.blueprint_id)
    if found is None:
        raise Missing(kind="blueprint")
    return found


def remarks_of(paper_id: int) -> Sequence[PaperRemark]:
    """Return what was said of a paper before its approval, oldest first."""
    query = select(PaperRemark).where(PaperRemark.paper_id == paper_id)
    return session().scalars(query.order_by(PaperRemark.id)).all()


def is_returned(paper_id: int) -> bool:
    """Return whether a remark went back to the setter who has not answered it yet."""
    said = [each.kind for each in remarks_of(paper_id) if each.kind is not RemarkKind.STRIKE]
    return bool(said) and said[-1] is RemarkKind.REMARK
