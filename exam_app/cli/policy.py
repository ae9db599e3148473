"""``exam policy``: the profiles, their words, and whom a profile lets sit the exam."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from flask_babel import gettext as _

from exam_app.policy.clauses import clauses_page
from exam_app.policy.errors import UnknownProfileError
from exam_app.policy.loader import load_profile, profile_ids, resolve
from exam_app.policy.profile import Finding, Leaf, LeafValue, Profile, plain
from exam_app.policy.vocabulary import vocabulary
from exam_app.training import rules
from exam_app.training.terms import Hours, PersonnelCategory
from tabular import Limits, Record, TableError, read_records, read_table

T = TypeVar("T")
HOURS = ("hours_online", "hours_offline", "hours_practical")
COLUMNS = ("id", "category", *HOURS, "real_name", "class_size")
LIMITS = Limits(file_bytes=64 * 2**20, rows=1_000_000)
NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,20})?")
NEGATIVE = re.compile(r"[-−]\s*[0-9.]+")
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


class RowError(Exception):
    """One cell cannot be read; the message says why, in Chinese."""


@dataclass
class RowReader:
    """Reads the cells of one row and gathers everything that is wrong with them."""

    record: Record
    wrong: list[str] = field(default_factory=list)

    def take(self, column: str, read: Callable[[str, str], T]) -> T | None:
        """Return what ``read`` makes of a cell, None when the cell is wrong."""
        text = self.record.text(column).translate(FULL_WIDTH).strip()
        try:
            if not text:
                raise RowError(_("%(column)s为空", column=column))
            return read(column, text)
        except RowError as error:
            self.wrong.append(str(error))
            return None


@click.group("policy", help=_("政策参数：查看各文件的参数及原文，核对参考资格。"))
def policy_cli() -> None:
    """Gather the commands on policy profiles."""


@policy_cli.command("list", help=_("列出全部政策文件。"))
def list_command() -> None:
    """Print each profile: id, document number, title."""
    for profile_id in profile_ids():
        profile = load_profile(profile_id)
        click.echo(f"{profile.id}\t{profile.document}\t{profile.title}")


@policy_cli.command("show", help=_("列出一份政策文件的全部参数、条款和原文。"))
@click.option("--profile", "profile_id", required=True, metavar="ID", help=_("政策文件编号"))
def show_command(profile_id: str) -> None:
    """Print each leaf with its force, clause and quoted words, the defaults included."""
    _profile(profile_id)
    profile = resolve(profile_id)
    click.echo(f"{profile.document} {profile.title}")
    for key, spec in vocabulary().items():
        if not profile.has(key):
            continue
        leaf, source = profile.leaf(key), profile.source(key)
        click.echo(f"{key} {spec.title}: {_spoken(leaf)} [{leaf.force.value}]")
        words = f"{source.document} {source.clause} “{source.quote}”"
        check = _("（待核）") if source.verify else ""
        click.echo(f"    {words if source.notice else source.source}{check}")


@policy_cli.command("check", help=_("按一份政策文件逐行核对参考资格，每行输出一个 JSON。"))
@click.option("--profile", "profile_id", required=True, metavar="ID", help=_("政策文件编号"))
@click.argument("file", type=click.Path(path_type=Path))
def check_command(profile_id: str, file: Path) -> None:
    """Print the findings on each good row; name each bad row, and exit 1 when there is one."""
    profile = _profile(profile_id)
    seen: dict[str, int] = {}
    count = bad = 0
    try:
        for record in _records(file):
            count += 1
            reader = RowReader(record)
            judged = _judge(profile, reader, seen)
            if reader.wrong:
                bad += 1
                wrong = "；".join(reader.wrong)
                click.echo(_("第%(row)s行：%(wrong)s", row=record.row, wrong=wrong), err=True)
            else:
                click.echo(json.dumps(judged, ensure_ascii=False))
    except TableError as error:
        _refuse(_table_problem(error))
    if not count:
        _refuse(_("文件只有表头，没有数据行"))
    if bad:
        _refuse(_("共%(count)s行，其中%(bad)s行有误、未核对", count=count, bad=bad))


@policy_cli.command("clauses", help=_("输出条款对照表（docs/clauses.md）。"))
def clauses_command() -> None:
    """Print the table of clauses, keys, rules and tests as Markdown."""
    click.echo(clauses_page(), nl=False)


def _profile(profile_id: str) -> Profile:
    try:
        return load_profile(profile_id)
    except UnknownProfileError:
        known = "、".join(profile_ids())
        _refuse(_("没有编号为 %(id)s 的政策文件；可用的有：%(known)s", id=profile_id, known=known))


def _records(file: Path) -> Iterator[Record]:
    try:
        data = file.read_bytes()
    except OSError:
        _refuse(_("无法读取文件 %(file)s", file=file.name))
    name = "table.xlsx" if file.suffix.lower() == ".xlsx" else "table.csv"
    return read_records(read_table(data, name, LIMITS), required=COLUMNS)


def _judge(profile: Profile, reader: RowReader, seen: dict[str, int]) -> dict[str, Any]:
    """Return the line of one person; the reader holds what is wrong instead."""
    row = reader.record.row
    reader.take("id", lambda _column, text: _only_once(text, row, seen))
    category = reader.take("category", _category)
    online, offline, practical = (reader.take(column, _number) for column in HOURS)
    real_name = reader.take("real_name", _yes_or_no)
    size = reader.take("class_size", _whole)
    if practical is not None and offline is not None and practical > offline:
        reader.wrong.append(
            _(
                "hours_practical（%(practical)s）大于 hours_offline（%(offline)s）",
                practical=plain(practical),
                offline=plain(offline),
            )
        )
    if category is None or online is None or offline is None or practical is None:
        return {}
    if real_name is None or size is None or reader.wrong:
        return {}
    findings = rules.eligibility(
        profile,
        category=category,
        hours=Hours(online, offline, practical),
        real_name=real_name,
        class_size=size,
    )
    return {
        "id": reader.record.text("id"),
        "eligible": rules.eligible(findings),
        "needs_reason": rules.needs_reason(findings),
        "findings": [_shown(found) for found in findings],
    }


def _only_once(text: str, row: int, seen: dict[str, int]) -> str:
    first = seen.setdefault(text, row)
    if first != row:
        raise RowError(_("id %(id)s 与第%(first)s行重复", id=text, first=first))
    return text


def _category(column: str, text: str) -> PersonnelCategory:
    try:
        return PersonnelCategory(text)
    except ValueError:
        allowed = "、".join(PersonnelCategory)
        problem = _(
            "%(column)s“%(text)s”应为 %(allowed)s 之一", column=column, text=text, allowed=allowed
        )
        raise RowError(problem) from None


def _number(column: str, text: str) -> Decimal:
    if NEGATIVE.fullmatch(text):
        raise RowError(_("%(column)s“%(text)s”不能为负数", column=column, text=text))
    if not NUMBER.fullmatch(text):
        raise RowError(_("%(column)s“%(text)s”不是有效的数", column=column, text=text))
    return Decimal(text)


def _whole(column: str, text: str) -> int:
    number = _number(column, text)
    if number != number.to_integral_value() or number < 1:
        raise RowError(_("%(column)s“%(text)s”应为不小于1的整数", column=column, text=text))
    return int(number)


def _yes_or_no(column: str, text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise RowError(_("%(column)s“%(text)s”应为 yes 或 no", column=column, text=text))
    return text.lower() == "yes"


def _table_problem(error: TableError) -> str:
    """Return what is wrong with the file as a whole, in Chinese."""
    not_text = _("文件不是文本文件（应为 UTF-8 或 GB 18030 编码的 CSV）")
    sentences: dict[str, str] = {
        "columns-missing": _("文件缺少列：%(columns)s"),
        "column-twice": _("列 %(column)s 出现两次"),
        "file-empty": _("文件是空的"),
        "not-text": not_text,
        "content-differs-from-ending": not_text,
        "old-or-encrypted-workbook": not_text,
        "bad-quotes": _("第%(row)s行：引号不成对，从这一行起未读取"),
    }
    facts = {"code": error.code, **error.facts}
    if isinstance(facts.get("columns"), tuple):
        facts["columns"] = "、".join(error.facts["columns"])  # type: ignore[arg-type]
    other: str = _("文件无法读取（%(code)s）")
    if "row" in facts:
        other = _("第%(row)s行：无法读取（%(code)s），从这一行起未读取")
    return sentences.get(error.code, other) % facts


def _refuse(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)


def _spoken(leaf: Leaf) -> str:
    """Return bounds or value of a leaf as one short text."""
    units = {
        "hours": _("学时"),
        "minutes": _("分钟"),
        "persons": _("人"),
        "times": _("次"),
        "marks": _("分"),
        "months": _("个月"),
        "days": _("天"),
        "years": _("年"),
        "items": _("题"),
        "seats": _("座"),
        "enterprises": _("家"),
        "yuan": _("元"),
        "share": "",
    }
    bounds = [
        sign + _word(held)
        for sign, held in (("≥ ", leaf.min), ("≤ ", leaf.max), ("", leaf.value))
        if held is not None
    ]
    return " ".join([*bounds, units.get(leaf.unit, leaf.unit)]).strip()


def _word(held: LeafValue) -> str:
    if isinstance(held, bool):
        yes, no = _("是"), _("否")
        return str(yes if held else no)
    if isinstance(held, Decimal):
        return plain(held)
    if isinstance(held, tuple):
        return "、".join(held)
    return held.isoformat() if isinstance(held, dt.date) else str(held)


def _shown(found: Finding) -> dict[str, Any]:
    """Return a finding with the columns that are documented for this command."""
    return {key: value for key, value in found.as_dict().items() if key != "notice"}
