"""Whatever is granted and taken back, in whatever order: once, never more than trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.errors import RuleBroken
from exam_app.credits import queries, rules
from exam_app.credits.models import CreditEntry
from exam_app.credits.rules import Past
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.policy.loader import resolve
from exam_app.training.terms import PersonnelCategory

HOURS = st.decimals(min_value="0", max_value="120", places=2)
TENTHS = st.integers(min_value=1, max_value=720)
YICHUN = resolve("cn-hlj-yichun-2025")


@dataclass
class Chain:
    """The entries of one person and class, kept by the rules alone."""

    past: list[Past] = field(default_factory=list)
    reverses: dict[int, int] = field(default_factory=dict)
    follows: dict[int, int | None] = field(default_factory=dict)
    targets: dict[int, CreditTarget] = field(default_factory=dict)

    def grant(self, target: CreditTarget, result: int, tenths: int, reason: str) -> None:
        """Grant as the service does."""
        follows = rules.place_in_chain(self.past, result_id=result, reason=reason)
        self._add(result, tenths, target)
        self.follows[len(self.past)] = follows

    def reverse(self, place: int, reason: str) -> None:
        """Take an entry back as the service does."""
        entry = self.past[place]
        rules.check_can_be_reversed(
            is_reversal=entry.id in self.reverses,
            reversed_before=entry.id in self.reverses.values(),
            reason=reason,
        )
        self._add(entry.result_id, -entry.tenths, self.targets[entry.id])
        self.reverses[len(self.past)] = entry.id

    def _add(self, result: int, tenths: int, target: CreditTarget) -> None:
        self.past.append(Past(len(self.past) + 1, result, tenths))
        self.targets[len(self.past)] = target


REFUSALS = {"already-credited", "reason-missing", "credit-is-reversal", "credit-reversed"}
GRANTS = st.tuples(
    st.sampled_from(CreditTarget), st.integers(1, 2), TENTHS, st.sampled_from(["", "更正"])
)
REVERSALS = st.tuples(st.integers(0, 8), st.sampled_from(["", "吊销"]))
STEPS = st.lists(st.one_of(GRANTS, REVERSALS), max_size=12)


def played(steps: list[tuple[object, ...]]) -> Chain:
    chain, refused = Chain(), set()
    for step in steps:
        try:
            if len(step) == 4:
                chain.grant(*step)  # type: ignore[arg-type]
            elif chain.past:
                chain.reverse(step[0] % len(chain.past), step[1])  # type: ignore[operator,arg-type]
        except RuleBroken as error:
            refused.add(error.code)
    assert refused <= REFUSALS
    return chain


@given(STEPS)
def test_at_most_one_grant_ever_stands(steps: list[tuple[object, ...]]) -> None:
    """At each point: the sum is nothing or one grant's, no requirement's sum is negative."""
    chain = played(steps)
    for end in range(len(chain.past) + 1):
        so_far = chain.past[:end]
        gone = {chain.reverses[each.id] for each in so_far if each.id in chain.reverses}
        standing = [each for each in so_far if each.tenths > 0 and each.id not in gone]
        assert len(standing) <= 1
        assert sum(each.tenths for each in so_far) == sum(each.tenths for each in standing)
        for target in CreditTarget:
            assert sum(each.tenths for each in so_far if chain.targets[each.id] is target) >= 0


@given(STEPS)
def test_the_chain_has_no_branch(steps: list[tuple[object, ...]]) -> None:
    """One first grant; each later grant follows its own reversal, as the database holds it."""
    chain = played(steps)
    followed = [place for place in chain.follows.values() if place is not None]
    assert len(followed) == len(set(followed))
    assert set(followed) <= set(chain.reverses)
    assert sum(place is None for place in chain.follows.values()) <= 1


@given(STEPS, STEPS, st.randoms(use_true_random=False))
def test_what_happens_between_others_changes_nothing(
    ours: list[tuple[object, ...]], theirs: list[tuple[object, ...]], random: object
) -> None:
    """The totals of many chains do not ask in which order their entries came."""
    entries = [*rows(played(ours), 2025), *rows(played(theirs), 2026)]
    before = queries.balance(entries)
    random.shuffle(entries)  # type: ignore[attr-defined]
    assert queries.balance(entries) == before
    assert all(total.hours > 0 for total in before)


def rows(chain: Chain, year: int) -> list[CreditEntry]:
    return [
        CreditEntry(
            kind=CreditKind.CREDIT,
            target=chain.targets[each.id],
            year=year,
            hours_tenths=each.tenths,
        )
        for each in chain.past
    ]


@given(HOURS, HOURS)
def test_never_more_credited_than_trained(credited: Decimal, trained: Decimal) -> None:
    """Cut to tenths, never above either number; less than a tenth is refused."""
    try:
        tenths = rules.creditable_tenths(credited=credited, trained=trained)
    except RuleBroken:
        assert min(credited, trained) < Decimal("0.1")
        return
    assert 0 < tenths <= min(credited, trained) * 10 < tenths + 1


@given(HOURS, HOURS, HOURS, HOURS)
def test_hours_only_ever_reduce_what_lacks(
    required: Decimal, credited: Decimal, exempted: Decimal, more: Decimal
) -> None:
    """Between nothing and all that is owed; more hours never make more lack."""
    lacks = rules.lacking(required, credited=credited, exempted=exempted)
    assert 0 <= lacks <= required
    assert rules.lacking(required, credited=credited + more, exempted=exempted) <= lacks
    assert rules.lacking(required, credited=exempted, exempted=credited) == lacks


@given(
    st.sampled_from(PersonnelCategory),
    st.sampled_from(["mining", "coal", "machinery", "transport", "hazardous-chemicals"]),
    st.sampled_from(CreditTarget),
    st.booleans(),
)
def test_a_requirement_has_a_number_and_a_source(
    category: PersonnelCategory, industry: str, target: CreditTarget, initial: bool
) -> None:
    """Every number says where it comes from, or there is none."""
    found = rules.required(
        YICHUN, category=category, industry=industry, target=target, initial=initial
    )
    if target is CreditTarget.CONTINUING_EDUCATION:
        assert found is None
    elif found is not None:
        assert found.hours > 0
        assert found.verify
        assert any(name in found.source for name in ("3号", "121号", "实施条例"))
