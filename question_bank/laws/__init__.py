"""The law articles (法规条款) items rest on, held as package data with a digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from question_bank.errors import LawsError

ARTICLES = Path(__file__).parent / "articles.jsonl"
IN_FORCE = "现行有效"
_OLD = "旧"
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Article:
    """One article of one law in one version; `label` is its name in the text, as 第四十一条."""

    doc: str
    title: str
    version: str
    label: str
    no: int
    sub: int
    text: str
    status: str

    @property
    def is_in_force(self) -> bool:
        """Return whether the text was checked to be the one in force (现行有效)."""
        return self.status == IN_FORCE

    @property
    def is_old(self) -> bool:
        """Return whether a later text has replaced this one."""
        return self.status.startswith(_OLD)


class Laws:
    """The articles of all laws, found by law and label."""

    def __init__(self, articles: Iterable[Article], *, digest: str = "") -> None:
        """Hold the articles; refuse one that is there twice."""
        self.digest = digest
        self._articles: dict[tuple[str, str], Article] = {}
        for article in articles:
            place = (article.doc, article.label)
            if place in self._articles:
                raise LawsError("article-twice", law=article.doc, article=article.label)
            self._articles[place] = article

    def __len__(self) -> int:
        """Return the number of articles held."""
        return len(self._articles)

    def __iter__(self) -> Iterator[Article]:
        """Yield the articles in the order of the file."""
        return iter(self._articles.values())

    def find(self, law: str, label: str) -> Article | None:
        """Return the article of a law by its label, None when there is none."""
        return self._articles.get((law, label))


def load_laws(path: Path | None = None) -> Laws:
    """Return the articles of a JSON-lines file, the shipped one by default.

    A file `<name>.sha256` beside it must name its digest.
    Raises: LawsError: unreadable line, digest that differs, article twice.
    """
    return _load(path or ARTICLES)


def squeeze(text: str) -> str:
    """Return the text without blanks and line breaks, for word-for-word comparison."""
    return _BLANKS.sub("", text)


@cache
def _load(path: Path) -> Laws:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LawsError("laws-unreadable", file=path.name) from error
    digest = hashlib.sha256(data).hexdigest()
    named = path.with_name(path.name + ".sha256")
    if named.exists() and named.read_text(encoding="ascii").split()[:1] != [digest]:
        raise LawsError("laws-digest-differs", file=path.name, found=digest)
    return Laws(_articles(data, path.name), digest=digest)


def _articles(data: bytes, name: str) -> Iterator[Article]:
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            yield Article(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise LawsError("laws-bad-line", file=name, line=number) from error
