"""What bringing in a bank of 5,000 rows costs, beside the XLSX library reading the file alone.

Run from the repository's folder: ``python -m benchmarks.item_import [--rows N] [--rounds N]``.
The ratio is what to read; each reading runs in a process of its own, for its memory.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter
from sqlalchemy import func, select

from exam_app.access.terms import OrganisationKind
from exam_app.bank.exchange import Reading
from exam_app.bank.models import ItemRow
from exam_app.bank.service import enqueue_import
from exam_app.core import files
from exam_app.core.db import session, transaction
from exam_app.core.jobs import work_once
from exam_app.stages import JOBS
from question_bank.exchange import formats
from tests.factories.bank import make_office
from tests.factories.people import make_organisation
from tests.stores import Store

LIMIT_RATIO = 0.5
LIMIT_MB = 200
HEADERS = ("序号", "题型", "题目", "选项", "答案", "解析", "难度")


def bank(rows: int) -> bytes:
    """Return a bank as authorities have it: options packed in one cell, a title row above."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("题库")
        sheet.write_row(0, 0, ["某市安全生产知识题库"])
        sheet.write_row(1, 0, HEADERS)
        for number in range(1, rows + 1):
            sheet.write_row(number + 1, 0, row(number))
    return made.getvalue()


def row(number: int) -> list[str | int]:
    """Return one row: singles, multiples and true-or-false in turn."""
    stem = f"第{number}条：生产经营单位应当按照规定对从业人员进行第{number}项教育和培训"
    options = "**".join(
        f"{letter}.措施{number}之{letter}，由有关负责人组织落实" for letter in "ABCD"
    )
    if number % 4 == 0:
        return [number, "是非题", f"{stem}。", "", "对" if number % 8 else "错", "见教材", "易"]
    if number % 4 == 1:
        return [
            number,
            "多选题",
            f"{stem}，下列说法正确的是（  ）。",
            options,
            "ABD",
            "见教材",
            "中",
        ]
    return [
        number,
        "单项选择题",
        f"{stem}，正确的是（  ）。",
        options,
        "ABCD"[number % 4],
        "",
        "难",
    ]


def alone(data: bytes) -> int:
    """Read every cell with the library and do nothing else."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    return sum(1 for cells in book.worksheets[0].iter_rows(values_only=True) if any(cells)) - 2


def ours(data: bytes) -> int:
    """Read the items: find the table, map the columns, check each row."""
    read = formats.read(data, "bank.xlsx")
    if read.problems:
        raise SystemExit(f"{len(read.problems)} rows were refused: {read.problems[0]}")
    return len(read.items)


def imported(data: bytes) -> int:
    """Bring the file in as the background work does: read, compare, write, record."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store("sqlite", Path(folder), None, Path(folder) / "fonts")
        with store.app.app_context():
            with transaction():
                authority = make_organisation(OrganisationKind.CITY_EM, name="某市应急管理局")
            office = make_office(authority)
            token = files.keep(data, "bank.xlsx", owner="items")
            with transaction():
                enqueue_import(
                    token,
                    owner="items",
                    reason="移交",
                    only_valid=False,
                    reading=Reading(),
                    actor=office.actor(office.writer),
                )
            work_once(JOBS)
            return session().scalar(select(func.count(ItemRow.id))) or 0


def _measured(work: Callable[[bytes], int], data: bytes, answer: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    before = time.process_time()
    count = work(data)
    seconds = time.process_time() - before
    answer.put((count, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measured(work: Callable[[bytes], int], data: bytes) -> tuple[int, float, float]:
    """Return rows, CPU seconds and peak memory in MB of one reading."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_measured, args=(work, data, answer))
    process.start()
    found: tuple[int, float, float] = answer.get()
    process.join()
    return found


def main() -> int:
    """Print the table; exit 1 where a limit is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    data = bank(given.rows)
    rates: dict[str, list[float]] = {"alone": [], "ours": []}
    whole, seconds_whole, peak_whole = measured(imported, data)
    if whole != given.rows:
        raise SystemExit(f"{whole} of {given.rows} rows came in")
    peak = 0.0
    for _ in range(given.rounds):
        for name, work in (("alone", alone), ("ours", ours)):
            count, seconds, memory = measured(work, data)
            if count != given.rows:
                raise SystemExit(f"{name} read {count} of {given.rows} rows")
            rates[name].append(count / seconds)
            peak = max(peak, memory if name == "ours" else 0)
    ratios = [one / other for one, other in zip(rates["ours"], rates["alone"], strict=True)]
    ratio = statistics.median(ratios)
    sys.stdout.write(
        "| reading a bank of rows | value | limit |\n| --- | --- | --- |\n"
        f"| rows per CPU second, ours | {statistics.median(rates['ours']):,.0f} | |\n"
        f"| rows per CPU second, the XLSX library alone | "
        f"{statistics.median(rates['alone']):,.0f} | |\n"
        f"| ratio (median of {given.rounds}) | {ratio:.2f} | >= {LIMIT_RATIO} |\n"
        f"| peak memory, MB | {peak:.0f} | <= {LIMIT_MB} |\n"
        f"| the whole import in the background, CPU seconds | {seconds_whole:.1f} | |\n"
        f"| its peak memory, MB | {peak_whole:.0f} | <= {LIMIT_MB} |\n"
    )
    return 0 if ratio >= LIMIT_RATIO and max(peak, peak_whole) <= LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(main())
