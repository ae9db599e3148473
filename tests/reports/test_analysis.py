"""The item analysis of a class: after the release, for two roles, without a stem or a key."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit.models import AccessEvent
from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, Missing, NotAllowed
from exam_app.marking import queries as marking
from exam_app.marking import service
from exam_app.papers.models import Paper
from exam_app.people.models import Account
from exam_app.reports import analysis_pages
from tests.conftest import Clock
from tests.factories.attempts import sitting_of
from tests.factories.marking import make_over
from tests.factories.people import actor_of, make_organisation, make_staff
from tests.factories.sittings import World
from tests.factories.statistics import make_released
from tests.reading import xlsx
from tests.training.browser import Browser

SCORES = (10, 7, 4, None)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def staff(world: World, role: Role) -> Account:
    """Return somebody of the world's authority."""
    with transaction():
        return make_staff(role, organisation=world.authority)


def reader(world: World) -> Actor:
    """Return a result checker of the world's authority."""
    return actor_of(staff(world, Role.RESULT_CHECKER))


def test_the_numbers_of_a_class(app: Flask, clock: Clock) -> None:
    """Mean, spread and alpha of the totals; who was absent counts nowhere."""
    world, _, _ = make_released(clock.set, SCORES)
    found = service.sitting_analysis(sitting_of(world), actor=reader(world))
    assert found is not None
    assert found.numbers.candidates == 3
    assert found.numbers.mean == pytest.approx(70)
    assert found.numbers.sd == pytest.approx(30)
    assert found.numbers.alpha == pytest.approx(10 / 9 * (1 - 200 / 900))
    facilities = [item.statistics.facility for item in found.numbers.items]
    assert facilities == pytest.approx([1] * 4 + [2 / 3] * 3 + [1 / 3] * 3)
    assert sum(each.candidates for each in found.numbers.bins) == 3


def test_nothing_before_the_release(app: Flask, clock: Clock) -> None:
    """The page opens with the results."""
    world = make_over(clock.set, SCORES)
    with pytest.raises(DutyConflict) as refused:
        service.sitting_analysis(sitting_of(world), actor=reader(world))
    assert refused.value.code == "duty-state"
    assert analysis_pages.analysed_sittings(reader(world)) == []


def test_nobody_sat(app: Flask, clock: Clock) -> None:
    """A sitting all stayed away from is released, and has nothing to analyse."""
    world, _, _ = make_released(clock.set, (None, None))
    assert service.sitting_analysis(sitting_of(world), actor=reader(world)) is None


def test_the_wall(app: Flask, clock: Clock) -> None:
    """A teacher, another city's checker and the marker do not read it."""
    world, office, _ = make_released(clock.set, SCORES)
    with transaction():
        teacher = make_staff(Role.TRAINING_MANAGER, organisation=world.provider)
        away = make_organisation(OrganisationKind.CITY_EM, division_code="230600")
        stranger = make_staff(Role.RESULT_CHECKER, organisation=away)
    for actor in (actor_of(teacher), actor_of(stranger), office.marker):
        with pytest.raises((NotAllowed, Missing)):
            service.sitting_analysis(sitting_of(world), actor=actor)
    for actor in (actor_of(teacher), office.marker):
        with pytest.raises(NotAllowed):
            analysis_pages.analysed_sittings(actor)
    assert analysis_pages.analysed_sittings(actor_of(stranger)) == []


def test_a_small_class_shows_no_facility_of_its_own(browser: Browser, clock: Clock) -> None:
    """Three candidates: the bank's value holds the facility, and the page says so."""
    world, _, _ = make_released(clock.set, SCORES)
    sitting_id = sitting_of(world).id
    browser.sign_in(staff(world, Role.ITEM_REVIEWER))
    assert f"/reports/analyses/{sitting_id}" in browser.get("/reports/analyses").text
    page = browser.get(f"/reports/analyses/{sitting_id}").text
    assert "不足 20 人" in page
    assert 'role="img"' in page
    assert "题干，应当选哪项" not in page
    rows = xlsx(browser.get(f"/reports/analyses/{sitting_id}/table.xlsx").data)
    assert rows[1][:4] == ["1", "单选题", "A.1", "—"]
    held = [float(row[4]) for row in rows[1:11]]
    assert all(0 < each < 1 for each in held)
    assert held[0] > held[9]
    seen = select(AccessEvent.permission).where(AccessEvent.kind == "view")
    assert list(session().scalars(seen)) == ["reports:analysis:view"] * 2


def test_a_class_of_twenty_shows_both(browser: Browser, clock: Clock) -> None:
    """From twenty on, the class's own facility stands beside the one held by the bank."""
    world, _, _ = make_released(clock.set, (10, 8, 6, 4) * 5)
    browser.sign_in(staff(world, Role.RESULT_CHECKER))
    path = f"/reports/analyses/{sitting_of(world).id}"
    assert "不足 20 人" not in browser.get(path).text
    rows = xlsx(browser.get(f"{path}/table.xlsx").data)
    assert [row[3] for row in rows[1:11]] == ["1.00"] * 4 + ["0.75"] * 2 + ["0.50"] * 2 + [
        "0.25"
    ] * 2
    assert re.fullmatch(r"0\.\d\d", rows[5][5])
    assert rows[5][6].endswith("%")
    assert ["参加考试人数", "20"] in [row[:2] for row in rows]


def test_a_changed_key_is_marked(browser: Browser, clock: Clock) -> None:
    """Struck out after the release: everybody has the marks, and the line says why."""
    world, office, _ = make_released(clock.set, (10, 8, 6, 4) * 5)
    paper = paper_of(world)
    with transaction():
        proposed = service.propose_regrade(
            paper, question=10, new_key="ALL", reason="有误", actor=office.checker
        )
    with transaction():
        service.decide_regrade(proposed, apply=True, actor=office.publisher)
    browser.sign_in(staff(world, Role.RESULT_CHECKER))
    rows = xlsx(browser.get(f"/reports/analyses/{sitting_of(world).id}/table.xlsx").data)
    assert rows[10][3] == "1.00"
    assert rows[10][7] == "已改判"


def paper_of(world: World) -> Paper:
    """Return the paper that was opened."""
    return marking.paper_of(sitting_of(world))


def test_pages_of_others_are_refused(browser: Browser, clock: Clock) -> None:
    """No address opens it: not signed in, no duty, another authority's sitting."""
    world, _, _ = make_released(clock.set, SCORES)
    path = f"/reports/analyses/{sitting_of(world).id}"
    for each in ("/reports/analyses", path):
        assert browser.get(each).status_code == 303
    with transaction():
        away = make_organisation(OrganisationKind.CITY_EM, division_code="230600")
        stranger = make_staff(Role.RESULT_CHECKER, organisation=away)
        overseer = make_staff(Role.OVERSEER, organisation=world.authority)
    browser.sign_in(stranger)
    assert browser.get(path).status_code == 404
    browser.sign_in(overseer)
    for each in ("/reports/analyses", path, f"{path}/table.xlsx"):
        assert browser.get(each).status_code == 403
