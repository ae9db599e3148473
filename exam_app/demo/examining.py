"""The examining side before the exam: bank, blueprints, sites, sittings, papers sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

from exam_app.bank import queries as bank_queries
from exam_app.bank import service as bank
from exam_app.bank.models import BlueprintRow
from exam_app.bank.rules import MOST_SHOWN
from exam_app.bank.terms import ReviewVerdict
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.demo.city import City
from exam_app.demo.clockwork import Calendar
from exam_app.demo.teaching import CATEGORY_TITLES
from exam_app.papers import service as papers
from exam_app.papers.models import Paper
from exam_app.papers.terms import PaperKind
from exam_app.sittings import queries as sitting_queries
from exam_app.sittings import service as sittings
from exam_app.sittings.models import Room, Site, Sitting
from exam_app.sittings.terms import InvigilationRole, SittingKind, SittingMode
from exam_app.training.models import TrainingClass
from exam_app.training.terms import PersonnelCategory
from question_bank.default_blueprints import default_blueprint

CUSTODIANS = ("baoguan", "baoguan1", "baoguan2", "baoguan3")


@dataclass
class Place:
    """A site with the accounts that serve there."""

    site: Site
    rooms: list[Room]
    chief: str
    invigilators: tuple[str, ...]
    custodian: str


@dataclass
class Planned:
    """A sitting on its way, with the papers drawn for it."""

    sitting: Sitting
    place: Place
    papers: dict[PaperKind, Paper] = field(default_factory=dict)


def passphrase(username: str) -> str:
    """Return the passphrase a demo custodian keeps to themselves."""
    return f"{username}-口令-林海雪原-2025"


def stock_bank(city: City, calendar: Calendar) -> tuple[int, dict[PersonnelCategory, BlueprintRow]]:
    """Bring the shipped items in, reviewed by another person, and set the blueprints up."""
    calendar.go("2025-03-04 09:00")
    with transaction():
        bank.import_content(reason="使用系统自带的法规题库", actor=city.actor("mingti"))
    count = _review(city)
    return count, {category: _blueprint(city, category) for category in PersonnelCategory}


def _review(city: City) -> int:
    """Open what waits in full, as many at a time as one page shows, and approve it."""
    reviewer, count = city.actor("shenti"), 0
    waiting = bank_queries.waiting_for_review(reviewer)
    for start in range(0, len(waiting), MOST_SHOWN):
        rows = waiting[start : start + MOST_SHOWN]
        with transaction():
            bank.view_items(rows, reason="批量审阅页面显示全部内容", actor=reviewer)
            digests = {row.id: row.content_digest for row in rows}
        with transaction():
            count += bank.review_items(
                rows,
                verdict=ReviewVerdict.APPROVED,
                comment="已逐题对照条文",
                digests=digests,
                actor=reviewer,
            )
    return count


def _blueprint(city: City, category: PersonnelCategory) -> BlueprintRow:
    plan = default_blueprint("mining", category.value)
    with transaction():
        row = bank.save_blueprint(
            plan, code=f"KS-{CATEGORY_TITLES[category]}", actor=city.actor("zujuan")
        )
    with transaction():
        return bank.approve_blueprint(row, actor=city.actor("shenjuan"))


def open_sites(city: City) -> dict[str, Place]:
    """Register the two county sites with their rooms and let the custodians enrol their keys."""
    staff = {
        "county_a": ("嘉荫县考试点", "嘉荫县朝阳镇政务中心", "zhukao1", ("jiankao1", "jiankao2"),
                     "baoguan1"),
        "county_b": ("铁力市考试点", "铁力市建设大街12号", "zhukao2", ("jiankao3", "jiankao4"),
                     "baoguan2"),
    }  # fmt: skip
    places = {}
    for body, (name, address, chief, invigilators, custodian) in staff.items():
        with transaction():
            actor = city.actor("kaowu")
            site = sittings.register_site(
                organisation=city.bodies[body], name=name, address=address, actor=actor
            )
            rooms = [sittings.register_room(site, name="第一考场", seats=30, actor=actor)]
        places[body] = Place(site, rooms, chief, invigilators, custodian)
    for username in CUSTODIANS:
        with transaction():
            papers.enrol_custodian_key(passphrase(username), actor=city.actor(username))
    return places


def plan_sitting(
    city: City, training_class: TrainingClass, place: Place, *, mode: SittingMode, starts: str
) -> Planned:
    """Schedule the first exam of a class, post the room's staff and enter the candidates."""
    with transaction():
        sitting = sittings.schedule(
            training_class,
            site=place.site,
            kind=SittingKind.FIRST,
            mode=mode,
            starts_at=clock.at_local(starts),
            authority_custodian=city.accounts["baoguan"],
            site_custodian=city.accounts[place.custodian],
            reserve_custodian=city.accounts["baoguan3"],
            actor=city.actor("kaowu"),
        )
    with transaction():
        sittings.enter_class(sitting, actor=city.actor("kaowu"))
    post_staff(city, sitting, place)
    return Planned(sitting, place)


def post_staff(city: City, sitting: Sitting, place: Place) -> None:
    """Post a chief and two invigilators to each room that is used."""
    rooms = {entry.room_id: entry.room for entry in sitting_queries.entries_of(sitting.id)}
    for room in rooms.values():
        for username in (place.chief, *place.invigilators):
            chief = username == place.chief
            role = InvigilationRole.CHIEF if chief else InvigilationRole.INVIGILATOR
            with transaction():
                sittings.assign_invigilator(
                    sitting,
                    room=room,
                    account=city.accounts[username],
                    role=role,
                    actor=city.actor("kaowu"),
                )


def set_papers(
    city: City, planned: Planned, blueprint: BlueprintRow, kinds: tuple[PaperKind, ...]
) -> None:
    """Draw, approve and seal the papers of a sitting, each step by other persons."""
    for kind in kinds:
        with transaction():
            paper = papers.draw(
                planned.sitting, kind=kind, blueprint=blueprint, actor=city.actor("zujuan")
            )
        with transaction():
            papers.approve(paper, note="符合双向细目表", actor=city.actor("shenjuan"))
        with transaction():
            papers.consent_to_seal(paper, actor=city.actor("baoguan"))
        with transaction():
            papers.seal(paper, actor=city.actor(planned.place.custodian))
        planned.papers[kind] = paper


def disclose(city: City, planned: Planned, kind: PaperKind) -> Paper:
    """Make a paper public after its retake window: one custodian agrees, another completes."""
    paper, custodian = planned.papers[kind], planned.place.custodian
    with transaction():
        papers.consent_to_disclose(
            paper, passphrase=passphrase("baoguan"), actor=city.actor("baoguan")
        )
    with transaction():
        papers.disclose(paper, passphrase=passphrase(custodian), actor=city.actor(custodian))
    return paper
