"""The pages of the office and of the holder."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import queries as audit
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import decisions, keys, pages, queries, record
from exam_app.certificates.models import Certificate
from exam_app.certificates.passphrase import signing_ring
from exam_app.core.db import session, transaction
from exam_app.core.jobs import work_once
from exam_app.marking.terms import Outcome
from exam_app.people.models import Account
from exam_app.people.terms import TieKind
from exam_app.stages import JOBS
from tests.conftest import ONE_DATABASE
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


def worked(answer: TestResponse, browser: Browser) -> str:
    """Let the work that a page asked for be done; return how its page says it ended."""
    assert answer.status_code == 303
    assert "0 / —" in browser.get(answer.location).text
    while work_once(JOBS):
        pass
    found = re.search(r'class="verdict[^"]*"><h2>([^<]+)', browser.get(answer.location).text)
    assert found is not None
    return found[1]


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
    page, holder = f"/classes/{made.training_class.id}/certificates", made.enrolments[0].person.name
    officer = Browser(printing).sign_in(officer_of(made))
    approver = Browser(printing).sign_in(approver_of(made))
    shown = officer.get(page).text
    assert "制证（1 人）" in shown
    assert "没有合格成绩" in shown
    assert "80分合格" in shown
    assert worked(officer.post(page, page), officer) == "已完成"
    assert "制证（" not in officer.get(page).text
    assert "签发（" not in officer.get(page).text
    assert "签发（1 份）" in approver.get(page).text
    assert worked(approver.post(f"{page}/signatures", page), approver) == "已完成"
    for browser in (officer, approver):
        answer = browser.post(f"{page}/print", page)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == 1
        packed = browser.post(f"{page}/files", page)
        assert (packed.status_code, packed.mimetype) == (200, "application/zip")
        (name,) = zipfile.ZipFile(io.BytesIO(packed.data)).namelist()
        assert name.endswith(f"-{holder}.pdf")
    assert officer.post(f"{page}/signatures", page).status_code == 403


@ONE_DATABASE
def test_a_name_that_cannot_be_printed_does_not_stop_the_class(printing: Flask) -> None:
    """One of two is in the files and in the trail; page and files name the other."""
    made = make_finished(Outcome.PASS, Outcome.PASS, certified=False)
    odd, plain = make_signed(made)
    folder, issuer = pages.config().keys, int(made.city.authority.division_code)
    signer = keys.load_signer(folder, signing_ring(), issuer=issuer, on=odd.issued_on)
    with transaction():  # as one that was signed under a face that has the character
        odd.fields = {**odd.fields, "name": "张\U0003134a"}
        odd.record = record.sign(record.encode(record.from_plain(odd.fields)), signer)
        trail.record(Action.CERTIFICATE_SIGNED, trail.SYSTEM, odd)
    page, numbers = f"/classes/{made.training_class.id}/certificates", (odd.number, plain.number)
    officer = Browser(printing).sign_in(officer_of(made))
    assert f"证书 {numbers[0]} 的姓名含有字库没有的字（U+3134A）" in officer.get(page).text
    printed = pypdf.PdfReader(io.BytesIO(officer.post(f"{page}/print", page).data))
    assert [numbers[1] in each.extract_text() for each in printed.pages] == [True, False]
    assert f"{numbers[0]}　张〓　缺字 U+3134A" in printed.pages[1].extract_text()
    packed = zipfile.ZipFile(io.BytesIO(officer.post(f"{page}/files", page).data))
    assert [each[:5] for each in packed.namelist()] == [numbers[1][:5], "未打印.t"]
    session().rollback()
    handed = audit.details_of([Action.CERTIFICATE_PRINTED.value])
    assert [detail["numbers"] for _, detail in handed] == [[numbers[1]]] * 2


def test_one_certificate_is_shown_printed_and_printed_again(
    printing: Flask, made: Finished
) -> None:
    """Every signed field, the QR code, PDF, and a reprint that needs its reason."""
    (row,) = make_signed(made)
    page, number = f"/certificates/{row.id}", row.number
    officer = Browser(printing).sign_in(officer_of(made))
    listing = officer.get(f"/classes/{made.training_class.id}/certificates").text
    (cell,) = [each for each in listing.split("</td>") if f">{number}<" in each]
    assert f'action="{page}/print"' in cell  # beside the number, in sight on a phone too
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


def test_a_certificate_is_held_up_and_issued_anew_by_two(printing: Flask, made: Finished) -> None:
    """Asked by one, decided by the other; old and new page lead to each other; all say so."""
    (row,) = make_signed(made)
    number, page = row.number, f"/certificates/{row.id}"
    officer = Browser(printing).sign_in(officer_of(made))
    first, second = (Browser(printing).sign_in(approver_of(made)) for _ in range(2))
    holder = Browser(printing).sign_in(holder_of(made))
    holding = f"{page}/suspension"
    assert first.post(holding, holding, reason="").status_code == 422
    for words in ("已暂停", "有效"):
        assert first.post(holding, holding, reason="核查").status_code == 303
        change = queries.issued_facts(session().get_one(Certificate, row.id)).open_change
        assert change is not None
        deciding = f"/certificate-changes/{change.id}/hold"
        assert first.post(deciding, page).status_code == 403
        assert second.post(deciding, page).status_code == 303
        assert f"查验结论：{words}" in first.get(page).text
        assert f"查验结论：{words}" in holder.get("/my/certificate").text
    for path in ("correction", "replacement"):
        asking = f"{page}/{path}"
        assert officer.post(asking, asking, reason="遗失").status_code == 303
        assert officer.post(asking, asking, reason="遗失").status_code == 422
        change = queries.issued_facts(session().get_one(Certificate, row.id)).open_change
        assert change is not None
        if path == "correction":
            assert second.post(f"/certificate-changes/{change.id}/issue", page).status_code == 409
            refusal = f"/certificate-changes/{change.id}/rejection"
            assert second.post(refusal, page).status_code == 303
    answer = second.post(f"/certificate-changes/{change.id}/issue", page)
    assert answer.status_code == 303
    assert f'替换原证书 <a href="{page}">{number}' in " ".join(
        second.get(answer.location).text.split()
    )
    for browser, path in ((second, page), (holder, "/my/certificate")):
        shown = browser.get(path).text
        assert "查验结论：已被替换" in shown
        assert "新证书" in shown
    answer = holder.post(f"/my/certificate/{row.id}/print", "/my/certificate")
    assert answer.status_code == 409


def test_a_sitting_is_voided_by_two(printing: Flask, made: Finished) -> None:
    """From the class's page; what it takes with it is shown before; results say so after."""
    (row,) = make_signed(made)
    page = f"/sittings/{made.sitting.id}/voiding"
    first, second = (Browser(printing).sign_in(approver_of(made)) for _ in range(2))
    assert page in first.get(f"/classes/{made.training_class.id}/certificates").text
    assert row.number in first.get(page).text
    assert first.post(page, page, reason="").status_code == 422
    assert first.post(page, page, reason="泄题").status_code == 303
    (voiding,) = decisions.voidings_of(made.sitting.id)
    place = f"/sitting-voidings/{voiding.id}"
    assert first.post(f"{place}/decision", page).status_code == 403
    assert "整场作废" in second.get("/").text
    assert second.post(f"{place}/decision", page).status_code == 303
    assert "查验结论：已吊销" in first.get(f"/certificates/{row.id}").text
    assert "已作废" in first.get(page).text
    assert second.post(f"{place}/rejection", page).status_code in {400, 409}
    holder = Browser(printing).sign_in(holder_of(made))
    assert "本场考试已整场作废" in holder.get("/my/results").text


def test_a_revocation_is_rejected_on_its_page(printing: Flask, made: Finished) -> None:
    """The other person says no; the certificate stays as it was."""
    (row,) = make_signed(made)
    page, asking = f"/certificates/{row.id}", f"/certificates/{row.id}/revocation"
    first, second = (Browser(printing).sign_in(approver_of(made)) for _ in range(2))
    assert first.post(asking, asking, reason="替考").status_code == 303
    revocation = decisions.revocation_of(row.id)
    assert revocation is not None
    assert second.post(f"/revocations/{revocation.id}/rejection", page).status_code == 303
    assert "查验结论：有效" in first.get(page).text


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
    revocation = decisions.revocation_of(row.id)
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


def test_a_name_without_a_glyph_is_listed_with_its_reason(app: Flask, made: Finished) -> None:
    """Nobody is given a certificate that cannot be printed; the page says why."""
    with transaction():
        made.enrolments[0].person.name = "张\U000300ff"
        trail.record(Action.PERSON_TIED, trail.SYSTEM, made.enrolments[0].person)
    page = f"/classes/{made.training_class.id}/certificates"
    answer = Browser(app).sign_in(officer_of(made)).get(page)
    assert "姓名中有字库没有的字，证书无法打印" in answer.text


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
