"""An item (试题) and what makes one valid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from question_bank.errors import ItemError
from question_bank.laws import Laws, squeeze
from question_bank.lengths import too_long

LETTERS = "ABCDEFGH"
ALL_INDUSTRIES = "all"
TRUE_FALSE_OPTIONS = ("正确", "错误")


class ItemType(StrEnum):
    """The item types held, in the order of the sections of a paper (单选、多选、判断)."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class Level(StrEnum):
    """The cognitive level (认知层次) an item asks for: 识记、理解、应用."""

    KNOW = "know"
    UNDERSTAND = "understand"
    APPLY = "apply"


class Category(StrEnum):
    """The personnel categories (三类人员) an item may be put to."""

    DEPUTY_HEAD = "deputy_head"
    SAFETY_MANAGER = "safety_manager"
    TEAM_LEADER = "team_leader"


@dataclass(frozen=True, slots=True)
class Option:
    """One option (选项) of an item with what the examining side knows of it."""

    letter: str
    text: str
    is_key: bool
    rationale: str


@dataclass(frozen=True, slots=True)
class ItemSet:
    """A case (案例): the stem that 3 to 5 dependent items share; each of them carries it."""

    id: str
    stem: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture an item shows, named by the SHA-256 of its file; `alt` says it in words."""

    digest: str
    media_type: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item (试题) in one version.

    `key` holds option indexes from 0. A true_false item has the options 正确, 错误 and one
    rationale at most; other types have no rationale or one per option, "" where none is needed.
    `facility` is the expected share correct (难度), 0..1.
    """

    id: str
    type: ItemType
    topic: str
    stem: str
    options: tuple[str, ...]
    key: frozenset[int]
    industries: tuple[str, ...] = (ALL_INDUSTRIES,)
    categories: tuple[str, ...] = tuple(Category)
    level: Level = Level.KNOW
    facility: Decimal = Decimal("0.70")
    law: str = ""
    article: str = ""
    law_version: str = ""
    quote: str = ""
    rationale: tuple[str, ...] = ()
    explanation: str = ""
    version: int = 1
    item_set: ItemSet | None = None
    enemies: frozenset[str] = frozenset()
    """Ids of the items that must not stand in one paper with this one, as one answers the other."""
    figures: tuple[Figure, ...] = ()

    @property
    def uid(self) -> str:
        """Return what names this item in this version: "id@version"."""
        return f"{self.id}@{self.version}"

    def lettered(self) -> tuple[Option, ...]:
        """Return the options with their letters; a true_false rationale stands at the wrong one."""
        return tuple(
            Option(LETTERS[index], text, index in self.key, self._rationale_of(index))
            for index, text in enumerate(self.options)
        )

    def _rationale_of(self, index: int) -> str:
        if self.type is ItemType.TRUE_FALSE:
            return "" if index in self.key else "".join(self.rationale)
        return self.rationale[index] if index < len(self.rationale) else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found wrong with an item; a warning is looked at, an error keeps it out."""

    code: str
    facts: tuple[tuple[str, str], ...] = ()
    is_error: bool = True

    def __str__(self) -> str:
        """Return the code followed by its facts."""
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.facts)])


def problem(code: str, **facts: object) -> Problem:
    """Return an error with its facts as text, in the order given."""
    return Problem(code, tuple((name, str(value)[:_LONGEST_FACT]) for name, value in facts.items()))


def warning(code: str, **facts: object) -> Problem:
    """Return a warning with its facts as text, in the order given."""
    return replace(problem(code, **facts), is_error=False)


def key_from_letters(text: str, item_type: ItemType) -> frozenset[int]:
    """Return the option indexes an answer written in letters names.

    Full-width letters, small letters, blanks and commas are understood; true_false takes T or F,
    正确/错误, 对/错, √/×.
    Raises: ItemError bad-key: anything else, or a letter twice.
    """
    plain = _plain_letters(text)
    if item_type is ItemType.TRUE_FALSE:
        if plain not in _TRUE_FALSE_WORDS:
            raise ItemError("bad-key", key=text)
        return frozenset({_TRUE_FALSE_WORDS[plain]})
    if not plain or any(letter not in LETTERS for letter in plain) or len(set(plain)) < len(plain):
        raise ItemError("bad-key", key=text)
    return frozenset(LETTERS.index(letter) for letter in plain)


def facility_of(text: str) -> Decimal:
    """Return the share correct (难度) a text says: 0..1, at most four decimals.

    Raises: ItemError: not-a-number; bad-facility: out of range or finer than four decimals.
    """
    plain = text.strip()
    try:
        number = Decimal(plain if len(plain) <= _LONGEST_NUMBER else "NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ItemError("not-a-number", value=plain[:_LONGEST_NUMBER])
    if not _is_facility(number):
        raise ItemError("bad-facility", value=plain)
    is_short = number.as_tuple().exponent in range(-4, 1)
    return (number if is_short else number.quantize(_FINEST).normalize()).copy_abs()


def letters_from_key(key: frozenset[int], item_type: ItemType) -> str:
    """Return the key in letters, A first; T or F for a true_false item."""
    if item_type is ItemType.TRUE_FALSE:
        return "".join("TF"[index] for index in sorted(key))
    return "".join(LETTERS[index] for index in sorted(key))


def is_at_or_below(topic: str, node: str) -> bool:
    """Return whether a dotted topic (知识点) is the node itself or lies below it."""
    return topic == node or topic.startswith(node + ".")


def suits(item: Item, *, industry: str, category: str) -> bool:
    """Return whether an item may be put to this personnel category of this industry."""
    in_industry = ALL_INDUSTRIES in item.industries or industry in item.industries
    return in_industry and category in item.categories


def is_topic(text: str) -> bool:
    """Return whether a text has the form of a topic (知识点), as A.4.1."""
    return _TOPIC.fullmatch(text) is not None


def are_enemies(one: Item, other: Item) -> bool:
    """Return whether either item names the other as its enemy (互斥)."""
    return other.id in one.enemies or one.id in other.enemies


def validate(item: Item) -> list[Problem]:
    """Return what is wrong with an item in itself, errors and warnings; empty when nothing is."""
    return [
        *_identity_problems(item),
        *_text_problems(item),
        *_option_problems(item),
        *_key_problems(item),
        *_rationale_problems(item),
        *_basis_problems(item),
        *_company_problems(item),
    ]


def is_incomplete(found: Problem) -> bool:
    """Return whether a problem is a gap to fill before review: topic or basis not yet named."""
    return found.code in _GAPS


def check_against_laws(item: Item, laws: Laws) -> list[Problem]:
    """Return what is wrong with the article an item rests on.

    The quote must stand in the article word for word; only blanks and line breaks may differ.
    """
    if not item.law or not item.article:
        return []
    facts = {"law": item.law, "article": item.article}
    article = laws.find(item.law, item.article)
    if article is None:
        return [problem("article-unknown", **facts)]
    found = []
    if article.is_old:
        found.append(problem("law-old", **facts, status=article.status))
    elif not article.is_in_force:
        found.append(warning("law-unverified", **facts, status=article.status))
    if item.quote.strip() and squeeze(item.quote) not in squeeze(article.text):
        found.append(problem("quote-not-in-article", **facts, quote=item.quote))
    if item.law_version and item.law_version != article.version:
        found.append(problem("law-version-differs", **facts, held=article.version))
    return found


def with_named_article(item: Item, laws: Laws) -> Item:
    """Return the item with law and article under the names they are held by.

    中华人民共和国安全生产法 第三条第二款 becomes 安全生产法 第三条; an article not held stays.
    """
    article = laws.find(item.law, item.article)
    if article is None or (item.law, item.article) == (article.doc, article.label):
        return item
    return replace(item, law=article.doc, article=article.label)


def with_law_version(item: Item, laws: Laws) -> Item:
    """Return the item with law and article as held, and with its version where it names none."""
    article = laws.find(item.law, item.article)
    named = with_named_article(item, laws)
    if named.law_version or article is None:
        return named
    return replace(named, law_version=article.version)


_GAPS = frozenset({"topic-missing", "law-missing", "article-missing", "quote-missing"})
_FULL_WIDTH = str.maketrans("ＡＢＣＤＥＦＧＨａｂｃｄｅｆｇｈＴＦｔｆ", "ABCDEFGHABCDEFGHTFTF")
_TRUE_FALSE_WORDS = {
    "T": 0, "TRUE": 0, "正确": 0, "对": 0, "√": 0,
    "F": 1, "FALSE": 1, "错误": 1, "错": 1, "×": 1,
}  # fmt: skip
_ID = re.compile(r"[\w.\-]+")
_FINEST = Decimal("0.0001")
_LONGEST_NUMBER, _LONGEST_FACT = 40, 2_000
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_TOPIC = re.compile(r"[A-Z](\.[A-Z0-9]+)*")
_ALL_OF_THEM = re.compile(
    r"(以上|上述|前述)?(所有)?(选项|各项|几项|三项|说法|答案)?"
    r"(都|均|皆|全部?)(不)?(是|对|正确|错误?|非|可以?|符合)|以上.{0,4}(没有|无)(正确|一项)?.{0,3}"
)
_NAMES_OPTIONS = re.compile(r"[A-H]\s*[、和与及或]\s*[A-H]")


def _plain_letters(text: str) -> str:
    return re.sub(r"[\s,，、;；]", "", text.translate(_FULL_WIDTH).upper())


def _identity_problems(item: Item) -> Iterator[Problem]:
    if not _ID.fullmatch(item.id):
        yield problem("bad-id", id=item.id)
    if item.version < 1:
        yield problem("bad-version", version=item.version)
    if not item.topic:
        yield problem("topic-missing")
    elif not is_topic(item.topic):
        yield problem("bad-topic", topic=item.topic)
    if not _is_facility(item.facility):
        yield problem("facility-out-of-range", facility=item.facility)
    if not item.industries:
        yield problem("no-industry")
    if not item.categories:
        yield problem("no-category")
    for category in item.categories:
        if category not in tuple(Category):
            yield problem("unknown-category", category=category)


def _is_facility(number: Decimal) -> bool:
    """Return whether a number is finite, 0..1, has at most four decimals, and is short to write."""
    is_short = number.as_tuple().exponent in range(-_LONGEST_NUMBER, 1)
    return is_short and 0 <= number <= 1 and number == number.quantize(_FINEST)


def _text_problems(item: Item) -> Iterator[Problem]:
    if not item.stem.strip():
        yield problem("stem-empty")
    case = item.item_set.stem if item.item_set else ""
    named = {"stem": item.stem, "case": case, "quote": item.quote, "explanation": item.explanation}
    named |= {f"option {letter}": text for letter, text in _by_letter(item.options)}
    for field, limit, length in too_long(item):
        yield problem("too-long", field=field, limit=limit, found=length)
    for field, text in named.items():
        if text != text.strip():
            yield problem("untrimmed", field=field)
        if _CONTROL.search(text):
            yield problem("control-character", field=field)


def _by_letter(options: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(LETTERS, options, strict=False)


def _option_problems(item: Item) -> Iterator[Problem]:
    if item.type is ItemType.TRUE_FALSE:
        if item.options != TRUE_FALSE_OPTIONS:
            yield problem("true-false-options")
        return
    if len(item.options) < 2:
        yield problem("too-few-options", count=len(item.options))
    if len(item.options) > len(LETTERS):
        yield problem("too-many-options", count=len(item.options))
    seen: dict[str, str] = {}
    for letter, text in _by_letter(item.options):
        bare = squeeze(text)
        if not bare:
            yield problem("option-empty", option=letter)
        elif bare in seen:
            yield problem("option-repeated", option=letter, same_as=seen[bare])
        seen.setdefault(bare, letter)
        if _ALL_OF_THEM.fullmatch(bare.rstrip("。")):
            yield problem("all-of-the-above", option=letter)
        if _NAMES_OPTIONS.search(text):
            yield problem("option-names-options", option=letter)


def _key_problems(item: Item) -> Iterator[Problem]:
    outside = sorted(index for index in item.key if not 0 <= index < len(item.options))
    if outside:
        yield problem("key-not-among-options", index=outside[0])
    if not item.key:
        yield problem("key-empty")
    elif item.type is ItemType.MULTIPLE:
        if len(item.key) < 2:
            yield problem("multiple-needs-two-keys", count=len(item.key))
    elif len(item.key) != 1:
        yield problem("needs-one-key", count=len(item.key))


def _rationale_problems(item: Item) -> Iterator[Problem]:
    if any("\n" in text for text in item.rationale):
        yield problem("rationale-line-break")
    if item.type is ItemType.TRUE_FALSE:
        if len(item.rationale) > 1:
            yield problem("rationale-count", count=len(item.rationale), expected=1)
        return
    if item.rationale and len(item.rationale) != len(item.options):
        yield problem("rationale-count", count=len(item.rationale), expected=len(item.options))
        return
    wrong = [index for index in range(len(item.options)) if index not in item.key]
    if any(not item.rationale or not item.rationale[index].strip() for index in wrong):
        yield warning("rationale-missing")


def _basis_problems(item: Item) -> Iterator[Problem]:
    for field in ("law", "article", "quote"):
        if not getattr(item, field).strip():
            yield problem(f"{field}-missing")


def _company_problems(item: Item) -> Iterator[Problem]:
    if item.id in item.enemies:
        yield problem("enemy-of-itself")
    if item.item_set is None:
        return
    if not _ID.fullmatch(item.item_set.id):
        yield problem("bad-set-id", set=item.item_set.id)
    if not item.item_set.stem.strip():
        yield problem("set-stem-empty", set=item.item_set.id)
