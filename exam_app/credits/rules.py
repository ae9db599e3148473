"""Rules of credits: which requirement the hours go to, how many, and only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from exam_app.core.errors import RuleBroken
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.policy.profile import Profile

KINDS = {"count": CreditKind.CREDIT, "exempt": CreditKind.EXEMPTION}
TARGETS = {
    "safety-retraining": CreditTarget.SAFETY,
    "occupational-health-retraining": CreditTarget.OCCUPATIONAL_HEALTH,
    "continuing-education": CreditTarget.CONTINUING_EDUCATION,
}


@dataclass(frozen=True)
class Offer:
    """What a notice gives for a class passed: 计入 or 减免, to which requirements."""

    kind: CreditKind
    targets: tuple[CreditTarget, ...]
    clause: str


def clause_of(profile: Profile, key: str) -> str:
    """Return notice, clause and quoted words of a setting, or its local source."""
    source = profile.source(key)
    if not source.quote:
        return source.source
    return f"{source.document} {source.clause}「{source.quote}」"


def offer(profile: Profile) -> Offer:
    """Return what the class's rules give for hours trained.

    Raises: RuleBroken: the notice says nothing of re-training hours (``credit-none``).
    Source: 伊应急函〔2025〕41号 四(五) "可将培训学时计入相应的安全生产再培训学时";
        人社厅函〔2023〕102号 三(三) "减免相应的安全生产、职业健康再培训或继续教育学时".
    """
    kind = KINDS.get(profile.text("credit.mode"))
    targets = tuple(TARGETS[name] for name in profile.names("credit.kinds") if name in TARGETS)
    if kind is None or not targets:
        raise RuleBroken("credit-none", clause=clause_of(profile, "credit.mode"))
    return Offer(kind, targets, clause_of(profile, "credit.kinds"))


def chosen_target(made: Offer, target: CreditTarget | None) -> CreditTarget:
    """Return the requirement the hours go to; the notice's first where none is chosen.

    The words “或” name alternatives: one class's hours go to one of them.
    Raises: RuleBroken: the notice does not name the requirement (``credit-target``).
    """
    if target is None:
        return made.targets[0]
    if target not in made.targets:
        raise RuleBroken("credit-target", field="target", clause=made.clause)
    return target


def creditable_tenths(*, credited: Decimal, trained: Decimal) -> int:
    """Return the hours × 10 that go into the ledger, cut to tenths, never above those trained.

    Raises: RuleBroken: nothing is left to credit (``credit-no-hours``).
    """
    tenths = int((min(credited, trained) * 10).to_integral_value(ROUND_FLOOR))
    if tenths <= 0:
        raise RuleBroken("credit-no-hours")
    return tenths


def check_not_credited(
    target: CreditTarget, *, used: Sequence[CreditTarget], standing_tenths: int
) -> None:
    """Pass hours that were never credited to this requirement and stand to no other.

    Args:
        used: requirements that had an entry for this person and class, reversed ones too.
        standing_tenths: hours × 10 still credited for this person and class.
    Raises: RuleBroken: ``already-credited``.
    """
    if target in used or standing_tenths > 0:
        raise RuleBroken("already-credited")


def check_can_be_reversed(*, is_reversal: bool, reversed_before: bool, reason: str) -> None:
    """Pass an entry that stands, and a reason.

    Raises: RuleBroken: ``credit-is-reversal``, ``credit-reversed``, ``reason-missing``.
    """
    if is_reversal:
        raise RuleBroken("credit-is-reversal")
    if reversed_before:
        raise RuleBroken("credit-reversed")
    if not reason.strip():
        raise RuleBroken("reason-missing", field="reason")
