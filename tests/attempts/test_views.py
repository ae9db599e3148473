"""The desk, the room's progress and the keying pages, without JavaScript."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exam_app.access.terms import OrganisationKind, Role
from exam_app.attempts import queries
from exam_app.core.db import session, transaction
from exam_app.people import queries as people
from exam_app.people.models import Account
from exam_app.sittings import service as room
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import SittingMode
from tests.attempts.browser import Browser
from tests.conftest import Clock
from tests.factories.attempts import KEY, candidate_of, close, make_running, sit, sitting_of, start
from tests.factories.people import make_organisation, make_staff
from tests.factories.sittings import World


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def account_of(entry: Entry) -> Account:
    """Return the account of the entry's candidate."""
    candidate_of(entry)
    account = people.account_of_person(entry.enrolment.person_id)
    assert account is not None
    return account


def at_the_desk(world: World, browser: Browser) -> str:
    """Sign the first candidate in, start, and return the address of the attempt."""
    browser.sign_in(account_of(world.entries[0]))
    answer = browser.post(f"/desk/entries/{world.entries[0].id}/attempt", page="/desk")
    assert answer.status_code == 303
    found = re.fullmatch(r"(/desk/\d+)/1", answer.headers["Location"])
    assert found is not None
    return found[1]


def seq_of(text: str) -> str:
    """Return the counter a question's page carries."""
    found = re.search(r'name="seq"[^>]*value="(\d+)"', text)
    assert found is not None
    return found[1]


def say(browser: Browser, page: str, *letters: str, go: str = "next", seq: str = "") -> str:
    """Answer a question and return where it leads."""
    seq = seq or seq_of(browser.get(page).text)
    answer = browser.post(page, seq=seq, letters=list(letters), go=go)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_whole_exam_without_javascript(app: Flask, clock: Clock, browser: Browser) -> None:
    """Start, one question after another, look over, check, hand in: each answer saved at once."""
    world = make_running(clock.set, people=1)
    desk = at_the_desk(world, browser)
    first = browser.get(f"{desk}/1").text
    assert "第 1 题，共 10 题" in first
    assert "第1题题干" in first
    assert "此题尚未作答" in first
    assert "<script" not in first
    assert say(browser, f"{desk}/1", "B") == f"{desk}/2"
    assert say(browser, f"{desk}/5", "B", "A") == f"{desk}/6"
    assert "已保存：AB" in browser.get(f"{desk}/5").text
    assert say(browser, f"{desk}/5", "B", "A", go="previous") == f"{desk}/4"
    assert say(browser, f"{desk}/10", "A", go="next") == desk
    assert say(browser, f"{desk}/1", "B", go="clear") == f"{desk}/1"
    assert "此题尚未作答" in browser.get(f"{desk}/1").text
    assert "已保存 2 题，共 10 题" in browser.get(desk).text
    assert "已答 2 题，未答 8 题" in browser.get(f"{desk}/submission").text
    done = browser.post(f"{desk}/submission")
    assert done.headers["Location"] == f"{desk}/receipt"
    receipt = browser.get(f"{desk}/receipt").text
    assert "已交卷" in receipt
    attempt = queries.attempt_of(world.entries[0].id)
    assert attempt is not None
    assert str(attempt.responses_digest) in receipt
    assert queries.responses_of(attempt.id) == {1: "", 5: "AB", 10: "A"}
    for path in (desk, f"{desk}/3", f"{desk}/submission"):
        assert browser.get(path).headers["Location"] == f"{desk}/receipt"


def test_an_old_page_does_not_overwrite(app: Flask, clock: Clock, browser: Browser) -> None:
    """A page that is older than what stands is told so and shown what stands; nothing is lost."""
    world = make_running(clock.set, people=1)
    desk = at_the_desk(world, browser)
    old = seq_of(browser.get(f"{desk}/1").text)
    say(browser, f"{desk}/1", "A", seq=old)
    assert say(browser, f"{desk}/1", "A", seq=old) == f"{desk}/2"
    assert say(browser, f"{desk}/1", "B", seq=old) == f"{desk}/1"
    page = browser.get(f"{desk}/1").text
    assert "此题已在另一个窗口保存为其他答案" in page
    assert "已保存：A" in page


def test_bad_letters_come_back(app: Flask, clock: Clock, browser: Browser) -> None:
    """An option the question does not have is refused on its own page."""
    world = make_running(clock.set, people=1)
    desk = at_the_desk(world, browser)
    answer = browser.post(f"{desk}/1", seq="1", letters="H", go="next")
    assert answer.status_code == 422
    assert browser.get(f"{desk}/11").status_code == 404


def test_time_over_is_said_at_the_desk(app: Flask, clock: Clock, browser: Browser) -> None:
    """After deadline and grace the desk says so; what was saved stays."""
    world = make_running(clock.set, people=1)
    clock.set("2025-03-12 10:50")
    desk = at_the_desk(world, browser)
    say(browser, f"{desk}/1", "A")
    clock.set("2025-03-12 11:02")
    assert say(browser, f"{desk}/1", "B") == desk
    assert "现在不在规定的时间窗内" in browser.get(desk).text
    assert "考试时间已到" in browser.get(desk).text
    assert browser.post(f"{desk}/submission").headers["Location"] == desk
    attempt = queries.attempt_of(world.entries[0].id)
    assert attempt is not None
    assert queries.responses_of(attempt.id) == {1: "A"}


def test_another_computer_takes_over(app: Flask, clock: Clock, browser: Browser) -> None:
    """A second browser asks before it takes over; the first one can't write after that."""
    world = make_running(clock.set, people=1)
    desk = at_the_desk(world, browser)
    say(browser, f"{desk}/1", "A")
    other = Browser(app.test_client())
    other.sign_in(account_of(world.entries[0]))
    page = other.get(f"{desk}/1").text
    assert "正在另一台机器作答" in page
    assert "题干" not in page
    other.post(f"{desk}/seat", page=desk)
    assert "已保存：A" in other.get(f"{desk}/1").text
    say(other, f"{desk}/1", "C")
    assert "正在另一台机器作答" in browser.get(f"{desk}/1").text


def test_ones_own_desk_alone(app: Flask, clock: Clock, browser: Browser) -> None:
    """Another candidate's attempt is not there; signed out one is sent to the door."""
    world = make_running(clock.set, people=2)
    attempt = start(world.entries[1])
    path = f"/desk/{attempt.id}"
    assert "/sign-in" in browser.get("/desk").headers["Location"]
    browser.sign_in(account_of(world.entries[0]))
    for each in (path, f"{path}/1", f"{path}/submission", f"{path}/receipt"):
        assert browser.get(each).status_code == 404
    forged = browser.post(f"/desk/entries/{world.entries[1].id}/attempt", page="/account")
    assert forged.status_code == 404


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        (Role.CHIEF, OrganisationKind.COUNTY_EM),
        (Role.MARKER, OrganisationKind.CITY_EM),
        (Role.TRAINING_MANAGER, OrganisationKind.PROVIDER),
        (Role.SYSADMIN, OrganisationKind.PLATFORM),
    ],
)
def test_staff_have_no_desk(
    app: Flask, clock: Clock, browser: Browser, role: Role, kind: OrganisationKind
) -> None:
    """The desk is the candidates' own."""
    browser.sign_in(make_staff(role, kind=kind))
    assert browser.get("/desk").status_code == 403


def test_the_chief_sees_progress_and_collects(app: Flask, clock: Clock, browser: Browser) -> None:
    """Who answers and how far, no answers; after the close one button collects."""
    world = make_running(clock.set, people=2)
    sitting_id = sitting_of(world).id
    start(world.entries[0])
    sit(world.entries[1], {1: "A", 2: "B"})
    path = f"/sittings/{sitting_id}/attempts"
    browser.sign_in(world.chief)
    page = browser.get(path).text
    assert "作答中" in page
    assert "已交卷" in page
    assert "1 人" in page
    assert "收回未交答卷" not in page
    close_without_collecting(world, clock)
    browser.sign_in(world.chief)
    assert "收回未交答卷" in browser.get(path).text
    assert browser.post(f"{path}/collection", page=path).status_code == 303
    assert "已收回 1 份" in browser.get(path).text
    assert queries.open_attempts(sitting_id) == []


def close_without_collecting(world: World, clock: Clock) -> None:
    """Close the sitting and leave the open attempt."""
    clock.set("2025-03-12 11:05")
    with transaction():
        room.close_sitting(
            sitting_of(world),
            scripts=2,
            second=world.actor(world.invigilators[0]),
            actor=world.actor(world.chief),
        )


def test_progress_is_for_the_exams_own_staff(app: Flask, clock: Clock, browser: Browser) -> None:
    """The provider has no such page, another city's sitting is not there."""
    world = make_running(clock.set, people=1)
    path = f"/sittings/{sitting_of(world).id}/attempts"
    with transaction():
        teacher = make_staff(Role.TRAINING_MANAGER, organisation=world.provider)
        away = make_organisation(OrganisationKind.CITY_EM, division_code="230600")
        stranger = make_staff(Role.EXAM_ADMIN, organisation=away)
    browser.sign_in(teacher)
    assert browser.get(path).status_code == 403
    other = Browser(app.test_client())
    other.sign_in(stranger)
    assert other.get(path).status_code == 404


def keyed(browser: Browser, path: str, answers: dict[int, str]) -> int:
    """Send one reading and return the status."""
    fields = {f"question_{number}": value for number, value in answers.items()}
    return int(browser.post(path, **fields).status_code)


def test_scripts_are_keyed_and_decided(app: Flask, clock: Clock, browser: Browser) -> None:
    """Two keyers and a third, each on their own pages, by ticket number alone."""
    world = make_running(clock.set, mode=SittingMode.PAPER, people=1)
    close(world, clock.set)
    entry, sitting_id = world.entries[0], sitting_of(world).id
    with transaction():
        staff = [make_staff(Role.MARKER, organisation=world.authority) for _ in range(3)]
    browsers = [browser, Browser(app.test_client()), Browser(app.test_client())]
    for each, account in zip(browsers, staff, strict=True):
        each.sign_in(account)
    board, reading = f"/sittings/{sitting_id}/scripts", f"/scripts/{entry.id}/reading"
    page = browser.get(board).text
    assert entry.ticket_number in page
    assert entry.enrolment.person.name not in page
    assert keyed(browser, reading, KEY | {1: "九"}) == 422
    assert keyed(browser, reading, KEY) == 303
    assert "您已录过" in browser.get(board).text
    assert 'value="ACD"' not in browsers[1].get(reading).text
    assert keyed(browsers[1], reading, KEY | {6: "AC"}) == 303
    differences = f"/scripts/{entry.id}/differences"
    assert browser.get(differences).status_code == 409
    page = browsers[2].get(differences).text
    assert "ACD" in page
    assert page.count("<tr>") == 2
    assert browsers[2].post(differences, question_6="acd").status_code == 303
    attempt = queries.attempt_of(entry.id)
    assert attempt is not None
    assert queries.responses_of(attempt.id) == KEY
    session().rollback()


def test_keying_pages_have_their_guard(app: Flask, clock: Clock, browser: Browser) -> None:
    """Invigilators and the provider key nothing; open sittings have no scripts to read."""
    world = make_running(clock.set, mode=SittingMode.PAPER, people=1)
    path = f"/scripts/{world.entries[0].id}/reading"
    with transaction():
        marker = make_staff(Role.MARKER, organisation=world.authority)
    browser.sign_in(world.chief)
    assert browser.get(path).status_code == 403
    other = Browser(app.test_client())
    other.sign_in(marker)
    assert other.get(path).status_code == 403
