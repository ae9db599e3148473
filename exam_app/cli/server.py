"""Commands that set up and serve one installation."""

from __future__ import annotations

import click
from alembic.util import CommandError
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from exam_app.audit import checkpoint
from exam_app.config import load_config
from exam_app.core.crypto import Keyring
from exam_app.core.errors import BadInput
from exam_app.paths import MIGRATIONS

keys_cli = AppGroup("keys", help="密钥 / keys of this installation.")


@keys_cli.command("init", with_appcontext=False)
def init_keys() -> None:
    """Make the installation's master secret and the key that signs the trail's heads, once."""
    config = load_config()
    ring = Keyring.create(config.keys)
    checkpoint.create_key(config.keys, ring, origin=f"{config.official_host}/audit")
    click.echo(f"已生成：{config.keys}")


@click.command("migrate")
@with_appcontext
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    try:
        upgrade(directory=str(MIGRATIONS))
    except CommandError as error:
        raise BadInput("migration-failed", reason=str(error)) from error
    click.echo(f"数据库已是最新结构：{current_app.config['SQLALCHEMY_DATABASE_URI']}")


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def run_command(host: str, port: int) -> None:
    """Serve the pages."""
    from granian.constants import Interfaces
    from granian.server import Server

    click.echo(f"http://{host}:{port}")
    Server(
        "wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=64,
        backlog=16384,
        backpressure=16384,
        log_access=False,
    ).serve()
