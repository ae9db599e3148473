"""The five profiles say what the notices say, word for word, and nothing is missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from exam_app.policy.clauses import clauses_page
from exam_app.policy.errors import PolicyError
from exam_app.policy.loader import load_defaults, load_profile, profile_ids, resolve
from exam_app.policy.profile import Force, Leaf
from exam_app.policy.quotes import (
    check_quotes,
    clause_text,
    missing_numbers,
    normalise,
    notice_text,
    numbers_in,
    stands,
)
from exam_app.policy.vocabulary import required_keys, vocabulary

NOTICES = {
    "cn-2023-four-industries": "003",
    "cn-hlj-yichun-2025": "002",
    "cn-jl-2022-hazchem": "000",
    "cn-sd-2023-six-industries": "001",
    "cn-sd-zibo-2024": "004",
}
YICHUN = "cn-hlj-yichun-2025"
JILIN = "cn-jl-2022-hazchem"
NATIONAL = "cn-2023-four-industries"
SHANDONG = "cn-sd-2023-six-industries"
ZIBO = "cn-sd-zibo-2024"
CATEGORIES = ("deputy_head", "safety_manager", "team_leader")


def own_leaves(profile_id: str) -> list[Leaf]:
    profile = load_profile(profile_id)
    return [leaf for leaf in profile.leaves.values() if leaf.notice == profile.notice]


def test_there_is_one_profile_a_notice() -> None:
    """Five notices, five profiles."""
    assert {name: load_profile(name).notice for name in profile_ids()} == NOTICES


@pytest.mark.parametrize("profile_id", NOTICES)
def test_every_quote_stands_in_its_clause_and_says_the_number(profile_id: str) -> None:
    """Each leaf, inherited ones included, is carried by words under the clause it names."""
    assert check_quotes(load_profile(profile_id)) == []


@pytest.mark.parametrize("profile_id", NOTICES)
def test_every_leaf_has_force_clause_quote_and_unit(profile_id: str) -> None:
    """No setting of a notice goes without its words; numbers have a unit."""
    for key, leaf in load_profile(profile_id).leaves.items():
        assert leaf.force is not Force.LOCAL, key
        assert leaf.clause, key
        assert leaf.quote, key
        assert leaf.notice, key
        assert leaf.unit == vocabulary()[key].unit, key
        if leaf.kind.value in ("number", "count"):
            assert leaf.unit, key


@pytest.mark.parametrize("profile_id", NOTICES)
def test_softening_words_stand_in_the_quote(profile_id: str) -> None:
    """原则上, 一般 and 可 bind as they say, and only they soften a rule."""
    softening = {Force.IN_PRINCIPLE: ("原则上",), Force.USUALLY: ("一般", "基本")}
    for key, leaf in load_profile(profile_id).leaves.items():
        for force, words in softening.items():
            if leaf.force is force:
                assert any(word in leaf.quote for word in words), key
        if leaf.force is Force.MUST and leaf.kind.value != "text":
            assert "原则上" not in leaf.quote, key
            assert "一般不" not in leaf.quote, key


@pytest.mark.parametrize("profile_id", NOTICES)
def test_bans_are_must(profile_id: str) -> None:
    """严禁 and 不得 in a quote refuse, unless 原则上 stands before them."""
    for key, leaf in load_profile(profile_id).leaves.items():
        if ("严禁" in leaf.quote or "不得" in leaf.quote) and "原则上" not in leaf.quote:
            assert leaf.force is Force.MUST, key


@pytest.mark.parametrize("profile_id", NOTICES)
def test_a_resolved_profile_is_complete(profile_id: str) -> None:
    """Whatever an exam, certificate, credit or figure rests on is there."""
    resolved = resolve(profile_id)
    assert [key for key in required_keys() if not resolved.has(key)] == []
    for category in CATEGORIES:
        leaf = load_profile(profile_id).leaf(f"hours.{category}")
        assert leaf.min is not None
        assert leaf.max is not None


@pytest.mark.parametrize("profile_id", NOTICES)
def test_the_notice_itself_gives_what_admission_rests_on(profile_id: str) -> None:
    """Hours, shares, class size and real name come from a notice, never from a local default."""
    profile = load_profile(profile_id)
    for key in ("offline_share", "practical_share", *CATEGORIES):
        assert profile.has(f"hours.{key}")
    assert profile.has("class_size.deputy_head")
    assert profile.has("class_size.others")
    assert profile.flag("roster.real_name")


@pytest.mark.parametrize("profile_id", NOTICES)
def test_the_document_number_is_right(profile_id: str) -> None:
    """The document number stands in a notice (102号 is only cited by another)."""
    number = normalise(load_profile(profile_id).document)
    assert any(number in normalise(notice_text(notice)) for notice in NOTICES.values())


@pytest.mark.parametrize(
    ("profile_id", "expected"),
    [
        (JILIN, ((24, 48), (24, 48), (24, 72))),
        (NATIONAL, ((12, 48), (12, 48), (20, 72))),
        (SHANDONG, ((12, 48), (12, 48), (20, 72))),
        (YICHUN, ((12, 48), (12, 48), (20, 72))),
        (ZIBO, ((12, 48), (12, 48), (20, 72))),
    ],
)
def test_hours(profile_id: str, expected: tuple[tuple[int, int], ...]) -> None:
    """Jilin asks for 24 hours at least, the others for 12 or 20."""
    profile = load_profile(profile_id)
    leaves = [profile.leaf(f"hours.{category}") for category in CATEGORIES]
    assert tuple((leaf.min, leaf.max) for leaf in leaves) == expected


@pytest.mark.parametrize(
    ("profile_id", "own"), [(YICHUN, "002"), (SHANDONG, "001"), (JILIN, "000"), (NATIONAL, "003")]
)
def test_a_notice_that_says_the_hours_itself_is_quoted_itself(profile_id: str, own: str) -> None:
    """A leaf comes from the profile's own notice where that says it."""
    profile = load_profile(profile_id)
    keys = [*(f"hours.{one}" for one in CATEGORIES), "hours.offline_share", "class_size.others"]
    assert {profile.leaf(key).notice for key in keys} == {own}


def test_yichun_counts_hours_and_exempts_nobody() -> None:
    """002 says 计入 and may; the 减免 of the national notice does not reach it."""
    leaf = load_profile(YICHUN).leaf("credit.mode")
    assert (leaf.value, leaf.force, leaf.notice) == ("count", Force.MAY, "002")
    assert not any("减免" in leaf.quote for leaf in load_profile(YICHUN).leaves.values())
    assert load_profile(YICHUN).names("credit.kinds") == ("safety-retraining",)
    for profile_id in (NATIONAL, SHANDONG, ZIBO):
        assert load_profile(profile_id).text("credit.mode") == "exempt"
    assert resolve(JILIN).text("credit.mode") == "none"


def test_yichun_exam_and_headcounts() -> None:
    """The exam rules and the figures of 002."""
    profile = load_profile(YICHUN)
    assert profile.text("exam.organiser") == "authority"
    assert profile.flag("exam.paper_per_class")
    assert profile.flag("exam.closed_book")
    assert not profile.flag("exam.provider_may_set_or_invigilate")
    assert profile.leaf("exam.provider_may_set_or_invigilate").force is Force.MUST
    assert profile.count("exam.retakes") == 1
    assert profile.count("records.video_years") == 5
    counts = [profile.count(f"headcount.{one}") for one in ("total", *CATEGORIES)]
    assert counts == [131, 15, 52, 64]
    assert sum(counts[1:]) == counts[0]
    left = counts[0] - profile.count("headcount.trained_before")
    assert left == profile.count("target.this_year") == 49
    assert profile.date("milestone.coverage_by") == dt.date(2025, 4, 30)


def test_who_organises() -> None:
    """Shandong names the implementing unit, Jilin both departments; no one names the provider."""
    assert load_profile(SHANDONG).text("exam.organiser") == "implementing-unit"
    assert load_profile(ZIBO).text("exam.organiser") == "implementing-unit"
    assert load_profile(JILIN).text("exam.organiser") == "joint"
    for profile_id in NOTICES:
        assert resolve(profile_id).flag("exam.provider_may_set_or_invigilate") is False
        assert resolve(profile_id).flag("exam.separate_from_teaching") is True


def test_only_jilin_sets_coverage_and_pass_rate() -> None:
    """Coverage 100 % and pass rate 95 % are of 000 alone."""
    assert load_profile(JILIN).number("exam.coverage") == 1
    assert load_profile(JILIN).number("exam.pass_rate") == Decimal("0.95")
    for profile_id in set(NOTICES) - {JILIN}:
        assert not resolve(profile_id).has("exam.coverage")
        assert not resolve(profile_id).has("exam.pass_rate")


def test_zibo_targets() -> None:
    """The figures of 2024; 2026 is a number of persons, three years of debarment."""
    profile = load_profile(ZIBO)
    assert profile.count("target.trained_total") == 12000
    offline, online = (
        profile.count("target.trained_offline"),
        profile.count("target.trained_online"),
    )
    assert offline + online == 12000
    assert profile.count("target.hazchem_team_leaders") == 2026
    assert profile.count("provider.debarment_years") == 3
    assert profile.leaf("class.single_category").notice == "001"


def test_provider_qualifications() -> None:
    """Two managers and three teachers in 001 and 002; one for safety in 001."""
    for profile_id in (YICHUN, SHANDONG):
        assert load_profile(profile_id).count("provider.fulltime_managers") == 2
        assert load_profile(profile_id).count("provider.fulltime_teachers") == 3
    assert load_profile(SHANDONG).count("provider.safety_teachers") == 1
    assert load_profile(SHANDONG).leaf("provider.experience_years").force is Force.USUALLY


def test_defaults_have_sources_and_mark_what_is_unverified() -> None:
    """Each default is local and says why; those from 104号 copies are to be verified."""
    for key, leaf in load_defaults().items():
        assert leaf.force is Force.LOCAL, key
        assert len(leaf.source) > 10, key
        assert leaf.verify == ("据转载件" in leaf.source or "由主管部门确认" in leaf.source), key
    of_104 = {key for key, leaf in load_defaults().items() if "104号" in leaf.source}
    assert of_104 == {
        "exam.full_marks",
        "exam.pass_mark",
        "exam.duration_minutes",
        "exam.retakes",
        "exam.result_valid_months",
        "records.sitting_video_years",
    }


def test_default_numbers() -> None:
    """The numbers the notices do not give."""
    resolved = resolve(NATIONAL)
    expected = {
        "exam.pass_mark": 80,
        "exam.full_marks": 100,
        "exam.duration_minutes": 120,
        "exam.retakes": 1,
        "exam.result_valid_months": 12,
        "records.sitting_video_years": 3,
        "sitting.invigilators_per_room": 2,
        "sitting.room_seats": 30,
        "sitting.entry_closes_minutes": 30,
        "sitting.no_leaving_minutes": 60,
        "sitting.opens_before_minutes": 30,
        "separation.recusal_months": 12,
        "hours.day_max": 8,
        "hours.minutes_per_hour": 45,
        "certificate.valid_months": 36,
    }
    assert {key: resolved.number(key) for key in expected} == expected
    assert resolved.flag("exam.missed_retake_ends")
    assert resolved.text("exam.multiple_choice_credit") == "half-for-subset"


def test_sources_name_the_notice_an_inherited_leaf_comes_from() -> None:
    """Real name in Yichun rests on the national notice, and says so."""
    source = load_profile(YICHUN).source("roster.real_name")
    assert (source.notice, source.clause) == ("003", "三(三)")
    assert source.document == "人社厅函〔2023〕102号"
    assert load_profile(YICHUN).source("exam.retakes").document == "伊应急函〔2025〕41号"


# --- the check itself finds what is wrong -------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("不得低于60%", {Fraction(3, 5)}),
        ("总培训时长的１/４", {Fraction(1, 4)}),
        ("不少于25 %", {Fraction(1, 4)}),
        ("12-48学时", {Fraction(12), Fraction(48)}),
        ("30%—70%预付款", {Fraction(3, 10), Fraction(7, 10)}),
        ("提取500万元", {Fraction(5000000)}),
        ("三年内", {Fraction(3)}),
        ("补考一次", {Fraction(1)}),
        ("全覆盖", {Fraction(1)}),
        ("每半年", {Fraction(6)}),
        ("应 当", set()),
    ],
)
def test_numbers_in_words(text: str, numbers: set[Fraction]) -> None:
    """Percent, fraction, full width, Chinese numerals and 万 are read as one number each."""
    assert numbers_in(text) == numbers


def test_a_changed_number_is_found() -> None:
    """A limit the words do not say does not pass."""
    leaf = load_profile(YICHUN).leaf("hours.offline_share")
    assert missing_numbers(replace(leaf, min=Decimal("0.61"))) == ["0.61"]
    day = load_profile(YICHUN).leaf("milestone.coverage_by")
    assert missing_numbers(replace(day, value=dt.date(2025, 5, 31))) == ["2025-05-31"]
    assert missing_numbers(replace(day, value=dt.date(2025, 4, 29))) == ["2025-04-29"]


def test_a_changed_quote_or_clause_is_found() -> None:
    """Words that are not in the notice, or stand in another clause, do not pass."""
    leaf = load_profile(YICHUN).leaf("exam.retakes")
    assert stands(leaf)
    assert not stands(replace(leaf, quote="考试不合格可允许补考两次"))
    assert not stands(replace(leaf, clause="四(四)"))
    with pytest.raises(PolicyError, match="policy-unknown-clause"):
        stands(replace(leaf, clause="九(一)"))
    with pytest.raises(PolicyError, match="policy-unknown-notice"):
        stands(replace(leaf, notice="777"))


def test_clause_text_is_the_clause_alone() -> None:
    """A clause ends where the next of its rank begins."""
    text = normalise(clause_text("002", "四(五)"))
    assert text.startswith("(五)考试方式")
    assert "项目评估验收" not in text
    assert "培训组织。" not in text
    assert "2名以上专职培训管理人员" in clause_text("001", "三(五)2")
    assert "5年以上" not in clause_text("001", "三(五)2")


def test_the_clause_page_is_current() -> None:
    """docs/clauses.md is what ``exam policy clauses`` prints."""
    page = Path(__file__).parents[2] / "docs" / "clauses.md"
    assert page.read_text("utf-8") == clauses_page()


def test_rules_named_in_the_vocabulary_exist() -> None:
    """Each rule of the page is in the code, each test file is there."""
    root = Path(__file__).parents[2]
    stages = ("training", "credits")
    code = "".join((root / f"exam_app/{each}/rules.py").read_text("utf-8") for each in stages)
    for spec in vocabulary().values():
        for rule in spec.rule.split():
            assert rule in code, rule
        if spec.test:
            assert (root / spec.test).is_file()


def test_each_key_is_used() -> None:
    """The vocabulary holds no word nobody says."""
    said = set(load_defaults())
    for profile_id in NOTICES:
        said |= {leaf.key for leaf in own_leaves(profile_id)}
    assert set(vocabulary()) == said
