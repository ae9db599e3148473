"""Figures are exact, cut and never rounded up; targets are shown only where a notice has them."""

from fractions import Fraction

import pytest

from exam_app.core.errors import RuleBroken
from exam_app.policy.loader import resolve
from exam_app.reports import rules
from exam_app.reports.rules import Counts
from exam_app.reports.terms import Conclusion

YICHUN, JILIN = "cn-hlj-yichun-2025", "cn-jl-2022-hazchem"


def counts(trained: int = 49, examined: int = 48, passed: int = 45) -> Counts:
    return Counts(
        to_train=131, trained_before=82, trained=trained, examined=examined, passed=passed
    )


def test_coverage_counts_earlier_years() -> None:
    """002 三(一): 131 to train, 82 trained before, 49 in 2025: all of them."""
    assert counts().coverage == 1
    assert counts(trained=48).coverage == Fraction(130, 131)
    assert counts().pass_rate == Fraction(45, 48)


def test_no_coverage_of_a_group_whose_earlier_years_are_unknown() -> None:
    """82 trained before were counted for the project, not by category: no share by category."""
    group = Counts(64, 0, 20, 20, 18, before_known=False)
    assert group.coverage is None
    assert group.pass_rate == Fraction(18, 20)


def test_nothing_to_divide_by_is_no_share() -> None:
    """No share is shown rather than 0 or 100 %."""
    empty = Counts(0, 0, 0, 0, 0)
    assert (empty.coverage, empty.pass_rate) == (None, None)
    assert rules.percent(None) == "—"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (9499, 10000, "94.9%"),
        (19, 20, "95.0%"),
        (9999, 10000, "99.9%"),
        (131, 131, "100.0%"),
        (0, 5, "0.0%"),
        (1, 3, "33.3%"),
        (2, 3, "66.6%"),
    ],
)
def test_percents_are_cut(part: int, whole: int, shown: str) -> None:
    """94.99 % never reads as 95 %."""
    assert rules.percent(rules.share(part, whole)) == shown


def test_jilin_sets_two_targets() -> None:
    """000 二(四): exam coverage 100 %, pass rate at least 95 %."""
    found = {each.found.rule: each for each in rules.targets(resolve(JILIN), counts())}
    assert found["exam.pass_rate"].found.limit == Fraction(95, 100)
    assert found["exam.pass_rate"].found.ok is False
    assert "考试合格率应不低于95%" in found["exam.pass_rate"].found.quote
    assert found["exam.coverage"].found.ok is False


def test_the_limit_itself_is_enough() -> None:
    """95 % of a hundred reach 95 %; one less does not."""
    at = {
        each.found.rule: each.found.ok
        for each in rules.targets(resolve(JILIN), counts(49, 100, 95))
    }
    assert at["exam.pass_rate"]
    below = rules.targets(resolve(JILIN), counts(49, 100, 94))
    assert not {each.found.rule: each.found.ok for each in below}["exam.pass_rate"]


def test_yichun_sets_no_pass_rate() -> None:
    """002 has no pass rate: none is shown; coverage is due by the end of April 2025."""
    found = {each.found.rule: each for each in rules.targets(resolve(YICHUN), counts())}
    assert "exam.pass_rate" not in found
    assert str(found["milestone.coverage"].by) == "2025-04-30"
    assert found["milestone.coverage"].document == "伊应急函〔2025〕41号"


def test_payment_names_its_words() -> None:
    """002 四(五): 参加培训并考试合格的，按规定支付工伤预防费."""
    document, clause, quote = rules.payment_clause(resolve(YICHUN))
    assert (document, clause) == ("伊应急函〔2025〕41号", "四(五)")
    assert "参加培训并考试合格的" in quote


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"conclusion": None}, "acceptance-missing"),
        ({"conclusion": Conclusion.REJECTED}, "acceptance-rejected"),
        ({"listed": False}, "payable-missing"),
        ({"paid": True}, "payment-recorded"),
    ],
)
def test_a_payment_rests_on_acceptance_and_list(facts: dict[str, object], code: str) -> None:
    """002 五: 评估验收报告应当作为支付工伤预防费用的依据; nothing is paid twice."""
    given = {"conclusion": Conclusion.ACCEPTED, "listed": True, "paid": False}
    rules.check_can_be_paid(resolve(YICHUN), **given)  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match=code):
        rules.check_can_be_paid(resolve(YICHUN), **{**given, **facts})  # type: ignore[arg-type]
