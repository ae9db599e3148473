"""Who acts on the command line: an account that shows its password, as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from exam_app.access.actor import Actor
from exam_app.core import clock
from exam_app.people import queries, sign_in

Command = TypeVar("Command", bound=Callable[..., None])


def account_options(command: Command) -> Command:
    """Add the options that name the acting account; the environment may hold them."""
    for option in (
        click.option("--code", envvar="EXAM_CODE", default="", help="动态验证码（已绑定时）"),
        click.option("--password", envvar="EXAM_PASSWORD", help="口令；不给出则提示输入"),
        click.option("--account", envvar="EXAM_ACCOUNT", help="操作人的用户名"),
    ):
        command = option(command)
    return command


def acting(account: str | None, password: str | None, code: str) -> Actor:
    """Return the actor of the account whose password was shown.

    Raises: SignInRefused, SignInLocked.
    """
    name = account or click.prompt("用户名")
    secret = password or click.prompt("口令", hide_input=True)
    found = sign_in.countersign(username=name, password=secret, code=code, address="cli")
    actor = queries.actor_of(found, clock.now())
    return queries.private_actor(found) if sign_in.must_set_totp(found, actor) else actor
