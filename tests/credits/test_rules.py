"""Hours are credited once, to a requirement the notice names, never above those trained."""

from decimal import Decimal

import pytest

from exam_app.core.errors import RuleBroken
from exam_app.credits import rules
from exam_app.credits.rules import Past
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.policy.loader import resolve


def test_yichun_counts_hours_towards_safety_retraining() -> None:
    """002 四(五): the hours may be counted (计入), to safety re-training alone."""
    made = rules.offer(resolve("cn-hlj-yichun-2025"))
    assert (made.kind, made.targets) == (CreditKind.CREDIT, (CreditTarget.SAFETY,))
    assert "可将培训学时计入相应的安全生产再培训学时" in made.clause
    assert "伊应急函〔2025〕41号" in made.clause


def test_shandong_exempts_from_one_of_three_requirements() -> None:
    """001 五(二): the hours reduce (减免) what is owed in one of three requirements."""
    made = rules.offer(resolve("cn-sd-2023-six-industries"))
    assert made.kind is CreditKind.EXEMPTION
    assert made.targets == tuple(CreditTarget)
    assert rules.chosen_target(made, None) is CreditTarget.SAFETY
    health = CreditTarget.OCCUPATIONAL_HEALTH
    assert rules.chosen_target(made, health) is health


def test_a_notice_without_words_on_credit_gives_none() -> None:
    """000 says nothing of re-training hours: nothing is credited."""
    with pytest.raises(RuleBroken, match="credit-none"):
        rules.offer(resolve("cn-jl-2022-hazchem"))


@pytest.mark.parametrize(
    ("profile_id", "mode", "notice"),
    [
        ("cn-2023-four-industries", "exempt", "003"),
        ("cn-sd-2023-six-industries", "exempt", "001"),
        ("cn-sd-zibo-2024", "exempt", "001"),
        ("cn-hlj-yichun-2025", "count", "002"),
        ("cn-jl-2022-hazchem", "none", ""),
    ],
)
def test_the_five_notices_give_what_the_page_of_hours_says(
    profile_id: str, mode: str, notice: str
) -> None:
    """Zibo says nothing and inherits Shandong's words; Jilin gives none."""
    leaf = resolve(profile_id).leaf("credit.mode")
    assert (leaf.value, leaf.notice) == (mode, notice)


def test_a_requirement_the_notice_does_not_name_is_refused() -> None:
    """Yichun's hours go to no occupational-health requirement."""
    made = rules.offer(resolve("cn-hlj-yichun-2025"))
    with pytest.raises(RuleBroken, match="credit-target"):
        rules.chosen_target(made, CreditTarget.OCCUPATIONAL_HEALTH)


@pytest.mark.parametrize(
    ("credited", "trained", "tenths"),
    [
        ("24", "24", 240),
        ("72", "80", 720),
        ("80", "72", 720),
        ("20.19", "21", 201),
        ("0.1", "9", 1),
    ],
)
def test_never_more_than_the_hours_trained(credited: str, trained: str, tenths: int) -> None:
    """The smaller of the two counts, cut to tenths and never rounded up."""
    got = rules.creditable_tenths(credited=Decimal(credited), trained=Decimal(trained))
    assert got == tenths


def test_no_hours_give_no_entry() -> None:
    """Less than a tenth of an hour is nothing to credit."""
    with pytest.raises(RuleBroken, match="credit-no-hours"):
        rules.creditable_tenths(credited=Decimal("0.09"), trained=Decimal(20))


def test_hours_that_stand_are_not_credited_again() -> None:
    """“或” names alternatives: one class's hours go to one requirement at a time."""
    with pytest.raises(RuleBroken, match="already-credited"):
        rules.place_in_chain([Past(1, 7, 240)], result_id=8, reason="再登记")


def test_a_grant_after_a_reversal_follows_it() -> None:
    """A correction says why; a result passed anew, as after a voided sitting, needs no word."""
    past = [Past(1, 7, 240), Past(2, 7, -240)]
    assert rules.place_in_chain([], result_id=7, reason="") is None
    assert rules.place_in_chain(past, result_id=7, reason="误冲销") == 2
    assert rules.place_in_chain(past, result_id=8, reason="") == 2
    with pytest.raises(RuleBroken, match="reason-missing"):
        rules.place_in_chain(past, result_id=7, reason=" ")


def test_hours_go_with_a_revoked_certificate_alone() -> None:
    """Nothing else takes them back without the duty to."""
    rules.check_revoked(is_revoked=True)
    with pytest.raises(RuleBroken, match="credit-not-revoked"):
        rules.check_revoked(is_revoked=False)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"is_reversal": True}, "credit-is-reversal"),
        ({"reversed_before": True}, "credit-reversed"),
        ({"reason": "  "}, "reason-missing"),
    ],
)
def test_a_reversal_needs_a_standing_entry_and_a_reason(
    facts: dict[str, object], code: str
) -> None:
    """What is reversed already, or is a reversal, stays as it is."""
    given = {"is_reversal": False, "reversed_before": False, "reason": "证书吊销", **facts}
    with pytest.raises(RuleBroken, match=code):
        rules.check_can_be_reversed(**given)  # type: ignore[arg-type]
