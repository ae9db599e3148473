"""What the candidate's desk may read of papers: the released paper, without any key."""

from __future__ import annotations

import base64
import hashlib
import json
from decimal import Decimal

from sqlalchemy import select

from exam_app.core import files, runkeys
from exam_app.core.db import session
from exam_app.core.errors import Missing, RuleBroken
from exam_app.papers.models import ReleasedPaper
from exam_app.papers.terms import CandidateQuestion, CandidateView, Case, Figure

_HEADS = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"GIF8": "image/gif"}


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


def shown_pictures(question: CandidateQuestion) -> list[tuple[str, str]]:
    """Return address and words of each picture of a question, the picture in its address.

    So a desk's page is whole once it is there. Raises: Missing: a file is gone.
    """
    return [(_data_address(files.held("figures", each.digest)), each.alt)
            for each in question.figures]  # fmt: skip


def _data_address(data: bytes) -> str:
    kind = next((kind for head, kind in _HEADS.items() if data.startswith(head)), "image/webp")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def write_view(view: CandidateView) -> bytes:
    """Return the canonical text of a candidate's view."""
    fields = {
        "paper_id": view.paper_id,
        "code": view.code,
        "questions": [_fields_of(each) for each in view.questions],
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _fields_of(question: CandidateQuestion) -> dict[str, object]:
    """Return the fields of a question; case and figures stand only where it has them."""
    fields: dict[str, object] = {
        "number": question.number,
        "type": question.type,
        "stem": question.stem,
        "options": list(question.options),
        "marks": str(question.marks),
    }
    if question.case is not None:
        fields["case"] = [question.case.number, question.case.stem]
    if question.figures:
        fields["figures"] = [[each.digest, each.alt] for each in question.figures]
    return fields


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
            case=Case(*each["case"]) if "case" in each else None,
            figures=tuple(Figure(*shown) for shown in each.get("figures", ())),
        )
        for each in fields["questions"]
    )
    return CandidateView(fields["paper_id"], fields["code"], questions)
