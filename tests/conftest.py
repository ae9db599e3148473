"""Databases, application, clock and actors for all tests."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from exam_app.application import create_app
from exam_app.core import clock as exam_clock
from tests.city import City, build
from tests.postgres import available as postgres_available
from tests.postgres import start_cluster
from tests.stores import Store, config

settings.register_profile("ci", derandomize=True, max_examples=100, deadline=None)
settings.register_profile("quick", max_examples=40, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "quick")

# EXAM_TEST_DATABASES narrows a run to one kind, as the gate does for its second line.
DATABASES = os.environ.get("EXAM_TEST_DATABASES", "").split() or [
    "sqlite",
    *(["postgresql"] if postgres_available() else []),
]
ONE_DATABASE = pytest.mark.parametrize("database", DATABASES[:1])
"""Marks a test of what is the same on every database."""
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


@pytest.fixture(scope="session", autouse=True)
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep every test away from the installation in this folder, such as the demo city."""
    folder = tmp_path_factory.mktemp("nowhere") / "instance"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXAM_INSTANCE", str(folder))
        yield


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


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory, cluster: str | None) -> dict[str, Store]:
    """Build a store for each kind of database at hand, once a run."""
    shared = tmp_path_factory.getbasetemp().parent / "exam-fonts"  # made once for all workers
    return {
        kind: Store(
            kind, tmp_path_factory.mktemp(kind), cluster if kind != "sqlite" else None, shared
        )
        for kind in DATABASES
    }


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Name the database of this test: each test of rows runs on each one at hand."""
    return str(request.param)


@pytest.fixture
def store(database: str, stores: dict[str, Store]) -> Store:
    """Return the store of this test's database."""
    return stores[database]


@pytest.fixture
def make_app(store: Store) -> Iterator[Callable[..., Flask]]:
    """Return a maker of applications over one fresh database; the first one is kept warm."""
    store.reset()
    made: list[Flask] = []

    def make(**over: object) -> Flask:
        fresh = bool(made or over)
        made.append(create_app(config(store.folder, store.url, **over)) if fresh else store.app)
        return made[-1]

    yield make
    for app in made:
        store.release(app)


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
