"""The pages of sittings, walked as people do it: plan, posts, door, end, own ticket."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import session, transaction
from exam_app.people.models import Account
from exam_app.sittings import queries
from exam_app.sittings.models import Incident, Sitting
from exam_app.sittings.terms import EntryState, SittingState
from tests.conftest import Clock
from tests.factories.people import PASSWORD, make_organisation, make_person_tie, make_staff
from tests.factories.sittings import World, enter, let_in, make_open, make_sitting, ready, staff
from tests.people.test_views import TOKEN, Browser
from tests.sittings.test_photo import picture


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


@pytest.fixture
def printable(app: Flask, fonts_home: Path) -> None:
    """Lend the installation the faces of printed pages."""


def afresh(world: World) -> Sitting:
    """Return the world's sitting as the database has it now."""
    assert world.sitting is not None
    session().refresh(world.sitting)
    return world.sitting


def signed(account: Account, **fields: str) -> dict[str, str]:
    """Return the fields of a second person's signature."""
    return {"username": account.username, "password": PASSWORD, **fields}


def test_a_sitting_is_planned_on_its_pages(browser: Browser, world: World) -> None:
    """Schedule, enter, post two: the page says what comes next each time."""
    browser.sign_in(world.admin)
    path = f"/classes/{world.training_class.id}/sitting-plan"
    fields = {
        "site_id": str(world.site.id),
        "mode": "paper",
        "starts_at": "2025-03-12T09:00",
        "authority_custodian": str(world.authority_custodian.id),
        "site_custodian": str(world.site_custodian.id),
        "reserve_custodian": str(world.site_custodian.id),
    }
    refused = browser.post(path, **fields)
    assert refused.status_code == 422
    assert "三个不同机构" in refused.text
    fields["reserve_custodian"] = str(world.reserve_custodian.id)
    done = browser.post(path, **fields)
    assert done.status_code == 303
    page = browser.get(done.location)
    assert "编排考生" in page.text
    assert "2025-03-12 09:00" in page.text
    sitting = queries.sittings_of(world.training_class.id)[0]
    here = f"/sittings/{sitting.id}"
    assert browser.post(f"{here}/entries", here).status_code == 303
    assert "指派监考" in browser.get(here).text
    later = {"starts_at": "2025-03-13T09:00", "reason": "暴雪"}
    assert browser.post(f"{here}/start", **later | {"reason": ""}).status_code == 422
    assert browser.post(f"{here}/start", **later).status_code == 303
    assert "2025-03-13 09:00" in browser.get(here).text
    for account, role in ((world.chief, "chief"), (world.invigilators[0], "invigilator")):
        posted = browser.post(
            f"{here}/invigilators",
            account_id=str(account.id),
            room_id=str(world.rooms[0].id),
            role=role,
        )
        assert posted.status_code == 303
    assert "等待试卷" in browser.get(here).text
    duty = queries.duty_of(sitting.id, world.invigilators[0].id)
    assert duty is not None
    path = f"{here}/invigilators/{duty.id}/release"
    assert browser.post(path, f"{here}/invigilators").status_code == 303
    assert queries.duty_of(sitting.id, world.invigilators[0].id) is None


def test_a_tied_invigilator_is_not_offered(browser: Browser, world: World) -> None:
    """Who is bound to the provider is not in the list; sent all the same, it is refused."""
    with transaction():
        make_person_tie(world.invigilators[1].person, world.provider)
    sitting_id = make_sitting(world).id
    enter(world)
    browser.sign_in(world.admin)
    path = f"/sittings/{sitting_id}/invigilators"
    assert world.invigilators[0].person.name in browser.get(path).text
    assert world.invigilators[1].person.name not in browser.get(path).text
    sent = browser.post(
        path,
        account_id=str(world.invigilators[1].id),
        room_id=str(world.rooms[0].id),
        role="invigilator",
    )
    assert sent.status_code == 422
    assert queries.duty_of(sitting_id, world.invigilators[1].id) is None


def test_sites_are_registered_on_their_pages(browser: Browser, world: World) -> None:
    """A site, then its rooms; a name that is taken is said on the form."""
    browser.sign_in(world.admin)
    fields = {"organisation_id": str(world.agency.id), "name": "嘉荫考点", "address": "嘉荫县"}
    assert browser.post("/sites/new", **fields).status_code == 303
    assert browser.post("/sites/new", **fields).status_code == 422
    assert "嘉荫考点" in browser.get("/sites").text
    page, path = f"/sites/{world.site.id}", f"/sites/{world.site.id}/rooms"
    assert browser.post(path, page, name="第2考场", seats="24").status_code == 303
    assert browser.post(path, page, name="第2考场", seats="24").status_code == 422
    assert "第2考场" in browser.get(page).text


def test_the_door_shows_a_traffic_light(browser: Browser, world: World, clock: Clock) -> None:
    """Red for another number, green once in; found by ticket or name; no ID number shown."""
    make_open(world, clock.set)
    entry = world.entries[0]
    tail, number = entry.enrolment.person.id_tail, entry.ticket_number
    name, entry_id, sitting_id = entry.enrolment.person.name, entry.id, entry.sitting_id
    other = world.entries[1].enrolment.person.name
    browser.sign_in(world.chief)
    door = f"/sittings/{sitting_id}/check-in"
    for text in (number, number[-4:], name):
        found = browser.post(door, text=text)
        assert name in found.text
        assert f">{other}<" not in found.text or text == number[-4:]
    path = f"/entries/{entry_id}/check-in"
    assert tail not in browser.get(path).text
    wrong = browser.post(path, id_tail="0000" if tail != "0000" else "1111")
    assert wrong.status_code == 422
    assert "is-invalid" in wrong.text
    assert "报主考处理" in wrong.text
    assert browser.post(path, id_tail=tail).status_code == 303
    page = browser.get(path)
    assert "is-valid" in page.text
    assert "准予入场" in page.text


def test_a_late_candidate_sees_the_source(browser: Browser, world: World, clock: Clock) -> None:
    """The refusal names the minutes and where they come from."""
    make_open(world, clock.set)
    entry = world.entries[0]
    tail, path = entry.enrolment.person.id_tail, f"/entries/{entry.id}/check-in"
    clock.set("2025-03-12 09:31")
    browser.sign_in(world.chief)
    late = browser.post(path, id_tail=tail)
    assert late.status_code == 422
    assert "超过 30 分钟" in late.text
    assert "本地设定" in late.text


def test_a_photo_comes_with_the_check_in(browser: Browser, world: World, clock: Clock) -> None:
    """Taken at the door, kept, shown to who supervises there and to nobody else."""
    make_open(world, clock.set)
    entry = world.entries[0]
    tail, path = entry.enrolment.person.id_tail, f"/entries/{entry.id}/check-in"
    shown = f"/entries/{entry.id}/photo"
    browser.sign_in(world.chief)
    assert browser.get(shown).status_code == 404
    token = TOKEN.search(browser.get(path).text)
    assert token is not None
    data = {"csrf_token": token[1], "id_tail": tail, "photo": (io.BytesIO(picture()), "p.jpg")}
    assert browser.client.post(path, data=data).status_code == 303
    assert shown in browser.get(path).text
    answer = browser.get(shown)
    assert answer.mimetype == "image/jpeg"
    assert answer.data[:2] == b"\xff\xd8"


def test_a_doubt_is_decided_on_one_tablet(browser: Browser, world: World, clock: Clock) -> None:
    """The second invigilator signs with username and password; a wrong password refuses."""
    make_open(world, clock.set)
    entry_id = world.entries[0].id
    second = world.invigilators[0]
    browser.sign_in(world.chief)
    path = f"/entries/{entry_id}/identity"
    fields = {"decision": "admit", "reason": "临时身份证"}
    wrong = browser.post(path, **signed(second, **fields) | {"password": "nothing"})
    assert wrong.status_code == 422
    own = browser.post(path, **signed(world.chief, **fields))
    assert own.status_code == 403
    assert browser.post(path, **signed(second, **fields)).status_code == 303
    session().refresh(world.entries[0])
    assert world.entries[0].state is EntryState.CHECKED_IN


def test_incidents_are_signed_on_their_page(
    browser: Browser, client: FlaskClient, world: World, clock: Clock
) -> None:
    """Reported by one, signed by the other; the reporter is offered no signature."""
    make_open(world, clock.set)
    let_in(world, world.entries[0])
    assert world.sitting is not None
    path, entry_id = f"/sittings/{world.sitting.id}/incidents", world.entries[0].id
    browser.sign_in(world.invigilators[0])
    fields = {"kind": "phone", "description": "使用手机", "entry_id": str(entry_id)}
    assert browser.post(path, **fields | {"entry_id": ""}).status_code == 422
    assert browser.post(path, **fields).status_code == 303
    assert "会签：属实" not in browser.get(path).text
    incident = session().query(Incident).one()
    sign = f"/incidents/{incident.id}/signature"
    assert browser.post(sign, path, agree="yes").status_code == 403
    other = Browser(client.application.test_client())
    other.sign_in(world.chief)
    assert other.post(sign, path, agree="yes").status_code == 303
    session().refresh(world.entries[0])
    assert world.entries[0].state is EntryState.DISQUALIFIED
    assert "取消考试资格" in other.get(path).text


def test_the_end_is_signed_by_two_and_handed_over(
    browser: Browser, world: World, clock: Clock
) -> None:
    """More time, the count, the second signature, the receiver's signature."""
    ready(world)
    assert world.sitting is not None
    here = f"/sittings/{world.sitting.id}"
    clock.set("2025-03-12 08:40")
    browser.sign_in(world.chief)
    assert browser.post(f"{here}/opening", here).status_code == 303
    let_in(world, *world.entries[:3])
    second, admin = world.invigilators[0], world.admin
    more = browser.post(f"{here}/extension", **signed(second, minutes="10", reason="停电"))
    assert more.status_code == 303
    ends_at = afresh(world).ends_at
    for at in ("2025-03-12 09:05", "2025-03-12 09:30", "2025-03-12 09:55", "2025-03-12 10:20"):
        clock.set(at)  # an idle browser is signed out
        assert browser.get(here).status_code == 200
    clock.set("2025-03-12 10:45")
    assert browser.get(here).status_code == 200
    clock.at = ends_at
    assert browser.post(f"{here}/closing", **signed(second, scripts="2")).status_code == 422
    assert browser.post(f"{here}/closing", **signed(second, scripts="3")).status_code == 303
    assert afresh(world).state is SittingState.CLOSED
    assert browser.post(f"{here}/handover", **signed(second, scripts="3")).status_code == 422
    assert browser.post(f"{here}/handover", **signed(admin, scripts="3")).status_code == 303
    assert afresh(world).state is SittingState.HANDED_OVER
    assert "已移交" in browser.get(here).text


@pytest.mark.usefixtures("printable")
def test_printing_reads_only(browser: Browser, world: World) -> None:
    """Tickets, seating, labels and records come as PDF; the provider and strangers get none."""
    make_sitting(world)
    enter(world)
    staff(world)
    assert world.sitting is not None
    here = f"/sittings/{world.sitting.id}"
    browser.sign_in(world.admin)
    for name in ("tickets", "seating", "door-labels", "room-record"):
        answer = browser.get(f"{here}/{name}.pdf")
        assert answer.mimetype == "application/pdf"
        assert answer.data[:5] == b"%PDF-"
        assert world.enrolments[0].person.name not in answer.headers["Content-Disposition"]


@pytest.mark.usefixtures("printable")
def test_a_candidate_sees_their_own_ticket(
    browser: Browser, client: FlaskClient, world: World
) -> None:
    """One's own ticket on the page and as PDF; another's is not there; the ID is masked."""
    make_sitting(world)
    enter(world)
    with transaction():
        account = world.candidate(0)
        stranger = world.candidate(1)
    mine = next(e for e in world.entries if e.enrolment_id == world.enrolments[0].id)
    number, entry_id, tail = mine.ticket_number, mine.id, mine.enrolment.person.id_tail
    browser.sign_in(account)
    page = browser.get("/my/ticket")
    assert number in page.text
    assert "*" * 14 + tail in page.text
    path = f"/my/tickets/{entry_id}/ticket.pdf"
    answer = browser.get(path)
    assert answer.mimetype == "application/pdf"
    text = pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
    assert number in text
    other = Browser(client.application.test_client())
    other.sign_in(stranger)
    assert other.get(path).status_code == 404
    assert number not in other.get("/my/ticket").text


def pages_of(world: World) -> list[str]:
    """Return the addresses of the sitting's pages."""
    assert world.sitting is not None
    here, entry = f"/sittings/{world.sitting.id}", f"/entries/{world.entries[0].id}"
    return [
        here,
        *(f"{here}/{name}" for name in ("invigilators", "start", "check-in", "incidents")),
        *(f"{here}/{name}" for name in ("extension", "closing", "handover")),
        *(f"{here}/{name}" for name in ("tickets.pdf", "seating.pdf")),
        *(f"{here}/{name}" for name in ("door-labels.pdf", "room-record.pdf")),
        f"{entry}/check-in",
        f"{entry}/identity",
        f"{entry}/photo",
    ]


def test_signed_out_leads_to_the_door(browser: Browser, world: World, clock: Clock) -> None:
    """Every page sends who is signed out to the sign-in page."""
    make_open(world, clock.set)
    for path in [*pages_of(world), "/sittings", "/sites", "/my/ticket"]:
        answer = browser.get(path)
        assert answer.status_code == 303, path
        assert "/sign-in" in answer.location


@pytest.mark.parametrize(
    ("kind", "role", "status"),
    [
        (OrganisationKind.PROVIDER, Role.TRAINING_MANAGER, 403),
        (OrganisationKind.ENTERPRISE, Role.ENTERPRISE_CONTACT, 403),
        (OrganisationKind.PLATFORM, Role.SYSADMIN, 403),
        (OrganisationKind.HRSS, Role.ACCEPTANCE, 403),
    ],
)
def test_other_sides_see_no_page(
    browser: Browser, world: World, clock: Clock, kind: OrganisationKind, role: Role, status: int
) -> None:
    """Provider, enterprise, system administrator and bureau are refused every page."""
    make_open(world, clock.set)
    paths = pages_of(world)
    with transaction():
        place = world.provider if kind is OrganisationKind.PROVIDER else make_organisation(kind)
        account = make_staff(role, organisation=place)
    browser.sign_in(account)
    assert {browser.get(path).status_code for path in [*paths, "/sittings"]} == {status}


def test_another_citys_sitting_is_not_there(browser: Browser, world: World, clock: Clock) -> None:
    """An administrator and a chief of another city find nothing."""
    make_open(world, clock.set)
    paths = pages_of(world)
    with transaction():
        far = make_organisation(OrganisationKind.CITY_EM, division_code="370300")
        account = make_staff(Role.EXAM_ADMIN, Role.CHIEF, organisation=far)
    browser.sign_in(account)
    assert {browser.get(path).status_code for path in paths} == {404}
    site = f"/sites/{world.site.id}"
    assert browser.get(site).status_code == 404
    assert browser.get(f"/classes/{world.training_class.id}/sitting-plan").status_code == 404


def test_who_is_tied_sees_no_page(browser: Browser, world: World, clock: Clock) -> None:
    """A chief bound to the provider since is refused every page of the sitting."""
    make_open(world, clock.set)
    paths = [path for path in pages_of(world) if "invigilators" not in path]
    with transaction():
        make_person_tie(world.chief.person, world.provider)
    browser.sign_in(world.chief)
    assert {browser.get(path).status_code for path in paths} == {403}


def test_buttons_need_the_browsers_token(browser: Browser, world: World, clock: Clock) -> None:
    """A POST without the token changes nothing."""
    ready(world)
    assert world.sitting is not None
    here = f"/sittings/{world.sitting.id}"
    clock.set("2025-03-12 08:40")
    browser.sign_in(world.chief)
    assert browser.client.post(f"{here}/opening").status_code == 400
    assert afresh(world).state is SittingState.READY
