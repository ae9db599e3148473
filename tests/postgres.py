"""A PostgreSQL server of our own for the length of a test run, where its programs are at hand."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

REQUIRE = "EXAM_REQUIRE_POSTGRES"
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "max_connections=60",
    "shared_buffers=32MB",
)


class NoPostgres(RuntimeError):
    """PostgreSQL is asked for by the environment but cannot be started."""


def find_programs() -> Path | None:
    """Return the folder that holds initdb and pg_ctl, or nothing."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    return None


def _servant() -> str | None:
    """Return the user to run the server as when we are root, who must not run it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


def available() -> bool:
    """Tell whether a server can be started; raise where the environment demands one."""
    found = find_programs() is not None and (os.geteuid() != 0 or _servant() is not None)
    if not found and os.environ.get(REQUIRE) == "1":
        raise NoPostgres("PostgreSQL programs or a user to run them as are missing")
    return found


def _run(servant: str | None, *command: str) -> None:
    prefix = ["runuser", "-u", servant, "--"] if servant else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise NoPostgres(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare(servant: str | None, programs: Path, home: Path) -> str:
    """Make the data folder and return the password of its owner, ``postgres``."""
    password = secrets.token_hex(16)
    (home / "password").write_text(password, encoding="ascii")
    if servant:
        account = pwd.getpwnam(servant)
        for path in (home, home / "password"):
            os.chown(path, account.pw_uid, account.pw_gid)
    _run(
        servant,
        *(str(programs / "initdb"), "-D", str(home / "data"), "-U", "postgres", "-E", "UTF8"),
        *("-A", "password", f"--pwfile={home / 'password'}", "--no-sync", "--locale=C.UTF-8"),
    )
    return password


@contextlib.contextmanager
def start_cluster(*, durable: bool = False) -> Iterator[str | None]:
    """Start a server on a free port of this machine; give its address without a database.

    Append ``/name`` for a database; ``/postgres`` is there from the start. Gives nothing where
    PostgreSQL is absent, or raises when EXAM_REQUIRE_POSTGRES is 1.

    Args:
        durable: sync each commit to the disk, as measuring needs and testing does not.
    """
    programs = find_programs()
    if not available() or programs is None:
        yield None
        return
    servant = _servant()
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    control, data, port = str(programs / "pg_ctl"), str(home / "data"), _free_port()
    settings = SETTINGS if durable else SETTINGS + FORGETFUL
    options = " ".join(f"-c {setting}" for setting in settings) + f" -p {port} -k {home}"
    try:
        password = _prepare(servant, programs, home)
        log = str(home / "log")
        _run(servant, control, "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres:{password}@127.0.0.1:{port}"
        finally:
            _run(servant, control, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Give the address of a new database of the server, dropped at the end."""
    name = f"exam_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        yield f"{server}/{name}"
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        engine.dispose()
