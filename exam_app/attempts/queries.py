"""Reads of attempts: one's own desk, how a sitting's answering stands, the keyed readings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.attempts import rules
from exam_app.attempts.models import Attempt, KeyedScript, Response, ResponseEvent
from exam_app.attempts.terms import Answer, AttemptState, Difference, KeyingState
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing, RuleBroken
from exam_app.papers import candidate, printed
from exam_app.papers.models import Paper, ReleasedPaper
from exam_app.papers.terms import CandidateQuestion, CandidateView
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.terms import EntryState, SittingMode, SittingState
from exam_app.training import queries as training
from exam_app.training.models import Enrolment

DECIDING = 3  # the reading that decides between two


@dataclass(frozen=True)
class DeskEntry:
    """One of the candidate's own entries with its sitting and, once begun, its attempt."""

    entry: Entry
    sitting: Sitting
    attempt: Attempt | None


@dataclass(frozen=True)
class Progress:
    """How far one candidate of a sitting is; it says nothing of the answers."""

    entry: Entry
    attempt: Attempt | None
    answered: int


@dataclass(frozen=True)
class Script:
    """One paper script and where its keyed entry stands; ``mine``: the actor keyed it."""

    entry: Entry
    state: KeyingState
    mine: bool


@dataclass(frozen=True)
class Desk:
    """What the desk shows of an attempt: the paper without its key, and what is saved."""

    attempt: Attempt
    paper: CandidateView
    saved: dict[int, Answer]
    deadline_at: dt.datetime

    def is_here(self, actor: Actor) -> bool:
        """Return whether the attempt goes on in this browser."""
        return self.attempt.auth_session_id == actor.session_id

    @property
    def answered(self) -> int:
        """Return how many questions have an answer."""
        return sum(bool(each.value) for each in self.saved.values())

    @property
    def next_seq(self) -> int:
        """Return the counter of the next change: above everything saved so far."""
        return max((each.seq for each in self.saved.values()), default=0) + 1


# ---- the desk 答题


def desk_entries(actor: Actor) -> list[DeskEntry]:
    """Return the actor's own entries for sittings on computers, the latest first."""
    return [
        DeskEntry(entry, sitting, attempt_of(entry.id))
        for entry, sitting in sittings.tickets_of(actor)
        if sitting.mode is SittingMode.COMPUTER
    ]


def own_entry(entry_id: int, actor: Actor) -> Entry:
    """Return one of the actor's own entries. Raises: Missing."""
    entry, _ = sittings.own_ticket(entry_id, actor)
    return entry


def attempt_of(entry_id: int) -> Attempt | None:
    """Return the attempt of an entry, None where nothing was sat."""
    return session().scalar(select(Attempt).where(Attempt.entry_id == entry_id))


def get_attempt(attempt_id: int, actor: Actor) -> Attempt:
    """Return one of the actor's own attempts; another's is not there. Raises: Missing."""
    query = (
        select(Attempt)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .where(Attempt.id == attempt_id, Enrolment.person_id == (actor.person_id or 0))
    )
    found = session().scalar(query)
    if found is None:
        raise Missing(kind="attempt")
    return found


def desk_of(attempt: Attempt) -> Desk:
    """Return what the desk shows of an attempt.

    Raises: RuleBroken: the sitting is over and its paper closed (``run-key-gone``).
    """
    return Desk(
        attempt,
        candidate.candidate_paper(attempt.sitting_id),
        saved_answers(attempt.id),
        deadline_of(attempt),
    )


def question_of(desk: Desk, number: int) -> CandidateQuestion:
    """Return one question of the paper. Raises: Missing."""
    for question in desk.paper.questions:
        if question.number == number:
            return question
    raise Missing(kind="question")


def released(sitting_id: int) -> ReleasedPaper:
    """Return the opened paper's row: its id and how many questions it has, no content.

    Raises: Missing: nothing has been opened (``paper-not-open``).
    """
    query = select(ReleasedPaper).where(ReleasedPaper.sitting_id == sitting_id)
    found = session().scalar(query)
    if found is None:
        raise Missing("paper-not-open")
    return found


def is_own(entry: Entry, actor: Actor) -> bool:
    """Return whether the entry is the actor's own."""
    return actor.person_id is not None and entry.enrolment.person_id == actor.person_id


def deadline_of(attempt: Attempt) -> dt.datetime:
    """Return when the attempt is over; a sitting that was extended carries it along."""
    sitting = sittings.sitting_of_entry(attempt.entry)
    minutes = training.policy_of(sitting.training_class).count("exam.duration_minutes")
    extra = sitting.ends_at - sitting.starts_at - dt.timedelta(minutes=minutes)
    longer = rules.deadline(
        attempt.started_at + max(extra, dt.timedelta()),
        sitting.ends_at,
        duration_minutes=minutes,
    )
    return max(attempt.deadline_at, longer)


def responses_of(attempt_id: int) -> dict[int, str]:
    """Return question → letters of an attempt; a question never answered is left out.

    Both as on the copy that ``copy_of`` names, else as on the paper.
    """
    return {each.question: each.value for each in saved_answers(attempt_id).values()}


def saved_answers(attempt_id: int) -> dict[int, Answer]:
    """Return question → the answer that stands, in the order of the paper."""
    query = select(Response).where(Response.attempt_id == attempt_id).order_by(Response.question)
    return {
        row.question: Answer(row.question, row.value, row.seq) for row in session().scalars(query)
    }


def digest_of(attempt: Attempt) -> str:
    """Return the digest over the responses as they are stored now; see ``rules``."""
    session().flush()
    events = select(func.count(ResponseEvent.id)).where(ResponseEvent.attempt_id == attempt.id)
    return rules.responses_digest(
        entry_id=attempt.entry_id,
        paper_id=attempt.paper_id,
        responses=saved_answers(attempt.id).values(),
        events=session().scalar(events) or 0,
        copy=copy_of(attempt),
    )


# ---- the room 考场


def attempts_of(sitting_id: int) -> dict[int, Attempt]:
    """Return entry id → attempt of a sitting."""
    query = select(Attempt).where(Attempt.sitting_id == sitting_id).order_by(Attempt.id)
    return {row.entry_id: row for row in session().scalars(query)}


def open_attempts(sitting_id: int) -> Sequence[Attempt]:
    """Return the attempts of a sitting that nobody has submitted."""
    query = select(Attempt).where(
        Attempt.sitting_id == sitting_id, Attempt.state == AttemptState.ANSWERING
    )
    return session().scalars(query.order_by(Attempt.id)).all()


def progress_of(sitting: Sitting) -> list[Progress]:
    """Return how far each candidate of a sitting is, seat by seat."""
    attempts = attempts_of(sitting.id)
    counted = (
        select(Response.attempt_id, func.count())
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Attempt.sitting_id == sitting.id, Response.value != "")
        .group_by(Response.attempt_id)
    )
    answered = {row[0]: row[1] for row in session().execute(counted)}
    rows = []
    for entry in sittings.entries_of(sitting.id):
        attempt = attempts.get(entry.id)
        rows.append(Progress(entry, attempt, answered.get(attempt.id, 0) if attempt else 0))
    return rows


# ---- paper scripts 纸质答卷


def see_scripts(sitting_id: int, actor: Actor) -> Sitting:
    """Return a sitting whose scripts the actor may key in; the walls are asked.

    Raises: Missing; DutyConflict: tied to the provider, or the sitting is not over.
    """
    sitting = sittings.get_sitting(sitting_id, actor)
    duties.require(
        Permission.RESPONSE_KEY_IN,
        actor,
        **keying_facts(actor, sitting),
        state=sitting.state in (SittingState.CLOSED, SittingState.HANDED_OVER),
    )
    return sitting


def see_script(entry_id: int, actor: Actor) -> tuple[Entry, ReleasedPaper]:
    """Return the entry of a script to be keyed in, and its paper's row. Raises: see_scripts."""
    entry = sittings.get_entry(entry_id, actor)
    sitting = see_scripts(entry.sitting_id, actor)
    return entry, released(sitting.id)


def see_differences(entry_id: int, actor: Actor) -> tuple[Entry, tuple[Difference, ...]]:
    """Return the differing questions of a script, to whoever keyed none of its readings.

    Raises: see_scripts; RuleBroken: the actor keyed a reading (``keyed-by-you``).
    """
    entry, _ = see_script(entry_id, actor)
    if keyed_by(entry, actor):
        raise RuleBroken("keyed-by-you")
    return entry, differences(entry)


def keying_facts(actor: Actor, sitting: Sitting) -> dict[str, bool]:
    """Return what the walls ask of somebody who keys scripts of a sitting in.

    The authority's own people are assigned to all its sittings; ``two`` holds because no
    reading counts before a second person's agrees with it.
    """
    facts = sittings.wall_facts(actor, sitting)
    return facts | {"assigned": serves(actor, sitting), "two": True}


def serves(actor: Actor, sitting: Sitting) -> bool:
    """Return whether the actor works for the authority whose sitting it is."""
    project = sitting.training_class.project
    return actor.belongs_to(project.authority_id) or (
        project.authority_id in people.authorities_served(actor, clock.today())
    )


def readings_of(entry_id: int) -> dict[int, KeyedScript]:
    """Return reading number → keyed script of an entry."""
    query = select(KeyedScript).where(KeyedScript.entry_id == entry_id)
    return {row.reading: row for row in session().scalars(query.order_by(KeyedScript.reading))}


def asked_of(paper: ReleasedPaper) -> tuple[range, frozenset[int]]:
    """Return what is keyed of a script, from 1 or from COPY, and the numbers its copy may have."""
    copies = printed.numbers_to_key(session().get_one(Paper, paper.paper_id))
    return range(rules.COPY if copies else 1, paper.questions + 1), copies


def copies_spoiled(paper: ReleasedPaper) -> frozenset[int]:
    """Return the numbers of a paper's copies that were noted as spoiled."""
    return printed.copies_spoiled(session().get_one(Paper, paper.paper_id))


def copy_of(attempt: Attempt) -> int | None:
    """Return the number of the copy whose order an attempt's answers follow.

    None where they follow the paper itself: at the desk, or on copies all alike.
    """
    said = ""
    for script in readings_of(attempt.entry_id).values():
        said = answers_in(script).get(rules.COPY, said)
    return int(said or 0) or None


def copies_keyed(entry: Entry) -> dict[int, str]:
    """Return copy number → ticket of the other script of the sitting that is keyed with it.

    A third reading stands for both before it; until then either reader's number counts.
    """
    query = (
        select(KeyedScript, Entry)
        .join(Entry, Entry.id == KeyedScript.entry_id)
        .where(Entry.sitting_id == entry.sitting_id, Entry.id != entry.id)
        .order_by(Entry.id, KeyedScript.reading)
    )
    numbers: dict[str, set[int]] = {}
    for script, other in session().execute(query):
        said = answers_in(script).get(rules.COPY)
        if said is None:
            continue
        if script.reading == DECIDING:
            numbers[other.ticket_number] = set()
        numbers.setdefault(other.ticket_number, set()).add(int(said))
    return {number: ticket for ticket, held in numbers.items() for number in held}


def answers_in(script: KeyedScript) -> dict[int, str]:
    """Return question → letters of one reading; COPY → the copy's number, where one is keyed."""
    return {int(question): str(value) for question, value in script.answers.items()}


def differences(entry: Entry) -> tuple[Difference, ...]:
    """Return the questions two readings of a script disagree on; empty before both are in."""
    readings = readings_of(entry.id)
    if 1 not in readings or 2 not in readings:
        return ()
    return rules.differences(answers_in(readings[1]), answers_in(readings[2]))


def keying_state(entry: Entry) -> KeyingState:
    """Return where the keyed entry of one script stands."""
    if attempt_of(entry.id) is not None:
        return KeyingState.AGREED
    return KeyingState(("open", "first", "different")[min(len(readings_of(entry.id)), 2)])


def scripts_of(sitting: Sitting, actor: Actor) -> list[Script]:
    """Return the scripts of a paper sitting by ticket number, never by name."""
    rows = [
        Script(entry, keying_state(entry), keyed_by(entry, actor))
        for entry in sittings.entries_of(sitting.id)
        if entry.state is EntryState.CHECKED_IN
    ]
    return sorted(rows, key=lambda row: row.entry.ticket_number)


def keyed_by(entry: Entry, actor: Actor) -> bool:
    """Return whether the actor's person has keyed a reading of this script."""
    readings = readings_of(entry.id).values()
    return any(people.same_person(actor, script.keyed_by_id) for script in readings)
