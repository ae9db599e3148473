"""Files in and out: names kept apart, gaps come in as drafts, long imports, exports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from exam_app.audit.models import AuditEntry
from exam_app.bank import exchange, queries, service
from exam_app.bank.models import ItemEnemy, ItemRow
from exam_app.bank.rules import ItemInvalid
from exam_app.bank.service import imports
from exam_app.bank.terms import ItemState
from exam_app.core import files
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, Missing, NotAllowed
from exam_app.core.jobs import Job, JobState, work_once
from exam_app.stages import JOBS
from question_bank.exchange import formats, gift, xlsx
from question_bank.exchange.formats import Format
from question_bank.item import ItemSet
from tests.factories.bank import Office, approve_items, make_bank, make_item

FOREIGN = "::q1::安全生产的方针是什么？{=安全第一、预防为主 ~效益第一 ~进度第一}\n"
OWNER = "items:test"


def rows() -> list[ItemRow]:
    """Return all items of the bank."""
    return list(session().scalars(select(ItemRow).order_by(ItemRow.id)))


def take(office: Office, data: bytes, name: str) -> service.ImportReport:
    """Import a file as the writer, good rows alone."""
    with transaction():
        return service.import_items(
            data, name, reason="移交旧题库", only_valid=True, actor=office.actor(office.writer)
        )


def test_an_item_without_its_basis_comes_in_as_a_draft(office: Office) -> None:
    """It cannot be sent to review before law, article, words and topic are filled in."""
    report = take(office, FOREIGN.encode(), "旧题.gift")
    assert (report.accepted, report.gaps) == (1, 1)
    (row,) = rows()
    assert row.state is ItemState.DRAFT
    with pytest.raises(ItemInvalid) as refused, transaction():
        service.submit_item(row, actor=office.actor(office.writer))
    codes = {code for code, _ in refused.value.facts["problems"]}
    assert codes == {"topic-missing", "law-missing", "article-missing", "quote-missing"}


def test_a_name_of_another_system_makes_no_new_version(office: Office) -> None:
    """``q1`` of a second file is another item, and the same file again changes nothing."""
    take(office, FOREIGN.encode(), "甲.gift")
    other = "::q1::发生火灾应当先做什么？{=报警 ~拍照 ~离岗}\n".encode()
    report = take(office, other, "乙.gift")
    assert report.accepted == 1
    assert [each.code for each in report.notes] == ["id-replaced"]
    assert len({row.code for row in rows()}) == 2
    again = take(office, other, "乙.gift")
    assert (again.accepted, again.unchanged) == (0, 1)


def test_a_changed_item_of_our_own_is_a_newer_version(office: Office) -> None:
    """The preview says so before anything is written."""
    approve_items(office, [make_item(1)])
    revised = replace(make_item(1), stem=make_item(1).stem.replace("什么", "哪些"))
    data = xlsx.write_items([revised])
    report = service.check_items(data, "改.xlsx", actor=office.actor(office.writer))
    assert report.newer == (make_item(1).id,)
    take(office, data, "改.xlsx")
    assert [row.version for row in rows()] == [1, 2]


def test_enemies_and_cases_of_a_file_are_kept(office: Office) -> None:
    """Pairs come as pairs, the case with each of its items."""
    case = ItemSet("K-01", "某公司发生一起事故。")
    items = [replace(make_item(number), item_set=case) for number in (1, 2, 3)]
    items[0] = replace(items[0], enemies=frozenset({make_item(9).id}))
    take(office, xlsx.write_items([*items, make_item(9)]), "案例.xlsx")
    assert [row.set_code for row in rows()] == ["K-01", "K-01", "K-01", None]
    pair = session().scalars(select(ItemEnemy)).one()
    assert {pair.first_code, pair.second_code} == {items[0].id, make_item(9).id}


def queued(office: Office, data: bytes, name: str = "题.xlsx", *, only_valid: bool = False) -> int:
    """Keep an upload and queue its import; return the job's id."""
    token = files.keep(data, name, owner=OWNER)
    with transaction():
        job = service.enqueue_import(
            token,
            owner=OWNER,
            reason="移交旧题库",
            only_valid=only_valid,
            reading=exchange.Reading(),
            actor=office.actor(office.writer),
        )
        return job.id


def finished(job_id: int) -> Job:
    """Do the waiting work and return the job."""
    assert work_once(JOBS)
    job = session().get(Job, job_id)
    assert job is not None
    return job


def test_a_long_import_runs_in_steps(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress by rows, one entry a step, the upload gone afterwards."""
    monkeypatch.setattr(imports, "CHUNK", 4)
    data = xlsx.write_items([make_item(number) for number in range(10)])
    job = finished(queued(office, data))
    assert (job.state, job.done, job.total) == (JobState.DONE, 10, 10)
    assert job.outcome is not None
    assert (job.outcome["read"], job.outcome["imported"], job.outcome["skipped"]) == (10, 10, 0)
    assert len(rows()) == 10
    actions = session().scalars(select(AuditEntry.action))
    assert list(actions).count("bank:item:import") == 3
    with pytest.raises(Missing):
        files.kept(job.arguments["token"], owner=OWNER)


def test_an_interrupted_import_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first worker took over is not taken twice; the outcome counts all of it."""
    monkeypatch.setattr(imports, "CHUNK", 4)
    data = xlsx.write_items([make_item(number) for number in range(10)])
    job_id = queued(office, data)
    put, done = imports._put, []

    def stumble(*given: object) -> ItemRow:
        done.append(given)
        if len(done) == 6:
            raise OSError("disk")
        return put(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(imports, "_put", stumble)
    assert finished(job_id).state is JobState.WAITING
    assert len(rows()) == 4
    job = finished(job_id)
    assert job.outcome is not None
    assert (job.outcome["imported"], job.outcome["unchanged"], len(rows())) == (10, 0, 10)


@pytest.mark.parametrize(("only_valid", "imported"), [(False, 0), (True, 2)])
def test_bad_rows_hold_a_long_import_back_unless_chosen(
    office: Office, only_valid: bool, imported: int
) -> None:
    """The outcome names each row; the good ones come in by explicit choice alone."""
    again = replace(make_item(1), stem="重复编号的另一题")
    table = xlsx.write_items([make_item(1), make_item(2), again])
    job = finished(queued(office, table, only_valid=only_valid))
    assert job.outcome is not None
    assert (job.outcome["imported"], job.outcome["skipped"]) == (imported, 1)
    assert [each["row"] for each in job.outcome["problems"]] == [4]
    assert len(rows()) == imported


def test_long_work_asks_for_the_duty_again(office: Office) -> None:
    """Who lost the account in the meantime imports nothing."""
    job_id = queued(office, xlsx.write_items([make_item(1)]))
    with transaction():
        office.writer.is_active = False
    job = finished(job_id)
    assert (job.state, rows()) == (JobState.FAILED, [])
    assert job.error == {"code": "account-disabled", "facts": {}}


@pytest.mark.parametrize("kind", service.EXPORTS)
def test_what_goes_out_comes_back(office: Office, kind: Format) -> None:
    """The approved items, all fields the format can say, on record with a reason."""
    make_bank(office)
    reviewer = office.actor(office.reviewer)
    with transaction():
        written = service.export_items(kind, reason="移交市局", actor=reviewer)
    back = formats.read(written.data, f"items{written.suffix}")
    assert back.problems == ()
    approved = {item.id: item for item in queries.approved(office.authority.id)}
    assert {item.id for item in back.items} == set(approved)
    told = {problem.item for problem in written.lost}
    for item in back.items:
        if item.id not in told:
            assert replace(item, version=1) == approved[item.id]


def test_an_export_needs_a_reason_and_a_duty(office: Office) -> None:
    """The writer may not, and nothing goes out unsaid."""
    make_bank(office)
    with pytest.raises(BadInput, match="reason-missing"), transaction():
        service.export_items(Format.XLSX, reason=" ", actor=office.actor(office.reviewer))
    with pytest.raises(NotAllowed), transaction():
        service.export_items(Format.XLSX, reason="移交", actor=office.actor(office.writer))
    with pytest.raises(BadInput, match="items-missing"), transaction():
        service.export_items(
            Format.XLSX, topic="Z", reason="移交", actor=office.actor(office.reviewer)
        )


def test_a_format_that_says_less_names_what_is_lost(office: Office) -> None:
    """GIFT read by its own reader gives what it can say."""
    items = gift.write_items([make_item(1)])
    assert {problem.code for problem in items.lost} <= {"field-not-said"}


def test_the_application_starts_with_its_work(app: Flask) -> None:
    """Each kind of long work has one handler."""
    assert imports.JOB in JOBS
