"""The one retake (补考): its own sitting, for whom the released results leave one."""

from __future__ import annotations

import datetime as dt

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core.db import lock
from exam_app.marking import queries, repeats, rules
from exam_app.marking.repeats import Repeater
from exam_app.marking.service.walls import require
from exam_app.people.models import Account
from exam_app.sittings import queries as sitting_queries
from exam_app.sittings import service as sittings
from exam_app.sittings.models import Site, Sitting
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

    After a sitting declared void, whoever sat it repeats it, after a retake even. Whoever asks
    second, at the same moment even, is refused: there is one retake.
    Args: first_sitting: the class's, or a later one of it. mode: as that one where none is given.
        reason: why later than the profile says.
    Raises: DutyConflict. NoRetake: not released, nobody to sit, granted already, the retake's own
        retake, too late without a reason. RuleBroken: what ``sittings.service`` refuses.
    Source: 伊应急函〔2025〕41号 四（五） "考试不合格可允许补考一次".
    """
    for each in sitting_queries.sittings_of(first_sitting.class_id):
        lock(each)
    require(Permission.RETAKE_GRANT, actor, first_sitting, state=True)
    before = queries.retake_of(first_sitting)
    repeaters = _repeaters(first_sitting, before, starts_at, reason)
    retake = sittings.schedule(
        first_sitting.training_class,
        site=site,
        kind=SittingKind.RETAKE,
        mode=mode or first_sitting.mode,
        starts_at=starts_at,
        authority_custodian=authority_custodian,
        site_custodian=site_custodian,
        reserve_custodian=reserve_custodian,
        follows=before,
        actor=actor,
    )
    sittings.enter_retake(
        retake,
        entries=[each.result.entry for each in repeaters if not each.is_void],
        void=[each.result.entry for each in repeaters if each.is_void],
        actor=actor,
    )
    _record(first_sitting, retake, len(repeaters), reason.strip(), actor)
    return retake


def _repeaters(
    after: Sitting, before: Sitting | None, starts_at: dt.datetime, reason: str
) -> list[Repeater]:
    """Return who has an attempt left. Raises: NoRetake.

    Args: before: the retake that was held last.
    """
    policy = training.policy_of(after.training_class)
    released_at = queries.released_at(after)
    repeaters = repeats.repeaters(after.class_id)
    rules.check_retake(
        policy=policy,
        is_first=after.kind is SittingKind.FIRST,
        granted=before is not None,
        waiting=before is not None and queries.released_at(before) is None,
        released=released_at is not None,
        repeaters=len(repeaters),
    )
    if released_at is not None and repeats.days_bind(repeaters):
        rules.check_retake_time(policy, starts_at=starts_at, released_at=released_at, reason=reason)
    return repeaters


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
