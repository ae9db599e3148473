"""Who may sit the exam: the boundaries of every admission rule."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.errors import BadInput
from exam_app.policy.loader import load_profile, profile_ids, resolve
from exam_app.policy.profile import Finding, Force
from exam_app.training import rules
from exam_app.training.terms import Hours, PersonnelCategory

DEPUTY = PersonnelCategory.DEPUTY_HEAD
MANAGER = PersonnelCategory.SAFETY_MANAGER
LEADER = PersonnelCategory.TEAM_LEADER
YICHUN = "cn-hlj-yichun-2025"
JILIN = "cn-jl-2022-hazchem"
PROFILES = profile_ids()


def hours(online: str, offline: str, practical: str = "0") -> Hours:
    return Hours(Decimal(online), Decimal(offline), Decimal(practical))


def judge(
    held: Hours,
    category: PersonnelCategory = MANAGER,
    *,
    profile: str = YICHUN,
    real_name: bool = True,
    size: int = 30,
) -> dict[str, Finding]:
    found = rules.eligibility(
        load_profile(profile), category=category, hours=held, real_name=real_name, class_size=size
    )
    return {one.rule: one for one in found}


def outcome(found: dict[str, Finding]) -> tuple[bool, bool]:
    listed = list(found.values())
    return rules.eligible(listed), rules.needs_reason(listed)


# --- eligibility ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "category", "least"),
    [
        (profile, category, 24 if profile == JILIN else 20 if category is LEADER else 12)
        for profile in PROFILES
        for category in PersonnelCategory
    ],
)
def test_least_hours(profile: str, category: PersonnelCategory, least: int) -> None:
    """A hundredth below the least hours refuses, the least hours do not."""
    enough = hours("0", str(least), str(least))
    found = judge(enough, category, profile=profile)
    assert found["hours.min"].ok
    assert outcome(found) == (True, False)
    short = hours("0", str(least - Decimal("0.01")), str(least - 1))
    found = judge(short, category, profile=profile)
    assert found["hours.min"].refuses
    assert found["hours.min"].limit == least
    assert outcome(found) == (False, False)


@pytest.mark.parametrize(("category", "most"), [(DEPUTY, 48), (MANAGER, 48), (LEADER, 72)])
@pytest.mark.parametrize("profile", PROFILES)
def test_most_hours(profile: str, category: PersonnelCategory, most: int) -> None:
    """Above the most is shown, refuses nobody and asks for no reason; credit is capped."""
    held = hours("0", str(most), str(most))
    assert judge(held, category, profile=profile)["hours.max"].ok
    over = hours("0.01", str(most), str(most))
    found = judge(over, category, profile=profile)
    assert not found["hours.max"].ok
    assert found["hours.max"].force is Force.MAY
    assert outcome(found) == (True, False)
    loaded = load_profile(profile)
    assert rules.creditable_hours(loaded, category, over) == most
    assert rules.creditable_hours(loaded, category, hours("3", "9")) == 12


@pytest.mark.parametrize(
    ("online", "offline", "ok"),
    [
        ("4.01", "5.99", False),
        ("4", "6", True),
        ("8.02", "11.98", False),
        ("8", "12", True),
        ("401", "599", False),
        ("400", "600", True),
        ("8.00000000000000000001", "12", False),
        ("8", "12.00000000000000000001", True),
        ("20", "0", False),
        ("0", "20", True),
    ],
)
def test_offline_share_is_exact(online: str, offline: str, ok: bool) -> None:
    """59.9 % is below 60 %: 原则上, so it asks for a reason and refuses nobody."""
    found = judge(hours(online, offline))["offline_share.min"]
    assert found.ok is ok
    assert found.force is Force.IN_PRINCIPLE
    assert found.needs_reason is not ok
    assert not found.refuses


def test_a_soft_miss_needs_a_reason_and_a_hard_one_does_not() -> None:
    """A reason opens only what 原则上 and 一般 close."""
    assert outcome(judge(hours("5", "7"))) == (True, True)
    assert outcome(judge(hours("5", "7"), real_name=False)) == (False, False)


@pytest.mark.parametrize(
    ("practical", "ok"), [("5", True), ("4.99", False), ("4.9999999999", False), ("20", True)]
)
@pytest.mark.parametrize("profile", PROFILES)
def test_practical_share_of_team_leaders(profile: str, practical: str, ok: bool) -> None:
    """A quarter of all hours, must; asked of team leaders only."""
    held = hours("0", "20", practical)
    found = judge(held, LEADER, profile=profile)["practical_share.min"]
    assert found.ok is ok
    assert found.refuses is not ok
    assert "practical_share.min" not in judge(held, MANAGER, profile=profile)
    assert "practical_share.min" not in judge(held, DEPUTY, profile=profile)


@pytest.mark.parametrize("profile", PROFILES)
def test_real_name_is_a_must(profile: str) -> None:
    """Who was not checked by real name is not admitted."""
    found = judge(hours("0", "24", "12"), profile=profile, real_name=False)
    assert found["real_name"].refuses
    assert found["real_name"].value is False
    assert found["real_name"].limit is True
    assert not outcome(found)[0]


@pytest.mark.parametrize(
    ("category", "size", "ok", "force"),
    [
        (DEPUTY, 40, True, Force.IN_PRINCIPLE),
        (DEPUTY, 41, False, Force.IN_PRINCIPLE),
        (MANAGER, 80, True, Force.USUALLY),
        (MANAGER, 81, False, Force.USUALLY),
        (LEADER, 80, True, Force.USUALLY),
        (LEADER, 81, False, Force.USUALLY),
    ],
)
@pytest.mark.parametrize("profile", PROFILES)
def test_class_size(
    profile: str, category: PersonnelCategory, size: int, ok: bool, force: Force
) -> None:
    """40 in principle for deputy heads, 80 usually for the others: a reason, no refusal."""
    found = judge(hours("0", "24", "12"), category, profile=profile, size=size)
    assert found["class_size.max"].ok is ok
    assert found["class_size.max"].force is force
    assert outcome(found) == (True, not ok)


def test_an_empty_class_is_no_class() -> None:
    """Somebody must be in it."""
    with pytest.raises(BadInput):
        judge(hours("0", "24"), size=0)


def test_no_hours_at_all() -> None:
    """Nothing is divided by nothing; no share is kept and the least hours refuse."""
    found = judge(hours("0", "0"), LEADER)
    assert [one.ok for one in found.values()] == [False, True, False, False, True, True]
    assert outcome(found) == (False, False)


@pytest.mark.parametrize(
    ("online", "offline", "practical"),
    [("-1", "2", "0"), ("1", "-2", "0"), ("1", "2", "-1"), ("1", "2", "2.01"), ("NaN", "1", "0")],
)
def test_hours_that_cannot_be(online: str, offline: str, practical: str) -> None:
    """Negative hours, and practical ones beyond the offline ones they are part of."""
    with pytest.raises(BadInput):
        hours(online, offline, practical)


def test_infinite_hours_cannot_be() -> None:
    """Nor more than can be counted."""
    with pytest.raises(BadInput):
        hours("0", "Infinity")


@pytest.mark.parametrize("profile", PROFILES)
def test_each_finding_rests_on_words(profile: str) -> None:
    """Clause, quote and notice go with every finding."""
    for found in judge(hours("8", "16", "6"), LEADER, profile=profile).values():
        assert found.clause
        assert found.quote
        assert found.notice
        assert set(found.as_dict()) == {
            "rule", "ok", "force", "value", "limit", "clause", "quote", "notice"
        }  # fmt: skip


def test_the_class_itself() -> None:
    """严禁大合堂 refuses a mixed class; the smallest limit among its categories counts."""
    shandong = load_profile("cn-sd-2023-six-industries")
    single, size = rules.class_findings(shandong, [LEADER, LEADER], 80)
    assert single.ok
    assert size.ok
    mixed, size = rules.class_findings(shandong, [LEADER, DEPUTY], 41)
    assert mixed.refuses
    assert (mixed.value, mixed.limit) == (2, 1)
    assert (size.limit, size.ok) == (40, False)
    local, _size = rules.class_findings(resolve(JILIN), [LEADER, DEPUTY], 30)
    assert local.needs_reason
    assert not local.refuses
    assert [one.rule for one in rules.class_findings(load_profile(JILIN), [LEADER], 3)] == [
        "class_size.max"
    ]


amounts = st.decimals(min_value=0, max_value=200, places=2)


@given(amounts, amounts, amounts, st.sampled_from(PersonnelCategory), st.sampled_from(PROFILES))
def test_shares_agree_with_cross_multiplication(
    online: Decimal, offline: Decimal, part: Decimal, category: PersonnelCategory, profile: str
) -> None:
    """A share is kept exactly when offline × 100 ≥ total × 60, with whole numbers."""
    held = Hours(online, offline, min(part, offline))
    found = judge(held, category, profile=profile)
    total = int(held.total * 100)
    if total:
        assert found["offline_share.min"].ok == (int(offline * 100) * 100 >= total * 60)
        if category is LEADER:
            practical = int(held.practical * 100)
            assert found["practical_share.min"].ok == (practical * 4 >= total)
    capped = rules.creditable_hours(load_profile(profile), category, held)
    assert 0 <= capped <= held.total
    limit = load_profile(profile).leaf(f"hours.{category.value}").max
    assert limit is not None
    assert capped <= limit


@given(amounts, amounts, amounts, st.sampled_from(PersonnelCategory))
def test_more_hours_never_harm(
    online: Decimal, offline: Decimal, more: Decimal, category: PersonnelCategory
) -> None:
    """Who is eligible stays so with more practical hours."""
    before = judge(Hours(online, offline, Decimal(0)), category)
    after = judge(Hours(online, offline + more, more), category)
    assert outcome(after)[0] or not outcome(before)[0]
