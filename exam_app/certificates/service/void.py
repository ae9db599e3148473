"""A whole sitting declared void (整场作废): certificates and hours go in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from exam_app.access.actor import Actor
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import decisions, listing, queries
from exam_app.certificates.models import Certificate, SittingVoiding
from exam_app.certificates.service.revoke import decide, end, require_revoker
from exam_app.certificates.service.told import tell
from exam_app.certificates.terms import ENDED, CertificateState
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.people import queries as people
from exam_app.sittings.models import Sitting


def ask_voiding(sitting: Sitting, *, reason: str, actor: Actor) -> SittingVoiding:
    """Ask that a whole sitting is declared void (申请整场作废); nothing is changed yet.

    Raises: DutyConflict, NotAllowed: the actor, or no reason. RuleBroken: it is not over, or that
        was asked before.
    Locks: the sitting.
    Records: SITTING_VOIDING_PROPOSED on the sitting.
    """
    require_revoker(sitting.training_class, actor, two=True, reason=reason)
    lock(sitting)
    if sitting.state not in queries.OVER:
        raise RuleBroken("voiding-not-over")
    if not decisions.may_ask_voiding(sitting.id):
        raise RuleBroken("voiding-asked")
    asked = SittingVoiding(
        sitting_id=sitting.id,
        reason=reason.strip(),
        asked_by_id=actor.account_id,
        asked_at=clock.now(),
    )
    session().add(asked)
    session().flush()
    _record(Action.SITTING_VOIDING_PROPOSED, sitting, asked, actor)
    return asked


def decide_voiding(voiding: SittingVoiding, *, actor: Actor) -> list[str]:
    """Declare a sitting void, by another natural person than who asked; all or nothing.

    Every certificate that rests on it is revoked, one not signed yet is cancelled, the hours
    credited on them are taken back. The results stay as they were given; on them no certificate
    is prepared or signed any more.
    Returns: the numbers of the certificates that ended.
    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: it is decided already.
    Locks: the sitting, the voiding, then its certificates.
    Records: SITTING_VOIDED on the sitting.
    """
    sitting = _held(voiding, actor)
    decide(voiding, actor)
    rows = decisions.certificates_of_sitting(sitting.id)
    for row in rows:
        lock(row)
    ended = [row for row in rows if row.state not in ENDED]
    for row in ended:
        end(row)
    session().flush()
    _record(Action.SITTING_VOIDED, sitting, voiding, actor, ended)
    for row in _revoked(ended):
        tell(row, voiding.reason, actor)
    return [row.number for row in ended]


def reject_voiding(voiding: SittingVoiding, *, actor: Actor) -> None:
    """Let a sitting stand, by another natural person than who asked (驳回整场作废).

    Raises: as ``decide_voiding``.
    Records: SITTING_VOIDING_REJECTED on the sitting.
    """
    sitting = _held(voiding, actor)
    decide(voiding, actor, rejected=True)
    session().flush()
    _record(Action.SITTING_VOIDING_REJECTED, sitting, voiding, actor)


def _held(voiding: SittingVoiding, actor: Actor) -> Sitting:
    """Return the sitting, held, for a second person; refuse whoever may not decide."""
    sitting = session().get_one(Sitting, voiding.sitting_id)
    other = not people.same_person(actor, voiding.asked_by_id)
    require_revoker(sitting.training_class, actor, two=other, reason=voiding.reason)
    lock(sitting)
    lock(voiding)
    if not voiding.is_open:
        raise RuleBroken("voiding-decided")
    return sitting


def _revoked(ended: Sequence[Certificate]) -> list[Certificate]:
    """Return those that were signed; the others are cancelled and have no standing."""
    return [row for row in ended if row.state is CertificateState.REVOKED]


def _record(
    action: Action,
    sitting: Sitting,
    voiding: SittingVoiding,
    actor: Actor,
    ended: Sequence[Certificate] = (),
) -> None:
    trail.record(
        action,
        actor,
        sitting,
        class_id=sitting.class_id,
        sitting_id=sitting.id,
        reason=voiding.reason,
        numbers=[row.number for row in ended],
        **listing.revoked_facts(_revoked(ended)),
    )
