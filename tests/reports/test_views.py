"""Pages of reports: figures, payment, class file, trail; for whom, with what, recorded how."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import checkpoint
from exam_app.audit.models import AccessEvent, AuditEntry
from exam_app.core.crypto import keyring
from exam_app.core.db import session, transaction
from exam_app.marking.terms import Outcome
from exam_app.people.models import Account
from exam_app.reports.models import Snapshot
from tests.factories.finished import JILIN, Finished, make_city, make_finished
from tests.factories.people import make_organisation, make_staff
from tests.people.test_views import Browser
from tests.reading import faces, pdf_text, printed, xlsx

__all__ = ["faces", "printed"]
PASS, FAIL = Outcome.PASS, Outcome.FAIL
KINDS = OrganisationKind


@pytest.fixture
def made(app: Flask) -> Finished:
    return make_finished(PASS, PASS, FAIL)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def enter(browser: Browser, kind: KINDS, role: Role, *, code: str = "230700") -> None:
    with transaction():
        body = make_organisation(kind, division_code=code)
        account = make_staff(role, organisation=body)
    browser.client.delete_cookie("session")
    browser.sign_in(account)


def test_the_regulator_reads_figures_without_names(browser: Browser, made: Finished) -> None:
    """Coverage, pass rate, by industry; no person, no class, no way to change anything."""
    enter(browser, KINDS.REGULATOR, Role.OVERSEER)
    page = browser.get("/reports/figures").text
    assert "66.6%" in page
    assert "矿山" in page
    assert made.enrolments[0].person.name not in page
    assert page.count('method="post"') == 2  # language and signing out
    assert browser.get("/reports/overview").status_code == 403


def test_figures_of_another_region_are_empty(browser: Browser, made: Finished) -> None:
    """A bureau of another province sees no project of this one."""
    enter(browser, KINDS.HRSS, Role.ACCEPTANCE, code="220100")
    for path in ("/reports/figures", "/reports/overview"):
        assert made.project.name not in browser.get(path).text
    for name in ("coverage", "payable", "acceptance"):
        path = f"/reports/projects/{made.project.id}/{name}"
        assert browser.get(path).status_code == 404
    assert browser.get(f"/classes/{made.training_class.id}/file").status_code == 404


def test_targets_stand_only_where_the_notice_has_them(browser: Browser, app: Flask) -> None:
    """Jilin's page holds 95 % with its words; Yichun's page has no pass rate to reach."""
    jilin, yichun = make_finished(PASS, profile=JILIN), make_finished(PASS)
    enter(browser, KINDS.HRSS, Role.ACCEPTANCE)
    page = browser.get(f"/reports/projects/{jilin.project.id}/coverage").text
    assert "考试合格率应不低于95%" in page
    assert "bar-target" in page
    page = browser.get(f"/reports/projects/{yichun.project.id}/coverage").text
    assert "合格率应不低于" not in page
    assert "2025年4月末前实现培训全覆盖" in page


def test_the_coverage_report_is_frozen(browser: Browser, made: Finished) -> None:
    """The XLSX carries the digest of what was frozen."""
    enter(browser, KINDS.HRSS, Role.ACCEPTANCE)
    answer = browser.post(f"/reports/projects/{made.project.id}/coverage")
    rows = xlsx(answer.data)
    frozen = session().scalars(select(Snapshot)).one()
    assert ["SHA-256", frozen.digest] == rows[-1][:2]
    assert rows[1][1:6] == ["131", "82", "3", "3", "2"]


def test_from_list_to_payment(browser: Browser, made: Finished) -> None:
    """The bureau accepts, the agency lists and pays; each step shows on the overview."""
    base = f"/reports/projects/{made.project.id}"
    enter(browser, KINDS.HRSS, Role.ACCEPTANCE)
    given = {"number": "YS-1", "on": "2025-03-10", "conclusion": "accepted", "note": ""}
    assert browser.post(f"{base}/acceptance", **{**given, "on": "2025-03-11"}).status_code == 422
    assert browser.post(f"{base}/acceptance", **given).status_code == 303
    enter(browser, KINDS.SIA, Role.PAYER)
    assert "验收合格" in browser.get("/reports/overview").text
    paid = {"voucher": "P-1", "on": "2025-03-10", "yuan": "490.00"}
    early = browser.post(f"{base}/payment", **paid)
    assert early.status_code == 422
    assert "尚未导出应支付名单" in early.text
    assert browser.post(f"{base}/payable", purpose="").status_code == 422
    listed = xlsx(browser.post(f"{base}/payable", purpose="拨付工伤预防费").data)
    assert len(listed) == 1 + 2 + 2
    assert listed[1][1].startswith("*" * 14)
    assert "参加培训并考试合格的" in listed[3][0]
    for yuan in ("sNaN", "1e999", "0"):
        assert browser.post(f"{base}/payment", **{**paid, "yuan": yuan}).status_code == 422
    assert browser.post(f"{base}/payment", **paid).status_code == 303
    assert "已登记" in browser.get("/reports/overview").text


def test_looking_at_names_is_noted(browser: Browser, made: Finished) -> None:
    """The payable list and the class file leave an access event each, and no trail entry."""
    enter(browser, KINDS.HRSS, Role.ACCEPTANCE)
    before = session().query(AuditEntry).count()
    browser.get(f"/reports/projects/{made.project.id}/payable")
    browser.get(f"/classes/{made.training_class.id}/file")
    seen = select(AccessEvent.permission).where(AccessEvent.kind == "view")
    assert set(session().scalars(seen)) == {
        "reports:payable:view",
        "reports:class_file:export",
    }
    assert session().query(AuditEntry).count() == before


def test_the_class_file_leaves_as_json_and_pdf(
    browser: Browser, made: Finished, printed: None
) -> None:
    """The JSON's SHA-256 is the digest; the PDF prints it on its pages; marks stay inside."""
    path = f"/classes/{made.training_class.id}/file"
    enter(browser, KINDS.HRSS, Role.ACCEPTANCE)
    page = browser.get(path).text
    assert "各环节办理人" in page
    assert "合格线" not in page
    assert browser.post(path, purpose="", format="json").status_code == 422
    answer = browser.post(path, purpose="评估验收", format="json")
    digest = hashlib.sha256(answer.data).hexdigest()
    assert session().scalars(select(Snapshot.digest)).one() == digest
    assert json.loads(answer.data)["class"]["code"] == made.training_class.code
    printed_file = browser.post(path, purpose="评估验收", format="pdf")
    words = pdf_text(printed_file.data)
    newest = session().scalars(select(Snapshot.digest).order_by(Snapshot.id.desc())).first()
    assert f"SHA-256 {newest}" in words
    assert "班次档案" in words
    assert made.enrolments[0].person.name in words


def test_the_class_file_shows_no_id_number(browser: Browser, made: Finished) -> None:
    """Masked everywhere: only the last four characters of each."""
    with transaction():
        overseer = make_staff(Role.OVERSEER, organisation=made.city.authority)
    browser.sign_in(overseer)
    page = browser.get(f"/classes/{made.training_class.id}/file").text
    assert "*" * 14 + made.enrolments[0].person.id_tail in page
    assert "合格线 80/100" in page


@pytest.mark.parametrize(
    "path",
    [
        "/reports/figures",
        "/reports/overview",
        "/reports/audit",
        "/reports/audit/entries",
        "/reports/projects/1/coverage",
        "/reports/projects/1/payable",
        "/reports/projects/1/acceptance",
        "/reports/projects/1/payment",
        "/classes/1/file",
    ],
)
def test_provider_and_sysadmin_have_no_report(browser: Browser, made: Finished, path: str) -> None:
    """403 for both, the door for nobody."""
    assert browser.get(path).status_code == 303
    teacher = session().get(Account, made.city.staff["teacher"].id)
    assert teacher is not None
    browser.sign_in(teacher)
    assert browser.get(path).status_code == 403
    enter(browser, KINDS.PLATFORM, Role.SYSADMIN)
    assert browser.get(path).status_code == 403


@pytest.fixture
def auditor(browser: Browser, app: Flask) -> Browser:
    """Return a browser with an auditor, over a trail whose heads can be signed."""
    checkpoint.create_key(Path(app.instance_path) / "keys", keyring(), origin="exam.test/audit")
    city = make_city()
    with transaction():
        account = make_staff(Role.AUDITOR, organisation=city.authority)
    browser.sign_in(account)
    return browser


def test_the_trail_opens_after_a_reason(auditor: Browser) -> None:
    """No list before; afterwards the reason itself stands in it."""
    assert auditor.get("/reports/audit/entries").status_code == 409
    assert auditor.post("/reports/audit", reason="").status_code == 422
    assert auditor.post("/reports/audit", reason="年度审计第三号").status_code == 303
    page = auditor.get("/reports/audit/entries").text
    assert "年度审计第三号" in page
    assert auditor.get("/reports/audit").headers["Location"].endswith("/reports/audit/entries")


def test_the_list_is_narrowed(auditor: Browser) -> None:
    """By action, class code and user name; an unknown name is said, not guessed."""
    auditor.post("/reports/audit", reason="审计")
    path = "/reports/audit/entries"
    assert "查阅痕迹" in auditor.get(f"{path}?action=audit:trail:view").text
    assert "暂无" in auditor.get(f"{path}?action=bank:item:write").text
    assert "没有这个班次编号或用户名" in auditor.get(f"{path}?class_code=X").text
    assert "没有这个班次编号或用户名" in auditor.get(f"{path}?username=nobody").text


def test_a_whole_trail_is_said_to_be_whole(auditor: Browser) -> None:
    """And a row changed behind the application's back is named."""
    auditor.post("/reports/audit", reason="审计")
    entries = "/reports/audit/entries"
    assert "未发现改动" in auditor.post("/reports/audit/check", entries).text
    made = make_finished(PASS)
    session().execute(
        text("UPDATE result SET total = '12.000' WHERE id = :id"), {"id": made.results[0].id}
    )
    session().commit()
    assert "发现 1 处问题" in auditor.post("/reports/audit/check", entries).text


def test_head_and_trail_leave_with_a_reason(auditor: Browser, app: Flask) -> None:
    """A signed head that its key verifies; a ZIP with every entry and a head over them."""
    auditor.post("/reports/audit", reason="审计")
    entries = "/reports/audit/entries"
    assert auditor.post("/reports/audit/head", entries, reason="").status_code == 303
    head = auditor.post("/reports/audit/head", entries, reason="交见证单位")
    key = checkpoint.load_public(Path(app.instance_path) / "keys")
    assert checkpoint.read_note(head.data.decode(), key).streams[0].stream == "global"
    export = auditor.post("/reports/audit/export", entries, reason="交见证单位")
    archive = zipfile.ZipFile(io.BytesIO(export.data))
    lines = archive.read("trail.jsonl").decode().splitlines()
    note = checkpoint.read_note(archive.read("trail.heads").decode(), key)
    assert note.streams[0].size <= len(lines)
    assert any("audit:trail:export" in line for line in lines)


def test_reading_the_list_changes_nothing(auditor: Browser) -> None:
    """Opening is an entry; looking around is none."""
    auditor.post("/reports/audit", reason="审计")
    before = session().query(AuditEntry).count()
    auditor.get("/reports/audit/entries?page=2")
    assert session().query(AuditEntry).count() == before
