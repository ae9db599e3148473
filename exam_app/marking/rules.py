"""Rules of marking: marks to outcome, who may repeat, what a changed key does."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.marking.terms import Outcome
from exam_app.policy.profile import ResolvedProfile, Source
from question_bank import ItemType, KeyEntry, PartialCredit, score

LETTERS = "ABCDEFGH"
EVERYBODY = "ALL"
# The look-up of one's own result: tries of one ticket, and of one address, in one stretch.
LOOK_UPS_PER_TICKET = 5
LOOK_UPS_PER_ADDRESS = 60
LOOK_UP_MINUTES = 15
_THOUSANDTH = Decimal("0.001")
_CREDIT = {
    "half-for-subset": PartialCredit.SUBSET_HALF,
    "all-or-nothing": PartialCredit.ALL_OR_NOTHING,
}


class NotMarkable(RuleBroken):
    """The sitting's answers are not complete, or not as they were handed in (不能阅卷)."""

    code = "not-markable"


class NoRetake(RuleBroken):
    """No retake may be granted (不能安排补考)."""

    code = "no-retake"


@dataclass(frozen=True)
class Taken:
    """One attempt of a person: which, how it ended (None: not released), whether it was void."""

    number: int
    outcome: Outcome | None
    void: bool

    @property
    def is_undone(self) -> bool:
        """Return whether it was sat in vain: that attempt is given again."""
        return self.void and self.outcome in (Outcome.PASS, Outcome.FAIL)


@dataclass(frozen=True)
class Next:
    """What may be sat: a retake after the attempt at this place, or that attempt repeated."""

    place: int
    is_repeat: bool


@dataclass(frozen=True)
class PassRule:
    """The marks of a paper that pass, and how part marks are given, with their clauses."""

    full_marks: int
    pass_mark: Decimal
    partial: PartialCredit
    clause: str

    def outcome(self, total: Decimal) -> Outcome:
        """Return pass from the pass mark on, else fail."""
        return Outcome.PASS if total >= self.pass_mark else Outcome.FAIL


@dataclass(frozen=True)
class Effect:
    """What a changed key does to one result; marks in points."""

    result_id: int
    before: Decimal
    after: Decimal
    outcome_before: Outcome
    outcome_after: Outcome

    @property
    def crosses(self) -> bool:
        """Return whether the result crosses the pass mark."""
        return self.outcome_before is not self.outcome_after

    def as_dict(self) -> dict[str, int | str]:
        """Return the effect as JSON values; marks are exact strings."""
        return {
            "result_id": self.result_id,
            "before": str(self.before),
            "after": str(self.after),
            "outcome_before": self.outcome_before.value,
            "outcome_after": self.outcome_after.value,
        }

    @classmethod
    def from_dict(cls, held: Mapping[str, int | str]) -> Effect:
        """Return the effect that was stored."""
        return cls(
            int(held["result_id"]),
            Decimal(held["before"]),
            Decimal(held["after"]),
            Outcome(str(held["outcome_before"])),
            Outcome(str(held["outcome_after"])),
        )


def clause_line(source: Source) -> str:
    """Return document, clause and quoted words, or the source of a local choice."""
    if source.quote:
        return f"{source.document} {source.clause}「{source.quote}」"
    return source.source


def pass_rule(policy: ResolvedProfile, *, full_marks: int) -> PassRule:
    """Return what passes on a paper of these full marks, under the class's profile.

    A paper of other full marks keeps the share exactly: rounded up to a thousandth, which no sum
    of marks (hundredths) can tell from the exact share.
    Source: profile exam.pass_mark of exam.full_marks, exam.multiple_choice_credit.
    """
    share = policy.number("exam.pass_mark") * full_marks / policy.number("exam.full_marks")
    return PassRule(
        full_marks,
        share.quantize(_THOUSANDTH, ROUND_CEILING),
        _CREDIT[policy.text("exam.multiple_choice_credit")],
        clause_line(policy.source("exam.pass_mark")),
    )


def choice_of(letters: str) -> frozenset[int]:
    """Return the option indexes of stored letters; an empty answer is no choice."""
    return frozenset(LETTERS.index(letter) for letter in letters)


def letters_of(chosen: Iterable[int]) -> str:
    """Return option indexes as stored letters, sorted."""
    return "".join(LETTERS[index] for index in sorted(chosen))


def regraded(response: str, entry: KeyEntry, new_key: str, *, partial: PartialCredit) -> Decimal:
    """Return the marks of an answer under a changed key (更正答案).

    ``ALL`` gives everybody the full marks. Where one option is to be chosen, each letter of the
    new key is a right answer by itself.
    """
    if new_key == EVERYBODY:
        return entry.marks
    chosen, right = choice_of(response), choice_of(new_key)
    if entry.item_type is not ItemType.MULTIPLE:
        return entry.marks if len(chosen) == 1 and chosen <= right else Decimal(0)
    return score(chosen, right, item_type=entry.item_type, marks=entry.marks, partial=partial)


def read_key(text: str) -> str:
    """Return a changed key as it is stored: sorted letters, or ``ALL``.

    Raises: BadInput: ``new-key-unreadable``.
    """
    plain = text.strip().upper().replace(" ", "").replace("，", "").replace(",", "")
    if plain in (EVERYBODY, "全部给分", "全体得分"):
        return EVERYBODY
    letters = set(plain)
    if not plain or not letters <= set(LETTERS) or len(letters) < len(plain):
        raise BadInput("new-key-unreadable", field="new_key")
    return "".join(sorted(plain))


def check_question(question: int, entries: Iterable[KeyEntry]) -> KeyEntry:
    """Return the key entry of a question. Raises: BadInput: ``question-unknown``."""
    for entry in entries:
        if entry.number == question:
            return entry
    raise BadInput("question-unknown", field="question", question=question)


def check_all_in(
    *, open_entries: Collection[str], without_attempt: Collection[str], changed: Collection[str]
) -> None:
    """Pass a sitting whose candidates are all accounted for (试卷清点完毕).

    Args: ticket numbers of entries nobody closed, of those let in without a submitted attempt,
        and of attempts whose stored answers differ from their digest.
    Raises: NotMarkable, with the tickets.
    """
    for code, tickets in (
        ("entries-open", open_entries),
        ("attempts-missing", without_attempt),
        ("responses-changed", changed),
    ):
        if tickets:
            raise NotMarkable(code, tickets="、".join(sorted(tickets)), count=len(tickets))


def next_attempt(history: Sequence[Taken], policy: ResolvedProfile) -> Next | None:
    """Return what a person may sit next (补考、重考), None where nothing is left.

    What was sat in a void sitting counts as no attempt and is repeated; who was absent there or
    barred gains nothing by it. Otherwise a failed or missed first attempt leaves one retake.
    Args: history: the attempts of one enrolment in their order.
    Source: 伊应急函〔2025〕41号 四（五） "考试不合格可允许补考一次"; exam.disqualified_ends.
    """
    outcomes = [each.outcome for each in history]
    barred = Outcome.DISQUALIFIED in outcomes and policy.flag("exam.disqualified_ends")
    passed = any(each.outcome is Outcome.PASS and not each.void for each in history)
    if barred or passed or None in outcomes:
        return None
    last = {each.number: place for place, each in enumerate(history)}
    for number in sorted(last):
        if history[last[number]].is_undone:
            return Next(last[number], is_repeat=True)
    if set(last) == {1} and policy.count("exam.retakes") >= 1:
        return Next(last[1], is_repeat=False)
    return None


def check_retake(
    *,
    policy: ResolvedProfile,
    is_first: bool,
    granted: bool,
    waiting: bool,
    released: bool,
    repeaters: int,
) -> None:
    """Pass a sitting after which another may be held: released, with somebody to sit.

    Args: granted: a retake of the class is scheduled already; waiting: its results are not out.
    """
    clause = clause_line(policy.source("exam.retakes"))
    if waiting:
        raise NoRetake("retake-granted", clause=clause)
    if not released:
        raise NoRetake("retake-before-release")
    if not repeaters:
        code = "retake-granted" if granted else "retake-nobody"
        raise NoRetake(code if is_first else "retake-of-retake", clause=clause)


def retake_until(policy: ResolvedProfile, released_at: dt.datetime) -> dt.datetime:
    """Return when the retake should have begun, at the latest (补考期限)."""
    return released_at + dt.timedelta(days=policy.count("exam.retake_within_days"))


def check_retake_time(
    policy: ResolvedProfile, *, starts_at: dt.datetime, released_at: dt.datetime, reason: str
) -> None:
    """Pass a retake within its days, or later for a recorded reason."""
    if starts_at > retake_until(policy, released_at) and not reason.strip():
        raise NoRetake(
            "retake-late",
            field="reason",
            days=policy.count("exam.retake_within_days"),
            clause=clause_line(policy.source("exam.retake_within_days")),
        )


def normal_ticket(text: str) -> str:
    """Return a typed ticket number as it is stored; what can't be one comes back as it is.

    Full-width digits, blanks and missing hyphens do not matter.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(sign for sign in plain if sign not in " -－—")
    if not digits.isdecimal() or len(digits) < 20:
        return plain
    return f"{digits[:6]}-{digits[6:12]}-{digits[12:-4]}-{digits[-4:]}"


def normal_name(text: str) -> str:
    """Return a name as it is compared: width, blanks and the dots of names do not matter."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if not sign.isspace() and sign not in "·•・.")


def same_name(given: str, held: str) -> bool:
    """Return whether two names are one, in a time that does not depend on where they differ."""
    first, second = (hashlib.sha256(normal_name(each).encode()).digest() for each in (given, held))
    return hmac.compare_digest(first, second)
