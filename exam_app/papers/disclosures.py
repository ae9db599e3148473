"""Reads of papers that are made public after their exam (公开种子)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from exam_app.access.actor import Actor
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.papers import rules
from exam_app.papers.models import Paper, PaperDisclosure, PaperFingerprint, PaperRemark
from exam_app.papers.terms import PaperState
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import SittingState
from exam_app.training import queries as training


def paper_of_code(code: str) -> Paper:
    """Return the paper of a code, for a command on the server. Raises: Missing."""
    found = session().scalar(select(Paper).where(Paper.code == code))
    if found is None:
        raise Missing(kind="paper")
    return found


def disclosure_of(paper_id: int) -> PaperDisclosure | None:
    """Return what was made public of a paper, or asked to be; None where nothing was."""
    return session().scalar(select(PaperDisclosure).where(PaperDisclosure.paper_id == paper_id))


def disclosure_asked(paper: Paper, actor: Actor) -> PaperDisclosure | None:
    """Return the first custodian's word that this actor could follow."""
    found = disclosure_of(paper.id)
    if found is None or found.half is None or found.disclosed_at is not None:
        return None
    fresh = rules.is_fresh(found.asked_at, clock.now(), rules.HALF_LIVES)
    same = people.same_person(actor, found.first_custodian_id)
    return found if fresh and not same else None


def secret_beside(paper: Paper, held: Iterable[frozenset[bytes]]) -> list[str]:
    """Return the codes of papers, not archived yet, that a paper was drawn apart from.

    Args: held: fingerprints of what it was drawn apart from.
    """
    said = select(func.max(PaperRemark.made_at)).where(PaperRemark.paper_id == paper.id)
    drawn_last = max(filter(None, (paper.drawn_at, session().scalar(said))))
    query = select(Paper).where(
        Paper.id != paper.id,
        Paper.withdrawn_at.is_(None),
        Paper.state != PaperState.ARCHIVED,
        Paper.drawn_at <= drawn_last,
    )
    apart = frozenset().union(*held)
    prints = select(PaperFingerprint.paper_id).where(PaperFingerprint.fingerprint.in_(apart))
    return sorted(each.code for each in session().scalars(query.where(Paper.id.in_(prints))))


def disclosure_window(paper: Paper, sitting: Sitting) -> bool:
    """Return whether a paper may be made public now: archived, no retake of its class to come."""
    days = training.policy_of(paper.training_class).count("exam.retake_within_days")
    over = {SittingState.CLOSED, SittingState.HANDED_OVER}
    all_over = all(each.state in over for each in sittings.sittings_of(paper.class_id))
    begun = clock.now() > rules.disclosable_from(sitting.ends_at, days)
    return paper.state is PaperState.ARCHIVED and all_over and begun
