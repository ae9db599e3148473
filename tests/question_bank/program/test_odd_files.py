"""Files as strangers write them: each is read, refused by line, or answered; nothing is left."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import question_bank
from question_bank.__main__ import main
from question_bank.program.plan import Candidate

COLUMNS = Candidate._fields
PLAIN = dict(
    zip(COLUMNS, ("", "single", "A.1", "know", "0.5", "0.5", "60", "1", "", "", "0"), strict=True)
)
RULES = "[paper]\nlength = 5\n"
Change = Callable[[int], dict[str, str]]


def items(change: Change = lambda _: {}, count: int = 20) -> str:
    made = io.StringIO()
    writer = csv.DictWriter(made, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number in range(count):
        writer.writerow(PLAIN | {"id": f"Q{number}"} | change(number))
    return made.getvalue()


def sets(number: int) -> dict[str, str]:
    return {"set": f"S{number // 4}" if number < 18 else ""}


class Desk:
    """A folder to write files to and ask from; `said` holds what was printed."""

    def __init__(self, folder: Path, captured: pytest.CaptureFixture[str]) -> None:
        self.folder, self.captured = folder, captured
        self.out = folder / "papers.json"
        self.said = self.wrong = ""

    def ask(self, table: str | bytes, rules: str | bytes = RULES, *more: str) -> int:
        for name, text in (("items.csv", table), ("blueprint.toml", rules)):
            (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        options = ["--items", str(self.folder / "items.csv"), "--seed", "s"]
        options += ["--blueprint", str(self.folder / "blueprint.toml"), "--out", str(self.out)]
        try:
            code = main(["assemble", *options, *more])
        except SystemExit as left:
            code = int(left.code or 0)
        self.said, self.wrong = self.captured.readouterr()
        assert not list(self.folder.glob("*.part"))
        assert self.out.is_file() == (code == 0)
        if code == 4:
            assert set(json.loads(self.said)) == {"short", "relax"}
        return code

    def earlier(self, text: str) -> str:
        (self.folder / "earlier.json").write_text(text, encoding="utf-8")
        return str(self.folder / "earlier.json")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


READ: dict[str, tuple[str | bytes, str | bytes]] = {
    "bom and crlf": (
        b"\xef\xbb\xbf" + items().replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + RULES.replace("\n", "\r\n").encode(),
    ),
    "blank lines": ("\n\n" + items().replace("\n", "\n\n") + "  \n,,,,,,,,,,\n", RULES),
    "quoted ids": (items(lambda n: {"id": f'题,"{n}"\n😀'}), RULES),
    "exponents": (items(lambda _: {"facility": "5e-1"}), RULES + "facility = [5e-1, 0.5]\n"),
    "strange enemies": (items(lambda _: {"enemies": "nobody"}), RULES),
    "set over types": (
        items(lambda n: {"set": "S" * (n < 3), "type": ("single", "multiple")[n % 2]}),
        RULES + "sets = [1, 1]\n",
    ),
    "topic without dots": (
        items(lambda _: {"topic": "法规"}),
        RULES + '[topics."法规"]\nmin = 5\n',
    ),
    "topics that only begin alike": (
        items(lambda _: {"topic": "A.10"}),
        RULES + '[topics."A.1"]\nmax = 0\n',
    ),
    "everything zero": (
        items(lambda _: {"seconds": "0", "marks": "0", "info": "0", "facility": "0"}),
        RULES + "marks = 0\nseconds = [0, 0]\nfacility = [0, 0]\ninfo_min = 0\n",
    ),
    "the whole bank": (items(), "[paper]\nlength = 20\n"),
}


@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_is_drawn_from(case: str, desk: Desk) -> None:
    """Exit 0 whatever the writer of the files is used to."""
    assert desk.ask(*READ[case]) == 0


TOUCHED = {
    "seven decimals": ("0.6000004", "0.1", "facility = [0.6000004, 0.6000004]\n", 0),
    "seven decimals, above": ("0.6000004", "0.1", "facility = [0.6000005, 0.7]\n", 4),
    "seven decimals, below": ("0.6000004", "0.1", "facility = [0.5, 0.6000003]\n", 4),
    "window of many decimals": ("0.6", "0.1", f"facility = [0.5{'9' * 16}, 0.6]\n", 0),
    "window just above": ("0.6", "0.1", f"facility = [0.6{'0' * 40}1, 0.7]\n", 4),
    "rounded up nowhere": (f"0.5{'9' * 39}", "0.1", "facility = [0.6, 0.7]\n", 4),
    "sixteen decimals": ("0.6123456789012345", "0.1", "facility = [0.61, 0.62]\n", 0),
    "information": ("0.6", "0.3333333", "info_min = 1.6666665\n", 0),
    "too little information": ("0.6", "0.3333333", "info_min = 1.6666666\n", 4),
}


@pytest.mark.parametrize("case", TOUCHED)
def test_windows_are_held_to_the_files_own_digits(case: str, desk: Desk) -> None:
    """A window just touched is kept, one just missed is refused, however many decimals."""
    facility, info, rule, code = TOUCHED[case]
    table = items(lambda _: {"facility": facility, "info": info})
    assert desk.ask(table, RULES + rule) == code


REFUSED: dict[str, tuple[str | bytes, str | bytes, str]] = {
    "another encoding": (items().encode("utf-16"), RULES, "items.csv:1: not-utf-8"),
    "full-width digits": (items(lambda _: {"seconds": "６０"}), RULES, "items.csv:2: bad-seconds"),
    "not a number": (items(lambda _: {"facility": "nan"}), RULES, "items.csv:2: bad-facility"),
    "a huge integer": (items(lambda _: {"marks": "9" * 30}), RULES, "items.csv:2: bad-marks"),
    "own enemy": (items(lambda n: {"enemies": f"Q{n}"}), RULES, "items.csv:2: bad-enemies"),
    "no rows or head": ("", RULES, "items.csv:1: missing-column"),
    "open quotes": (items() + '"Q99,single', RULES, "items.csv:22: not-csv"),
    "digits without end": (items(), f"[paper]\nlength = {'9' * 5000}\n", ":1: not-toml"),
    "brackets without end": (items(), RULES + "marks = " + "[" * 5000, "not-toml"),
    "infinite": (items(), RULES + "seconds = [0, inf]\n", ":3: bad-value key=paper.seconds"),
    "types not adding up": (items(), RULES + "[types]\nsingle = 4\n", ":3: types-not-length"),
    "cells": (items(), RULES + '[cells."A.1"]\nsingle = 5\n', "unknown-key key=cells"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_by_line(case: str, desk: Desk) -> None:
    """Exit 1 with the file and the line; nothing on standard output."""
    table, rules, said = REFUSED[case]
    assert desk.ask(table, rules) == 1
    assert said in desk.wrong
    assert not desk.said


@pytest.mark.parametrize(
    "text",
    ["{", '"papers"', "{}", '{"papers": [null]}', '[["Q1", NaN]]', "[" * 9999, f"[{'9' * 5000}]"],
)
def test_malformed_earlier_papers_are_refused(text: str, desk: Desk) -> None:
    """Exit 1 for what holds no papers of ids."""
    assert desk.ask(items(), RULES, "--earlier", desk.earlier(text)) == 1
    assert "earlier.json:1: " in desk.wrong


def test_earlier_papers_may_name_what_is_gone(desk: Desk) -> None:
    """Ids without a row and ids named twice limit nothing by themselves."""
    text = '\ufeff{"papers": [{"items": ["gone", "Q1", "Q1"]}, {"items": []}]}'
    rules = "[paper]\nlength = 19\n[overlap]\nmax = 0\n"
    assert desk.ask(items(), rules, "--earlier", desk.earlier(text)) == 0
    drawn = json.loads(desk.out.read_text(encoding="utf-8"))["papers"][0]["items"]
    assert "Q1" not in drawn


@pytest.mark.parametrize(
    "options",
    [
        ("--papers", "0"),
        ("--papers", "9" * 20),
        ("--papers", "x"),
        ("--engine", "glpk"),
        ("--seed", "\udcff"),
        ("--what",),
    ],
)
def test_options_that_cannot_be_end_like_files(options: tuple[str, ...], desk: Desk) -> None:
    """Exit 1: the contract knows 0, 1 and 4 alone."""
    assert desk.ask(items(), RULES, *options) == 1


@pytest.mark.parametrize("out", ["none/papers.json", "."])
def test_a_place_that_cannot_be_written_is_refused(out: str, desk: Desk) -> None:
    """Exit 1, and nothing is left beside it."""
    desk.out = desk.folder / out
    assert desk.ask(items()) == 1
    assert "not-writable" in desk.wrong


ANSWERED: dict[str, tuple[str, str, list[tuple[str, int, int]], list[tuple[str, float]]]] = {
    "no items": (items(count=0), RULES, [("paper.length", 5, 0)], [("paper.length", 5)]),
    "too few": (items(count=3), RULES, [("paper.length", 5, 3)], [("paper.length", 2)]),
    "no uses": (
        items(),
        RULES + "[exposure]\nmax_uses = 0\n",
        [("paper.length", 5, 0)],
        [("exposure.max_uses", 1)],
    ),
    "all enemies": (
        items(lambda n: {"enemies": ";".join(f"Q{k}" for k in range(20) if k != n)}),
        RULES,
        [("paper.length", 5, 1)],
        [("paper.length", 4)],
    ),
    "enemies in a set": (
        items(lambda n: {"set": "S" * (n < 3), "enemies": "Q1" * (n == 0)}),
        RULES + "sets = [1, 1]\n",
        [("paper.sets", 1, 0)],
        [("paper.sets", 1)],
    ),
    "enemies of a set's other members": (
        items(
            lambda n: {
                "topic": "A.2" if n in (0, 2) else "A.1",
                "set": "S" * (n < 2),
                "enemies": "Q1" * (n == 2),
            }
        ),
        RULES + '[topics."A.2"]\nmin = 2\n',
        [("topics.A.2.min", 2, 1)],
        [("topics.A.2.min", 1)],
    ),
    "enemies in two sets": (
        items(lambda n: {"set": "ST"[n // 2] if n < 4 else "", "enemies": "Q3" * (n == 0)}),
        RULES + "sets = [2, 2]\n",
        [("paper.sets", 2, 1)],
        [("paper.sets", 1)],
    ),
    "a shorter paper has a mean of its own": (
        items(lambda _: {"facility": "0.577"}, count=3),
        RULES + "facility = [0.407, 0.41]\n",
        [("paper.length", 5, 3)],
        [("paper.facility", 0.167), ("paper.length", 2)],
    ),
    "nothing to take has no mean": (
        items(count=0),
        RULES + "facility = [0.6, 0.7]\ninfo_min = 1\n[types]\nsingle = 5\n",
        [("paper.length", 5, 0), ("types.single", 5, 0)],
        [("paper.info_min", 1), ("paper.length", 5), ("types.single", 5)],
    ),
    "a set of enemies has no mean": (
        items(lambda n: {"set": f"S{n // 2}", "enemies": f"Q{n ^ 1}"}),
        RULES + "facility = [0.6, 0.7]\n",
        [("paper.length", 5, 0)],
        [("paper.length", 5)],
    ),
    "a set beyond a paper of one": (
        items(lambda _: {"set": "S"}, count=2),
        "[paper]\nlength = 1\nsets = [0, 0]\nfacility = [0.6, 0.7]\n",
        [],
        [("paper.facility", 0.1), ("paper.length", 1), ("paper.sets", 1)],
    ),
    "no sets allowed": (
        items(sets),
        RULES + "sets = [0, 0]\n",
        [("paper.length", 5, 2), ("paper.sets", 1, 0)],
        [("paper.sets", 1)],
    ),
    "marks of twos": (
        items(lambda _: {"marks": "2"}),
        RULES + "marks = 9\n",
        [],
        [("paper.marks", 1)],
    ),
    "facility to the point": (
        items(),
        RULES + "facility = [0.51, 0.51]\n",
        [],
        [("paper.facility", 0.01)],
    ),
    "least above most": (
        items(),
        RULES + '[topics."A.1"]\nmin = 3\nmax = 2\n',
        [("topics.A.1.max", 3, 2), ("topics.A.1.min", 3, 2), ("paper.length", 5, 2)],
        [("topics.A.1.max", 3)],
    ),
    "topic that is not there": (
        items(),
        RULES + '[topics."Z.9"]\nmin = 2\n',
        [("topics.Z.9.min", 2, 0)],
        [("topics.Z.9.min", 2)],
    ),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_what_cannot_be_is_answered(case: str, desk: Desk) -> None:
    """Exit 4 with what is short and what would have to give way."""
    table, rules, short, relax = ANSWERED[case]
    assert desk.ask(table, rules) == 4
    said = json.loads(desk.said)
    assert [(each["rule"], each["needed"], each["available"]) for each in said["short"]] == short
    assert [(each["rule"], each["by"]) for each in said["relax"]] == relax


def test_the_shipped_rules_are_answered_for_an_empty_bank(desk: Desk) -> None:
    """Every count is short of all it needs, for one paper and for a run."""
    rules = (Path(question_bank.__file__).parent / "program/examples/blueprint.toml").read_bytes()
    for papers in ("1", "3"):
        assert desk.ask(items(count=0), rules, "--papers", papers) == 4
        said = json.loads(desk.said)
        assert said["short"][0] == {"rule": "paper.length", "needed": 12, "available": 0}
        assert not any(each["available"] for each in said["short"])


def test_sets_are_counted_over_the_run(desk: Desk) -> None:
    """Three sets are two short of what two papers of two sets each, apart, would need."""
    table = items(lambda n: {"set": f"S{n // 2}" * (n < 6)}, count=40)
    rules = RULES + "sets = [2, 2]\n[overlap]\ndisjoint = true\n"
    assert desk.ask(table, rules, "--papers", "2") == 4
    said = json.loads(desk.said)
    assert said["short"] == [{"rule": "paper.sets", "needed": 4, "available": 3}]
    assert desk.ask(table, rules.replace("[2, 2]", "[1, 2]"), "--papers", "2") == 0


def test_papers_apart_give_way_by_keys_that_can_be_written(desk: Desk) -> None:
    """`disjoint` gives way whole, `max` by so many; both where one alone is not enough."""
    rules = RULES + "[overlap]\ndisjoint = {}\nmax = {}\n"
    assert desk.ask(items(count=12), rules.format("true", 0), "--papers", "3") == 4
    relax = {each["rule"]: each["by"] for each in json.loads(desk.said)["relax"]}
    assert relax == {"overlap.disjoint": 1, "overlap.max": 1}
    assert desk.ask(items(count=12), rules.format("false", 0), "--papers", "3") == 4
    assert desk.ask(items(count=12), rules.format("true", 1), "--papers", "3") == 4
    assert desk.ask(items(count=12), rules.format("false", 1), "--papers", "3") == 0


@pytest.mark.parametrize("engine", ["highs", "scipy"])
def test_what_no_engine_decides_is_said_to_be_undecided(engine: str, desk: Desk) -> None:
    """A sum to the last of eight digits: exit 1, one line, no paper, nothing said not to fit."""
    seconds = [10_000_000 + (n * 61_803_399 + n * n * 41_421_356) % 89_999_999 for n in range(20)]
    table = items(lambda n: {"seconds": str(seconds[n])}, count=20)
    half = sum(seconds) // 2
    rules = f"[paper]\nlength = 10\nseconds = [{half}, {half}]\n"
    assert desk.ask(table, rules, "--engine", engine) == 1
    assert not desk.said
    assert desk.wrong == f"draw-undecided engine={engine} rules=paper.seconds\n"


def test_a_pipe_is_written_to_and_left(desk: Desk) -> None:
    """What is not a plain file is not replaced by one."""
    desk.out = desk.folder / "pipe"
    os.mkfifo(desk.out)
    reading = os.open(desk.out, os.O_RDONLY | os.O_NONBLOCK)
    try:
        (desk.folder / "items.csv").write_text(items(), encoding="utf-8")
        (desk.folder / "blueprint.toml").write_text(RULES, encoding="utf-8")
        files = [f"--{name}" for name in ("items", "blueprint", "out")]
        places = [desk.folder / "items.csv", desk.folder / "blueprint.toml", desk.out]
        options = [str(each) for pair in zip(files, places, strict=True) for each in pair]
        assert main(["assemble", *options, "--seed", "s"]) == 0
        assert len(json.loads(os.read(reading, 1 << 16))["papers"]) == 1
    finally:
        os.close(reading)
    assert desk.out.is_fifo()


def test_papers_that_share_nothing_are_counted_together(desk: Desk) -> None:
    """Four papers of five use up twenty items; for a fifth the length is short."""
    for rules in ("disjoint = true\n", "max = 0\n"):
        assert desk.ask(items(), RULES + "[overlap]\n" + rules, "--papers", "4") == 0
        desk.out.unlink()
        assert desk.ask(items(), RULES + "[overlap]\n" + rules, "--papers", "5") == 4
        said = json.loads(desk.said)
        assert said["short"] == [{"rule": "paper.length", "needed": 25, "available": 20}]
        assert [each["by"] for each in said["relax"]] == [1]
