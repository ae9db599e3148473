"""Looking at a key (查看答案): on screen or on paper, after the exam alone, with a reason."""

from __future__ import annotations

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core.errors import RuleBroken
from exam_app.marking import queries
from exam_app.marking.service.walls import OVER, require
from exam_app.marking.terms import KeyShape
from exam_app.papers import printed, printing, vault
from exam_app.papers.keysheet import KeySheet
from exam_app.papers.models import Paper
from exam_app.sittings.models import Sitting
from question_bank.copies import Scheme


def view_key(sitting: Sitting, *, reason: str, actor: Actor) -> KeySheet:
    """Return the key of a sitting that is over (查看答案); who looked and why is recorded.

    Raises: DutyConflict: no reason, not over, or kept out by a wall.
    """
    paper = _require(sitting, reason, actor)
    _record(sitting, paper, reason, actor, KeyShape.SCREEN)
    return vault.marking_key(paper.id)


def key_sheet(sitting: Sitting, *, reason: str, actor: Actor) -> tuple[bytes, str]:
    """Return the key sheet (标准答案) as PDF with its name; recorded. Raises: as ``view_key``."""
    paper = _require(sitting, reason, actor)
    _record(sitting, paper, reason, actor, KeyShape.SHEET)
    sheet = vault.marking_key(paper.id)
    document = printing.key_sheet_pdf(sheet, class_name=sitting.training_class.name)
    return document, f"{paper.code}-key.pdf"


def marking_table(sitting: Sitting, *, reason: str, actor: Actor) -> tuple[bytes, str]:
    """Return the keys of each printed copy (阅卷对照表) as PDF with its name; recorded.

    Raises: as ``view_key``; RuleBroken: no copies of its own order were printed (``no-copies``).
    """
    paper = _require(sitting, reason, actor)
    copies, scheme = printed.copies_made(paper), printed.print_scheme(paper)
    if not copies or scheme is None:
        raise RuleBroken("no-copies")
    _record(sitting, paper, reason, actor, KeyShape.TABLE)
    document = printing.marking_table_pdf(
        vault.marking_key(paper.id),
        copies,
        scheme=Scheme(scheme),
        class_name=sitting.training_class.name,
    )
    return document, f"{paper.code}-table.pdf"


def _require(sitting: Sitting, reason: str, actor: Actor) -> Paper:
    """Return the paper of a sitting that is over; refuse whoever may not see its key."""
    require(
        Permission.KEY_VIEW,
        actor,
        sitting,
        state=sitting.state in OVER,
        reason=bool(reason.strip()),
    )
    return queries.paper_of(sitting)


def _record(sitting: Sitting, paper: Paper, reason: str, actor: Actor, shape: KeyShape) -> None:
    trail.record(
        Action.KEY_VIEWED,
        actor,
        paper,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        shape=shape,
        reason=reason.strip(),
    )
