"""The story of the demo's three classes: who fails, who stays away, which key was wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from exam_app.bank.models import BlueprintRow
from exam_app.certificates import service as certificates
from exam_app.certificates.models import Certificate
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.credits import service as credits_
from exam_app.demo.city import City
from exam_app.demo.clockwork import Calendar
from exam_app.demo.examining import (
    Place,
    Planned,
    open_sites,
    plan_sitting,
    post_staff,
    set_papers,
    stock_bank,
)
from exam_app.demo.hall import Behaviour, Knowledge, hold
from exam_app.demo.teaching import Taught
from exam_app.marking import queries as marking_queries
from exam_app.marking import service as marking
from exam_app.marking.terms import Outcome
from exam_app.papers.terms import PaperKind
from exam_app.sittings import queries as sitting_queries
from exam_app.sittings.terms import EntryState, SittingMode
from exam_app.training.models import TrainingClass

Say = Callable[[str], None]
FAR, NEAR = 34, 22
# class → place among the candidates → what happens; the others pass
FIRST = {
    "YC2025-DH-01": {},
    "YC2025-SM-01": {2: Behaviour(absent=True), 5: Behaviour(lost=FAR), 9: Behaviour(lost=FAR)},
    "YC2025-TL-01": {
        3: Behaviour(absent=True),
        6: Behaviour(phone=True),
        8: Behaviour(lost=FAR),
        12: Behaviour(lost=FAR),
        15: Behaviour(lost=FAR),
        18: Behaviour(lost=NEAR - 2),
    },
}
RETAKE_FAILS, RETAKE_MISSED = "YC2025-SM-01", "YC2025-TL-01"
WHEN = {"YC2025-DH-01": "2025-03-20 09:00", "YC2025-SM-01": "2025-03-21 09:00",
        "YC2025-TL-01": "2025-03-22 09:00"}  # fmt: skip
RETAKE_WHEN = {"YC2025-SM-01": "2025-04-10 09:00", "YC2025-TL-01": "2025-04-11 09:00"}
MODES = {"YC2025-DH-01": SittingMode.COMPUTER, "YC2025-SM-01": SittingMode.PAPER,
         "YC2025-TL-01": SittingMode.COMPUTER}  # fmt: skip
DISPUTED_CLASS = "YC2025-TL-01"


@dataclass
class Examined:
    """What the examining side counts at the end."""

    bank: int = 0
    planned: dict[str, Planned] = field(default_factory=dict)
    retakes: dict[str, Planned] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    crossed: list[str] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    pdfs: dict[str, bytes] = field(default_factory=dict)


def examine(city: City, calendar: Calendar, taught: Taught, say: Say) -> Examined:
    """Run all three classes from the sealed paper to the credited hours, told step by step."""
    done = Examined()
    say("题库入库、双人审核……")
    done.bank, blueprints = stock_bank(city, calendar)
    places = open_sites(city)
    calendar.go("2025-03-10 09:00")
    say("每班组卷、审卷、双人封存……")
    for training_class in taught.classes:
        planned = plan_sitting(
            city, training_class, _place(places, training_class),
            mode=MODES[training_class.code], starts=WHEN[training_class.code],
        )  # fmt: skip
        kinds = (PaperKind.FIRST, PaperKind.RESERVE)
        set_papers(city, planned, blueprints[training_class.category], kinds)
        done.planned[training_class.code] = planned
    knowledge = Knowledge()
    for training_class in taught.classes:
        say(f"考试、阅卷、发布：{training_class.name}……")
        _first(city, calendar, done, training_class, knowledge)
    calendar.go("2025-03-26 09:00")
    say("补考……")
    for training_class in taught.classes:
        if training_class.code in RETAKE_WHEN:
            _grant(city, done, training_class, blueprints[training_class.category])
    for code in RETAKE_WHEN:
        _retake(city, calendar, done, code, knowledge)
    calendar.go("2025-04-15 09:00")
    say("制证、签发、计入学时……")
    for training_class in taught.classes:
        _issue(city, done, training_class)
    _count(done)
    return done


def _place(places: dict[str, Place], training_class: TrainingClass) -> Place:
    return places["county_a" if training_class.code == "YC2025-SM-01" else "county_b"]


def _first(
    city: City,
    calendar: Calendar,
    done: Examined,
    training_class: TrainingClass,
    knowledge: Knowledge,
) -> None:
    planned = done.planned[training_class.code]
    entries = sitting_queries.entries_of(planned.sitting.id)
    story = FIRST[training_class.code]
    ordered = sorted(entries, key=lambda entry: entry.enrolment_id)
    behaviours = {
        entry.id: story.get(place, Behaviour()) for place, entry in enumerate(ordered, start=1)
    }
    disputed = 7 if training_class.code == DISPUTED_CLASS else None
    day = hold(city, calendar, planned, behaviours, knowledge, disputed=disputed)
    done.pdfs[planned.papers[PaperKind.FIRST].code] = day.pdf
    _mark(city, planned)
    if disputed is not None:
        _regrade(city, done, planned, disputed, day.answers)


def _mark(city: City, planned: Planned) -> None:
    """Mark, confirm and release, each by another person."""
    with transaction():
        marking.mark_sitting(planned.sitting, actor=city.actor("yuejuan"))
    with transaction():
        marking.confirm_results(planned.sitting, actor=city.actor("fuhe"))
    with transaction():
        marking.release_results(planned.sitting, actor=city.actor("fabu"))


def _regrade(
    city: City,
    done: Examined,
    planned: Planned,
    question: int,
    answers: dict[int, dict[int, str]],
) -> None:
    """Put a wrong key right: who crosses the pass mark is seen before it is applied."""
    right = next(iter(answers.values()))[question]
    with transaction():
        regrade = marking.propose_regrade(
            planned.papers[PaperKind.FIRST],
            question=question,
            new_key=right,
            reason="考生反映答案与条文不符，经核对题库录入有误",
            actor=city.actor("fuhe"),
        )
    done.crossed = [
        each.entry.enrolment.person.name
        for each in marking_queries.crossings(regrade)
        if each.effect.crosses
    ]
    with transaction():
        marking.decide_regrade(regrade, apply=True, actor=city.actor("fabu"))


def _grant(
    city: City, done: Examined, training_class: TrainingClass, blueprint: BlueprintRow
) -> None:
    first = done.planned[training_class.code]
    with transaction():
        sitting = marking.grant_retake(
            first.sitting,
            site=first.place.site,
            starts_at=clock.at_local(RETAKE_WHEN[training_class.code]),
            authority_custodian=city.accounts["baoguan"],
            site_custodian=city.accounts[first.place.custodian],
            reserve_custodian=city.accounts["baoguan3"],
            mode=SittingMode.PAPER,
            reason="首考未合格或缺考，依规定安排一次补考",
            actor=city.actor("kaowu"),
        )
    planned = Planned(sitting, first.place)
    post_staff(city, sitting, first.place)
    set_papers(city, planned, blueprint, (PaperKind.RETAKE,))
    done.retakes[training_class.code] = planned


def _retake(
    city: City, calendar: Calendar, done: Examined, code: str, knowledge: Knowledge
) -> None:
    planned = done.retakes[code]
    entries = sitting_queries.entries_of(planned.sitting.id)
    behaviours = {entry.id: Behaviour() for entry in entries}
    last = max(behaviours)
    if code == RETAKE_FAILS:
        behaviours[last] = Behaviour(lost=FAR)
    if code == RETAKE_MISSED:
        behaviours[last] = Behaviour(absent=True)
    day = hold(city, calendar, planned, behaviours, knowledge, kind=PaperKind.RETAKE)
    done.pdfs[planned.papers[PaperKind.RETAKE].code] = day.pdf
    _mark(city, planned)
    done.counts["retakes"] += len(entries)


def _issue(city: City, done: Examined, training_class: TrainingClass) -> None:
    with transaction():
        prepared = certificates.prepare(training_class, actor=city.actor("zhizheng"))
    with transaction():
        certificates.sign(prepared, actor=city.actor("qianfa"))
    done.certificates.extend(prepared)
    for certificate in prepared:
        with transaction():
            credits_.credit(certificate, actor=city.actor("zhizheng"))


def revoke_one(city: City, done: Examined) -> Certificate:
    """Take one certificate back: asked by one, decided by another, its hours reversed."""
    certificate = done.certificates[-1]
    reason = "复核发现培训影像与签到不符，替学"
    with transaction():
        asked = certificates.ask_revocation(certificate, reason=reason, actor=city.actor("qianfa2"))
    with transaction():
        certificates.decide_revocation(asked, actor=city.actor("qianfa"))
    return certificate


def _count(done: Examined) -> None:
    """Count candidates by how it ended, over the first exams and then in the end."""
    for planned in done.planned.values():
        entries = sitting_queries.entries_of(planned.sitting.id)
        done.counts["entered"] += len(entries)
        done.counts["absent"] += sum(entry.state is EntryState.ABSENT for entry in entries)
        done.counts["disqualified"] += sum(
            entry.state is EntryState.DISQUALIFIED for entry in entries
        )
        results = marking_queries.final_results(planned.sitting.class_id)
        done.counts["passed"] += sum(each.outcome is Outcome.PASS for each in results)
    done.counts["sat"] = done.counts["entered"] - done.counts["absent"]
    done.counts["failed"] = done.counts["entered"] - done.counts["passed"]
