"""What the candidate's desk may read of papers: the released paper, without any key."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from sqlalchemy import select

from exam_app.core import runkeys
from exam_app.core.db import session
from exam_app.core.errors import Missing, RuleBroken
from exam_app.papers.models import ReleasedPaper
from exam_app.papers.terms import CandidateQuestion, CandidateView


def sitting_key(sitting_id: int) -> str:
    """Return the name of the running key an opened paper rests under until close."""
    return f"sitting-{sitting_id}"


def candidate_paper(sitting_id: int) -> CandidateView:
    """Return the paper of a sitting as its candidates read it.

    Raises: Missing: nothing has been opened (``paper-not-open``). RuleBroken: the sitting is
        closed and the key wiped (``run-key-gone``), or the text was changed.
    """
    row = session().scalar(select(ReleasedPaper).where(ReleasedPaper.sitting_id == sitting_id))
    if row is None:
        raise Missing("paper-not-open")
    plain = runkeys.decrypt(sitting_key(sitting_id), row.content)
    if hashlib.sha256(plain).hexdigest() != row.digest:
        raise RuleBroken("paper-changed", paper=row.code)
    return read_view(plain)


def write_view(view: CandidateView) -> bytes:
    """Return the canonical text of a candidate's view."""
    fields = {
        "paper_id": view.paper_id,
        "code": view.code,
        "questions": [
            {
                "number": each.number,
                "type": each.type,
                "stem": each.stem,
                "options": list(each.options),
                "marks": str(each.marks),
            }
            for each in view.questions
        ],
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_view(plain: bytes) -> CandidateView:
    """Return the view a canonical text holds."""
    fields = json.loads(plain)
    questions = tuple(
        CandidateQuestion(
            number=each["number"],
            type=each["type"],
            stem=each["stem"],
            options=tuple(each["options"]),
            marks=Decimal(each["marks"]),
        )
        for each in fields["questions"]
    )
    return CandidateView(fields["paper_id"], fields["code"], questions)
