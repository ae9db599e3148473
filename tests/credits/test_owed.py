"""What a year asks, what stands and who still lacks how many hours."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core.db import session, transaction
from exam_app.core.errors import Missing, NotAllowed
from exam_app.credits import queries, rules, service
from exam_app.credits.terms import CreditTarget
from exam_app.marking.terms import Outcome
from exam_app.people import service as people_service
from exam_app.people.models import Organisation, PersonTie
from exam_app.people.terms import TieKind
from exam_app.policy.loader import resolve
from exam_app.training.models import Enrolment
from exam_app.training.terms import PersonnelCategory
from question_bank.laws import load_laws
from tests.factories.finished import SHANDONG, City, Finished, make_city, make_finished
from tests.factories.people import LONG_AGO, actor_of, make_organisation, make_staff

LEADER, MANAGER = PersonnelCategory.TEAM_LEADER, PersonnelCategory.SAFETY_MANAGER
YEAR = 2025


def hours(category: str, industry: str, *, initial: bool = False, **set_to: object) -> str:
    """Return what a category of an industry owes, with ``!`` where it is to be verified."""
    profile = resolve("cn-hlj-yichun-2025", {f"retraining.{k}": v for k, v in set_to.items()})  # type: ignore[misc]
    found = rules.required(profile, category=category, industry=industry, initial=initial)
    return "—" if found is None else f"{found.hours}{'!' if found.verify else ''}"


@pytest.mark.parametrize(
    ("category", "industry", "yearly", "initial"),
    [
        ("deputy_head", "machinery", "12!", "32!"),
        ("deputy_head", "mining", "16!", "48!"),
        ("safety_manager", "hazardous-chemicals", "16!", "48!"),
        ("safety_manager", "transport", "12!", "32!"),
        ("team_leader", "mining", "20!", "72!"),
        ("team_leader", "metallurgy", "20!", "72!"),
        ("team_leader", "machinery", "—", "24!"),
    ],
)
def test_what_a_year_asks(category: str, industry: str, yearly: str, initial: str) -> None:
    """总局令第3号: 12 or 16 for managers, 20 for workers where the risk is high; to be verified."""
    assert hours(category, industry) == yearly
    assert hours(category, industry, initial=True) == initial


def test_an_authority_decides_otherwise() -> None:
    """A local setting holds in place of the copies; the industries may be named anew."""
    assert hours("team_leader", "mining", worker_yearly_mining=Decimal(24)) == "24!"
    assert hours("deputy_head", "transport", high_risk_industries="transport|mining") == "16!"


def test_occupational_health_is_owed_where_the_authority_says_so() -> None:
    """121号 may be over: 8 and 4 hours are known, and owed only by a local setting."""
    plain = resolve("cn-hlj-yichun-2025")
    assert rules.targets_owed(plain) == (CreditTarget.SAFETY,)
    health = CreditTarget.OCCUPATIONAL_HEALTH
    found = rules.required(plain, category="team_leader", industry="machinery", target=health)
    assert found is not None
    assert found.hours == 4
    local = resolve("cn-hlj-yichun-2025", {"retraining.health_counts": True})
    assert rules.targets_owed(local) == (CreditTarget.SAFETY, health)


def test_the_statute_says_what_the_setting_quotes() -> None:
    """矿山安全法实施条例 第三十五条 is held whole: the quoted words stand in it."""
    article = load_laws().held("矿山安全法实施条例", "第三十五条")
    assert article is not None
    for key in ("mining_industries", "worker_yearly_mining"):
        quoted = resolve("cn-hlj-yichun-2025").leaf(f"retraining.{key}").source.split("“")[1]
        assert quoted.split("”")[0] in article.text


def officer(made: Finished) -> object:
    return actor_of(made.city.officer(Role.CERTIFICATE_OFFICER))


def figures(organisation: Organisation, year: int = YEAR) -> list[tuple[object, ...]]:
    """Return (required, credited, exempted, lacking) of an enterprise's people, sorted."""
    return sorted(
        (each.required, each.credited, each.exempted, each.lacking)
        for each in queries.obligations(organisation.id, year)
    )


def test_who_still_lacks_how_many(app: Flask) -> None:
    """Credited hours count in the year of the exam; taken back, they lack again."""
    made = make_finished(Outcome.PASS, Outcome.FAIL, hours="24")
    enterprise = made.city.enterprise
    with transaction():
        (entry,) = service.credit_class(made.training_class, actor=officer(made))  # type: ignore[arg-type]
    assert figures(enterprise) == [(20, 0, 0, 20), (20, 24, 0, 0)]
    assert figures(enterprise, YEAR + 1) == [(20, 0, 0, 20)] * 2
    assert figures(enterprise, YEAR - 1) == []
    (one,) = queries.outstanding(enterprise.id, YEAR)
    assert one.person.id == made.enrolments[1].person_id
    assert one.masked_id.startswith("*" * 14)
    assert "第三十五条" in one.source
    assert queries.outstanding_of(entry.person_id, YEAR) == ()
    with transaction():
        service.reverse(entry, reason="登记有误", actor=officer(made))  # type: ignore[arg-type]
    assert [each.lacking for each in queries.outstanding_of(entry.person_id, YEAR)] == [20]


def test_an_exemption_reduces_what_is_owed(app: Flask) -> None:
    """减免 lowers the requirement it was granted to, and no other."""
    made = make_finished(Outcome.PASS, profile=SHANDONG, hours="15", category=MANAGER)
    with transaction():
        service.credit_class(made.training_class, actor=officer(made))  # type: ignore[arg-type]
    assert figures(made.city.enterprise) == [(16, 0, 15, 1)]
    with transaction():
        person_id, other = (
            made.enrolments[0].person_id,
            make_organisation(OrganisationKind.ENTERPRISE),
        )
        later = make_finished_elsewhere(made, other, person_id)
    assert figures(made.city.enterprise) == [], "the person works elsewhere now"
    assert figures(other) == [(16, 0, 15, 1)]
    with transaction():
        session().add(
            PersonTie(
                person_id=person_id,
                organisation_id=other.id,
                kind=TieKind.EMPLOYEE,
                from_on=LONG_AGO,
                until_on=dt.date(YEAR, 6, 30),
            )
        )
    assert figures(other, later.created_at.year) == [(16, 0, 15, 1)]
    assert figures(other, YEAR + 1) == [], "who left owes nothing there"


def make_finished_elsewhere(made: Finished, other: Organisation, person_id: int) -> Enrolment:
    """Return the person's enrolment in another class, sent by another enterprise."""
    later = make_finished(
        Outcome.FAIL,
        city=replace(made.city, enterprise=other),
        project=made.project,
        category=MANAGER,
    )
    enrolment = later.enrolments[0]
    enrolment.person_id = person_id
    trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, enrolment)
    return enrolment


def test_a_city_sets_its_own_hours_from_a_day_on(app: Flask) -> None:
    """Two persons; what held on the last day of a year counts for that year."""
    made = make_finished(Outcome.PASS)
    first, second = (actor_of(made.city.officer(Role.SECADMIN)) for _ in range(2))
    enterprise, next_year = made.city.enterprise, YEAR + 1
    for key, value in (("worker_yearly_mining", "30"), ("health_counts", "是")):
        before = figures(enterprise, next_year)
        with transaction():
            setting = people_service.propose_setting(
                authority=made.city.authority,
                profile_id=made.project.profile_id,
                key=f"retraining.{key}",
                value=value,
                from_on=dt.date(next_year, 1, 1),
                reason="市级规定",
                actor=first,
            )
        assert figures(enterprise, next_year) == before, "one person alone sets nothing"
        with transaction():
            people_service.approve_setting(setting, actor=second)
    assert figures(enterprise, YEAR) == [(20, 0, 0, 20)]
    assert figures(enterprise, next_year) == [(4, 0, 0, 4), (30, 0, 0, 30)]
    assert {
        each.set_locally for each in queries.obligations(made.city.enterprise.id, YEAR + 1)
    } == {
        True,
        False,
    }


def test_who_sees_sums_and_who_sees_names(app: Flask) -> None:
    """City: all; county: its own enterprises; bureau: sums; another city: nothing."""
    made = make_finished(Outcome.PASS, Outcome.PASS)
    with transaction():
        own = make_organisation(OrganisationKind.ENTERPRISE, division_code="230722")
    there: City = replace(made.city, enterprise=own)
    make_finished(Outcome.FAIL, city=there, project=made.project)
    away = make_city("220100")
    with transaction():
        bureau = make_organisation(OrganisationKind.HRSS)
        staff = {
            "city": make_staff(Role.OVERSEER, organisation=made.city.authority),
            "county": make_staff(Role.OVERSEER, organisation=made.city.county),
            "bureau": make_staff(Role.ACCEPTANCE, organisation=bureau),
            "away": make_staff(Role.OVERSEER, organisation=away.authority),
            "contact": make_staff(Role.ENTERPRISE_CONTACT, organisation=own),
        }
    actors = {name: actor_of(account) for name, account in staff.items()}

    def seen(name: str) -> dict[str, tuple[object, ...]]:
        return {
            row.organisation.name: (row.persons, row.met, row.lacking_persons, row.lacking_hours)
            for county in queries.coverage(actors[name], YEAR)
            for row in county.enterprises
        }

    both = {made.city.enterprise.name: (2, 0, 2, 40), own.name: (1, 0, 1, 20)}
    assert seen("city") == seen("bureau") == both
    assert seen("county") == {own.name: (1, 0, 1, 20)}
    assert seen("away") == {}
    assert len(queries.lacking_in(own.id, YEAR, actors["county"])) == 1
    for name, organisation in (("county", made.city.enterprise), ("away", own)):
        with pytest.raises(Missing):
            queries.lacking_in(organisation.id, YEAR, actors[name])
    with pytest.raises(NotAllowed):
        queries.lacking_in(own.id, YEAR, actors["bureau"])
    with pytest.raises(NotAllowed):
        queries.coverage(actors["contact"], YEAR)
