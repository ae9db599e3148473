"""One database and one application for each kind, put back to fresh before each test.

A store is made once a run by the migrations. Between tests its rows go, its keys are put back
and its runtime files are removed; a test that harmed the schema makes it be copied from the first.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from exam_app.application import create_app
from exam_app.certificates import passphrase
from exam_app.config import Config
from exam_app.core.crypto import Keyring, write_private
from exam_app.core.db import Model, db, metadata, session
from exam_app.paths import MIGRATIONS

KEPT = {"fonts", "keys", "exam.sqlite"}
Made = TypeVar("Made")
Rows = dict[str, list[dict[str, Any]]]


def config(folder: Path, url: str, **over: Any) -> Config:
    """Return the configuration tests run under."""
    values: dict[str, Any] = {
        "instance": folder,
        "database_url": url,
        "official_host": "exam.yichun.example",
        "totp_required": False,
        "argon2_memory_kib": 1024,
        "signing_passphrase_file": folder.parent / "signing-passphrase",
        "testing": True,
    }
    return Config(**{**values, **over})


@dataclass
class Store:
    """One kind of database with the application over it."""

    kind: str
    home: Path
    server: str | None
    fonts: Path
    app: Flask = field(init=False)
    _told: dict[str, Any] = field(default_factory=dict)
    _rows: dict[str, Rows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.fonts.mkdir(exist_ok=True)
        (self.folder / "fonts").symlink_to(self.fonts)
        Keyring.create(self.home / "keys")
        write_private(self.home / "signing-passphrase", b"a passphrase of the tests\n")
        passphrase.lock(self.home / "keys", "a passphrase of the tests", memory_kib=1024)
        shutil.copytree(self.home / "keys", self.folder / "keys")
        if self.server:
            self._admin("CREATE DATABASE exam_tests")
        self.app = create_app(config(self.folder, self.url))
        self._born = set(self.app.extensions)
        self._views = dict(self.app.view_functions)
        self._build()

    @property
    def folder(self) -> Path:
        """The instance folder."""
        return self.home / "instance"

    @property
    def url(self) -> str:
        """The address of the database."""
        if self.server:
            return f"{self.server}/exam_tests"
        return f"sqlite:///{self.folder / 'exam.sqlite'}"

    def _build(self) -> None:
        with self.app.app_context():
            upgrade(directory=str(MIGRATIONS))
            if self.server:
                with db.engine.connect() as connection:
                    self._shape = self._read_shape(connection)
                    self._first = self._all_rows(connection)
                db.engine.dispose()
                self._admin("CREATE DATABASE exam_fresh TEMPLATE exam_tests")
            else:
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                db.engine.dispose()
                shutil.copy(self.folder / "exam.sqlite", self.home / "fresh.sqlite")

    def reset(self) -> None:
        """Put rows, keys and files back as they were born."""
        for name in set(self.app.extensions) - self._born:
            del self.app.extensions[name]
        self.app.view_functions = dict(self._views)
        for path in self.folder.iterdir():
            if path.name not in KEPT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(self.folder / "keys")
        shutil.copytree(self.home / "keys", self.folder / "keys")
        if self.server:
            self._reset_postgres()
        else:
            shutil.copy(self.home / "fresh.sqlite", self.folder / "exam.sqlite")

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what `make` commits to a fresh database: made once a run, then put back.

        The rows, the files and the keys are those of then; the clock is the test's own affair.
        """
        kept = self.home / f"kept-{name}"
        if name not in self._told:
            made = make()
            shutil.copytree(self.folder, kept, ignore=shutil.ignore_patterns("fonts", "*.sqlite*"))
            if self.server:
                with db.engine.connect() as connection:
                    self._rows[name] = self._all_rows(connection)
            else:
                with closing(sqlite3.connect(self.folder / "exam.sqlite")) as plain:
                    plain.execute("VACUUM INTO ?", [str(kept / "exam.sqlite")])
            self._told[name] = _references(made)
            return made
        db.engine.dispose()
        shutil.copytree(kept, self.folder, dirs_exist_ok=True)
        if self.server:
            with db.engine.begin() as connection:
                self._empty(connection)
                self._fill(connection, self._rows[name])
        put_back: Made = _found(self._told[name])
        return put_back

    def release(self, app: Flask) -> None:
        """Give back what an application holds."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _reset_postgres(self) -> None:
        with self.app.app_context():
            engine = sa.create_engine(self.url)
            with engine.begin() as connection:
                whole = self._read_shape(connection) == self._shape
                if whole:
                    self._empty(connection)
                    self._fill(connection, self._first)
            engine.dispose()
            if not whole:
                self._admin("DROP DATABASE exam_tests WITH (FORCE)")
                self._admin("CREATE DATABASE exam_tests TEMPLATE exam_fresh")
                self.release(self.app)

    def _empty(self, connection: sa.Connection) -> None:
        """Remove all rows, the triggers of append-only tables set aside."""
        names = [table.name for table in metadata.sorted_tables]
        asked = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names
        )
        filled = list(connection.execute(sa.text(asked)).scalars())
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for name in filled:
            connection.execute(sa.text(f"DELETE FROM {name}"))
        restarts = "".join(
            f"ALTER SEQUENCE {name}_id_seq RESTART;" for name in filled if _is_counted(name)
        )
        if restarts:
            connection.execute(sa.text(restarts))

    def _fill(self, connection: sa.Connection, rows: Rows) -> None:
        """Put rows into empty tables, the numbers of new ones behind them."""
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for name, held in rows.items():
            connection.execute(metadata.tables[name].insert(), held)
            if _is_counted(name):
                last = max(row["id"] for row in held)
                connection.execute(sa.text(f"SELECT setval('{name}_id_seq', {last})"))

    def _read_shape(self, connection: sa.Connection) -> list[Any]:
        """Return what the schema is made of, to notice that a test changed it."""
        shape = connection.execute(
            sa.text(
                "SELECT 'column', table_name || '.' || column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' UNION ALL "
                "SELECT tgenabled::text, tgrelid::regclass || tgname FROM pg_trigger "
                "WHERE NOT tgisinternal UNION ALL "
                "SELECT 'constraint', conrelid::regclass || conname FROM pg_constraint "
                "ORDER BY 1, 2"
            )
        )
        return [tuple(row) for row in shape]

    def _all_rows(self, connection: sa.Connection) -> Rows:
        found = {}
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in connection.execute(table.select()).mappings()]
            if rows:
                found[table.name] = rows
        return found

    def _admin(self, statement: str) -> None:
        engine = sa.create_engine(f"{self.server}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


@dataclass(frozen=True)
class _Reference:
    """A row by its class and key."""

    kind: type
    key: Any


def _references(made: Any) -> Any:
    """Return what was made with a reference in the place of each row."""
    if isinstance(made, Model):
        return _Reference(type(made), sa.inspect(made).identity)
    return _each(made, _references)


def _found(told: Any) -> Any:
    """Return what was made with the rows as they are in the database now."""
    if isinstance(told, _Reference):
        return session().get(told.kind, told.key)
    return _each(told, _found)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(change(each) for each in value)
    if isinstance(value, dict):
        return {key: change(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {each.name: change(getattr(value, each.name)) for each in fields(value)}
        return replace(value, **changed)
    return value


def _is_counted(name: str) -> bool:
    columns = metadata.tables[name].c
    return "id" in columns and columns.id.autoincrement is True
