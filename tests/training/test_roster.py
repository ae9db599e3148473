"""Rosters: every bad row by its own number, nothing by halves, the enterprise's word, the lock."""

from __future__ import annotations

import io
import threading

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit.models import AuditEntry
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.core.messages import sentence
from exam_app.people import queries as people
from exam_app.people.models import Person
from exam_app.training import adapter, labels, queries, service
from exam_app.training.models import Enrolment, ImportedFile, TrainingClass
from exam_app.training.terms import ClassState, PersonnelCategory
from tabular import read_records, read_table
from tests.factories.people import (
    actor_of,
    id_number,
    make_actor,
    make_organisation,
    make_person,
    make_person_tie,
)
from tests.factories.training import (
    Town,
    confirm,
    lock_roster,
    make_class,
    make_officer,
    make_project,
    make_roster,
    make_town,
    roster_file,
    roster_row,
)

NAME, NUMBER, CODE, FIRM, CATEGORY, PHONE = range(6)


@pytest.fixture
def town(app: Flask) -> Town:
    return make_town()


@pytest.fixture
def training_class(town: Town) -> TrainingClass:
    return make_class(town, make_project(town))


def take(
    town: Town, training_class: TrainingClass, data: bytes, *, only_valid: bool = False
) -> service.Import:
    """Import a roster as the provider's clerk."""
    with transaction():
        return service.import_roster(
            training_class, data, "名册.xlsx", only_valid=only_valid, actor=town.acting("clerk")
        )


def count(kind: type) -> int:
    return session().scalar(select(func.count()).select_from(kind)) or 0


def sheet(rows: list[list[str | int] | None]) -> bytes:
    """Return a workbook in which whole numbers are numbers; None leaves a row empty."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet("名册")
    page.write_row(0, 0, adapter.ROSTER_COLUMNS)
    for place, row in enumerate(rows, start=1):
        for column, value in enumerate(row or []):
            if isinstance(value, int):
                page.write_number(place, column, value)
            else:
                page.write_string(place, column, value)
    book.close()
    return held.getvalue()


def test_a_good_file_becomes_the_roster(town: Town, training_class: TrainingClass) -> None:
    """Each row is one enrolment, not yet confirmed; its file and the trail remember it."""
    firm = town.enterprises[0]
    rows = [roster_row(firm, name="李雪"), roster_row(firm, name="王 强", phone="13800000000")]
    done = take(town, training_class, roster_file(*rows))
    assert (done.rows, done.accepted, done.problems, done.duplicate) == (2, 2, (), False)
    first, second = queries.enrolments_of(training_class.id)
    assert (first.person.name, second.person.name) == ("李雪", "王强")
    assert second.person.phone == "13800000000"
    assert not first.real_name
    assert first.enterprise_id == firm.id
    entry = session().scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None
    assert entry.action == "training:roster:import"
    assert entry.class_id == training_class.id


def test_each_mistake_is_named_by_its_own_row(town: Town, training_class: TrainingClass) -> None:
    """One kind of mistake a row, an empty row between them; nothing at all is taken over."""
    firm, other = town.enterprises
    with transaction():
        number = people.id_number_of(make_person(name="赵真"))
    elsewhere = make_class(town, training_class.project)
    (held,) = make_roster(town, elsewhere, 1)
    taken = people.id_number_of(held.person)

    def row(**over: str | int) -> list[str | int]:
        made: list[str | int] = [*roster_row(firm)]
        for name, value in over.items():
            made[globals()[name]] = value
        return made

    bad_check = id_number()
    bad_check = bad_check[:17] + ("0" if bad_check[17] != "0" else "1")
    repeated = row()
    rows: list[list[str | int] | None] = [
        row(),                                   # 2: good
        row(NUMBER=bad_check),                   # 3
        row(NUMBER=id_number()[:17]),            # 4
        row(NUMBER=230700198503120000),          # 5: typed as a number, its last digits are gone
        None,                                    # 6: empty
        row(CODE="91230700MADEMG0000"),          # 7
        row(CODE=town.provider.credit_code),     # 8: a provider sends nobody
        row(FIRM=other.name),                    # 9: the other firm's name
        row(CATEGORY="安全员"),                   # 10
        row(CATEGORY="分管负责人"),                # 11: 不得大合堂
        row(NAME=""),                            # 12
        row(NAME="张3"),                          # 13
        row(NAME="=HYPERLINK(1)"),               # 14: and a digit
        row(NAME="长" * 61),                      # 15
        row(PHONE="12345"),                      # 16
        row(NAME="赵假", NUMBER=number),          # 17: registered as 赵真
        row(NAME=held.person.name, NUMBER=taken),  # 18: in another class of the project
        repeated,                                # 19: good
        repeated,                                # 20: once more
        row(CODE=""),                            # 21
        row(FIRM=""),                            # 22
    ]  # fmt: skip
    persons, enrolments = count(Person), count(Enrolment)
    done = take(town, training_class, sheet(rows))
    found = [(each.row, each.column, each.code) for each in done.problems]
    assert found == [
        (3, "身份证号", "people-id-check"),
        (4, "身份证号", "people-id-length"),
        (5, "身份证号", "id-number-not-text"),
        (7, "统一社会信用代码", "enterprise-unknown"),
        (8, "统一社会信用代码", "enterprise-unknown"),
        (9, "单位名称", "enterprise-name-differs"),
        (10, "人员类别", "category-unknown"),
        (11, "人员类别", "category-differs"),
        (12, "姓名", "cell-empty"),
        (13, "姓名", "name-with-digits"),
        (14, "姓名", "cell-formula"),
        (14, "姓名", "name-with-digits"),
        (15, "姓名", "cell-too-long"),
        (16, "手机号", "people-bad-phone"),
        (17, "姓名", "name-differs-from-register"),
        (18, "身份证号", "already-enrolled"),
        (20, "身份证号", "row-repeated"),
        (21, "统一社会信用代码", "cell-empty"),
        (22, "单位名称", "cell-empty"),
    ]
    assert (done.rows, done.accepted) == (20, 0)
    assert (count(Person), count(Enrolment)) == (persons, enrolments)
    assert queries.enrolments_of(training_class.id) == []
    assert count(ImportedFile) == 1  # the other class's
    texts = labels.by_row(done.problems)
    assert texts[18].endswith(f"已在班次 {elsewhere.code} 的名册中")
    assert texts[20].endswith("与第 19 行是同一人")
    assert all("—" not in text and "%(" not in text for text in texts.values())


def test_good_rows_alone_by_explicit_choice(town: Town, training_class: TrainingClass) -> None:
    """``only_valid`` takes the good rows and leaves the bad ones out, which the trail lists."""
    good, bad = roster_row(town.enterprises[0]), roster_row(town.enterprises[0], name="")
    data = roster_file(good, bad)
    assert take(town, training_class, data).accepted == 0
    done = take(town, training_class, data, only_valid=True)
    assert (done.accepted, [each.row for each in done.problems]) == (1, [3])
    assert len(queries.enrolments_of(training_class.id)) == 1
    entry = session().scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None
    assert '"left_out":[3]' in entry.detail


def test_a_file_without_a_good_row_is_not_remembered(
    town: Town, training_class: TrainingClass
) -> None:
    """What took nothing over may come again once the register knows the enterprise."""
    data = roster_file(roster_row(town.enterprises[0], name=""))
    for _ in range(2):
        done = take(town, training_class, data, only_valid=True)
        assert (done.accepted, done.duplicate) == (0, False)
    assert count(ImportedFile) == 0


def test_the_same_file_twice_is_harmless(town: Town, training_class: TrainingClass) -> None:
    """Byte for byte the same: nothing is changed and it is said so."""
    data = roster_file(roster_row(town.enterprises[0]), roster_row(town.enterprises[1]))
    take(town, training_class, data)
    again = take(town, training_class, data)
    assert (again.duplicate, again.accepted, again.problems) == (True, 0, ())
    assert len(queries.enrolments_of(training_class.id)) == 2


def test_the_same_people_in_another_file_are_named(
    town: Town, training_class: TrainingClass
) -> None:
    """A longer file with known people takes only the new ones, and only when asked to."""
    old, new = roster_row(town.enterprises[0]), roster_row(town.enterprises[0])
    take(town, training_class, roster_file(old))
    longer = roster_file(old, new)
    assert [each.code for each in take(town, training_class, longer).problems] == [
        "already-enrolled"
    ]
    assert take(town, training_class, longer, only_valid=True).accepted == 1


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"", "a.xlsx", "table-file-empty"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 64, "a.xls", "table-old-or-encrypted-workbook"),
        (b"%PDF-1.7 ....", "a.pdf", "table-unknown-kind-of-file"),
        ("姓名,身份证号\n甲,1\n".encode(), "a.csv", "table-columns-missing"),
        (",".join(adapter.ROSTER_COLUMNS).encode(), "a.csv", "table-no-rows"),
    ],
)
def test_a_file_that_is_no_roster(app: Flask, data: bytes, filename: str, code: str) -> None:
    """The file as a whole is refused by name, before any row is looked at."""
    with pytest.raises(BadInput) as refused:
        adapter.read_roster(data, filename)
    assert refused.value.code == code
    assert refused.value.facts["field"] == "file"
    assert filename in str(sentence(refused.value))


def test_a_roster_as_csv(town: Town, training_class: TrainingClass) -> None:
    """GB 18030 as office programs write it here, and a category by its other name."""
    row = roster_row(town.enterprises[0])
    row[CATEGORY] = "车间主任"
    text = "\r\n".join(",".join(line) for line in (adapter.ROSTER_COLUMNS, row))
    with transaction():
        done = service.import_roster(
            training_class, text.encode("gb18030"), "名册.csv", actor=town.acting("clerk")
        )
    assert done.accepted == 1
    (enrolled,) = queries.enrolments_of(training_class.id)
    assert enrolled.category is PersonnelCategory.TEAM_LEADER


def test_the_error_workbook_can_be_put_right_and_sent_again(
    town: Town, training_class: TrainingClass
) -> None:
    """The bad rows as they came in, the reason last; mended, the same file is good."""
    bad = roster_row(town.enterprises[0], name="")
    table = service.check_roster(training_class, roster_file(bad), "名册.xlsx")
    book = adapter.error_workbook(table, adapter.ROSTER_COLUMNS, labels.by_row(table.problems))
    (record,) = read_records(read_table(book, "错误行.xlsx"), required=adapter.ROSTER_COLUMNS)
    assert record.text("错误原因") == "姓名：不能为空"
    assert record.text("身份证号") == bad[NUMBER]
    mended = [record.text(column) for column in adapter.ROSTER_COLUMNS]
    mended[NAME] = "孙悦"
    done = take(town, training_class, roster_file(mended))
    assert done.accepted == 1


def test_a_preview_changes_nothing(town: Town, training_class: TrainingClass) -> None:
    """Looking at a file leaves persons, roster and trail as they were."""
    before = count(Person), count(AuditEntry)
    with transaction():
        service.check_roster(training_class, roster_file(roster_row(town.enterprises[0])), "a.xlsx")
    assert (count(Person), count(AuditEntry)) == before
    assert queries.enrolments_of(training_class.id) == []


def test_a_class_over_its_size_needs_the_reason_of_its_plan(town: Town) -> None:
    """分管负责人班 over 40 in principle: refused without the class's reason, taken with it."""
    category = PersonnelCategory.DEPUTY_HEAD
    project = make_project(town)
    rows = [roster_row(town.enterprises[0], category) for _ in range(41)]
    small = make_class(town, project, category=category, size=40)
    with pytest.raises(RuleBroken, match="reason-needed") as refused:
        take(town, small, roster_file(*rows))
    assert refused.value.facts["limit"] == "40"
    assert "40人" in refused.value.facts["clause"]
    assert queries.enrolments_of(small.id) == []
    large = make_class(
        town, project, category=category, size=41, size_reason="跨县企业合并办班，场地充足"
    )
    assert take(town, large, roster_file(*rows)).accepted == 41


def test_only_the_class_own_provider_keeps_its_roster(
    town: Town, training_class: TrainingClass
) -> None:
    """Another provider's clerk, the enterprise and the authority are refused."""
    data = roster_file(roster_row(town.enterprises[0]))
    with transaction():
        stranger = make_actor(Role.CLERK, kind=OrganisationKind.PROVIDER)
    for actor, error in (
        (stranger, DutyConflict),
        (town.contact(), NotAllowed),
        (town.acting("overseer"), NotAllowed),
    ):
        with pytest.raises(error), transaction():
            service.import_roster(training_class, data, "a.xlsx", actor=actor)
    assert queries.enrolments_of(training_class.id) == []


# --- the enterprise's word ----------------------------------------------------------------------


def test_an_enterprise_confirms_its_own_people(town: Town, training_class: TrainingClass) -> None:
    """Confirmed people count as checked by real name; the others wait."""
    make_roster(town, training_class, 3, confirmed=False)
    confirm(town, training_class, 0)
    roster = queries.enrolments_of(training_class.id)
    assert [each.real_name for each in roster] == [True, False, True]
    assert roster[0].confirmed_by_id == town.contacts[0].id


def test_other_peoples_staff_are_not_confirmed(town: Town, training_class: TrainingClass) -> None:
    """One foreign person among them refuses the whole; so do another class and nobody at all."""
    roster = make_roster(town, training_class, 2, confirmed=False)
    other = make_class(town, make_project(town))
    elsewhere = make_roster(town, other, 1, confirmed=False)
    for chosen, error in ((roster, DutyConflict), (elsewhere, Missing), ([], RuleBroken)):
        with pytest.raises(error), transaction():
            service.confirm_people(training_class, chosen, actor=town.contact(0))
    session().expire_all()
    assert not any(each.real_name for each in queries.enrolments_of(training_class.id))


def test_the_provider_confirms_nobody(town: Town, training_class: TrainingClass) -> None:
    """虚列参训人员: who keeps the roster does not vouch for it."""
    roster = make_roster(town, training_class, 1, confirmed=False)
    with pytest.raises(NotAllowed), transaction():
        service.confirm_people(training_class, roster, actor=town.acting("clerk"))


# --- the lock -----------------------------------------------------------------------------------


def test_a_locked_roster_takes_nobody_more(town: Town, training_class: TrainingClass) -> None:
    """After the lock neither a file nor an enterprise changes anything."""
    roster = make_roster(town, training_class, 2)
    lock_roster(town, training_class)
    assert training_class.state is ClassState.LOCKED
    assert training_class.locked_by_id == town.overseer.id
    data = roster_file(roster_row(town.enterprises[0]))
    with pytest.raises(DutyConflict, match="duty-state"):
        take(town, training_class, data)
    with pytest.raises(DutyConflict, match="duty-state"), transaction():
        service.confirm_people(training_class, roster[:1], actor=town.contact(0))
    with pytest.raises(RuleBroken, match="class-state"):
        lock_roster(town, training_class)


def test_an_empty_roster_and_an_unapproved_plan_are_not_locked(town: Town) -> None:
    """There must be a plan that stands and somebody to teach."""
    project = make_project(town)
    with pytest.raises(RuleBroken, match="roster-empty"):
        lock_roster(town, make_class(town, project))
    planned = make_class(town, project, approved=False)
    make_roster(town, planned, 1)
    with pytest.raises(RuleBroken, match="class-state"):
        lock_roster(town, planned)


def test_an_overseer_tied_to_the_provider_locks_nothing(
    town: Town, training_class: TrainingClass
) -> None:
    """回避: an employee of the provider, though appointed by the authority, is refused."""
    make_roster(town, training_class, 1)
    officer = make_officer(town.authority, Role.OVERSEER)
    with transaction():
        make_person_tie(officer.person, town.provider)
    with pytest.raises(DutyConflict) as refused, transaction():
        service.lock_roster(training_class, actor=actor_of(officer))
    assert refused.value.facts["condition"] == "not_prov"
    assert "培考分离" in refused.value.facts["clause"]
    session().expire_all()
    assert training_class.state is ClassState.APPROVED


def test_another_citys_overseer_locks_nothing(town: Town, training_class: TrainingClass) -> None:
    """The roster is locked by its own authority or a county of its city."""
    make_roster(town, training_class, 1)
    for kind, code, allowed in (
        (OrganisationKind.CITY_EM, "230800", False),
        (OrganisationKind.COUNTY_EM, "230822", False),
        (OrganisationKind.COUNTY_EM, "230722", True),
    ):
        with transaction():
            actor = make_actor(
                Role.OVERSEER, organisation=make_organisation(kind, division_code=code)
            )
        if not allowed:
            with pytest.raises(DutyConflict, match="duty-juris"), transaction():
                service.lock_roster(training_class, actor=actor)
            continue
        with transaction():
            assert service.lock_roster(training_class, actor=actor).state is ClassState.LOCKED


def test_two_files_at_once_enrol_a_person_once(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """Two clerks, two classes of one project, one person: the second is told so."""
    other = make_class(town, training_class.project)
    data = roster_file(roster_row(town.enterprises[0]))
    clerk, classes = town.clerk.id, [training_class.id, other.id]
    start = threading.Barrier(2)
    taken: list[int] = []
    failed: list[BaseException] = []

    def run(class_id: int) -> None:
        try:
            with app.app_context():
                actor = actor_of(people.get_account(clerk))
                start.wait()
                with transaction():
                    own = queries.get_class(class_id, actor)
                    done = service.import_roster(own, data, "a.xlsx", only_valid=True, actor=actor)
                taken.append(done.accepted)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in classes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(taken) == [0, 1]
