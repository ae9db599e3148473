"""Draws that nothing fitted (组卷未成): recorded, for what is short tells of sealed papers."""

from __future__ import annotations

from exam_app.access.actor import Actor
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core.errors import RuleBroken
from exam_app.papers.terms import PaperKind
from exam_app.sittings import queries as sittings

SHORT = "bank-short"


def note_refused_draw(
    refused: Exception, *, sitting_id: int, kind: PaperKind, blueprint_id: int, actor: Actor
) -> bool:
    """Return whether a refusal of ``draw`` or ``strike`` was for want of items, and record that.

    Called in a transaction of its own, after the refused one was undone.
    """
    if not isinstance(refused, RuleBroken) or refused.code != SHORT:
        return False
    sitting = sittings.get_sitting(sitting_id, actor)
    trail.record(
        Action.PAPER_DRAW_REFUSED,
        actor,
        sitting,
        class_id=sitting.class_id,
        sitting_id=sitting.id,
        kind=kind,
        blueprint=blueprint_id,
        short=[rule for rule, _needed, _available in refused.facts.get("short", ())],
    )
    return True
