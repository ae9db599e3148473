"""Files of the teaching side read into rows: rosters and attendance, each bad row named."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exam_app.core import clock
from exam_app.core.errors import BadInput
from exam_app.people.rules import check_id_number, check_name, check_phone
from exam_app.training.terms import Mode, PersonnelCategory
from tabular import Record, TableError, has_lost_digits, read_records, read_table, write_table

ROSTER_COLUMNS = ("姓名", "身份证号", "统一社会信用代码", "单位名称", "人员类别", "手机号")
ROSTER_REQUIRED = ROSTER_COLUMNS[:5]
ATTENDANCE_COLUMNS = ("课次", "姓名", "身份证号", "到课分钟", "身份核验")
CATEGORY_NAMES = {
    "分管负责人": PersonnelCategory.DEPUTY_HEAD,
    "安全生产分管负责人": PersonnelCategory.DEPUTY_HEAD,
    "专职安全管理人员": PersonnelCategory.SAFETY_MANAGER,
    "专职管理人员": PersonnelCategory.SAFETY_MANAGER,
    "班组长": PersonnelCategory.TEAM_LEADER,
    "车间主任": PersonnelCategory.TEAM_LEADER,
    "车队长": PersonnelCategory.TEAM_LEADER,
}
PLAN_COLUMNS = ("课程", "方式", "日期", "开始", "结束", "地点", "授课教师")
PLAN_REQUIRED = PLAN_COLUMNS[:6]
MODE_NAMES = {"线上": Mode.ONLINE, "线下": Mode.OFFLINE, "实训": Mode.PRACTICAL}
CHECKED = {"是": True, "否": False, "yes": True, "no": False}


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row: its own number, the column, a code and its facts."""

    row: int
    column: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RosterRow:
    """One person of a roster file, read but not yet known."""

    row: int
    name: str
    id_number: str
    credit_code: str
    enterprise: str
    category: PersonnelCategory
    phone: str | None


@dataclass(frozen=True)
class AttendanceRow:
    """One person at one lesson, read but not yet known."""

    row: int
    lesson: int
    name: str
    id_number: str
    minutes: int
    identity_ok: bool


@dataclass(frozen=True)
class PlanRow:
    """One lesson of a plan file; the lecturer by name, empty for online lessons."""

    row: int
    topic: str
    mode: Mode
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    lecturer: str


@dataclass
class Table:
    """A file's rows that could be read, its problems, and the cells as they came in."""

    sha256: str
    rows: list[Any] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    raw: dict[int, list[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return how many rows hold anything."""
        return len(self.raw)

    def good(self) -> list[Any]:
        """Return the rows without a problem."""
        bad = {problem.row for problem in self.problems}
        return [row for row in self.rows if row.row not in bad]


def read_roster(data: bytes, filename: str) -> Table:
    """Return the persons of a roster file. Raises: BadInput: the file as a whole."""
    return _read(data, filename, ROSTER_COLUMNS, ROSTER_REQUIRED, _roster_row)


def read_attendance(data: bytes, filename: str) -> Table:
    """Return the attendance of a file. Raises: BadInput: the file as a whole."""
    return _read(data, filename, ATTENDANCE_COLUMNS, ATTENDANCE_COLUMNS, _attendance_row)


def read_plan(data: bytes, filename: str) -> Table:
    """Return the lessons of a plan file. Raises: BadInput: the file as a whole."""
    return _read(data, filename, PLAN_COLUMNS, PLAN_REQUIRED, _plan_row)


def plan_template() -> bytes:
    """Return the template of a class's plan with one line as an example."""
    example = ("安全生产法律法规", "线下", "2025-03-01", "08:30", "11:30", "培训中心101", "")
    choices = {"方式": tuple(MODE_NAMES)}
    return write_table(PLAN_COLUMNS, [example], sheet="课程", choices=choices, version="plan-1")


def roster_template() -> bytes:
    """Return the roster template: text columns, a list for the category."""
    choices = {"人员类别": ("分管负责人", "专职安全管理人员", "班组长")}
    return write_table(ROSTER_COLUMNS, [], sheet="名册", choices=choices, version="roster-1")


def attendance_template(lessons: Iterable[tuple[int, str]]) -> bytes:
    """Return the attendance template with one row for each lesson (number) and person (name)."""
    rows = [(number, name, "", "", "") for number, name in lessons]
    choices = {"身份核验": ("是", "否")}
    return write_table(ATTENDANCE_COLUMNS, rows, sheet="考勤", choices=choices, version="att-1")


def error_workbook(table: Table, columns: tuple[str, ...], texts: Mapping[int, str]) -> bytes:
    """Return the rows with a problem as they came in, with the reason in a last column."""
    rows = [[*table.raw[row], texts[row]] for row in sorted(texts)]
    marked = {(place, len(columns)) for place in range(len(rows))}
    return write_table([*columns, "错误原因"], rows, sheet="错误", marked=marked)


def _read(
    data: bytes,
    filename: str,
    columns: tuple[str, ...],
    required: tuple[str, ...],
    parse: Callable[[Record, list[RowProblem]], Any],
) -> Table:
    table = Table(sha256=hashlib.sha256(data).hexdigest())
    try:
        for record in read_records(read_table(data, filename), required=required):
            table.raw[record.row] = [record.cell(name).value for name in columns]
            found: list[RowProblem] = []
            parsed = parse(record, found)
            table.problems.extend(found)
            if not found:
                table.rows.append(parsed)
    except TableError as error:
        raise BadInput(f"table-{error.code}", field="file", file=filename, **error.facts) from error
    if not table.raw:
        raise BadInput("table-no-rows", field="file", file=filename)
    return table


def _id_number(record: Record, found: list[RowProblem]) -> str:
    cell = record.cell("身份证号")
    if has_lost_digits(cell):
        found.append(RowProblem(record.row, "身份证号", "id-number-not-text"))
        return ""
    try:
        return check_id_number(cell.value, on=clock.today(), field="身份证号")
    except BadInput as error:
        found.append(RowProblem(record.row, "身份证号", error.code, error.facts))
        return ""


def _text(record: Record, column: str, found: list[RowProblem], longest: int = 60) -> str:
    value = record.text(column)
    if not value:
        found.append(RowProblem(record.row, column, "cell-empty"))
    elif len(value) > longest or any(ord(character) < 32 for character in value):
        found.append(RowProblem(record.row, column, "cell-too-long", {"limit": longest}))
    elif value.startswith("="):
        found.append(RowProblem(record.row, column, "cell-formula"))
    return value


def _name(record: Record, found: list[RowProblem]) -> str:
    name = "".join(_text(record, "姓名", found).split())
    try:
        return check_name(name) if name else ""
    except BadInput as error:
        found.append(RowProblem(record.row, "姓名", error.code, error.facts))
        return ""


def _phone(record: Record, found: list[RowProblem]) -> str | None:
    text = record.text("手机号")
    if not text:
        return None
    try:
        return check_phone(text)
    except BadInput as error:
        found.append(RowProblem(record.row, "手机号", error.code, error.facts))
        return None


def _roster_row(record: Record, found: list[RowProblem]) -> RosterRow | None:
    name = _name(record, found)
    if any(character.isdigit() for character in name):
        found.append(RowProblem(record.row, "姓名", "name-with-digits"))
    id_number = _id_number(record, found)
    category = CATEGORY_NAMES.get(record.text("人员类别"))
    if category is None:
        value = record.text("人员类别")
        found.append(RowProblem(record.row, "人员类别", "category-unknown", {"value": value}))
    credit_code = _text(record, "统一社会信用代码", found, 18).upper()
    enterprise = _text(record, "单位名称", found, 120)
    phone = _phone(record, found)
    if found or category is None:
        return None
    return RosterRow(record.row, name, id_number, credit_code, enterprise, category, phone)


def _number(record: Record, column: str, found: list[RowProblem]) -> int:
    text = record.text(column)
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        found.append(RowProblem(record.row, column, "number-unreadable", {"value": text}))
        return 0
    return int(text)


def _attendance_row(record: Record, found: list[RowProblem]) -> AttendanceRow | None:
    lesson = _number(record, "课次", found)
    minutes = _number(record, "到课分钟", found)
    name = _name(record, found)
    id_number = _id_number(record, found)
    checked = CHECKED.get(record.text("身份核验").lower())
    if checked is None:
        value = record.text("身份核验")
        found.append(RowProblem(record.row, "身份核验", "yes-or-no", {"value": value}))
    if found or checked is None:
        return None
    return AttendanceRow(record.row, lesson, name, id_number, minutes, checked)


def _moment(record: Record, column: str, found: list[RowProblem]) -> dt.datetime | None:
    """Return the UTC moment of the row's day and a time of day in its column."""
    text = f"{record.text('日期')[:10]} {record.text(column)[:5]}"
    try:
        return clock.at_local(text.replace("/", "-"))
    except ValueError:
        found.append(RowProblem(record.row, column, "moment-unreadable", {"value": text}))
        return None


def _plan_row(record: Record, found: list[RowProblem]) -> PlanRow | None:
    topic = _text(record, "课程", found, 120)
    place = _text(record, "地点", found, 120)
    mode = MODE_NAMES.get(record.text("方式"))
    if mode is None:
        value = record.text("方式")
        found.append(RowProblem(record.row, "方式", "mode-unknown", {"value": value}))
    starts_at, ends_at = _moment(record, "开始", found), _moment(record, "结束", found)
    if starts_at and ends_at and ends_at <= starts_at:
        found.append(RowProblem(record.row, "结束", "ends-before-start"))
    if found or mode is None or starts_at is None or ends_at is None:
        return None
    lecturer = record.text("授课教师")
    return PlanRow(record.row, topic, mode, starts_at, ends_at, place, lecturer)
