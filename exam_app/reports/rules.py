"""Rules of reports: shares as exact fractions, targets held against them, what payment rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from exam_app.core.errors import RuleBroken
from exam_app.policy.profile import Finding, Profile, finding
from exam_app.reports.terms import Conclusion


@dataclass(frozen=True)
class Counts:
    """Persons: to be trained, trained before, trained now, examined, passed.

    ``before_known`` is false where persons trained before were not counted for this group:
    then no coverage is given rather than a wrong one.
    """

    to_train: int
    trained_before: int
    trained: int
    examined: int
    passed: int
    before_known: bool = True

    @property
    def coverage(self) -> Fraction | None:
        """Share of those to be trained who are trained, earlier years included."""
        if not self.before_known:
            return None
        return share(self.trained_before + self.trained, self.to_train)

    @property
    def exam_coverage(self) -> Fraction | None:
        """Share of those to be trained who are trained and examined, earlier years included."""
        return share(self.trained_before + self.examined, self.to_train)

    @property
    def pass_rate(self) -> Fraction | None:
        """Share of those examined who passed."""
        return share(self.passed, self.examined)


@dataclass(frozen=True)
class Target:
    """A target a notice sets, held against the figures; ``by`` the day it is due."""

    found: Finding
    document: str
    by: dt.date | None


def share(part: int, whole: int) -> Fraction | None:
    """Return part of whole, exact; None where there is no whole."""
    return Fraction(part, whole) if whole > 0 else None


def percent(held: Fraction | None) -> str:
    """Return a share with one decimal, cut and never rounded up: 94.99 % is not 95 %."""
    if held is None:
        return "—"
    tenths = int(held * 1000)
    return f"{tenths // 10}.{tenths % 10}%"


def targets(profile: Profile, counts: Counts) -> list[Target]:
    """Return the targets the profile has, each with its clause; none where it has none.

    Source: 吉人社联〔2022〕28号 二(四) "培训考试覆盖率应达到100%，考试合格率应不低于95%".
    """
    return list(_targets(profile, counts))


def _targets(profile: Profile, counts: Counts) -> Iterator[Target]:
    for key, due, held in (
        ("milestone.share", "milestone.share_by", counts.coverage),
        ("milestone.coverage", "milestone.coverage_by", counts.coverage),
        ("exam.coverage", "", counts.exam_coverage),
        ("exam.pass_rate", "", counts.pass_rate),
    ):
        if not profile.has(key):
            continue
        leaf = profile.leaf(key)
        limit = Fraction(profile.number(key))
        found = finding(key, leaf, ok=held is not None and held >= limit, value=held, limit=limit)
        by = profile.date(due) if due and profile.has(due) else None
        yield Target(found, profile.source(key).document, by)


def payment_clause(profile: Profile) -> tuple[str, str, str]:
    """Return document, clause and quoted words the payment rests on, the condition first.

    Source: 伊应急函〔2025〕41号 四(五) "参加培训并考试合格的，按规定支付工伤预防费".
    """
    for key in ("payment.condition", "payment.payer", "payment.procurement"):
        if profile.has(key):
            source = profile.source(key)
            return source.document, source.clause, source.quote
    return profile.document, "", ""


def acceptance_needed(profile: Profile) -> bool:
    """Return whether the notice makes the acceptance report a basis of payment."""
    return profile.has("acceptance.required") and profile.flag("acceptance.required")


def check_can_be_paid(
    profile: Profile, *, conclusion: Conclusion | None, listed: bool, paid: bool
) -> None:
    """Pass a payment that rests on an acceptance and on a payable list handed out.

    Raises: RuleBroken: ``acceptance-missing``, ``acceptance-rejected``, ``payable-missing``,
        ``payment-recorded``.
    Source: 伊应急函〔2025〕41号 五 "评估验收报告应当作为支付工伤预防费用的依据".
    """
    if acceptance_needed(profile):
        source = profile.source("acceptance.required")
        clause = f"{source.document} {source.clause}「{source.quote}」"
        if conclusion is None:
            raise RuleBroken("acceptance-missing", clause=clause)
        if conclusion is Conclusion.REJECTED:
            raise RuleBroken("acceptance-rejected", clause=clause)
    if not listed:
        raise RuleBroken("payable-missing")
    if paid:
        raise RuleBroken("payment-recorded")
