"""Run migrations on the application's own engine, in batch mode for SQLite."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app
from sqlalchemy import Connection

from exam_app.core.db import ExactDecimal, UtcDateTime, metadata

for module in (
    "core.jobs",
    "audit.models",
    "people.models",
    "training.models",
    "sittings.models",
    "bank.models",
    "papers.models",
    "attempts.models",
    "marking.models",
    "certificates.models",
    "credits.models",
    "reports.models",
):
    importlib.import_module(f"exam_app.{module}")


def render_item(kind: str, item: Any, autogen_context: Any) -> Any:
    """Print our own column types as plain SQLAlchemy ones."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, ExactDecimal):
        return "EXACT"
    return False


def compare_type(ctx: Any, column: Any, metadata_column: Any, found: Any, declared: Any) -> Any:
    """Compare types but for our own and for enums, which a CHECK holds."""
    if isinstance(declared, ExactDecimal | UtcDateTime | sa.Enum):
        return False
    return None


@contextmanager
def foreign_keys_aside(connection: Connection) -> Iterator[None]:
    """Let a table be rebuilt that others point at; broken references stop the migration.

    SQLite alone needs it: it rebuilds a table by dropping the old one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
    if broken:
        raise RuntimeError(f"rows point at nothing: {broken[:10]}")


def run() -> None:
    """Migrate within one connection."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, foreign_keys_aside(connection):
        if connection.dialect.name == "sqlite":
            connection = connection.execution_options(writes=True)
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=compare_type,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
