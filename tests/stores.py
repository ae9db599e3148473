"""One database and one application for each kind, put back to fresh before each test.

A store is made once a run by the migrations. Between tests its rows go, its keys are put back
and its runtime files are removed; a test that harmed the schema makes the store be built anew.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from exam_app.application import create_app
from exam_app.certificates import passphrase
from exam_app.config import Config
from exam_app.core.crypto import Keyring, write_private
from exam_app.core.db import db, metadata
from exam_app.paths import MIGRATIONS

KEPT = {"fonts", "keys", "exam.sqlite"}


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
                    self._first = self._rows_of_migrations(connection)
                db.engine.dispose()
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
            engine.dispose()
            if not whole:
                self._admin("DROP DATABASE exam_tests WITH (FORCE)")
                self._admin("CREATE DATABASE exam_tests")
                self._build()
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
            f"ALTER SEQUENCE {name}_id_seq RESTART;"
            for name in filled
            if "id" in metadata.tables[name].c and metadata.tables[name].c.id.autoincrement is True
        )
        if restarts:
            connection.execute(sa.text(restarts))
        for table, rows in self._first.items():
            connection.execute(metadata.tables[table].insert(), rows)

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

    def _rows_of_migrations(self, connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
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
