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


@dataclass(frozen=True)
class Past:
    """One entry of a person's chain for a class: what it credited, for which result passed."""

    id: int
    result_id: int
    tenths: int


def place_in_chain(past: Sequence[Past], *, result_id: int, reason: str) -> int | None:
    """Return the reversing entry a new grant follows; None for the first grant.

    A grant after a reversal is a correction: for the same result it needs a reason, whichever
    certificate shows it; a result passed anew (整场作废后重考) needs none.
    Args: past: all entries of the person for the class, in their order.
    Raises: RuleBroken: hours stand already (``already-credited``); no reason
        (``reason-missing``).
    """
    if sum(each.tenths for each in past) > 0:
        raise RuleBroken("already-credited")
    if not past:
        return None
    if any(each.result_id == result_id for each in past) and not reason.strip():
        raise RuleBroken("reason-missing", field="reason")
    return past[-1].id


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


def check_revoked(*, is_revoked: bool) -> None:
    """Pass a certificate that was taken back. Raises: RuleBroken: ``credit-not-revoked``."""
    if not is_revoked:
        raise RuleBroken("credit-not-revoked")


@dataclass(frozen=True)
class Requirement:
    """Hours a person has to train in a year or when taking up a post, and where it says so."""

    hours: Decimal
    source: str
    verify: bool
    set_locally: bool


YEARLY = {
    CreditTarget.SAFETY: ("manager_yearly", "worker_yearly"),
    CreditTarget.OCCUPATIONAL_HEALTH: ("health_manager_yearly", "health_worker_yearly"),
}
INITIAL = {
    CreditTarget.SAFETY: ("manager_initial", "worker_initial"),
    CreditTarget.OCCUPATIONAL_HEALTH: ("health_manager_initial", "health_worker_initial"),
}


def targets_owed(profile: Profile) -> tuple[CreditTarget, ...]:
    """Return the requirements that count as owed each year.

    Occupational health only where the authority says so; continuing education has no text to
    rest on.
    """
    if profile.flag("retraining.health_counts"):
        return CreditTarget.SAFETY, CreditTarget.OCCUPATIONAL_HEALTH
    return (CreditTarget.SAFETY,)


def required(
    profile: Profile,
    *,
    category: str,
    industry: str,
    target: CreditTarget = CreditTarget.SAFETY,
    initial: bool = False,
) -> Requirement | None:
    """Return the hours a category of an industry owes; None where no text gives a number.

    Of several rules that speak of the industry the one with most hours holds.
    Args: profile: as the authority's settings of that year make it. initial: on taking up the
        post (初次、岗前) instead of each year (再培训).
    Source: 国家安全监管总局令第3号 第九条; 矿山安全法实施条例 第三十五条; to be verified.
    """
    stems = (INITIAL if initial else YEARLY).get(target, ())
    keys = [f"retraining.{stem}{group}" for group in _groups(profile, industry) for stem in stems]
    held = [profile.leaf(key) for key in keys if profile.has(key)]
    leaves = [leaf for leaf in held if leaf.applies(category)]
    if not leaves:
        return None
    most = max(leaves, key=lambda leaf: profile.number(leaf.key))
    return Requirement(profile.number(most.key), most.source, most.verify, most.set_locally)


def _groups(profile: Profile, industry: str) -> list[str]:
    """Return the endings of the keys that speak of an industry, the nearest first."""
    groups = (
        ("_mining", "retraining.mining_industries"),
        ("_high_risk", "retraining.high_risk_industries"),
    )
    return [ending for ending, key in groups if industry in profile.names(key)] + [""]


def lacking(required: Decimal, *, credited: Decimal, exempted: Decimal) -> Decimal:
    """Return the hours still owed: what was counted and what was exempted both reduce them."""
    return max(required - credited - exempted, Decimal(0))
