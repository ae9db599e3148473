"""The command line: both languages in help and errors, a code of its own when mistyped."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from exam_app import cli
from exam_app.cli import server, spoken, words


def everything(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield path and command, the groups among them."""
    if path:
        yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            each = command.get_command(click.Context(command), name)
            assert each is not None
            yield from everything(each, f"{path} {name}".strip())


def test_each_command_and_option_is_explained_in_chinese() -> None:
    """None without a line, no line without a command."""
    found = dict(everything(cli.exam))
    assert set(found) == set(words.COMMANDS)
    for path, command in found.items():
        assert command.get_short_help_str(200) == words.COMMANDS[path]
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{path} {option.name}"
                assert not option.help.isascii(), f"{path} {option.name}"


@pytest.mark.parametrize(
    ("asked", "chinese", "english"),
    [
        ("certificate verify", "缺少参数或选项：'TARGET'", "Missing argument 'TARGET'"),
        ("certificate verify ''", "参数或选项的值有误：'TARGET'", "it is empty"),
        ("certificate verify x --keyz y", "没有这个选项：--keyz", "No such option '--keyz'"),
        ("certificate verify x --on 5", "参数或选项的值有误：'--on'", "'5' does not match"),
        ("certificate verify x --on", "选项用法有误：--on", "requires an argument"),
        ("certificate verify x y", "用法有误", "unexpected extra argument"),
        ("certificate prove", "没有这个命令：prove", "No such command 'prove'"),
        ("--app x run", "没有这个选项：--app", "No such option '--app'"),
    ],
)
def test_a_mistyped_call_has_a_code_of_its_own(
    capsys: pytest.CaptureFixture[str], asked: str, chinese: str, english: str
) -> None:
    """64, never the 2 that says "not valid"; Chinese before English."""
    with pytest.raises(SystemExit) as ended:
        cli.main(shlex.split(asked))
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (64, "")
    assert told.err.index(f"错误：{chinese}") < told.err.index("Error: ")
    assert english in told.err


def test_help_shows_what_is_ours_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """No option of the framework; every heading in Chinese."""
    for asked, code in ((["--help"], 0), ([], 64)):
        with pytest.raises(SystemExit) as ended:
            cli.main(asked)
        told = capsys.readouterr()
        text = told.out + told.err
        assert ended.value.code == code
        for ours in ("选项 / Options:", "命令 / Commands:", "合格证书 / certificates"):
            assert ours in text
        for theirs in ("--app", "--debug", "--env-file", "Show this"):
            assert theirs not in text


def test_what_is_typed_wrong_is_asked_again_in_chinese() -> None:
    """Two entries that differ, an answer that is neither yes nor no."""

    @click.command()
    def asking() -> None:
        assert spoken.secret("口令", again=True) == "same"
        spoken.confirm("签名？")

    told = CliRunner().invoke(asking, input="one\nother\nsame\nsame\nmaybe\ny\n")
    assert told.exit_code == 0, told.output
    assert "错误：两次输入不一致，请重新输入。/ Error: " in told.output
    assert "错误：请答 y 或 n。/ Error: " in told.output
    assert told.output.count("签名？ [y/N]") == 2
    for answer in ("n\n", "\n"):
        again = CliRunner().invoke(asking, input=f"same\nsame\n{answer}")
        assert (again.exit_code, "Aborted" in again.output) == (1, True)


def test_the_server_starts_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """Its number of threads is meant; everything else it says stays."""
    made = server._server("127.0.0.1", 0)
    assert made.blocking_threads == 64
    told = capsys.readouterr()
    assert "WARNING" not in told.out + told.err
