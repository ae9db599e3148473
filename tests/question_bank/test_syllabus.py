"""The shipped syllabus: its tree, its people, its mandatory leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from question_bank.errors import SyllabusError
from question_bank.item import Category
from question_bank.syllabus import EXPRESS, INDUSTRIES, load_syllabus, written_out

HEADER = "code,parent,title,industries,categories,mandatory\n"
SYLLABUS = load_syllabus()


def test_topics_are_found_by_code() -> None:
    topic = SYLLABUS.find("A.4.1.6")
    assert topic is not None
    assert (topic.parent, topic.mandatory) == ("A.4.1", True)
    assert SYLLABUS.title("A.4.1") == "安全生产法"
    assert SYLLABUS.find("Z") is None
    assert SYLLABUS.title("Z") == "Z"
    assert len(SYLLABUS) == len(list(SYLLABUS)) == 133


def test_leaves_have_nothing_below_them() -> None:
    codes = [leaf.code for leaf in SYLLABUS.leaves]
    assert "A.4.7" in codes
    assert "A.4.1" not in codes
    assert not [one for one in codes for topic in SYLLABUS if topic.parent == one]


def test_all_means_the_industries_the_notices_name() -> None:
    topic = SYLLABUS.find("A.1")
    assert topic is not None
    assert topic.industries == frozenset(INDUSTRIES)
    assert written_out(["all"]) == frozenset(INDUSTRIES)
    assert written_out(["coal", EXPRESS]) == {"coal", EXPRESS}


def test_mandatory_leaves_are_those_of_the_people() -> None:
    codes = {leaf.code for leaf in SYLLABUS.mandatory_leaves("hazardous-chemicals", "team_leader")}
    assert {"D.1.4", "B.3", "E.3"} <= codes
    assert not codes & {"A.4.8", "A.2", "C.1.1", "D.2.1", "A.4.1"}


@pytest.mark.parametrize("industry", INDUSTRIES)
@pytest.mark.parametrize("category", Category)
def test_every_kind_of_people_has_leaves_of_its_industry(industry: str, category: str) -> None:
    codes = [leaf.code for leaf in SYLLABUS.mandatory_leaves(industry, category)]
    assert [code for code in codes if code.startswith("D.")]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("code,title\n", "syllabus-bad-header"),
        (HEADER + "A,,甲,all,team_leader,yes\nA,,乙,all,team_leader,yes\n", "topic-twice"),
        (HEADER + "A.1,A,甲,all,team_leader,yes\n", "topic-parent-unknown"),
        (HEADER + "A,,甲,fishing,team_leader,yes\n", "syllabus-bad-row"),
        (HEADER + "A,,甲,all,visitor,yes\n", "syllabus-bad-row"),
        (HEADER + "A,,甲,all,team_leader,perhaps\n", "syllabus-bad-row"),
        (HEADER + "A,,甲\n", "syllabus-bad-row"),
    ],
)
def test_a_damaged_syllabus_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "syllabus.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SyllabusError) as caught:
        load_syllabus(path)
    assert caught.value.code == code


def test_a_missing_syllabus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SyllabusError, match="syllabus-unreadable"):
        load_syllabus(tmp_path / "none.csv")
