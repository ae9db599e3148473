"""`python -m question_bank assemble`: its files, exit codes and what it prints."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from question_bank.__main__ import main
from question_bank.program.checker import check
from question_bank.program.synthetic import Instance, instance


def ask(folder: Path, made: Instance, *more: str) -> int:
    (folder / "items.csv").write_text(made.items_text, encoding="utf-8")
    (folder / "blueprint.toml").write_text(made.blueprint_text, encoding="utf-8")
    return run(folder, *more)


def run(folder: Path, *more: str) -> int:
    files = ["--items", "items.csv", "--blueprint", "blueprint.toml", "--out", "papers.json"]
    places = [str(folder / each) if "." in each else each for each in files]
    return main(["assemble", *places, "--papers", "2", "--seed", "种子", *more])


def test_papers_are_written(tmp_path: Path) -> None:
    """Exit 0: the papers, the engine, the seed and the digest of the bank."""
    made = instance(300, 1, length=30)
    assert ask(tmp_path, made) == 0
    written = json.loads((tmp_path / "papers.json").read_text(encoding="utf-8"))
    assert set(written) == {"papers", "engine", "seed", "bank_digest"}
    assert (written["engine"], written["seed"]) == ("highs", "种子")
    papers = [paper["items"] for paper in written["papers"]]
    assert check(made.items_text, made.blueprint_text, [], papers) == []
    assert ask(tmp_path, made, "--engine", "scipy") == 0
    again = json.loads((tmp_path / "papers.json").read_text(encoding="utf-8"))
    assert again == {**written, "engine": "scipy"}


def test_earlier_papers_are_read_as_written(tmp_path: Path) -> None:
    """What a run writes is what the next reads as earlier papers."""
    made = instance(400, 1, length=30)
    assert ask(tmp_path, made) == 0
    (tmp_path / "papers.json").rename(tmp_path / "earlier.json")
    made.rules["overlap"]["max"] = 0
    assert ask(tmp_path, made, "--earlier", str(tmp_path / "earlier.json")) == 0
    old, new = (
        {
            item
            for paper in json.loads((tmp_path / name).read_text())["papers"]
            for item in paper["items"]
        }
        for name in ("earlier.json", "papers.json")
    )
    assert not old & new


def test_nothing_is_written_when_nothing_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 4, one JSON object on standard output, no file."""
    made = instance(300, 1, length=30)
    made.rows = [row for row in made.rows if row["type"] != "multiple"]
    assert ask(tmp_path, made) == 4
    said = json.loads(capsys.readouterr().out)
    assert {"rule": "types.multiple", "needed": 8, "available": 0} in said["short"]
    assert said["relax"]
    assert not (tmp_path / "papers.json").exists()


ROWS = {
    "facility": ("facility", "1.2", "bad-facility"),
    "type": ("type", "essay", "bad-type"),
    "level": ("level", "", "bad-level"),
    "topic": ("topic", "A..1", "bad-topic"),
    "info": ("info", "-0.1", "bad-info"),
    "seconds": ("seconds", "5.5", "bad-seconds"),
    "uses": ("uses", "-1", "bad-uses"),
    "marks": ("marks", "two", "bad-marks"),
    "id": ("id", "", "bad-id"),
    "blank behind": ("id", "Q000007 ", "bad-id"),
    "twice": ("id", "Q000000", "id-twice"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_malformed_row_names_its_line(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 with file and line; blank lines and quoted line breaks are counted."""
    column, value, code = ROWS[case]
    made = instance(60, 1, length=10)
    made.rows[7][column] = value
    made.rows[3]["set"] = "two\nlines"
    (tmp_path / "items.csv").write_text(
        "\ufeff" + made.items_text.replace("Q000005", "\nQ000005", 1)
    )
    (tmp_path / "blueprint.toml").write_text(made.blueprint_text)
    assert run(tmp_path) == 1
    said = capsys.readouterr().err
    assert f"items.csv:11: {code}" in said


TOML = {
    "lenght = 3": ("paper.lenght", "unknown-key"),
    "seconds = [9, 3]": ("paper.seconds", "bad-value"),
    "facility = [0.1, 1.5]": ("paper.facility", "bad-value"),
    "sets = 3": ("paper.sets", "bad-value"),
    "info_min = true": ("paper.info_min", "bad-value"),
    "marks = -3": ("paper.marks", "bad-value"),
}


@pytest.mark.parametrize("line", TOML)
def test_a_malformed_key_names_its_line(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown or impossible key is an error, never passed over."""
    key, code = TOML[line]
    made = instance(60, 1, length=10)
    (tmp_path / "items.csv").write_text(made.items_text)
    (tmp_path / "blueprint.toml").write_text(f"# rules\n[paper]\nlength = 10\n{line}\n")
    assert run(tmp_path) == 1
    assert f"blueprint.toml:4: {code} key={key}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[paper]\nlength = 5\n[types]\nsingle = 4\n", "3: types-not-length"),
        ('[paper]\nlength = 5\n[topics."A.1"]\nleast = 4\n', "4: unknown-key key=topics.A.1.least"),
        ("[paper]\nlength = 5\n[levels.think]\nmin = 4\n", "3: unknown-key key=levels.think"),
        ("[paper]\nlength = 5\n[overlap]\ndisjoint = 1\n", "4: bad-value key=overlap.disjoint"),
        ("[paper]\nlength = 5\n[paper]\n", "3: not-toml"),
        ("[paper]\n", "length-missing"),
    ],
)
def test_a_malformed_blueprint_is_refused(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables that contradict the format are named by key and line."""
    (tmp_path / "items.csv").write_text(instance(60, 1, length=10).items_text)
    (tmp_path / "blueprint.toml").write_text(text)
    assert run(tmp_path) == 1
    assert said in capsys.readouterr().err


def test_the_shipped_examples_work(tmp_path: Path) -> None:
    """The example of each file can be read and drawn from."""
    examples = resources.files("question_bank.program") / "examples"
    for name in ("items.csv", "blueprint.toml", "earlier.json"):
        (tmp_path / name).write_bytes((examples / name).read_bytes())
    assert run(tmp_path, "--earlier", str(tmp_path / "earlier.json")) == 0
