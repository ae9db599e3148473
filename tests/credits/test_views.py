"""Pages of hours: the office's, one's own, the enterprise's; each for its owner alone."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import session, transaction
from exam_app.credits import service
from exam_app.credits.models import CreditEntry
from exam_app.marking.terms import Outcome
from exam_app.people import queries as people
from exam_app.people.models import Account
from tests.factories.finished import JILIN, Finished, make_finished
from tests.factories.people import actor_of, make_account, make_organisation, make_staff
from tests.people.test_views import Browser
from tests.reading import faces, pdf_text, printed, xlsx

__all__ = ["faces", "printed"]


@pytest.fixture
def made(app: Flask) -> Finished:
    return make_finished(Outcome.PASS)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def credited(made: Finished) -> CreditEntry:
    actor = actor_of(made.city.officer(Role.CERTIFICATE_OFFICER))
    with transaction():
        return service.credit(made.certificates[0], actor=actor)[0]


def trainee(made: Finished) -> Account:
    with transaction():
        return make_account(person=people.get_person(made.enrolments[0].person_id))


def test_the_officer_credits_a_class_once(browser: Browser, made: Finished) -> None:
    """The page shows the clause, then the ledger; the form is gone when nothing waits."""
    path = f"/classes/{made.training_class.id}/credits"
    browser.sign_in(made.city.officer(Role.CERTIFICATE_OFFICER))
    assert "可将培训学时计入相应的安全生产再培训学时" in browser.get(path).text
    answer = browser.post(path, target="safety_retraining")
    assert answer.status_code == 303
    page = browser.get(path).text
    assert "没有等待登记的证书" in page
    assert "24" in page


def test_a_requirement_the_notice_lacks_comes_back(browser: Browser, made: Finished) -> None:
    """A forged choice is refused on the form, 422."""
    path = f"/classes/{made.training_class.id}/credits"
    browser.sign_in(made.city.officer(Role.CERTIFICATE_OFFICER))
    assert browser.post(path, target="continuing_education").status_code == 422


def test_a_notice_without_credit_offers_no_form(browser: Browser, app: Flask) -> None:
    """Jilin: the page says so and asks for nothing."""
    made = make_finished(Outcome.PASS, profile=JILIN)
    browser.sign_in(made.city.officer(Role.CERTIFICATE_OFFICER))
    page = browser.get(f"/classes/{made.training_class.id}/credits").text
    assert "没有规定计入或减免" in page
    assert 'name="target"' not in page


def test_hours_are_taken_back_by_another(browser: Browser, made: Finished) -> None:
    """The reversal page names what goes; the ledger keeps both lines."""
    entry = credited(made)
    path = f"/credits/{entry.id}/reversal"
    browser.sign_in(made.city.officer(Role.CERTIFICATE_OFFICER))
    assert browser.post(path, reason="").status_code == 422
    assert browser.post(path, reason="登记有误").status_code == 303
    assert "登记有误" in browser.get(f"/classes/{made.training_class.id}/credits").text
    again = browser.post(path, reason="再来")
    assert again.status_code == 422
    assert "已经冲销" in again.text


def test_hours_are_credited_again_for_a_reason(browser: Browser, made: Finished) -> None:
    """Taken back by mistake: the line offers to credit them again, and the ledger says why."""
    entry = credited(made)
    with transaction():
        actor = actor_of(made.city.officer(Role.CERTIFICATE_OFFICER))
        undone = service.reverse(entry, reason="登记有误", actor=actor)
    page, path = f"/classes/{made.training_class.id}/credits", f"/credits/{undone.id}/correction"
    browser.sign_in(made.city.officer(Role.CERTIFICATE_OFFICER))
    assert path in browser.get(page).text
    assert browser.post(path, target="safety_retraining").status_code == 422
    answer = browser.post(path, target="safety_retraining", reason="误冲销")
    assert answer.status_code == 303
    assert "重新登记：误冲销" in browser.get(page).text
    again = browser.post(path, target="safety_retraining", reason="再来")
    assert again.status_code == 422
    assert "只能计一次" in again.text


def test_ones_own_hours_as_page_and_pdf(browser: Browser, made: Finished, printed: None) -> None:
    """Masked, with the clause; the PDF says the same and is recorded."""
    credited(made)
    browser.sign_in(trainee(made))
    page = browser.get("/my/hours").text
    assert "24 学时" in page
    assert "*" * 14 in page
    answer = browser.post("/my/hours/statement", "/my/hours")
    assert answer.mimetype == "application/pdf"
    words = pdf_text(answer.data)
    assert "再培训学时证明" in words
    assert "可将培训学时计入" in words
    assert "年度学时要求" in words
    rows = xlsx(browser.post("/my/hours/statement?format=xlsx&year=2025", "/my/hours").data)
    assert [row[7] for row in rows[1:]] == ["24"]
    rows = xlsx(browser.post("/my/hours/statement?format=xlsx&year=2024", "/my/hours").data)
    assert rows[1:] == []
    assert "24 学时" not in browser.get("/my/hours?year=2024").text
    assert "24 学时" in browser.get("/my/hours?year=abc").text


def test_the_enterprise_sees_its_own_people(
    browser: Browser, made: Finished, printed: None
) -> None:
    """Its own people by page, XLSX and PDF; another enterprise sees nothing of them."""
    credited(made)
    name = made.enrolments[0].person.name
    with transaction():
        contact = make_staff(Role.ENTERPRISE_CONTACT, organisation=made.city.enterprise)
        other = make_staff(
            Role.ENTERPRISE_CONTACT, organisation=make_organisation(OrganisationKind.ENTERPRISE)
        )
    browser.sign_in(contact)
    page = browser.get("/credits/enterprise").text
    assert name in page
    assert "本年度（2025）学时要求" in page
    assert "2025 年度学时要求" in browser.get("/credits/enterprise?year=2025").text
    rows = xlsx(browser.post("/credits/enterprise").data)
    assert rows[1][0] == name
    assert rows[1][1].startswith("*" * 14)
    owed = xlsx(browser.post("/credits/enterprise?format=owed").data)
    assert owed[1][5:9] == ["20", "24", "0", "0"]
    words = pdf_text(browser.post("/credits/enterprise?format=pdf&year=2025").data)
    assert "企业人员再培训学时表" in words
    assert name in words
    browser.client.delete_cookie("session")
    browser.sign_in(other)
    assert name not in browser.get("/credits/enterprise").text


def test_another_citys_ledger_is_not_there(browser: Browser, made: Finished) -> None:
    """404 for class and entry."""
    entry = credited(made)
    with transaction():
        away = make_organisation(OrganisationKind.CITY_EM, division_code="220100")
        stranger = make_staff(Role.CERTIFICATE_OFFICER, organisation=away)
    browser.sign_in(stranger)
    assert browser.get(f"/classes/{made.training_class.id}/credits").status_code == 404
    assert browser.get(f"/credits/{entry.id}/reversal").status_code == 404


def test_the_authority_sees_who_still_lacks(browser: Browser, made: Finished) -> None:
    """Sums by enterprise, then names; the bureau sees the sums alone, another city neither."""
    enterprise, person = made.city.enterprise, made.enrolments[0].person.name
    path = f"/credits/coverage/{enterprise.id}"
    with transaction():
        overseer = make_staff(Role.OVERSEER, organisation=made.city.authority)
        bureau = make_staff(Role.ACCEPTANCE, organisation=make_organisation(OrganisationKind.HRSS))
        away = make_organisation(OrganisationKind.CITY_EM, division_code="220100")
        stranger = make_staff(Role.OVERSEER, organisation=away)
    wanted = ((overseer, True, 200), (bureau, True, 403), (stranger, False, 404))
    for account, sums, names in wanted:
        browser.sign_in(account)
        page = browser.get("/credits/coverage").text
        assert (enterprise.name in page) is sums
        assert (path in page) is (names == 200)
        assert person not in page
        answer = browser.get(path)
        assert answer.status_code == names
        assert (person in answer.text) is (names == 200)
        browser.client.delete_cookie("session")


@pytest.mark.parametrize(
    "path", ["/my/hours", "/credits/enterprise", "/classes/1/credits", "/credits/coverage/1"]
)
def test_the_wrong_duty_is_refused(browser: Browser, made: Finished, path: str) -> None:
    """A system administrator and a training manager open none of these."""
    with transaction():
        admin = make_staff(Role.SYSADMIN, organisation=made.city.authority)
    browser.sign_in(admin)
    assert browser.get(path).status_code == 403
    browser.client.delete_cookie("session")
    assert browser.get(path).status_code == 303
    assert session().query(CreditEntry).count() == 0
