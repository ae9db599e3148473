"""The command line ``exam``: the same services the pages call."""

from __future__ import annotations

import sys

from flask import Flask
from flask.cli import FlaskGroup

from exam_app.cli.audit import audit_cli
from exam_app.cli.certificate import certificate_cli
from exam_app.cli.demo import demo_command
from exam_app.cli.people import people_cli
from exam_app.cli.policy import policy_cli
from exam_app.cli.server import keys_cli, migrate_command, run_command
from exam_app.core.errors import ExamError
from exam_app.core.messages import sentence


def _create() -> Flask:
    from exam_app.application import create_app

    return create_app()


exam = FlaskGroup(
    "exam",
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    help="培考分离考试系统 / exams kept apart from teaching.",
)
for command in (
    audit_cli,
    certificate_cli,
    demo_command,
    keys_cli,
    migrate_command,
    people_cli,
    policy_cli,
    run_command,
):
    exam.add_command(command)


def main() -> None:
    """Run the command line; a refusal is one sentence on standard error and exit code 1."""
    try:
        exam.main()
    except ExamError as error:
        print(sentence(error), file=sys.stderr)
        sys.exit(1)
