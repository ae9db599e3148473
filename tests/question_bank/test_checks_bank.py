"""Checks between items and against the syllabus, and the command that prints them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from question_bank.__main__ import main
from question_bank.census import census, topic_order
from question_bank.checks import check_bank
from question_bank.checks_company import (
    cases,
    duplicates,
    missing_enemies,
    shared_run,
    unknown_enemies,
)
from question_bank.checks_coverage import audiences, uncovered
from question_bank.content import load_content
from question_bank.found import Found
from question_bank.item import Category, Item, ItemSet, ItemType
from question_bank.laws import load_laws
from question_bank.syllabus import INDUSTRIES, load_syllabus
from tests.question_bank.strategies import make_item
from tests.question_bank.test_content_files import SINGLE, TRUE_FALSE

LAWS = load_laws()
SYLLABUS = load_syllabus()
QUOTE = "应当设置安全生产管理机构或者配备专职安全生产管理人员"
CASE = ItemSet("K01", "某公司进行检修。")


def said(found: Iterable[Found]) -> list[str]:
    return [f"{entry.item}: {entry.problem}" for entry in found]


def enemies() -> tuple[Item, Item]:
    """Return two items on the same words of an article, one answered by the other."""
    answer = "设置安全生产管理机构"
    one = make_item(1, stem="矿山单位应当怎样做？", options=(answer, "乙", "丙", "丁"), quote=QUOTE)
    other = make_item(2, stem=f"小企业不必{answer}，可以（  ）。", quote="单位" + QUOTE)
    return replace(one, key=frozenset({0})), other


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_item_worded_twice_is_named_once() -> None:
    stem = "生产经营单位应当关注从业人员的身体、心理状况和行为习惯，加强（  ）。"
    one, other = make_item(1, stem=stem), make_item(2, stem=stem, options=make_item(1).options)
    assert said(duplicates([one, other])) == ["T-0002: near-duplicate other=T-0001 share=100%"]


def test_two_items_that_answer_each_other_must_be_enemies() -> None:
    one, other = enemies()
    assert said(missing_enemies([one, other])) == [
        f"T-0002: enemy-missing other=T-0001 shared={QUOTE[:10]}"
    ]
    assert missing_enemies([replace(one, enemies=frozenset({other.id})), other]) == []
    assert missing_enemies([one, replace(other, enemies=frozenset({one.id}))]) == []


def test_members_of_one_case_and_items_of_other_articles_need_not_be() -> None:
    one, other = enemies()
    assert missing_enemies([replace(item, item_set=CASE) for item in (one, other)]) == []
    assert missing_enemies([one, replace(other, article="第四条")]) == []
    assert missing_enemies([one, replace(other, quote="另一句")]) == []


def test_the_same_words_quoted_need_no_enemies_where_nothing_is_answered() -> None:
    one, other = enemies()
    assert missing_enemies([one, replace(other, stem="机构应当具备什么？")]) == []


def test_a_statement_that_shows_the_quoted_words_of_another_answers_it() -> None:
    stem = "单位应当设置安全生产管理机构或者配备专职安全生产管理人员。"
    one = make_item(1, ItemType.TRUE_FALSE, stem=stem, quote=QUOTE)
    other = make_item(2, ItemType.TRUE_FALSE, stem="矿山不" + QUOTE + "。", quote=QUOTE)
    assert len(missing_enemies([one, other])) == 1


def test_a_shared_run_passes_over_blanks() -> None:
    assert shared_run("安全 生产工作", "坚持安全生产\n工作", 6) == "安全生产工作"
    assert shared_run("安全", "安全", 3) == ""


def test_an_enemy_the_bank_does_not_hold_is_named() -> None:
    item = make_item(1, enemies=frozenset({"T-9", "T-0002"}))
    known = {"T-0001", "T-0002"}
    assert said(unknown_enemies([item], known)) == ["T-0001: enemy-unknown other=T-9"]


def test_a_case_has_three_to_five_members_of_one_stem_and_audience() -> None:
    good = [make_item(number, item_set=CASE) for number in range(3)]
    assert cases(good) == []
    assert said(cases(good[:2])) == ["T-0000: set-size set=K01 count=2 low=3 high=5"]
    six = [make_item(number, item_set=CASE) for number in range(6)]
    assert [entry.problem.code for entry in cases(six)] == ["set-size"]
    told = replace(good[1], item_set=ItemSet("K01", "另一案情。"))
    sent = replace(good[2], categories=("team_leader",))
    assert said(cases([good[0], told, sent])) == [
        "T-0001: set-stem-differs set=K01 other=T-0000",
        "T-0002: set-mixed set=K01 other=T-0000",
    ]


def test_topics_and_audiences_are_those_of_the_syllabus() -> None:
    assert audiences([make_item(1, topic="A.4.1.6")], SYLLABUS) == []
    items = [
        make_item(1, topic="Z.9"),
        make_item(2, topic="D.3.1", industries=("coal", "mining")),
        make_item(3, topic="A.4.1.3", categories=tuple(Category)),
        make_item(4, topic="D.11", industries=("transport",)),
    ]
    assert said(audiences(items, SYLLABUS)) == [
        "T-0001: topic-unknown topic=Z.9",
        "T-0002: industry-outside-topic topic=D.3.1 industries=mining",
        "T-0003: category-outside-topic topic=A.4.1.3 categories=team_leader",
    ]
    assert not any(entry.problem.is_error for entry in audiences(items, SYLLABUS))


def test_a_mandatory_leaf_without_an_item_is_named_with_its_people() -> None:
    items = [
        make_item(number, topic=leaf.code, industries=tuple(leaf.industries))
        for number, leaf in enumerate(SYLLABUS.leaves)
        if leaf.code != "E.3"
    ]
    assert said(uncovered(items, SYLLABUS)) == [
        ": topic-uncovered topic=E.3 category=team_leader"
        " industries=mining,coal,hazardous-chemicals,metallurgy,building-materials,machinery"
    ]
    only_coal = make_item(999, topic="E.3", industries=("coal",))
    (gap,) = uncovered([*items, only_coal], SYLLABUS)
    assert "coal" not in dict(gap.problem.facts)["industries"]


def test_unverified_laws_are_told_once_per_law_with_a_count() -> None:
    items = [item for item in load_content(laws=LAWS) if item.law == "尘肺病防治条例"]
    found = [entry for entry in check_bank(items, LAWS) if entry.problem.code == "law-unverified"]
    assert said(found) == [
        f": law-unverified law=尘肺病防治条例 status=库存快照 items={len(items)}"
    ]


def test_items_beside_are_compared_with_and_not_judged() -> None:
    one, other = enemies()
    bad = replace(other, key=frozenset())
    codes = {entry.problem.code for entry in check_bank([one], LAWS, beside=[bad])}
    assert "enemy-missing" in codes
    assert "key-empty" not in codes
    faults = check_bank([make_item(3)], LAWS, beside=[bad, replace(bad, id="T-9")])
    assert {entry.item for entry in faults} <= {"", "T-0003"}


def test_only_a_whole_bank_must_cover_the_syllabus_and_know_its_enemies() -> None:
    item = make_item(1, enemies=frozenset({"T-9"}))
    part = {entry.problem.code for entry in check_bank([item], LAWS)}
    whole = {entry.problem.code for entry in check_bank([item], LAWS, whole=True)}
    assert whole - part == {"enemy-unknown", "topic-uncovered"}


def test_a_census_counts_an_item_at_all_its_people() -> None:
    items = [
        make_item(1, topic="A.4.2"),
        make_item(2, topic="A.4.10", industries=("coal",), categories=("team_leader",)),
        make_item(3, ItemType.TRUE_FALSE, topic="D.3.1", item_set=CASE),
    ]
    counted = census(items)
    assert counted.items == 3
    assert counted.types == {"single": 2, "multiple": 0, "true_false": 1}
    assert list(counted.topics.items()) == [("A.4.2", 1), ("A.4.10", 1), ("D.3.1", 1)]
    assert counted.chapters == {"A.4": 2, "D.3": 1}
    assert (counted.industries["coal"], counted.industries["mining"]) == (3, 2)
    assert counted.categories == {"deputy_head": 2, "safety_manager": 2, "team_leader": 3}
    assert counted.laws == {"安全生产法": 3}
    assert counted.levels == {"know": 3, "understand": 0, "apply": 0}
    assert counted.sets == {"K01": 1}


def test_a_census_leaves_no_item_out() -> None:
    items = load_content()
    counted = census(items)
    for table in (counted.types, counted.topics, counted.chapters, counted.laws, counted.levels):
        assert sum(table.values()) == counted.items == len(items)
    assert list(counted.industries) == list(INDUSTRIES)
    assert sorted(["A.10", "A.2", "A"], key=topic_order) == ["A", "A.2", "A.10"]


def test_the_command_prints_counts_of_good_items(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "A.4.1.toml", SINGLE.replace("A.4.1-001", "甲-001"))
    assert main(["check", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "type: single=1 multiple=0 true_false=0"
    assert "law: 安全生产法=1" in lines
    assert lines[-1] == "items=1 errors=0 warnings=0"


def test_the_command_names_each_problem_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SINGLE.replace('article = "第三条"', 'article = "第四条"').replace('"丙"', '"以上都对"')
    assert main(["check", "--content", str(write(tmp_path, "A.4.1.toml", text))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "error A.4.1-001: all-of-the-above option=C"
    assert lines[1].startswith("error A.4.1-001: quote-not-in-article law=安全生产法")
    assert lines[-1] == "items=1 errors=2 warnings=0"


def test_the_command_compares_a_file_with_its_neighbours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "A.toml", SINGLE)
    write(tmp_path, "B.toml", SINGLE)
    write(tmp_path, "C.toml", "topic = ")
    assert main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert "warning bank: not-compared file=C.toml reason=content-unreadable" in out
    assert "error A.4.1-001: id-twice" in out
    assert "items=1 errors=" in out


def test_the_command_takes_another_collection_of_laws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    article = (
        '{"doc":"安全生产法","title":"","version":"9","label":"第三条","no":3,"sub":0,'
        '"chapter":"总则","text":"另一条文。","status":"现行有效"}\n'
    )
    laws = tmp_path / "laws"
    laws.mkdir()
    write(laws, "articles.jsonl", article)
    path = write(tmp_path, "A.toml", SINGLE)
    assert main(["check", str(path), "--laws", str(laws)]) == 1
    assert "quote-not-in-article" in capsys.readouterr().out


def test_the_command_asks_a_folder_to_be_a_whole_bank(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "A.toml", SINGLE + TRUE_FALSE)
    assert main(["check", str(tmp_path)]) == 1
    assert "error bank: topic-uncovered topic=A.1 " in capsys.readouterr().out


def test_the_command_names_the_short_cells_of_a_season(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["supply", "--content", str(write(tmp_path, "A.toml", SINGLE))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 31
    assert lines[1].startswith("mining deputy_head 0 0 no A single 0/57; ")
