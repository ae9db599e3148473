"""Rules of attempts: deadline, letters, readings that agree, the digest at submission."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from exam_app.attempts.terms import Answer, Difference
from exam_app.core.errors import BadInput, RuleBroken

LETTERS = "ABCDEFGH"
# What is read of a script before its questions: the number printed on the copy (副本号).
COPY = 0
_MOST_DIGITS = 9
# A request that was sent in time may arrive this much later; the network is slow, not the rule.
GRACE = dt.timedelta(seconds=60)
# 判断题: how people write right and wrong; A is 正确, B is 错误 on the paper.
_SIGNS = str.maketrans({"√": "A", "✓": "A", "✔": "A", "T": "A", "×": "B", "✗": "B", "✘": "B"})
_IGNORED = " ,，、;；.。　\t"


class AnswerUnreadable(BadInput):
    """An answer is not letters A to H, each once (作答无法识读)."""

    code = "answer-unreadable"


class QuestionUnknown(BadInput):
    """The paper has no question of this number (题号不存在)."""

    code = "question-unknown"


class ReadingRefused(RuleBroken):
    """A reading of a script that may not be taken (录入不予接受)."""

    code = "reading-refused"


def deadline(
    started_at: dt.datetime, ends_at: dt.datetime, *, duration_minutes: int
) -> dt.datetime:
    """Return when the attempt is over: its duration, but never past the sitting's end."""
    return min(started_at + dt.timedelta(minutes=duration_minutes), ends_at)


def is_in_time(at: dt.datetime, deadline_at: dt.datetime) -> bool:
    """Return whether an answer that arrives now still counts, grace included."""
    return at <= deadline_at + GRACE


def field_of(question: int) -> str:
    """Return the name of the input of a question, where a refusal is shown."""
    return f"question_{question}"


def letters(text: str, *, question: int) -> str:
    """Return an answer as sorted letters, "" for a blank.

    Small and full-width letters, √ and ×, blanks and commas are understood.
    Raises: AnswerUnreadable: anything else, or a letter twice.
    """
    plain = unicodedata.normalize("NFKC", text).upper().translate(_SIGNS)
    plain = "".join(sign for sign in plain if sign not in _IGNORED)
    if any(sign not in LETTERS for sign in plain) or len(set(plain)) < len(plain):
        raise AnswerUnreadable(question=question, field=field_of(question))
    return "".join(sorted(plain))


def copy_number(text: str, copies: Collection[int]) -> str:
    """Return the number of a copy as it is stored; 0 is the paper itself.

    Full-width digits and what is printed around the number (第…号) are understood.
    Raises: BadInput: none given (``copy-missing``), no such copy (``copy-unknown``).
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign not in " \t第号")
    if not plain:
        raise BadInput("copy-missing", field=field_of(COPY))
    readable = plain.isdecimal() and len(plain) <= _MOST_DIGITS
    if not readable or int(plain) not in copies:
        raise BadInput("copy-unknown", field=field_of(COPY), copy=plain[:20])
    return str(int(plain))


def check_copy(copy: int, *, spoiled: Collection[int], keyed: Mapping[int, str]) -> None:
    """Refuse a copy that was spoiled, or that another candidate's script is keyed with.

    Args: keyed: number of a copy → ticket of the script; 0, the paper itself, bears no number.
    Raises: RuleBroken: ``copy-spoiled``, ``copy-taken``.
    """
    if copy in spoiled:
        raise RuleBroken("copy-spoiled", field=field_of(COPY), copy=copy)
    if copy and copy in keyed:
        raise RuleBroken("copy-taken", field=field_of(COPY), copy=copy, ticket=keyed[copy])


def readable(
    answers: Mapping[int, str], *, questions: Iterable[int], copies: Collection[int] = ()
) -> dict[int, str]:
    """Return one normal answer for each of the questions; one left out is a blank.

    Args: copies: the numbers a copy may have, where COPY is among the questions.
    Raises: QuestionUnknown, AnswerUnreadable; BadInput: ``copy-missing``, ``copy-unknown``.
    """
    wanted = list(questions)
    unknown = sorted(set(answers) - set(wanted))
    if unknown:
        raise QuestionUnknown(question=unknown[0])
    return {
        each: copy_number(answers.get(each, ""), copies)
        if each == COPY
        else letters(answers.get(each, ""), question=each)
        for each in wanted
    }


def differences(first: Mapping[int, str], second: Mapping[int, str]) -> tuple[Difference, ...]:
    """Return the questions on which two readings of one script disagree, in order; COPY first."""
    return tuple(
        Difference(each, first.get(each, ""), second.get(each, ""))
        for each in sorted(set(first) | set(second))
        if first.get(each, "") != second.get(each, "")
    )


def check_resolved(answers: Mapping[int, str], open_: Iterable[int]) -> None:
    """Refuse a third reading that is not about exactly the differing questions.

    Raises: ReadingRefused: ``reading-not-the-differences``.
    """
    wanted = set(open_)
    if set(answers) != wanted:
        raise ReadingRefused(
            "reading-not-the-differences", questions="、".join(map(str, sorted(wanted)))
        )


def responses_digest(
    *,
    entry_id: int,
    paper_id: int,
    responses: Iterable[Answer],
    events: int,
    copy: int | None = None,
) -> str:
    """Return the SHA-256 over what was answered, as the trail keeps it at submission (hex).

    Args: events: how many changes the append-only log holds; copy: the number of the copy whose
        order the responses follow, None for the paper's own.
    """
    held: dict[str, object] = {
        "entry": entry_id,
        "events": events,
        "paper": paper_id,
        "responses": sorted([each.question, each.value, each.seq] for each in responses),
    }
    if copy is not None:
        held["copy"] = copy
    text = json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
