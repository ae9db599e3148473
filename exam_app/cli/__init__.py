"""The command line ``exam``: the same services the pages call."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click
from flask import Flask
from flask.cli import FlaskGroup

from exam_app.cli.spoken import USAGE, SpokenContext, speak, told
from exam_app.core.errors import ExamError

# A command's module is read when the command is asked for: checking a file against a policy
# needs no database.
COMMANDS = {
    "audit": "exam_app.cli.audit:audit_cli",
    "bank": "exam_app.cli.bank:bank_cli",
    "certificate": "exam_app.cli.certificate:certificate_cli",
    "demo": "exam_app.cli.demo:demo_command",
    "keys": "exam_app.cli.keys:keys_cli",
    "laws": "exam_app.cli.bank:laws_cli",
    "migrate": "exam_app.cli.server:migrate_command",
    "paper": "exam_app.cli.paper:paper_cli",
    "people": "exam_app.cli.people:people_cli",
    "policy": "exam_app.cli.policy:policy_cli",
    "run": "exam_app.cli.server:run_command",
    "work": "exam_app.cli.server:work_command",
}


def _create() -> Flask:
    application = import_module("exam_app.application")
    app: Flask = application.create_app()
    return app


class ExamGroup(FlaskGroup):
    """The group of all commands, each read on demand."""

    context_class = SpokenContext

    def __init__(self) -> None:
        super().__init__(
            name="exam",
            create_app=_create,
            add_default_commands=False,
            add_version_option=False,
            load_dotenv=False,
            help="培考分离考试系统 / exams kept apart from teaching.",
        )
        self.params.clear()  # options of the framework; this application has one way to be made

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command of a name, None where there is none."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return speak(command, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)


exam = ExamGroup()


def main(asked: Sequence[str] | None = None) -> None:
    """Run the command line; exit 1: a refusal, one sentence on standard error; 64: mistyped.

    Args: asked: the words behind ``exam``; default: those it was called with.
    """
    try:
        code = exam.main(asked, prog_name="exam", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.UsageError as error:
        print(told(error), file=sys.stderr)
        sys.exit(USAGE)
    except click.ClickException as error:
        print(f"错误 / Error: {error.format_message()}", file=sys.stderr)
    except click.Abort:
        print("已中止 / Aborted.", file=sys.stderr)
    except ExamError as error:
        messages = import_module("exam_app.core.messages")
        print(messages.sentence(error), file=sys.stderr)
    sys.exit(1)
