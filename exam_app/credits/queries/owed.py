"""What people owe in a year and how much still lacks (年度学时), up to a whole region.

A person owes what the category and industry of the latest class they were enrolled in owe, under
the settings its authority has on the last day of the year. Only hours in this ledger are known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.credits import rules
from exam_app.credits.models import CreditEntry
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.people import queries as people
from exam_app.people.models import Organisation, Person, PersonTie
from exam_app.people.terms import TieKind
from exam_app.policy.loader import resolve
from exam_app.policy.profile import ResolvedProfile
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass, TrainingProject
from exam_app.training.scope import in_region
from exam_app.training.terms import PersonnelCategory

Sums = dict[tuple[int, CreditTarget, CreditKind], Decimal]
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Outstanding:
    """One requirement of one person and year; ``required`` 0 where no text gives a number."""

    person: Person
    masked_id: str
    enterprise_id: int
    category: PersonnelCategory
    industry: str
    target: CreditTarget
    required: Decimal
    credited: Decimal
    exempted: Decimal
    lacking: Decimal
    source: str
    verify: bool
    set_locally: bool


@dataclass(frozen=True)
class EnterpriseYear:
    """How an enterprise's people stand in a year; persons, and hours of all of them."""

    organisation: Organisation
    persons: int
    owing: int
    lacking_persons: int
    lacking_hours: Decimal

    @property
    def met(self) -> int:
        """Persons who owe hours and lack none."""
        return self.owing - self.lacking_persons


@dataclass(frozen=True)
class CountyYear:
    """The enterprises of one county (行政区划) and their sums; ``name`` of its bureau, if any."""

    division_code: str
    name: str
    enterprises: tuple[EnterpriseYear, ...]

    def total(self, name: str) -> Decimal:
        """Return the sum of one figure over the county."""
        return sum((Decimal(getattr(each, name)) for each in self.enterprises), NOTHING)


@dataclass(frozen=True)
class _Post:
    """What a person was last enrolled as."""

    person: Person
    enterprise_id: int
    category: PersonnelCategory
    industry: str
    project_id: int
    profile: ResolvedProfile


def obligations(organisation_id: int, year: int) -> tuple[Outstanding, ...]:
    """Return every requirement of an enterprise's people in a year, met ones too, by name."""
    sent = select(Enrolment.person_id).where(Enrolment.enterprise_id == organisation_id)
    posts = [each for each in _posts(year, sent) if each.enterprise_id == organisation_id]
    return tuple(_owed(posts, _sums(year, sent)))


def outstanding(organisation_id: int, year: int) -> tuple[Outstanding, ...]:
    """Return what an enterprise's people still lack in a year (所缺学时), by name."""
    return tuple(each for each in obligations(organisation_id, year) if each.lacking)


def obligations_of(person_id: int, year: int) -> tuple[Outstanding, ...]:
    """Return a person's requirements of a year; none before the first class."""
    alone = select(Person.id).where(Person.id == person_id)
    return tuple(_owed(list(_posts(year, alone)), _sums(year, alone)))


def outstanding_of(person_id: int, year: int) -> tuple[Outstanding, ...]:
    """Return what a person still lacks in a year."""
    return tuple(each for each in obligations_of(person_id, year) if each.lacking)


def coverage(actor: Actor, year: int) -> tuple[CountyYear, ...]:
    """Return how the enterprises in the actor's charge stand in a year, by county; sums alone.

    A county's bureau sees the enterprises of its county.
    Raises: NotAllowed: the actor has no duty to see figures.
    """
    duties.require(Permission.STATS_VIEW, actor, juris=True, masked=True)
    seen = {each.id for each in training.projects_for(actor)}
    known = select(Enrolment.person_id).where(Enrolment.class_id.in_(_classes_of(actor)))
    posts = [each for each in _posts(year, known) if each.project_id in seen]
    owed: dict[int, list[Outstanding]] = {}
    for each in _owed(posts, _sums(year, known)):
        owed.setdefault(each.enterprise_id, []).append(each)
    rows = [_enterprise_year(key, held) for key, held in owed.items()]
    return _by_county(row for row in rows if _in_charge(actor, row.organisation))


def lacking_in(organisation_id: int, year: int, actor: Actor) -> tuple[Outstanding, ...]:
    """Return who still lacks how many hours in an enterprise in the actor's charge.

    Raises: Missing: the enterprise is not in their charge. NotAllowed: no duty to see names.
    """
    duties.require(Permission.CREDIT_OUTSTANDING, actor, juris=True, masked=True)
    enterprise = people.get_organisation(organisation_id)
    sent = select(Enrolment.id).where(
        Enrolment.enterprise_id == organisation_id, Enrolment.class_id.in_(_classes_of(actor))
    )
    if session().scalar(sent.limit(1)) is None or not _in_charge(actor, enterprise):
        raise Missing(what="organisation")
    return outstanding(organisation_id, year)


def _classes_of(actor: Actor) -> Select[int]:
    seen = [each.id for each in training.projects_for(actor)]
    return select(TrainingClass.id).where(TrainingClass.project_id.in_(seen))


def _posts(year: int, person_ids: Select[int]) -> Iterator[_Post]:
    """Yield what each of these persons was last enrolled as by the end of a year, by name."""
    query = (
        select(Enrolment, TrainingClass.industry, TrainingProject)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(TrainingProject, TrainingProject.id == TrainingClass.project_id)
        .where(Enrolment.person_id.in_(person_ids), _began_by(year))
        .order_by(Enrolment.id)
    )
    last = {row[0].person_id: row for row in session().execute(query)}
    left = _left(year, person_ids)
    profiles: dict[tuple[int, str], ResolvedProfile] = {}
    for enrolment, industry, project in sorted(last.values(), key=_by_name):
        if (enrolment.person_id, enrolment.enterprise_id) in left:
            continue
        key = (project.authority_id, project.profile_id)
        profiles[key] = profiles.get(key) or _profile(*key, year)
        yield _Post(
            enrolment.person, enrolment.enterprise_id, enrolment.category, industry,
            project.id, profiles[key],
        )  # fmt: skip


def _by_name(row: Any) -> tuple[str, int]:
    return row[0].person.name, row[0].person_id


def _began_by(year: int) -> ColumnElement[bool]:
    return Enrolment.created_at < clock.at_local(f"{year + 1}-01-01 00:00")


def _profile(authority_id: int, profile_id: str, year: int) -> ResolvedProfile:
    day = dt.date(year, 12, 31)
    return resolve(profile_id, people.current_settings(authority_id, profile_id, day))


def _left(year: int, person_ids: Select[int]) -> set[tuple[int, int]]:
    """Return (person, enterprise) of those whose employment is on record and over (离职)."""
    until = func.max(func.coalesce(PersonTie.until_on, dt.date.max))
    query = (
        select(PersonTie.person_id, PersonTie.organisation_id)
        .where(PersonTie.person_id.in_(person_ids), PersonTie.kind == TieKind.EMPLOYEE)
        .group_by(PersonTie.person_id, PersonTie.organisation_id)
        .having(until < dt.date(year, 1, 1))
    )
    return {(person, organisation) for person, organisation in session().execute(query)}


def _sums(year: int, person_ids: Select[int]) -> Sums:
    """Return the hours that stand for each person, requirement and kind in a year."""
    query = (
        select(
            CreditEntry.person_id,
            CreditEntry.target,
            CreditEntry.kind,
            func.sum(CreditEntry.hours_tenths),
        )
        .where(CreditEntry.year == year, CreditEntry.person_id.in_(person_ids))
        .group_by(CreditEntry.person_id, CreditEntry.target, CreditEntry.kind)
    )
    rows = session().execute(query)
    return {(who, goal, kind): Decimal(int(tenths)) / 10 for who, goal, kind, tenths in rows}


def _owed(posts: Iterable[_Post], sums: Sums) -> Iterator[Outstanding]:
    for post in posts:
        for target in rules.targets_owed(post.profile):
            found = rules.required(
                post.profile, category=post.category, industry=post.industry, target=target
            )
            credited = sums.get((post.person.id, target, CreditKind.CREDIT), NOTHING)
            exempted = sums.get((post.person.id, target, CreditKind.EXEMPTION), NOTHING)
            needed = found.hours if found else NOTHING
            yield Outstanding(
                person=post.person,
                masked_id=people.masked_id(post.person),
                enterprise_id=post.enterprise_id,
                category=post.category,
                industry=post.industry,
                target=target,
                required=needed,
                credited=credited,
                exempted=exempted,
                lacking=rules.lacking(needed, credited=credited, exempted=exempted),
                source=found.source if found else "",
                verify=found.verify if found else False,
                set_locally=found.set_locally if found else False,
            )


def _enterprise_year(organisation_id: int, held: Sequence[Outstanding]) -> EnterpriseYear:
    return EnterpriseYear(
        organisation=people.get_organisation(organisation_id),
        persons=len({each.person.id for each in held}),
        owing=len({each.person.id for each in held if each.required}),
        lacking_persons=len({each.person.id for each in held if each.lacking}),
        lacking_hours=sum((each.lacking for each in held), NOTHING),
    )


def _in_charge(actor: Actor, enterprise: Organisation) -> bool:
    if OrganisationKind.COUNTY_EM not in actor.kinds or OrganisationKind.CITY_EM in actor.kinds:
        return True
    own = [people.get_organisation(each) for each in actor.organisation_ids]
    return any(in_region(enterprise.division_code, each.division_code) for each in own)


def _by_county(rows: Iterable[EnterpriseYear]) -> tuple[CountyYear, ...]:
    counties: dict[str, list[EnterpriseYear]] = {}
    for row in sorted(rows, key=lambda row: row.organisation.name):
        counties.setdefault(row.organisation.division_code, []).append(row)
    bureaus = select(Organisation.division_code, Organisation.name).where(
        Organisation.division_code.in_(counties), Organisation.kind == OrganisationKind.COUNTY_EM
    )
    names = {row[0]: row[1] for row in session().execute(bureaus.order_by(Organisation.id))}
    return tuple(
        CountyYear(code, names.get(code, ""), tuple(held))
        for code, held in sorted(counties.items())
    )
