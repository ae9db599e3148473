"""The pages of the office and of the holder."""

from __future__ import annotations

import io
import json
import re

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import queries
from exam_app.certificates.models import Certificate
from exam_app.core.db import session, transaction
from exam_app.marking.terms import Outcome
from exam_app.people.models import Account
from exam_app.people.terms import TieKind
from tests.factories.certificates import (
    RARE,
    approver_of,
    make_key,
    make_signed,
    officer_of,
)
from tests.factories.finished import Finished, make_finished
from tests.factories.people import PASSWORD, make_person_tie, make_staff

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """A browser without JavaScript that sends the token of the page it stands on."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        answer = self.client.get(path, headers={"Accept": "text/html"})
        session().rollback()
        return answer

    def post(self, path: str, page: str, **fields: str) -> TestResponse:
        """Send a form found on the page."""
        found = TOKEN.search(self.get(page).text)
        assert found is not None, f"no form on {page}"
        answer = self.client.post(path, data={"csrf_token": found[1], **fields})
        session().rollback()
        return answer

    def sign_in(self, account: Account) -> Browser:
        """Sign in as the account."""
        name = account.username
        session().rollback()
        answer = self.post("/sign-in", "/sign-in", username=name, password=PASSWORD)
        assert answer.status_code == 303
        return self


def holder_of(made: Finished, place: int = 0) -> Account:
    with transaction():
        account = make_staff(person=made.enrolments[place].person)
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("account", account.id))
    return account


def a_staff(made: Finished, role: Role, *, tied: bool = False, provider: bool = False) -> Account:
    place = made.city.provider if provider else made.city.authority
    with transaction():
        account = make_staff(role, organisation=place)
        if tied:
            make_person_tie(account.person, made.city.provider, TieKind.LECTURER)
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("account", account.id))
    return account


def test_a_class_goes_from_prepared_to_printed(printing: Flask, made: Finished) -> None:
    """The officer prepares, the approver signs, both print; each sees only their own button."""
    make_key()
    page = f"/classes/{made.training_class.id}/certificates"
    officer = Browser(printing).sign_in(officer_of(made))
    approver = Browser(printing).sign_in(approver_of(made))
    shown = officer.get(page).text
    assert "制证（1 人）" in shown
    assert "没有合格成绩" in shown
    assert "80分合格" in shown
    assert officer.post(page, page).status_code == 303
    assert "制证（" not in officer.get(page).text
    assert "签发（" not in officer.get(page).text
    assert "签发（1 份）" in approver.get(page).text
    assert approver.post(f"{page}/signatures", page).status_code == 303
    for browser in (officer, approver):
        answer = browser.post(f"{page}/print", page)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == 1
    assert officer.post(f"{page}/signatures", page).status_code == 403


def test_one_certificate_is_shown_printed_and_printed_again(
    printing: Flask, made: Finished
) -> None:
    """Every signed field, the QR code, PDF, and a reprint that needs its reason."""
    (row,) = make_signed(made)
    page, number = f"/certificates/{row.id}", row.number
    officer = Browser(printing).sign_in(officer_of(made))
    shown = officer.get(page).text
    for words in (number, "查验结论：有效", "24 学时（线下 18，其中实训 6）", "矿山", "<svg"):
        assert words in shown
    assert officer.post(f"{page}/print", page).mimetype == "application/pdf"
    again = f"{page}/reprint"
    assert officer.post(again, again, reason="").status_code == 422
    assert officer.post(again, again, reason="遗失").mimetype == "application/pdf"
    entry = session().scalar(
        select(AuditEntry).where(AuditEntry.action == Action.CERTIFICATE_REPRINTED.value)
    )
    assert entry is not None
    assert json.loads(entry.detail)["reason"] == "遗失"


def test_a_certificate_is_taken_back_by_two(printing: Flask, made: Finished) -> None:
    """Asked on one page, decided on another person's; the page says revoked at once."""
    (row,) = make_signed(made)
    page = f"/certificates/{row.id}"
    first, second = (Browser(printing).sign_in(approver_of(made)) for _ in range(2))
    asking = f"{page}/revocation"
    assert first.post(asking, asking, reason=" ").status_code == 422
    assert first.post(asking, asking, reason="替考").status_code == 303
    assert first.post(asking, asking, reason="替考").status_code == 422
    assert "查验结论：有效" in first.get(page).text
    revocation = queries.revocation_of(row.id)
    assert revocation is not None
    deciding = f"/revocations/{revocation.id}/decision"
    assert first.post(deciding, page).status_code == 403
    answer = second.client.post(
        deciding,
        data={"csrf_token": TOKEN.search(second.get(page).text)[1]},  # type: ignore[index]
        follow_redirects=True,
    )
    assert "查验结论：已吊销" in answer.text
    session().rollback()
    assert second.post(f"{page}/print", page).status_code == 409


def test_the_holder_sees_their_own_alone(printing: Flask) -> None:
    """On /my/certificate: own certificate, QR code, PDF; another's is not there."""
    made = make_finished(Outcome.PASS, Outcome.PASS, Outcome.FAIL, certified=False)
    own, other = make_signed(made)
    browser = Browser(printing).sign_in(holder_of(made))
    shown = browser.get("/my/certificate").text
    assert own.number in shown
    assert "<svg" in shown
    assert other.number not in shown
    answer = browser.post(f"/my/certificate/{own.id}/print", "/my/certificate")
    assert answer.mimetype == "application/pdf"
    denied = browser.post(f"/my/certificate/{other.id}/print", "/my/certificate")
    assert denied.status_code == 404
    assert browser.get(f"/certificates/{own.id}").status_code == 403
    nobody = Browser(printing).sign_in(holder_of(made, 2))
    assert "还没有签发给您的证书" in nobody.get("/my/certificate").text


def test_a_rare_name_is_printed_and_copies_out_the_same(printing: Flask, made: Finished) -> None:
    """U+2CB4E and its like: on the page, in the record, and copied out of the PDF."""
    with transaction():
        made.enrolments[0].person.name = RARE
        trail.record(Action.PERSON_TIED, trail.SYSTEM, made.enrolments[0].person)
    (row,) = make_signed(made)
    page = f"/certificates/{row.id}"
    officer = Browser(printing).sign_in(officer_of(made))
    assert RARE in officer.get(page).text
    pdf = officer.post(f"{page}/print", page).data
    assert RARE in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert queries.find(row.number, RARE) is not None


def test_a_name_without_a_glyph_stops_the_printing_by_name(printing: Flask, made: Finished) -> None:
    """Nothing is printed and nothing recorded; the character is named."""
    with transaction():
        made.enrolments[0].person.name = "张\U000300ff"
        trail.record(Action.PERSON_TIED, trail.SYSTEM, made.enrolments[0].person)
    (row,) = make_signed(made)
    page = f"/certificates/{row.id}"
    answer = Browser(printing).sign_in(officer_of(made)).post(f"{page}/print", page)
    assert answer.status_code == 409
    assert "U+300FF" in answer.text
    query = select(AuditEntry).where(AuditEntry.action == Action.CERTIFICATE_PRINTED.value)
    assert session().scalar(query) is None


ROLES = {
    "tied": (Role.CERTIFICATE_APPROVER, {"tied": True}),
    "tied-officer": (Role.CERTIFICATE_OFFICER, {"tied": True}),
    "provider": (Role.TRAINING_MANAGER, {"provider": True}),
    "sysadmin": (Role.SYSADMIN, {}),
    "marker": (Role.MARKER, {}),
}


@pytest.mark.parametrize("who", sorted(ROLES))
def test_everybody_outside_the_duty_is_refused_on_every_page(
    app: Flask, made: Finished, who: str
) -> None:
    """Provider, tied person, system administrator, marker: no page, no button, no file."""
    (row,) = make_signed(made)
    class_id, certificate_id = made.training_class.id, row.id
    role, how = ROLES[who]
    browser = Browser(app).sign_in(a_staff(made, role, **how))
    for path in (
        f"/classes/{class_id}/certificates",
        f"/certificates/{certificate_id}",
        f"/certificates/{certificate_id}/reprint",
        f"/certificates/{certificate_id}/revocation",
    ):
        assert browser.get(path).status_code in {403, 404}, path
    for path in (
        f"/classes/{class_id}/certificates",
        f"/classes/{class_id}/certificates/signatures",
        f"/classes/{class_id}/certificates/print",
        f"/certificates/{certificate_id}/print",
        f"/certificates/{certificate_id}/reprint",
        f"/certificates/{certificate_id}/revocation",
        f"/my/certificate/{certificate_id}/print",
        "/revocations/1/decision",
    ):
        answer = browser.post(path, "/account/password", reason="试")
        assert answer.status_code in {403, 404}, path
    session().rollback()
    assert session().get_one(Certificate, certificate_id).state.value == "valid"


def test_another_city_finds_nothing(app: Flask, made: Finished) -> None:
    """Another authority's officer gets 404, as for what does not exist."""
    (row,) = make_signed(made)
    with transaction():
        stranger = make_staff(Role.CERTIFICATE_OFFICER, kind=OrganisationKind.CITY_EM)
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("account", stranger.id))
    browser = Browser(app).sign_in(stranger)
    for path in (
        f"/classes/{made.training_class.id}/certificates",
        f"/certificates/{row.id}",
        "/certificates/999999",
    ):
        assert browser.get(path).status_code == 404


def test_a_button_without_the_token_does_nothing(app: Flask, made: Finished) -> None:
    """A POST from elsewhere is refused."""
    browser = Browser(app).sign_in(officer_of(made))
    answer = browser.client.post(f"/classes/{made.training_class.id}/certificates")
    assert answer.status_code == 400
    session().rollback()
    assert queries.certificates_of(made.training_class.id) == []


def test_signed_out_visitors_are_sent_to_the_door(app: Flask, made: Finished) -> None:
    """Pages lead to the sign-in page."""
    browser = Browser(app)
    for path in (f"/classes/{made.training_class.id}/certificates", "/my/certificate"):
        assert browser.get(path).status_code == 303
