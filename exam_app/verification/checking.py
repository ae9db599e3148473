"""Looking certificates up, many at a time: pairs of number and name, signatures, states on file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import select, tuple_

from exam_app.certificates import keys, listing, record, registry
from exam_app.certificates.models import Certificate
from exam_app.certificates.record import CertificateRecord, Verdict
from exam_app.certificates.terms import Reason, Standing
from exam_app.config import Config
from exam_app.core.db import session
from exam_app.core.errors import BadInput
from exam_app.verification import bulk, rules
from exam_app.verification.adapter import Asked
from exam_app.verification.terms import STANDING, Outcome, Way

PIECE = 400
Pair = tuple[str, str]


@dataclass(frozen=True)
class Checked:
    """What was found of one asked certificate; ``record`` only where its signature holds."""

    asked: Asked
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    record: CertificateRecord | None = None

    @property
    def stated(self) -> dict[str, Any] | None:
        """Return the signed fields that are shown: what the public page shows, no more."""
        if self.record is None:
            return None
        plain = record.as_plain(self.record)
        wanted = ("number", "name", "id_tail", "class_kind", "category", "issued_on", "expires_on")
        return {name: plain[name] for name in wanted} | {"hours": plain["hours"][0]}


@dataclass(frozen=True)
class Looked:
    """What was looked up: answers that are final, and the records still to be held to the light.

    Args: texts: place among the answers, and the record as text.
    """

    found: tuple[Checked, ...]
    texts: tuple[tuple[int, str], ...]
    missed: int


def asks_by_number(asked: Sequence[Asked]) -> bool:
    """Return whether anything is asked by number and name."""
    return any(not each.problem and each.way is Way.NUMBER for each in asked)


def look_up(asked: Sequence[Asked], *, misses_left: int) -> Looked:
    """Return what number and name lead to, in the order asked.

    An unknown number and a wrong name are told alike. Once as many rows as are left matched
    nothing, no further row is looked up by number and name.
    """
    pairs = [_pair(each) for each in asked]
    held = _records_of({each for each in pairs if isinstance(each, tuple) and each[1]})
    found: list[Checked] = []
    texts: list[tuple[int, str]] = []
    missed = 0
    for each, pair in zip(asked, pairs, strict=True):
        early = _early(each, pair, over=missed >= misses_left)
        text = each.text if isinstance(pair, str) else held.get(pair, "")
        if early is None and not isinstance(pair, str) and not text:
            early, missed = Checked(each, Outcome.NOT_FOUND, ("not-found",)), missed + 1
        if early is None:
            texts.append((len(found), text))
        found.append(early or Checked(each, Outcome.STATUS_UNKNOWN))
    return Looked(tuple(found), tuple(texts), missed)


def judge(looked: Looked) -> list[Checked]:
    """Return what is found of each: signatures and dates, then the state on file."""
    config: Config = current_app.extensions["exam"]
    found = list(looked.found)
    verdicts = bulk.verify_texts(
        [text for _, text in looked.texts],
        keys.load_published(config.keys, registry.pinned(config.registry_root)),
        processes=bulk.processes_for(len(looked.texts)),
        host=config.official_host,
    )
    signed = list(zip(looked.texts, verdicts, strict=True))
    on_file = _states_of({verdict.record.number for _, verdict in signed if verdict.record})
    for (place, text), verdict in signed:
        found[place] = _judged(found[place].asked, text, verdict, on_file)
    return found


def _pair(asked: Asked) -> Pair | str:
    """Return number and name as they are looked up, or the code of why they can't be."""
    if asked.problem or asked.way is Way.CODE:
        return asked.problem
    try:
        return rules.asked_number(asked.number), rules.asked_name(asked.name)
    except BadInput as error:
        return error.code


def _early(asked: Asked, pair: Pair | str, *, over: bool) -> Checked | None:
    """Return what is known before anything is looked up, None where that has to be done."""
    if asked.problem:
        return Checked(asked, Outcome.UNREADABLE, (asked.problem,))
    if asked.way is Way.CODE:
        return None
    if isinstance(pair, str):
        return Checked(asked, Outcome.UNREADABLE, (pair,))
    return Checked(asked, Outcome.LIMITED, ("misses-over",)) if over else None


def _records_of(pairs: Iterable[Pair]) -> dict[Pair, str]:
    """Return the signed record of each pair that is on file, as the digits of its QR code.

    Number and name are compared in one statement: a wrong name costs what an unknown number does.
    """
    name = Certificate.fields["name"].as_string()
    found: dict[Pair, str] = {}
    for piece in _pieces(sorted(pairs)):
        query = select(Certificate.number, name, Certificate.record).where(
            tuple_(Certificate.number, name).in_(piece),
            Certificate.record.is_not(None),
        )
        for number, holder, cose in session().execute(query):
            found[number, holder] = record.to_digits(cose or b"")
    return found


def _states_of(numbers: Iterable[str]) -> dict[str, tuple[bytes, str]]:
    """Return the record and the state of each number that has them; what fell stays fallen."""
    found: dict[str, tuple[bytes, str]] = {}
    fallen: dict[int, Mapping[int, Standing]] = {}
    for piece in _pieces(sorted(numbers)):
        query = select(
            Certificate.number,
            Certificate.record,
            Certificate.state,
            Certificate.status_list,
            Certificate.status_index,
        ).where(Certificate.number.in_(piece), Certificate.record.is_not(None))
        for number, cose, state, *place in session().execute(query):
            stated = record.stated(cose or b"")
            listed, index = stated.status if stated else place
            if listed not in fallen:
                fallen[listed] = listing.fallen_for_good(listed)
            standing = None if state in listing.FINAL else fallen[listed].get(index)
            if standing or [listed, index] == place:
                found[number] = (cose or b"", (standing or state).value)
    return found


def _pieces(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + PIECE] for start in range(0, len(values), PIECE)]


def _judged(
    asked: Asked, text: str, verdict: Verdict, on_file: dict[str, tuple[bytes, str]]
) -> Checked:
    """Return the verdict with the state on file; a record that is not on file is never valid."""
    state, stated = None, verdict.record
    if stated is not None and stated.number in on_file:
        cose, held_state = on_file[stated.number]
        same = record.from_digits(record.split_address(text)[0]) == cose
        state = held_state if same else None
    told = [each.value for each in verdict.reasons]
    doubted = any(each in rules.DOUBTS for each in told)
    outcome = rules.standing(verdict.state.value, state, doubted=doubted)
    if outcome is Outcome.VALID and Reason.FOREIGN_ADDRESS in verdict.reasons:
        outcome = Outcome.STATUS_UNKNOWN  # a genuine record behind a look-alike's address
    reasons = [each for each in told if each not in rules.ANSWERED]
    if stated is not None and state is None:
        reasons.insert(0, "not-on-file")
    elif outcome in STANDING and outcome.value not in reasons:
        reasons.insert(0, outcome.value)
    found = Checked(asked, outcome, tuple(reasons), stated)
    if stated is not None and _differs(asked, stated):
        return replace(found, outcome=Outcome.REFUSED, reasons=("differs-from-row", *reasons))
    return found


def _differs(asked: Asked, stated: CertificateRecord) -> bool:
    """Return whether the row names another number or holder than its QR code."""
    number = "".join(asked.number.split())
    name = rules.asked_name(asked.name)
    return bool(number and number != stated.number) or bool(
        asked.name.strip() and name != stated.name
    )
