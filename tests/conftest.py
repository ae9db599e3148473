"""Databases, application, clock and actors for all tests."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings

from exam_app.application import create_app
from exam_app.config import Config
from exam_app.core import clock as exam_clock
from exam_app.core.crypto import Keyring
from exam_app.core.db import db
from exam_app.paths import MIGRATIONS
from tests.city import City, build
from tests.postgres import available as postgres_available
from tests.postgres import start_cluster

settings.register_profile("ci", derandomize=True, max_examples=200, deadline=None)
settings.register_profile("quick", max_examples=40, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "quick")

DATABASES = ["sqlite", *(["postgresql"] if postgres_available() else [])]
MORNING = dt.datetime(2025, 3, 10, 1, 0, tzinfo=dt.UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that a kind can be left out by name."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "app" in names:
            item.add_marker("db")
        if "client" in names:
            item.add_marker("web")
        if "journeys" in item.path.parts:
            item.add_marker("journey")
        if "browser" in item.path.parts:
            item.add_marker("browser")
        if "city" in names:  # built once, by one worker
            item.add_marker(pytest.mark.xdist_group("city"))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def __call__(self) -> dt.datetime:
        return self.at

    def set(self, local: str) -> None:
        """Stand at a local ``YYYY-MM-DD HH:MM``."""
        self.at = exam_clock.at_local(local)

    def forward(self, **delta: float) -> None:
        """Move on by a timedelta's arguments."""
        self.at += dt.timedelta(**delta)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Hold the time at the morning of 2025-03-10 in Yichun."""
    held = Clock(MORNING)
    with exam_clock.running(held):
        yield held


@pytest.fixture(scope="session")
def cluster() -> Iterator[str | None]:
    """Start one PostgreSQL cluster for the run; None where it is not installed."""
    if not postgres_available():
        yield None
        return
    with start_cluster() as url:
        yield url


def _config(folder: Path, url: str, **over: object) -> Config:
    values: dict[str, object] = {
        "instance": folder,
        "database_url": url,
        "official_host": "exam.yichun.example",
        "totp_required": False,
        "argon2_memory_kib": 1024,
        "testing": True,
    }
    return Config(**{**values, **over})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def templates(
    tmp_path_factory: pytest.TempPathFactory, cluster: str | None
) -> dict[str, Path | str]:
    """Build the schema once per database by its migrations, to be copied per test."""
    folder = tmp_path_factory.mktemp("template")
    Keyring.create(folder / "keys")
    made: dict[str, Path | str] = {"instance": folder}
    for name in DATABASES:
        url = f"sqlite:///{folder / 'exam.sqlite'}" if name == "sqlite" else f"{cluster}/template_exam"
        if name != "sqlite":
            _admin(cluster, "CREATE DATABASE template_exam")
        app = create_app(_config(folder, url))
        with app.app_context():
            upgrade(directory=str(MIGRATIONS))
            if name == "sqlite":
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        made[name] = url
    return made


def _admin(cluster: str | None, statement: str) -> None:
    engine = sa.create_engine(f"{cluster}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Name the database of this test: each test of rows runs on each one at hand."""
    return str(request.param)


@pytest.fixture
def make_app(
    database: str,
    templates: dict[str, Path | str],
    cluster: str | None,
    tmp_path: Path,
) -> Iterator[Callable[..., Flask]]:
    """Return a maker of applications over one fresh database."""
    folder = tmp_path / "instance"
    shutil.copytree(Path(templates["instance"]) / "keys", folder / "keys")
    name = f"t_{os.urandom(6).hex()}"
    if database == "sqlite":
        shutil.copy(Path(templates["instance"]) / "exam.sqlite", folder / "exam.sqlite")
        url = f"sqlite:///{folder / 'exam.sqlite'}"
    else:
        _admin(cluster, f"CREATE DATABASE {name} TEMPLATE template_exam")
        url = f"{cluster}/{name}"
    made: list[Flask] = []

    def make(**over: object) -> Flask:
        made.append(create_app(_config(folder, url, **over)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    if database != "sqlite":
        _admin(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def app(make_app: Callable[..., Flask], clock: Clock) -> Iterator[Flask]:
    """Return an application over a fresh database, inside its context."""
    made = make_app()
    with made.app_context():
        yield made


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Return the demo city, built once; a test that changes it takes a copy."""
    return build(tmp_path_factory.mktemp("city") / "instance")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser without JavaScript."""
    return app.test_client()
