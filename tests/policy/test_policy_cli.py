"""``exam policy check`` names each bad row by its own number and prints every good one."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exam_app.cli.bank import bank_cli
from exam_app.cli.policy import policy_cli
from exam_app.policy.loader import load_profile, profile_ids
from exam_app.policy.vocabulary import vocabulary

ROOT = Path(__file__).resolve().parents[2]
PROFILES = profile_ids()
YICHUN = "cn-hlj-yichun-2025"
JILIN = "cn-jl-2022-hazchem"
HEAD = "id,category,hours_online,hours_offline,hours_practical,real_name,class_size"
GOOD = "a1,team_leader,8,16,6,yes,80"


def run(folder: Path, content: str | bytes, profile: str = YICHUN) -> Result:
    file = folder / "名册.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CliRunner().invoke(policy_cli, ["check", "--profile", profile, str(file)])


def rows(folder: Path, *lines: str, profile: str = YICHUN) -> Result:
    return run(folder, "\n".join([HEAD, *lines]) + "\n", profile)


def printed(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line, parse_float=Decimal) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_good_row(tmp_path: Path, profile: str) -> None:
    """One JSON line, every rule in it, each with its clause and words."""
    result = rows(tmp_path, GOOD, profile=profile)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    (line,) = printed(result)
    assert (line["id"], line["eligible"], line["needs_reason"]) == ("a1", True, False)
    assert [found["rule"] for found in line["findings"]] == [
        "hours.min",
        "hours.max",
        "offline_share.min",
        "practical_share.min",
        "real_name",
        "class_size.max",
    ]
    for found in line["findings"]:
        assert found["ok"] is True
        assert found["quote"]
        assert found["clause"]
    assert "\\u" not in result.stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_boundaries_in_every_profile(tmp_path: Path, profile: str) -> None:
    """At and just beyond each limit, in one file."""
    least = load_profile(profile).leaf("hours.team_leader").min
    assert least is not None
    result = rows(
        tmp_path,
        f"least,team_leader,0,{least},{least},yes,80",
        f"short,team_leader,0,{least - Decimal('0.01')},12,yes,80",
        "most,team_leader,0,72,72,yes,80",
        "over,team_leader,0,72.01,72,yes,80",
        "share,team_leader,12.03,17.97,15,yes,80",
        "exact,team_leader,12,18,15,yes,80",
        "practical,team_leader,8,24,7.99,yes,80",
        "quarter,team_leader,8,24,8,yes,80",
        "name,team_leader,8,24,8,no,80",
        "large,team_leader,8,24,8,yes,81",
        "deputy,deputy_head,8,24,0,yes,41",
        profile=profile,
    )
    assert result.exit_code == 0
    found = {line["id"]: (line["eligible"], line["needs_reason"]) for line in printed(result)}
    assert found == {
        "least": (True, False),
        "short": (False, False),
        "most": (True, False),
        "over": (True, False),
        "share": (True, True),
        "exact": (True, False),
        "practical": (False, False),
        "quarter": (True, False),
        "name": (False, False),
        "large": (True, True),
        "deputy": (True, True),
    }


def test_the_profile_decides(tmp_path: Path) -> None:
    """Twelve hours are enough in Yichun and half of what Jilin asks for."""
    line = "a,deputy_head,4,8,0,yes,40"
    assert printed(rows(tmp_path, line, profile=YICHUN))[0]["eligible"] is True
    jilin = printed(rows(tmp_path, line, profile=JILIN))[0]
    assert jilin["eligible"] is False
    assert jilin["findings"][0] == {
        "rule": "hours.min",
        "ok": False,
        "force": "must",
        "value": 12,
        "limit": 24,
        "clause": "二(四)",
        "quote": "安全生产分管负责人和专职安全管理人员应当培训24-48学时",
    }


def test_values_are_exact(tmp_path: Path) -> None:
    """Shares and hours are written as they are, never rounded."""
    result = rows(tmp_path, "a,safety_manager,4.01,5.99,0,yes,1", "b,safety_manager,8,4,0,yes,1")
    values = [
        {found["rule"]: found["value"] for found in line["findings"]} for line in printed(result)
    ]
    assert values[0]["offline_share.min"] == Decimal("0.599")
    assert values[1]["offline_share.min"] == "1/3"
    assert values[0]["hours.min"] == 10


def test_zero_hours(tmp_path: Path) -> None:
    """Who has no hours is judged, not tripped over."""
    line = printed(rows(tmp_path, "a,team_leader,0,0,0,yes,1"))[0]
    assert (line["eligible"], line["needs_reason"]) == (False, False)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("b,manager,8,16,6,yes,80", ["category", "manager"]),
        ("b,,8,16,6,yes,80", ["category为空"]),
        (",team_leader,8,16,6,yes,80", ["id为空"]),
        ("b,team_leader,-8,16,6,yes,80", ["hours_online", "负数"]),
        ("b,team_leader,NaN,16,6,yes,80", ["hours_online", "不是有效的数"]),
        ("b,team_leader,8,Infinity,6,yes,80", ["hours_offline", "不是有效的数"]),
        ("b,team_leader,8,1e1,6,yes,80", ["hours_offline"]),
        ("b,team_leader,8,1²,6,yes,80", ["hours_offline"]),
        ("b,team_leader,八,16,6,yes,80", ["hours_online"]),
        ("b,team_leader,8,16,16.01,yes,80", ["hours_practical", "大于", "hours_offline"]),
        ("b,team_leader,8,16,6,maybe,80", ["real_name", "yes 或 no"]),
        ("b,team_leader,8,16,6,yes,0", ["class_size"]),
        ("b,team_leader,8,16,6,yes,-3", ["class_size", "负数"]),
        ("b,team_leader,8,16,6,yes,40.5", ["class_size", "整数"]),
        ("b,team_leader,8,16,6,yes", ["class_size为空"]),
        ("a1,team_leader,8,16,6,yes,80", ["id a1", "第2行重复"]),
        ("b,x,-1,?,6,n,0", ["category", "hours_online", "hours_offline", "real_name"]),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_printed(
    tmp_path: Path, line: str, words: list[str]
) -> None:
    """Everything wrong with a row stands on one line, under its own row number."""
    result = rows(tmp_path, GOOD, line, "c3,team_leader,8,16,6,yes,80")
    assert result.exit_code == 1
    assert [held["id"] for held in printed(result)] == ["a1", "c3"]
    first = result.stderr.splitlines()[0]
    assert first.startswith("第3行：")
    assert all(word in first for word in words), first


def test_blank_lines_keep_the_numbers(tmp_path: Path) -> None:
    """A row is called what a spreadsheet calls it."""
    result = rows(tmp_path, "", GOOD, " , ,,,,,", "", "b,team_leader,x,16,6,yes,80", "")
    assert [held["id"] for held in printed(result)] == ["a1"]
    assert result.stderr.startswith("第6行：")


def test_full_width_and_spaces(tmp_path: Path) -> None:
    """Digits and words typed in full width mean the same."""
    result = rows(tmp_path, " 甲１ , team_leader ,８,１６．０,　６,ＹＥＳ,８０")
    assert result.exit_code == 0, result.stderr
    (line,) = printed(result)
    assert (line["id"], line["eligible"]) == ("甲１", True)
    again = rows(tmp_path, GOOD, GOOD.replace("a1", "ａ１"))
    assert "重复" in again.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings(tmp_path: Path, encoding: str, newline: str) -> None:
    """Whatever an office program writes."""
    text = newline.join([HEAD + ",备注", GOOD.replace("a1", "张三") + ",四班", ""])
    result = run(tmp_path, text.encode(encoding))
    assert result.exit_code == 0, result.stderr
    assert printed(result)[0]["id"] == "张三"


def test_columns_in_any_order_and_extra_ones(tmp_path: Path) -> None:
    """Columns are found by name; those nobody asks for are passed over."""
    text = "单位,class_size,real_name,hours_practical,hours_offline,hours_online,category,id\n"
    result = run(tmp_path, text + "某矿,80,yes,6,16,8,team_leader,a1\n")
    assert printed(result)[0]["eligible"] is True


def test_missing_columns_are_all_named(tmp_path: Path) -> None:
    """The file as a whole is refused, nothing is printed."""
    result = run(tmp_path, "id,category,hours_online\na,team_leader,8\n")
    assert result.exit_code == 1
    assert result.stdout == ""
    for column in ("hours_offline", "hours_practical", "real_name", "class_size"):
        assert column in result.stderr
    assert "缺少列" in result.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (b"\n\n", "空"),
        (HEAD.encode() + b"\n", "没有数据行"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d", "不是文本文件"),
        (b"PK\x03\x04\x00\x00", "不是文本文件"),
        (bytes([0xFF, 0x00, 0x81]), "不是文本文件"),
        ((HEAD + ",id\n" + GOOD + ",b\n").encode(), "出现两次"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes, words: str) -> None:
    """Said in Chinese, exit 1, no traceback."""
    result = run(tmp_path, content)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert words in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_an_open_quote_is_named_and_what_came_before_is_printed(tmp_path: Path) -> None:
    """Nothing behind it is silently dropped."""
    result = rows(tmp_path, GOOD, 'b2,"team_leader,8,16,6,yes,80', "c3,team_leader,8,16,6,yes,80")
    assert result.exit_code == 1
    assert [held["id"] for held in printed(result)] == ["a1"]
    assert "第3行" in result.stderr
    assert "未读取" in result.stderr


def test_no_file_and_no_profile(tmp_path: Path) -> None:
    """Both are said, and the profiles that exist are named."""
    arguments = ["check", "--profile", YICHUN, str(tmp_path / "没有.csv")]
    result = CliRunner().invoke(policy_cli, arguments)
    assert result.exit_code == 1
    assert "无法读取文件" in result.stderr
    result = rows(tmp_path, GOOD, profile="nobody")
    assert result.exit_code == 1
    assert YICHUN in result.stderr


@pytest.mark.parametrize("profile", PROFILES)
def test_a_thousand_random_rows_agree_with_whole_number_arithmetic(
    tmp_path: Path, profile: str
) -> None:
    """The command decides as an independent count in hundredths does."""
    draw = random.Random(profile)
    lines, expected = [], {}
    for number in range(1000):
        category = draw.choice(["deputy_head", "safety_manager", "team_leader"])
        online, offline = draw.randint(0, 4000), draw.randint(0, 6000)
        practical = draw.randint(0, offline)
        named, size = draw.random() < 0.9, draw.randint(1, 100)
        least = 2400 if profile == JILIN else 2000 if category == "team_leader" else 1200
        total = online + offline
        must = total >= least and named and (category != "team_leader" or 4 * practical >= total)
        most = 40 if category == "deputy_head" else 80
        soft = offline * 100 >= total * 60 and size <= most
        expected[str(number)] = (must, must and not soft)
        cells = [f"{cents // 100}.{cents % 100:02}" for cents in (online, offline, practical)]
        lines.append(f"{number},{category},{','.join(cells)},{'yes' if named else 'no'},{size}")
    result = rows(tmp_path, *lines, profile=profile)
    assert result.exit_code == 0
    found = printed(result)
    assert {line["id"]: (line["eligible"], line["needs_reason"]) for line in found} == expected
    for line in found:
        for one in line["findings"]:
            if one["rule"].endswith("share.min"):
                kept = Fraction(str(one["value"])) >= Fraction(str(one["limit"]))
                assert one["ok"] is kept


@pytest.mark.parametrize("profile", PROFILES)
def test_show_prints_each_leaf_with_its_words(profile: str) -> None:
    """Every setting with clause and quote, the defaults with their source."""
    result = CliRunner().invoke(policy_cli, ["show", "--profile", profile])
    assert result.exit_code == 0
    for key, leaf in load_profile(profile).leaves.items():
        assert f"{key} {vocabulary()[key].title}: " in result.stdout
        assert leaf.quote in result.stdout
    assert "待核" in result.stdout


def test_list_names_the_five() -> None:
    """Id, document number and title."""
    result = CliRunner().invoke(policy_cli, ["list"])
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == PROFILES


def test_clauses_prints_the_page() -> None:
    """The page of the docs comes from this command."""
    page = Path(__file__).parents[2] / "docs" / "clauses.md"
    result = CliRunner().invoke(policy_cli, ["clauses"])
    assert result.stdout == page.read_text("utf-8")


def test_the_sample_files_of_the_readme() -> None:
    """They are named there, and do there what they are shipped to show."""
    readme = (ROOT / "README.md").read_text("utf-8")
    people, questions = "docs/examples/people.csv", "docs/examples/questions.csv"
    assert people in readme
    assert questions in readme
    done = CliRunner().invoke(policy_cli, ["check", "--profile", YICHUN, str(ROOT / people)])
    assert [row["eligible"] for row in printed(done)] == [True, False, True, False]
    read = CliRunner().invoke(bank_cli, ["import", str(ROOT / questions), "--dry-run"])
    assert read.exit_code == 3
    assert "第 4 行 答案" in read.stdout
    assert "可导入 2（其中待补依据的草稿 0）" in read.stdout
