"""Commands that found an installation's first accounts and end sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click
from flask.cli import AppGroup

from exam_app.access.actor import SYSTEM
from exam_app.access.terms import ROLE_LABELS, OrganisationKind, Role
from exam_app.cli import spoken
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people import queries, service
from exam_app.people.models import Account, Organisation

people_cli = AppGroup("people", help="人员与账号 / people and accounts.")

Command = TypeVar("Command", bound=Callable[..., None])
FOUNDING_REASON = "系统初始化"


def _person_options(command: Command) -> Command:
    options = (
        click.option("--name", required=True, help="姓名"),
        click.option("--id-number", required=True, prompt="身份证号", help="身份证号"),
        click.option("--username", required=True, help="用户名"),
        click.option("--organisation", required=True, help="机构名称"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@people_cli.command("init-admin")
@_person_options
@click.option("--credit-code", help="机构的统一社会信用代码（机构尚未登记时必填）")
@click.option("--division", help="机构的行政区划代码（机构尚未登记时必填）")
@click.option(
    "--kind",
    type=click.Choice([OrganisationKind.CITY_EM.value, OrganisationKind.PLATFORM.value]),
    default=OrganisationKind.CITY_EM.value,
    show_default=True,
    help="机构类别",
)
def init_admin(
    name: str,
    id_number: str,
    username: str,
    organisation: str,
    credit_code: str | None,
    division: str | None,
    kind: str,
) -> None:
    """Make the first system administrator; only while there is no account at all."""
    with transaction():
        if queries.count_accounts():
            raise RuleBroken("people-accounts-exist")
        place = queries.find_organisation(name=organisation)
        if place is None:
            if not credit_code or not division:
                raise BadInput("people-organisation-unknown", name=organisation)
            place = service.found_organisation(
                name=organisation,
                kind=OrganisationKind(kind),
                credit_code=credit_code,
                division_code=division,
                actor=SYSTEM,
            )
        account, code = _found(name, id_number, username, place, Role.SYSADMIN)
    _tell(account, code)


@people_cli.command("found")
@_person_options
@click.option(
    "--role",
    required=True,
    type=click.Choice([Role.SYSADMIN.value, Role.SECADMIN.value, Role.DUTY_APPROVER.value]),
    help="岗位",
)
def found(name: str, id_number: str, username: str, organisation: str, role: str) -> None:
    """Make one of the first administrators; closed once two approvers hold their duty."""
    with transaction():
        place = queries.find_organisation(name=organisation)
        if place is None:
            raise BadInput("people-organisation-unknown", name=organisation)
        account, code = _found(name, id_number, username, place, Role(role))
    _tell(account, code)


@people_cli.command("reset-sessions")
@click.option("--yes", is_flag=True, help="不再询问")
def reset_sessions(yes: bool) -> None:
    """End every session."""
    if not yes:
        spoken.confirm("所有人都要重新登录，继续吗？")
    with transaction():
        count = service.reset_sessions(actor=SYSTEM)
    click.echo(f"已结束 {count} 个会话。")


def _found(
    name: str, id_number: str, username: str, place: Organisation, role: Role
) -> tuple[Account, str]:
    person = service.register_person(name=name, id_number=id_number, actor=SYSTEM)
    account, code = service.found_account(person, username=username, actor=SYSTEM)
    service.found(account, organisation=place, role=role, reason=FOUNDING_REASON, actor=SYSTEM)
    click.echo(f"{place.name} · {ROLE_LABELS[role]} · {account.username}")
    return account, code


def _tell(account: Account, code: str) -> None:
    click.echo(f"一次性激活码（24 小时内有效，只显示这一次）：{code}")
    click.echo(f"请 {account.username} 在“首次登录”页面设置口令。")
