"""A profile that cannot stand is refused by name; a resolved one keeps its digest."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exam_app.core.errors import BadInput, ExamError, Missing
from exam_app.policy.errors import PolicyError, UnknownProfileError
from exam_app.policy.loader import from_json, load_profile, profile_ids, resolve
from exam_app.policy.profile import Finding, Force, exact_json, plain

PROFILES = profile_ids()
HEAD = """
id = "{id}"
title = "试验"
notice = "002"
document = "伊应急函〔2025〕41号"
industries = ["mining"]
"""
LEAF = """
[hours.team_leader]
min = 20
max = 72
unit = "hours"
force = "must"
clause = "三(一)"
quote = "一线班组长应当培训20-72学时"
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write profile files; the folder comes back."""

    def put(**files: str) -> Path:
        for name, body in files.items():
            (tmp_path / f"{name}.toml").write_text(HEAD.format(id=name) + body, "utf-8")
        return tmp_path

    return put


def refusal(write: Write, body: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        load_profile("a", write(a=body))
    return caught.value


def test_a_good_profile_loads(write: Write) -> None:
    """The leaf keeps its exact numbers, force, words and notice."""
    leaf = load_profile("a", write(a=LEAF)).leaf("hours.team_leader")
    assert (leaf.min, leaf.max, leaf.force) == (Decimal(20), Decimal(72), Force.MUST)
    assert isinstance(leaf.min, Decimal)
    assert leaf.notice == "002"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("hours.team_leader", "hours.team_leeder", "policy-unknown-key"),
        ("hours.team_leader", "hour.team_leader", "policy-unknown-key"),
        ("max = 72", "max = 72\nmaximum = 3", "policy-unknown-field"),
        ("max = 72", "max = 72\nsource = 'x'", "policy-unknown-field"),
        ('force = "must"\n', "", "policy-missing-field"),
        ('clause = "三(一)"\n', "", "policy-missing-field"),
        ('unit = "hours"\n', "", "policy-missing-field"),
        ('quote = "一线班组长应当培训20-72学时"', "quote = ' '", "policy-missing-field"),
        ('"must"', '"should"', "policy-unknown-force"),
        ('"must"', '"local"', "policy-unknown-force"),
        ('"hours"', '"days"', "policy-wrong-unit"),
        ("min = 20", "min = 73", "policy-min-over-max"),
        ("min = 20", "min = 0", "policy-out-of-range"),
        ("max = 72", "max = 201", "policy-out-of-range"),
        ("min = 20", 'min = "20"', "policy-wrong-type"),
        ("min = 20", "min = true", "policy-wrong-type"),
        ("min = 20", "min = nan", "policy-wrong-type"),
        ("min = 20", "min = inf", "policy-wrong-type"),
        ("min = 20\nmax = 72", "", "policy-no-value"),
        ("min = 20", "value = 20", "policy-no-value"),
        ("min = 20", "min = 20\napplies_to = 'x'", "policy-wrong-type"),
        ("min = 20", "min = = 20", "policy-not-toml"),
    ],
)
def test_a_bad_leaf_is_refused(write: Write, old: str, new: str, code: str) -> None:
    """Unknown words, missing words and wrong values are each named."""
    assert old in LEAF
    assert refusal(write, LEAF.replace(old, new)).code == code


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("exam.organiser", '"training-provider"', "policy-not-a-choice"),
        ("exam.organiser", "true", "policy-wrong-type"),
        ("exam.provider_may_set_or_invigilate", "true", "policy-wall"),
        ("exam.separate_from_teaching", "false", "policy-wall"),
        ("exam.paper_per_class", "false", "policy-wall"),
        ("exam.closed_book", "1", "policy-wrong-type"),
        ("training.modes", "[]", "policy-wrong-type"),
        ("training.modes", "[1]", "policy-wrong-type"),
        ("milestone.coverage_by", '"2025-04-30"', "policy-wrong-type"),
        ("milestone.coverage_by", "2025-04-30T00:00:00", "policy-wrong-type"),
        ("provider.preference", '" "', "policy-wrong-type"),
    ],
)
def test_a_bad_value_is_refused(write: Write, key: str, value: str, code: str) -> None:
    """No profile lets a provider examine, and each kind holds only its own values."""
    body = f'[{key}]\nvalue = {value}\nunit = ""\nforce = "must"\nclause = "四"\nquote = "x"\n'
    assert refusal(write, body).code == code


def test_two_retakes_are_out_of_range(write: Write) -> None:
    """At most two attempts an enrolment, whatever a profile says."""
    body = '[exam.retakes]\nmax = 2\nunit = "times"\nforce = "may"\nclause = "四"\nquote = "x"\n'
    assert refusal(write, body).code == "policy-out-of-range"


def test_bounds_on_a_flag_and_fractions_of_persons_are_refused(write: Write) -> None:
    """A yes has no maximum, a head count no decimals."""
    words = 'force = "must"\nclause = "四"\nquote = "x"\n'
    flag = f'[exam.closed_book]\nmax = 1\nunit = ""\n{words}'
    assert refusal(write, flag).code == "policy-wrong-type"
    persons = f'[class_size.others]\nmax = 80.5\nunit = "persons"\n{words}'
    assert refusal(write, persons).code == "policy-wrong-type"


@pytest.mark.parametrize("body", ["surprise = 3\n", "[hours]\nteam_leader = 3\n"])
def test_stray_top_level_words_are_refused(write: Write, body: str) -> None:
    """Only the known head and tables of leaves stand in a profile."""
    assert refusal(write, body).code in ("policy-unknown-key", "policy-not-a-leaf")


def test_heads_are_checked(tmp_path: Path) -> None:
    """A profile without head, with another's id or with a wrong head does not load."""
    head = HEAD.format(id="a")
    for old, new, code in (
        ('title = "试验"', "", "policy-missing-field"),
        ('id = "a"', 'id = "b"', "policy-wrong-id"),
        ('title = "试验"', "title = 3", "policy-wrong-type"),
        ('["mining"]', '"mining"', "policy-wrong-type"),
    ):
        (tmp_path / "a.toml").write_text(head.replace(old, new), "utf-8")
        with pytest.raises(PolicyError) as caught:
            load_profile("a", tmp_path)
        assert caught.value.code == code


def test_extends_works_per_leaf_and_keeps_the_notice(write: Write) -> None:
    """The heir replaces whole leaves; what it inherits still names its own notice."""
    parent = LEAF + LEAF.replace("team_leader", "deputy_head").replace("72", "48")
    folder = write(a='extends = "b"\n' + LEAF.replace("72", "60"), b=parent)
    text = (folder / "b.toml").read_text("utf-8").replace('notice = "002"', 'notice = "003"')
    (folder / "b.toml").write_text(text, "utf-8")
    profile = load_profile("a", folder)
    assert profile.leaf("hours.team_leader").max == 60
    assert profile.leaf("hours.team_leader").notice == "002"
    assert profile.leaf("hours.deputy_head").notice == "003"
    assert set(profile.documents) == {"002", "003"}


def test_unknown_extends_and_cycles_are_refused(write: Write) -> None:
    """A chain must end."""
    folder = write(a='extends = "nobody"\n', b='extends = "c"\n', c='extends = "b"\n')
    with pytest.raises(PolicyError, match="policy-unknown-extends"):
        load_profile("a", folder)
    with pytest.raises(PolicyError, match="policy-cycle"):
        load_profile("b", folder)


def test_an_unknown_profile_is_missing() -> None:
    """Nobody has this id: 404, and it says who is known."""
    with pytest.raises(UnknownProfileError) as caught:
        load_profile("../cn-hlj-yichun-2025")
    assert isinstance(caught.value, Missing)
    assert caught.value.status == 404
    assert caught.value.facts["known"] == PROFILES


def test_a_policy_error_is_bad_input() -> None:
    """The handler shows it as unusable input, with code and facts."""
    error = PolicyError("policy-unknown-key", key="x")
    assert isinstance(error, BadInput | ExamError)
    assert error.status == 422
    assert error.facts == {"key": "x"}


def test_asking_for_the_wrong_thing_is_refused() -> None:
    """No leaf, two bounds, another kind: never a silent None."""
    profile = load_profile("cn-hlj-yichun-2025")
    cases: list[tuple[Callable[[str], Any], str, str]] = [
        (profile.leaf, "exam.pass_mark", "policy-no-leaf"),
        (profile.number, "hours.team_leader", "policy-not-single"),
        (profile.number, "exam.closed_book", "policy-wrong-type"),
        (profile.count, "hours.offline_share", "policy-wrong-type"),
        (profile.flag, "exam.organiser", "policy-wrong-type"),
        (profile.text, "exam.closed_book", "policy-wrong-type"),
        (profile.names, "exam.organiser", "policy-wrong-type"),
        (profile.date, "exam.organiser", "policy-wrong-type"),
    ]
    for ask, key, code in cases:
        with pytest.raises(PolicyError) as caught:
            ask(key)
        assert caught.value.code == code
    assert not profile.has("exam.pass_mark")
    assert profile.names("training.modes") == ("online", "offline")
    assert "hours.team_leader" in profile.keys("hours")
    assert "exam.retakes" not in profile.keys("hours")


@pytest.mark.parametrize("profile_id", PROFILES)
def test_a_resolved_profile_reads_back_as_it_was(profile_id: str) -> None:
    """What a class keeps is the profile it started under, digest and all."""
    resolved = resolve(profile_id, {"exam.pass_mark": 85})
    again = from_json(resolved.to_json(), digest=resolved.digest)
    assert again == resolved
    assert again.digest == resolved.digest
    assert len(resolved.digest) == 64


def test_the_digest_says_what_was_resolved() -> None:
    """Same settings, same digest, however they are written; another setting, another digest."""
    base = resolve("cn-hlj-yichun-2025")
    assert base.digest == resolve("cn-hlj-yichun-2025", {}).digest
    ways: list[Any] = [85, Decimal(85), Decimal("85.0")]
    digests = {resolve("cn-hlj-yichun-2025", {"exam.pass_mark": way}).digest for way in ways}
    assert len(digests) == 1
    assert base.digest not in digests
    two = {"exam.pass_mark": 85, "exam.duration_minutes": 90}
    turned = dict(reversed(two.items()))
    assert resolve(base.id, two).digest == resolve(base.id, turned).digest


def test_a_changed_or_broken_store_is_refused() -> None:
    """One changed number does not fit the digest; what is no profile does not load."""
    resolved = resolve("cn-hlj-yichun-2025")
    held = json.loads(resolved.to_json())
    held["leaves"]["exam.pass_mark"]["value"] = 60
    with pytest.raises(PolicyError, match="policy-digest"):
        from_json(json.dumps(held), digest=resolved.digest)
    for text in ("{", "[]", "{}", '{"leaves": 3}'):
        with pytest.raises(PolicyError, match="policy-stored-bad"):
            from_json(text)
    held["leaves"]["hours.team_leader"]["min"] = "twelve"
    with pytest.raises(PolicyError, match="policy-stored-bad"):
        from_json(json.dumps(held))


def test_a_store_outlives_the_vocabulary() -> None:
    """A key that was dropped since still reads back."""
    held = json.loads(resolve("cn-hlj-yichun-2025").to_json())
    held["leaves"]["old.word"] = held["leaves"]["exam.pass_mark"]
    assert from_json(json.dumps(held)).number("old.word") == 80


@pytest.mark.parametrize(
    ("key", "setting", "value"),
    [
        ("exam.pass_mark", 60, 60),
        ("exam.pass_mark", Decimal(70), 70),
        ("exam.retakes", 0, 0),
        ("exam.missed_retake_ends", False, False),
        ("exam.multiple_choice_credit", "all-or-nothing", "all-or-nothing"),
        ("records.video_years", 10, 10),
        ("hours.offline_share", Decimal("0.7"), Decimal("0.7")),
        ("hours.day_max", Decimal("7.5"), Decimal("7.5")),
        ("class_size.others", 60, 60),
        ("exam.invigilator", "city-authority", "city-authority"),
        ("credit.mode", "none", "none"),
    ],
)
def test_a_local_setting_is_laid_over(key: str, setting: Any, value: Any) -> None:
    """Defaults are free within bounds; a notice can be kept more strictly."""
    leaf = resolve("cn-hlj-yichun-2025", {key: setting}).leaf(key)
    assert leaf.bound() == value
    assert leaf.set_locally


def test_one_of_two_bounds_is_set_by_its_name() -> None:
    """``hours.team_leader.min`` raises the minimum alone."""
    leaf = resolve("cn-hlj-yichun-2025", {"hours.team_leader.min": 24}).leaf("hours.team_leader")
    assert (leaf.min, leaf.max) == (24, 72)


@pytest.mark.parametrize(
    ("key", "setting", "code"),
    [
        ("exam.passmark", 60, "policy-unknown-key"),
        ("exam.pass_mark.min", 60, "policy-no-value"),
        ("hours.team_leader", 24, "policy-not-single"),
        ("hours.team_leader.min", 19, "policy-softer-than-notice"),
        ("hours.team_leader.max", 73, "policy-softer-than-notice"),
        ("hours.team_leader.min", 73, "policy-min-over-max"),
        ("hours.offline_share", Decimal("0.5"), "policy-softer-than-notice"),
        ("class_size.others", 81, "policy-softer-than-notice"),
        ("records.video_years", 4, "policy-softer-than-notice"),
        ("exam.closed_book", False, "policy-softer-than-notice"),
        ("exam.organiser", "implementing-unit", "policy-softer-than-notice"),
        ("credit.mode", "exempt", "policy-softer-than-notice"),
        ("exam.provider_may_set_or_invigilate", True, "policy-softer-than-notice"),
        ("exam.separate_from_teaching", False, "policy-softer-than-notice"),
        ("exam.retakes", 2, "policy-softer-than-notice"),
        ("exam.pass_mark", 0, "policy-out-of-range"),
        ("exam.pass_mark", 101, "policy-contradiction"),
        ("exam.pass_mark", Decimal("80.5"), "policy-wrong-type"),
        ("exam.pass_mark", Decimal("NaN"), "policy-wrong-type"),
        ("exam.pass_mark", True, "policy-wrong-type"),
        ("exam.pass_mark", "80", "policy-wrong-type"),
        ("exam.missed_retake_ends", 1, "policy-wrong-type"),
        ("exam.multiple_choice_credit", "full", "policy-not-a-choice"),
        ("sitting.no_leaving_minutes", 121, "policy-contradiction"),
        ("milestone.coverage_by", "tomorrow", "policy-wrong-type"),
    ],
)
def test_a_local_setting_that_cannot_stand_is_refused(key: str, setting: Any, code: str) -> None:
    """Softer than the notice, out of range, of the wrong kind, or against another setting."""
    with pytest.raises(PolicyError) as caught:
        resolve("cn-hlj-yichun-2025", {key: setting})
    assert caught.value.code == code


@pytest.mark.parametrize("profile_id", PROFILES)
def test_no_setting_opens_the_wall(profile_id: str) -> None:
    """Under every profile a provider neither sets nor invigilates, whatever is set locally."""
    for key, setting in (
        ("exam.provider_may_set_or_invigilate", True),
        ("exam.separate_from_teaching", False),
        ("exam.paper_per_class", False),
        ("exam.retake_overlap_max", 1),
        ("exam.retakes", 2),
    ):
        with pytest.raises(PolicyError):
            resolve(profile_id, {key: setting})


def test_an_incomplete_profile_does_not_resolve(write: Write) -> None:
    """A class never starts under a profile that misses what its exam rests on."""
    with pytest.raises(PolicyError) as caught:
        resolve("a", folder=write(a=LEAF))
    assert caught.value.code == "policy-incomplete"


def test_findings_say_what_they_do() -> None:
    """Only must refuses; 原则上, 一般 and local choices ask for a reason; 可 does neither."""
    table = {
        Force.MUST: (True, False),
        Force.IN_PRINCIPLE: (False, True),
        Force.USUALLY: (False, True),
        Force.LOCAL: (False, True),
        Force.MAY: (False, False),
    }
    for force, expected in table.items():
        missed = Finding("r", False, force, 1, 2, "一", "x", "002")
        kept = Finding("r", True, force, 1, 2, "一", "x", "002")
        assert (missed.refuses, missed.needs_reason) == expected
        assert (kept.refuses, kept.needs_reason) == (False, False)


def test_numbers_are_written_exactly() -> None:
    """A JSON number where its digits survive, a string where they would not."""
    from fractions import Fraction

    assert exact_json(Decimal("0.60")) == 0.6
    assert exact_json(Decimal("12.00")) == 12
    assert exact_json(Fraction(599, 1000)) == 0.599
    assert exact_json(Fraction(1, 3)) == "1/3"
    assert exact_json(Decimal("0.59999999999999999999")) == "0.59999999999999999999"
    assert exact_json(True) is True
    assert plain(Decimal("1E+2")) == "100"
    assert plain(Decimal("0.00")) == "0"


def test_policy_is_pure() -> None:
    """No web and no database in the policy package."""
    folder = Path(__file__).parents[2] / "exam_app" / "policy"
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                assert name.split(".")[0] not in ("flask", "sqlalchemy", "flask_babel"), path
