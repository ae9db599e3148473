"""How the command line speaks: Chinese first, English second, in its help and in its errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping

import click

from exam_app.cli.words import COMMANDS

USAGE = 64  # a command that was mistyped; 2 says "not valid", "found" elsewhere
_HEADINGS = {"Options": "选项 / Options", "Commands": "命令 / Commands"}
_PHRASES = {
    "Show this message and exit.": "显示本说明 / show this message.",
    "[required]": "[必填]",
    "; required]": "；必填]",
    "[default: ": "[默认 ",
    "[env var: ": "[环境变量 ",
}
_ERRORS: Mapping[type[click.UsageError], str] = {
    click.NoSuchOption: "没有这个选项",
    click.NoSuchCommand: "没有这个命令",
    click.MissingParameter: "缺少参数或选项",
    click.BadOptionUsage: "选项用法有误",
    click.BadArgumentUsage: "参数用法有误",
    click.BadParameter: "参数或选项的值有误",
}


class SpokenFormatter(click.HelpFormatter):
    """Help pages with headings in both languages."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how a command is called."""
        super().write_usage(prog, args, prefix or "用法 / Usage: ")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write a list of options or commands."""
        spoken = [(name, _spoken(text)) for name, text in rows]
        super().write_dl(spoken, col_max, col_spacing)


class SpokenContext(click.Context):
    """What a command runs in; its help is written in both languages."""

    formatter_class = SpokenFormatter


def _spoken(text: str) -> str:
    for english, chinese in _PHRASES.items():
        text = text.replace(english, chinese)
    return text


def speak(command: click.Command, path: str) -> click.Command:
    """Return a command that speaks both languages, and all beneath it. Args: path: as typed."""
    if command.context_class is SpokenContext:
        return command
    command.context_class = SpokenContext
    command.short_help = COMMANDS[path]
    if not isinstance(command, click.Group):
        command.help = f"{COMMANDS[path]}\n\n{inspect.cleandoc(command.help or '')}"
        return command
    command.help = COMMANDS[path]
    for name, each in command.commands.items():
        speak(each, f"{path} {name}")
    return command


def secret(what: str, *, again: bool = False) -> str:
    """Return what was typed unseen. Args: again: it is asked for twice until both are equal."""
    while True:
        typed: str = click.prompt(what, hide_input=True)
        if not again or click.prompt("再次输入", hide_input=True) == typed:
            return typed
        click.echo("错误：两次输入不一致，请重新输入。/ Error: the two entries differ.")


def confirm(question: str) -> None:
    """Pass where the answer is yes. Raises: click.Abort: it is no, or none was given."""
    while True:
        typed = click.prompt(f"{question} [y/N]", default="", show_default=False)
        answer = typed.strip().lower()
        if answer in {"y", "yes", "是"}:
            return
        if answer in {"", "n", "no", "否"}:
            raise click.Abort
        click.echo("错误：请答 y 或 n。/ Error: answer y or n.")


def told(error: click.UsageError) -> str:
    """Return what is wrong with a command as it was typed: its usage, Chinese, English."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    lines = []
    if error.ctx is not None:
        path = error.ctx.command_path
        lines = [error.ctx.get_usage(), f"说明 / Help: {path} --help"]
    chinese = next((text for kind, text in _ERRORS.items() if isinstance(error, kind)), "用法有误")
    return "\n".join(
        [*lines, f"错误：{chinese}：{_what(error)}", f"Error: {error.format_message()}"]
    )


def _what(error: click.UsageError) -> str:
    """Return what an error is about: the option, argument or command."""
    if isinstance(error, click.NoSuchOption | click.BadOptionUsage):
        return error.option_name
    if isinstance(error, click.NoSuchCommand):
        return error.command_name
    if isinstance(error, click.BadParameter) and error.param is not None:
        return error.param.get_error_hint(error.ctx) or ""
    return error.message
