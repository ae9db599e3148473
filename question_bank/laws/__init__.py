"""The law articles (法规条款) items rest on, held as package data with a digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from question_bank.errors import LawsError
from question_bank.laws.naming import bare_name, place_of

ARTICLES = Path(__file__).parent / "articles.jsonl"
IN_FORCE = "现行有效"
_OLD = re.compile(r"旧|.*(?<![未不])(?:废止|失效)", re.DOTALL)
_NOT_HELD = frozenset({"doc_type", "part", "chapter", "section", "file"})
_LONGEST: Mapping[str, int] = {
    "doc": 80, "title": 200, "version": 120, "label": 40, "text": 20_000, "status": 40,
}  # fmt: skip
_NEEDED = frozenset({"doc", "label", "text"})
_NUMBERS = ("no", "sub")
_MOST = 100_000
_UNHELD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
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
        """Return whether a later text has replaced this one, or it is 废止 or 失效."""
        return _OLD.match(self.status) is not None


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
        self._docs: dict[str, str] = {}
        self._numbered: dict[tuple[str, int, int], Article] = {}
        for article in self:
            self._numbered.setdefault((article.doc, article.no, article.sub), article)
            self._docs.setdefault(bare_name(article.doc), article.doc)
        for article in self:
            self._docs.setdefault(bare_name(article.title), article.doc)
        self._docs.pop("", None)

    def __len__(self) -> int:
        """Return the number of articles held."""
        return len(self._articles)

    def __iter__(self) -> Iterator[Article]:
        """Yield the articles in the order of the file."""
        return iter(self._articles.values())

    def held(self, doc: str, label: str) -> Article | None:
        """Return the article of exactly this law and label, None when there is none."""
        return self._articles.get((doc, label))

    def find(self, law: str, label: str) -> Article | None:
        """Return the article of a law as people name both, None when there is none.

        A law may stand in 《》, with 中华人民共和国 or by its title; an article as 第3条, with its
        paragraph or item behind it (第三条第二款).
        """
        found = self._articles.get((law, label))
        doc = self._docs.get(bare_name(law))
        if found is not None or doc is None:
            return found
        place = place_of(label)
        if (doc, label) in self._articles or place is None:
            return self._articles.get((doc, label))
        numbered = self._numbered.get((doc, *place))
        return numbered if numbered and place_of(numbered.label) == place else None


def load_laws(path: Path | None = None) -> Laws:
    """Return the articles of a JSON-lines file, the shipped one by default.

    A folder stands for its `articles.jsonl`; fields of a collection that we do not hold, as its
    chapters, are passed over. A file `<name>.sha256` beside it must name its digest.
    Raises: LawsError: unreadable line, digest that differs, article twice.
    """
    place = path or ARTICLES
    return _load(place / ARTICLES.name if place.is_dir() else place)


def read_laws(data: bytes, name: str = ARTICLES.name) -> Laws:
    """Return the articles of a JSON-lines file's content; what `merged` makes of them reads too.

    Raises: LawsError: unreadable line, article twice.
    """
    return Laws(_articles(data, name), digest=hashlib.sha256(data).hexdigest())


def changes(old: Laws, new: Laws) -> tuple[tuple[Article | None, Article | None], ...]:
    """Return the articles whose words or standing differ, old beside new.

    None stands for an article that came or went; blanks and line breaks do not count.
    """
    pairs = [(article, new.held(article.doc, article.label)) for article in old]
    came = [(None, article) for article in new if old.held(article.doc, article.label) is None]
    return (*((one, other) for one, other in pairs if _differs(one, other)), *came)


def merged(old: Laws, new: Laws) -> bytes:
    """Return as JSON lines the old articles with each law of the new ones in its new version."""
    renewed = {article.doc for article in new}
    kept = [article for article in old if article.doc not in renewed]
    lines = [json.dumps(asdict(article), ensure_ascii=False) for article in [*kept, *new]]
    return "".join(f"{line}\n" for line in lines).encode()


def _differs(one: Article, other: Article | None) -> bool:
    return other is None or (squeeze(one.text), one.status) != (squeeze(other.text), other.status)


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
    return read_laws(data, path.name)


def _articles(data: bytes, name: str) -> Iterator[Article]:
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            yield _article(json.loads(line.decode("utf-8-sig")))
        except (ValueError, TypeError, RecursionError) as error:
            raise LawsError("laws-bad-line", file=name, line=number) from error


def _article(row: object) -> Article:
    """Return the article of a line. Raises: ValueError, TypeError: it holds none."""
    if not isinstance(row, dict):
        raise TypeError(type(row))
    fields = {name: value for name, value in row.items() if name not in _NOT_HELD}
    for name, limit in _LONGEST.items():
        value = fields.get(name)
        if not isinstance(value, str) or len(value) > limit or _UNHELD.search(value):
            raise ValueError(name)
        if name in _NEEDED and not value.strip():
            raise ValueError(name)
    for name in _NUMBERS:
        if type(fields.get(name)) is not int or not 0 <= fields[name] < _MOST:
            raise ValueError(name)
    # A law has one name, so that a new version of it takes the place of the old.
    return Article(**{**fields, "doc": bare_name(fields["doc"]) or fields["doc"]})
