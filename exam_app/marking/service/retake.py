"""The one retake (补考): its own sitting, for whom the released results leave one."""

from __future__ import annotations

import datetime as dt

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core.db import lock
from exam_app.marking import queries, rules
from exam_app.marking.service.walls import require
from exam_app.people.models import Account
from exam_app.sittings import service as sittings
from exam_app.sittings.models import Entry, Site, Sitting
from exam_app.sittings.terms import SittingKind, SittingMode
from exam_app.training import queries as training


def grant_retake(
    first_sitting: Sitting,
    *,
    site: Site,
    starts_at: dt.datetime,
    authority_custodian: Account,
    site_custodian: Account,
    reserve_custodian: Account,
    mode: SittingMode | None = None,
    reason: str = "",
    actor: Actor,
) -> Sitting:
    """Schedule the retake and enter everybody who failed or was absent (准予补考).

    Whoever asks second, at the same moment even, is refused: there is one retake.
    Args: mode: as the first sitting where none is given. reason: why later than the profile says.
    Raises: DutyConflict. NoRetake: not released, nobody to sit, granted already, the retake's own
        retake, too late without a reason. RuleBroken: what ``sittings.service`` refuses.
    Source: 伊应急函〔2025〕41号 四（五） "考试不合格可允许补考一次".
    """
    lock(first_sitting)
    require(Permission.RETAKE_GRANT, actor, first_sitting, state=True)
    repeaters = _repeaters(first_sitting, starts_at, reason)
    retake = sittings.schedule(
        first_sitting.training_class,
        site=site,
        kind=SittingKind.RETAKE,
        mode=mode or first_sitting.mode,
        starts_at=starts_at,
        authority_custodian=authority_custodian,
        site_custodian=site_custodian,
        reserve_custodian=reserve_custodian,
        actor=actor,
    )
    sittings.enter_retake(retake, entries=repeaters, actor=actor)
    _record(first_sitting, retake, len(repeaters), reason.strip(), actor)
    return retake


def _repeaters(first: Sitting, starts_at: dt.datetime, reason: str) -> list[Entry]:
    """Return the entries of the first sitting that are repeated. Raises: NoRetake."""
    policy = training.policy_of(first.training_class)
    released_at = queries.released_at(first)
    repeaters = queries.may_repeat(first)
    rules.check_retake(
        policy=policy,
        is_first=first.kind is SittingKind.FIRST,
        granted=queries.retake_of(first) is not None,
        released=released_at is not None,
        repeaters=len(repeaters),
    )
    if released_at is not None:
        rules.check_retake_time(policy, starts_at=starts_at, released_at=released_at, reason=reason)
    return [each.entry for each in repeaters]


def _record(first: Sitting, retake: Sitting, candidates: int, reason: str, actor: Actor) -> None:
    trail.record(
        Action.RETAKE_GRANTED,
        actor,
        first,
        sitting_id=first.id,
        class_id=first.class_id,
        retake=retake.id,
        candidates=candidates,
        reason=reason,
    )
