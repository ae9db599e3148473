"""The commands that found an installation and end sessions."""

from __future__ import annotations

import re

from flask import Flask

from exam_app.cli.people import people_cli
from exam_app.people import queries
from tests.factories.people import credit_code, id_number


def test_the_first_accounts_come_from_the_command_line(app: Flask) -> None:
    """``init-admin`` works once; ``found`` until two approvers hold their duty."""
    run = app.test_cli_runner()
    who = ["--name", "周立", "--id-number", id_number(), "--organisation", "伊春市应急管理局"]
    place = ["--credit-code", credit_code(), "--division", "230700"]
    first = run.invoke(people_cli, ["init-admin", *who, "--username", "zhou.li", *place])
    assert first.exit_code == 0, first.output
    assert re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){4}", first.output)
    account = queries.find_account("zhou.li")
    assert account is not None
    assert account.password_hash is None
    again = run.invoke(people_cli, ["init-admin", *who, "--username", "zhou.er", *place])
    assert getattr(again.exception, "code", "") == "people-accounts-exist"
    for number in range(3):
        person = ["--name", f"审批{number}", "--id-number", id_number()]
        rest = ["--username", f"approver{number}", "--organisation", "伊春市应急管理局"]
        result = run.invoke(people_cli, ["found", *person, *rest, "--role", "duty_approver"])
        assert (result.exit_code == 0) is (number < 2)
    ended = run.invoke(people_cli, ["reset-sessions", "--yes"])
    assert ended.exit_code == 0
