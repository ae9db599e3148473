"""The notices' own words (政策原文): does a quote stand in its clause, and the number in it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files

from exam_app.policy.errors import PolicyError
from exam_app.policy.profile import Kind, Leaf, Profile

DIGITS = "零一二三四五六七八九十"
CLAUSE = re.compile(r"(附件|[一二三四五六七八九十]+)(?:\(([一二三四五六七八九十]+)\))?(\d+)?")
NUMBER = re.compile(
    r"(?P<share>\d+(?:\.\d+)?)%|(?P<over>\d+)/(?P<under>[1-9]\d*)|(?P<myriad>\d+)万"
    r"|(?P<plain>\d+(?:\.\d+)?)|(?P<half>每半年)|(?P<whole>全覆盖|全部完成)"
    r"|(?P<chinese>[一二两三四五六七八九十])(?=年|次|人|名)"
)
MARKS = str.maketrans({"“": '"', "”": '"', "〔": "[", "〕": "]", "﹝": "[", "﹞": "]", "—": "-"})
DAY = re.compile(r"(?:(?P<year>20\d\d)年)?(?:(?P<month>\d{1,2})月)?[底末]前?")


def normalise(text: str) -> str:
    """Return the text without white space, full-width signs made half-width."""
    folded = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in text)
    return re.sub(r"\s+", "", folded.translate(MARKS))


@cache
def notice_text(notice: str) -> str:
    """Return the notice as it was published, page breaks and all.

    Raises: PolicyError: nobody has this notice.
    """
    path = files("exam_app.policy").joinpath("notices", f"{notice}.txt")
    if not re.fullmatch(r"\d{3}", notice) or not path.is_file():
        raise PolicyError("policy-unknown-notice", notice=notice)
    return path.read_text("utf-8")


@cache
def clause_text(notice: str, clause: str) -> str:
    """Return the lines under a clause such as ``四(五)`` or ``三(一)2``, its sub-clauses included.

    Raises: PolicyError: the notice has no such clause.
    """
    parts = CLAUSE.fullmatch(clause)
    if parts is None:
        raise PolicyError("policy-unknown-clause", notice=notice, clause=clause)
    lines = notice_text(notice).splitlines()
    for level, part in enumerate(parts.groups()):
        if part is not None:
            lines = _section(lines, level, part)
    if not lines:
        raise PolicyError("policy-unknown-clause", notice=notice, clause=clause)
    return "\n".join(lines)


def stands(leaf: Leaf) -> bool:
    """Return whether the leaf's quote stands word for word under the clause it names."""
    return normalise(leaf.quote) in normalise(clause_text(leaf.notice, leaf.clause))


def numbers_in(text: str) -> set[Fraction]:
    """Return the numbers a text says: ``60%`` as 3/5, ``1/4``, ``三年``, ``全覆盖`` as 1."""
    return {_number(found) for found in NUMBER.finditer(normalise(text))}


def missing_numbers(leaf: Leaf) -> list[str]:
    """Return the leaf's numbers and days its quote does not say; [] when all are there."""
    if leaf.kind is Kind.DATE:
        return [] if _says_day(leaf) else [str(leaf.value)]
    said = numbers_in(leaf.quote)
    held = [one for one in (leaf.min, leaf.max, leaf.value) if one is not None]
    numbers = [one for one in held if isinstance(one, Decimal | int) and type(one) is not bool]
    return [str(one) for one in numbers if Fraction(one) not in said]


def check_quotes(profile: Profile) -> list[tuple[str, str]]:
    """Return (key, what is wrong) of each leaf whose words do not carry it; [] when all do."""
    wrong = []
    for key, leaf in profile.leaves.items():
        if not leaf.notice:
            continue
        if not stands(leaf):
            wrong.append((key, "quote"))
        wrong += [(key, number) for number in missing_numbers(leaf)]
    return wrong


def _number(found: re.Match[str]) -> Fraction:
    held = found.groupdict()
    if held["share"]:
        return Fraction(held["share"]) / 100
    if held["over"]:
        return Fraction(int(held["over"]), int(held["under"]))
    if held["myriad"]:
        return Fraction(held["myriad"]) * 10000
    if held["half"]:
        return Fraction(6)
    if held["whole"]:
        return Fraction(1)
    if held["chinese"]:
        return Fraction(2 if held["chinese"] == "两" else DIGITS.index(held["chinese"]))
    return Fraction(held["plain"])


def _says_day(leaf: Leaf) -> bool:
    """Return whether the quote says the last day of this month or year.

    A year plan says 年底 of the year in its own title.
    """
    if not isinstance(leaf.value, dt.date):
        return False
    day, following = leaf.value, leaf.value + dt.timedelta(days=1)
    if following.day != 1:
        return False
    for found in DAY.finditer(normalise(leaf.quote)):
        year = found["year"] or _title_year(leaf.notice)
        month = int(found["month"]) if found["month"] else 12
        if (int(year), month) == (day.year, day.month):
            return True
    return False


def _title_year(notice: str) -> str:
    found = re.search(r"(20\d\d)年度", normalise(notice_text(notice)))
    return found[1] if found else "0"


def _section(lines: list[str], level: int, part: str) -> list[str]:
    """Return the lines from the heading ``part`` of this level to the next one as high."""
    start = next((n for n, line in enumerate(lines) if _heading(line) == (level, part)), None)
    if start is None:
        return []
    rest = lines[start + 1 :]
    ends = [n for n, line in enumerate(rest) if (head := _heading(line)) and head[0] <= level]
    return [lines[start], *(rest[: ends[0]] if ends else rest)]


def _heading(line: str) -> tuple[int, str] | None:
    """Return level (0 一、 1 （一） 2 1.) and number of a heading line, None for any other."""
    bare = normalise(line).lstrip("#")
    if bare in ("附件", "附件:"):
        return 0, "附件"
    levels = (r"([一二三四五六七八九十]+)、", r"\(([一二三四五六七八九十]+)\)", r"(\d+)\.(?!\d)")
    for level, shape in enumerate(levels):
        if found := re.match(shape, bare):
            return level, found[1]
    return None
