"""The shipped law articles and their digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from question_bank.errors import LawsError
from question_bank.laws import ARTICLES, load_laws

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


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawsError, match="laws-unreadable"):
        load_laws(tmp_path / "none.jsonl")
