"""The exam days of the demo: opening by two, check-in, answers, incidents, the end."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from exam_app.access.actor import Actor
from exam_app.attempts import service as attempts
from exam_app.attempts.terms import Answer
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.demo.city import City, add_account
from exam_app.demo.clockwork import Calendar
from exam_app.demo.examining import Planned, passphrase
from exam_app.papers import service as papers
from exam_app.papers.candidate import candidate_paper
from exam_app.papers.terms import CandidateQuestion, CandidateView, PaperKind
from exam_app.people import queries as people
from exam_app.sittings import queries as sitting_queries
from exam_app.sittings import service as sittings
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import EntryState, IncidentKind, SittingMode
from question_bank import Item, load_content

LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Behaviour:
    """How one candidate of the story does: points lost, absent, phone in the pocket."""

    lost: int = 8
    absent: bool = False
    phone: bool = False


@dataclass
class Day:
    """What an exam day left: the paper's PDF and what the candidates answered."""

    pdf: bytes = b""
    answers: dict[int, dict[int, str]] = field(default_factory=dict)


class Knowledge:
    """What a candidate who has learned knows: the shipped items by their words."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {item.stem: item for item in load_content()}

    def right(self, question: CandidateQuestion) -> str:
        """Return the letters of the right answer as printed on this paper."""
        item = self._items[question.stem]
        texts = {item.options[place] for place in item.key}
        return "".join(
            LETTERS[place] for place, text in enumerate(question.options) if text in texts
        )

    def wrong(self, question: CandidateQuestion) -> str:
        """Return a wrong answer to a single-choice or true/false question."""
        right = self.right(question)
        return next(letter for letter in LETTERS[: len(question.options)] if letter != right)


def answers_of(
    paper: CandidateView,
    knowledge: Knowledge,
    behaviour: Behaviour,
    rng: random.Random,
    disputed: int | None,
) -> dict[int, str]:
    """Return one candidate's answers: right but for the points to lose, two a question.

    Args: disputed: a question whose printed key is wrong: everybody answers otherwise.
    """
    given = {each.number: knowledge.right(each) for each in paper.questions}
    cheap = [each for each in paper.questions if each.marks == 2 and each.number != disputed]
    for question in rng.sample(cheap, behaviour.lost // 2):
        given[question.number] = knowledge.wrong(question)
    if disputed is not None:
        question = next(each for each in paper.questions if each.number == disputed)
        given[disputed] = knowledge.wrong(question)
    return given


def hold(
    city: City,
    calendar: Calendar,
    planned: Planned,
    behaviours: dict[int, Behaviour],
    knowledge: Knowledge,
    *,
    kind: PaperKind = PaperKind.FIRST,
    disputed: int | None = None,
) -> Day:
    """Hold one sitting from the opening of its paper to the handing over of its scripts.

    Args: behaviours: entry id → how that candidate does.
    """
    day, sitting = Day(), planned.sitting
    start = clock.local(sitting.starts_at)
    calendar.go(f"{start:%Y-%m-%d} {start.hour - 1:02}:{35:02}")
    _open(city, planned, kind)
    paper = candidate_paper(sitting.id)
    with transaction():
        day.pdf = papers.print_paper(
            planned.papers[kind],
            copies=len(behaviours) + 1,
            actor=city.actor(planned.place.chief),
        )
    calendar.go(f"{start:%Y-%m-%d %H}:00")
    _admit(city, planned, behaviours)
    for entry in _seated(planned):
        behaviour = behaviours[entry.id]
        day.answers[entry.id] = answers_of(paper, knowledge, behaviour, city.rng, disputed)
    if sitting.mode is SittingMode.COMPUTER:
        _answer_at_desk(city, planned, day)
    _incidents(city, planned, behaviours)
    _end(city, calendar, planned)
    if sitting.mode is SittingMode.PAPER:
        _key_in(city, planned, day)
    return day


def _open(city: City, planned: Planned, kind: PaperKind) -> None:
    """Open the paper: the authority's custodian agrees, the site's completes."""
    paper = planned.papers[kind]
    with transaction():
        papers.consent_to_open(paper, passphrase=passphrase("baoguan"), actor=city.actor("baoguan"))
    with transaction():
        papers.open_paper(
            paper,
            passphrase=passphrase(planned.place.custodian),
            actor=city.actor(planned.place.custodian),
        )


def _admit(city: City, planned: Planned, behaviours: dict[int, Behaviour]) -> None:
    with transaction():
        sittings.open_sitting(planned.sitting, actor=city.actor(planned.place.chief))
    for entry in sitting_queries.entries_of(planned.sitting.id):
        if behaviours[entry.id].absent:
            continue
        with transaction():
            sittings.check_in(
                entry,
                id_tail=entry.enrolment.person.id_tail,
                actor=city.actor(planned.place.invigilators[0]),
            )


def _seated(planned: Planned) -> list[Entry]:
    entries = sitting_queries.entries_of(planned.sitting.id)
    return [each for each in entries if each.state is EntryState.CHECKED_IN]


def candidate_actor(city: City, entry: Entry) -> Actor:
    """Return the candidate's own actor, the account opened when it is first needed."""
    person = entry.enrolment.person
    username = f"xueyuan{person.id}"
    if username not in city.accounts:
        add_account(city, username, person.name, people.id_number_of(person))
    return city.actor(username)


def _answer_at_desk(city: City, planned: Planned, day: Day) -> None:
    """Answer at the computers: saved a few questions at a time, most hand in themselves."""
    for place, entry in enumerate(_seated(planned)):
        actor = candidate_actor(city, entry)
        with transaction():
            attempt = attempts.start(entry, actor=actor)
        given = sorted(day.answers[entry.id].items())
        for begin in range(0, len(given), 10):
            answers = [Answer(number, value, seq=1) for number, value in given[begin : begin + 10]]
            with transaction():
                attempts.save(attempt, answers, actor=actor)
        if place % 5:  # every fifth is still answering when time is up
            with transaction():
                attempts.submit(attempt, actor=actor)


def _incidents(city: City, planned: Planned, behaviours: dict[int, Behaviour]) -> None:
    for entry in _seated(planned):
        if behaviours[entry.id].phone:
            _incident(city, planned, IncidentKind.PHONE, "考试期间使用手机，经提醒后确认", entry)
    _incident(city, planned, IncidentKind.POWER_CUT, "考场照明中断2分钟，未影响作答", None)


def _incident(
    city: City, planned: Planned, kind: IncidentKind, text: str, entry: Entry | None
) -> None:
    first, second = planned.place.invigilators
    with transaction():
        incident = sittings.report_incident(
            planned.sitting, kind=kind, description=text, entry=entry, actor=city.actor(first)
        )
    with transaction():
        sittings.countersign_incident(incident, actor=city.actor(second))


def _end(city: City, calendar: Calendar, planned: Planned) -> None:
    """Close at the end of the time, collect what is open, hand over to the authority."""
    sitting, place = planned.sitting, planned.place
    end = clock.local(sitting.ends_at)
    calendar.go(f"{end:%Y-%m-%d %H}:05")
    chief = city.actor(place.chief)
    present = sitting_queries.present(sitting_queries.entries_of(sitting.id))
    with transaction():
        sittings.close_sitting(
            sitting, scripts=present, second=city.actor(place.invigilators[0]), actor=chief
        )
    if sitting.mode is SittingMode.COMPUTER:
        with transaction():
            attempts.close_attempts(sitting, actor=chief)
    with transaction():
        papers.close_papers(sitting, actor=chief)
    with transaction():
        sittings.hand_over(sitting, scripts=present, received_by=city.actor("kaowu"), actor=chief)


def _key_in(city: City, planned: Planned, day: Day) -> None:
    """Key the scripts in twice; where a reader slipped, a third person decides."""
    for place, entry in enumerate(_seated(planned)):
        right = day.answers[entry.id]
        slip = {**right, 3: ""} if place % 6 == 0 else right
        with transaction():
            attempts.key_script(entry, answers=right, actor=city.actor("luru1"))
        with transaction():
            attempts.key_script(entry, answers=slip, actor=city.actor("luru2"))
        apart = attempts.differences(entry)
        if apart:
            decided = {each.question: right[each.question] for each in apart}
            with transaction():
                attempts.resolve_script(entry, answers=decided, actor=city.actor("yuejuan"))
