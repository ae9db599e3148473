"""The shipped law articles and their digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from question_bank.errors import LawsError
from question_bank.laws import ARTICLES, Article, Laws, changes, load_laws, merged, read_laws

LINE = (
    '{"doc":"甲法","title":"甲法","version":"1","label":"第一条","no":1,"sub":0,'
    '"text":"条文","status":"现行有效"}\n'
)


def test_the_shipped_articles_are_those_of_the_digest() -> None:
    laws = load_laws()
    assert laws.digest == hashlib.sha256(ARTICLES.read_bytes()).hexdigest()
    assert len(laws) > 4000


def test_the_work_safety_law_is_complete_and_in_force() -> None:
    articles = [article for article in load_laws() if article.doc == "安全生产法"]
    assert [article.no for article in articles] == list(range(1, 120))
    assert all(article.is_in_force and article.text.strip() for article in articles)


def test_another_file_may_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "laws.jsonl"
    path.write_text(LINE, encoding="utf-8")
    article = load_laws(path).find("甲法", "第一条")
    assert article is not None
    assert article.text == "条文"
    assert load_laws(path).find("甲法", "第二条") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LINE * 2, "article-twice"),
        ("{}\n", "laws-bad-line"),
        ("no json\n", "laws-bad-line"),
        ("[]\n", "laws-bad-line"),
        ('{"wrong":1,' + LINE[1:], "laws-bad-line"),
        (LINE.replace('"no":1', '"no":"1"'), "laws-bad-line"),
        (LINE.replace('"no":1', '"no":true'), "laws-bad-line"),
        (LINE.replace('"no":1', '"no":1e9'), "laws-bad-line"),
        (LINE.replace('"sub":0', '"sub":-1'), "laws-bad-line"),
        (LINE.replace('"条文"', "null"), "laws-bad-line"),
        (LINE.replace('"条文"', '""'), "laws-bad-line"),
        (LINE.replace("条文", "\\ud800"), "laws-bad-line"),
        (LINE.replace("条文", "\\u0000"), "laws-bad-line"),
        (LINE.replace("条文", "条" * 20_001), "laws-bad-line"),
        (LINE.replace("第一条", "条" * 41), "laws-bad-line"),
        ("[" * 100_000 + "\n", "laws-bad-line"),
        (LINE + LINE.replace("甲法", "中华人民共和国甲法"), "article-twice"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "laws.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LawsError) as caught:
        load_laws(path)
    assert caught.value.code == code


def test_a_file_that_is_not_the_one_of_its_digest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "laws.jsonl"
    path.write_text(LINE, encoding="utf-8")
    path.with_name("laws.jsonl.sha256").write_text("0" * 64 + "  laws.jsonl\n", encoding="ascii")
    with pytest.raises(LawsError, match="laws-digest-differs"):
        load_laws(path)


def test_a_folder_with_more_fields_than_ours_may_stand_in(tmp_path: Path) -> None:
    more = '{"doc_type":"法律","part":"","chapter":"第一章","section":"","file":"甲法.md",'
    (tmp_path / "articles.jsonl").write_text(more + LINE[1:], encoding="utf-8")
    article = load_laws(tmp_path).find("甲法", "第一条")
    assert article is not None
    assert article.text == "条文"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawsError, match="laws-unreadable"):
        load_laws(tmp_path / "none.jsonl")


def test_the_bad_line_is_named_by_its_number() -> None:
    with pytest.raises(LawsError) as caught:
        read_laws((LINE + "[" * 100_000).encode(), "x.jsonl")
    assert (caught.value.facts["file"], caught.value.facts["line"]) == ("x.jsonl", 2)


def test_a_collection_that_was_read_can_be_read_again() -> None:
    odd = LINE.replace("条文", "甲\\u2028\\u0085\\n乙\\ud83d\\ude00")
    once = read_laws(odd.encode())
    again = read_laws(merged(load_laws(), once))
    assert [article for article in again if article.doc == "甲法"] == list(once)
    assert list(read_laws(merged(again, again))) == list(again)


def test_a_law_by_its_full_name_takes_the_place_of_the_one_held() -> None:
    new = read_laws(LINE.replace('"doc":"甲法"', '"doc":"《中华人民共和国甲法》"').encode())
    assert len(read_laws(merged(read_laws(LINE.encode()), new))) == 1
    assert changes(read_laws(LINE.encode()), new) == ()


def test_any_other_standing_is_a_change() -> None:
    old = read_laws(LINE.encode())
    new = read_laws(LINE.replace("现行有效", "已废止").encode())
    assert [(one and one.status, two and two.status) for one, two in changes(old, new)] == [
        ("现行有效", "已废止")
    ]


@pytest.mark.parametrize(
    ("status", "is_old"),
    [
        ("现行有效", False),
        ("库存快照", False),
        ("尚未废止", False),
        ("旧/过渡版本", True),
        ("已废止", True),
        ("失效", True),
    ],
)
def test_a_text_out_of_force_is_old(status: str, is_old: bool) -> None:
    assert Article("甲法", "甲法", "1", "第一条", 1, 0, "文", status).is_old is is_old


def test_a_law_is_found_by_the_names_people_give() -> None:
    laws = load_laws()
    title = "最高人民法院关于审理工伤保险行政案件若干问题的规定"
    for law, label, found in (
        ("《中华人民共和国安全生产法》", "第3条", ("安全生产法", "第三条")),
        ("刑法", "第一百三十四条之一第（一）项", ("刑法", "第一百三十四条之一")),
        (title, "第三条第一款第（二）项", ("工伤保险行政案件规定_2014", "第三条")),
        ("安全生产法", "第 二十五 条第一款、第二款", ("安全生产法", "第二十五条")),
    ):
        article = laws.find(law, label)
        assert article is not None
        assert (article.doc, article.label) == found
    for law, label in (("", "第三条"), ("安全生产法", "第三"), ("安全生产法", "第三条附件")):
        assert laws.find(law, label) is None


def test_an_article_whose_number_is_wrong_is_not_found_by_number() -> None:
    laws = Laws([Article("甲法", "", "1", "第五条", 3, 0, "文", "现行有效")])
    assert laws.find("甲法", "第三条第一款") is None
    assert laws.find("中华人民共和国甲法", "第五条") is not None
