"""Another passphrase for the signing keys: all of them at once, whenever the change is killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from exam_app.access.actor import SYSTEM
from exam_app.access.terms import Role
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import keys, pages, passphrase, service
from exam_app.core import alone, steps
from exam_app.core.crypto import KeyProblem, Keyring
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, NotAllowed
from tests.certificates.test_ceremony import Office
from tests.certificates.test_keys import YEAR, create
from tests.conftest import ONE_DATABASE
from tests.factories.certificates import make_key
from tests.factories.finished import Finished
from tests.factories.people import actor_of

OLD, NEW = "the first passphrase", "quite another passphrase"
TOLD = "a passphrase of the tests"
COST = 256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a key folder with two signing keys and one of files under the old passphrase."""
    ring = passphrase.lock(tmp_path, OLD, memory_kib=COST)
    create(tmp_path, ring)
    create(tmp_path, ring, algorithm="es256", not_before=YEAR[0].replace(day=2))
    (tmp_path / "pades.key").write_bytes(ring.wrap(passphrase.FILE_KEY, b"of files"))
    Keyring.create(tmp_path)
    return tmp_path


def opened(folder: Path, text: str) -> int:
    """Return how many keys open with a passphrase."""
    ring = passphrase.unlock(folder, text)
    for key in keys.load_own(folder).keys.values():
        assert keys.open_signer(folder, ring, key).kid == key.kid
    assert ring.unwrap(passphrase.FILE_KEY, (folder / "pades.key").read_bytes()) == b"of files"
    return len(keys.load_own(folder).keys) + 1


def test_every_key_lies_under_the_new_passphrase(folder: Path) -> None:
    """None opens with the old one, which an older copy keeps; a broken key stops the change."""
    backup = folder / "backup"
    shutil.copytree(folder, backup)
    held = passphrase.unlock(folder, OLD)
    made = passphrase.change(folder, held, NEW, memory_kib=COST)
    assert (len(made.keys), opened(folder, OLD)) == (3, 3)  # nothing is written so far
    made.take_effect()
    assert (opened(folder, NEW), opened(backup, OLD)) == (3, 3)
    with pytest.raises(KeyProblem, match="signing-passphrase-wrong"):
        passphrase.unlock(folder, OLD)
    for path in folder.glob("*.key"):
        assert path.stat().st_mode & 0o077 == 0
        with pytest.raises(KeyProblem, match="file-unreadable"):
            held.unwrap(path.stem.removeprefix("certificate-"), path.read_bytes())
    (folder / "pades.key").write_bytes(b"broken")
    with pytest.raises(KeyProblem, match="file-unreadable"):
        passphrase.change(folder, made.ring, OLD, memory_kib=COST)


def killed_at(step: int, change: passphrase.Change) -> bool:
    """Return whether a process that makes the change was killed at a step, before its end."""
    child = os.fork()
    if not child:
        passed: Iterator[int] = iter(range(step))
        steps.watchers.append(
            lambda _: (
                None if next(passed, None) is not None else os.kill(os.getpid(), signal.SIGKILL)
            )
        )
        change.take_effect()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_killed_change_leaves_the_old_or_the_new(folder: Path, tmp_path: Path) -> None:
    """Killed at each step, one after the other: all keys open, with one of the two."""
    deaths = 0
    for step in range(9):
        copy = tmp_path / f"copy-{step}"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("copy-*"))
        change = passphrase.change(copy, passphrase.unlock(copy, OLD), NEW, memory_kib=COST)
        deaths += killed_at(step, change)
        assert opened(copy, NEW) == 3
        again = passphrase.change(copy, passphrase.unlock(copy, NEW), OLD, memory_kib=COST)
        again.take_effect()
        assert opened(copy, OLD) == 3
    assert deaths == 5  # the lock, each of the keys, and the lock without them


def test_a_destroyed_key_stays_destroyed(folder: Path) -> None:
    """Neither after a change that came to its end nor after one that was killed."""
    made = passphrase.change(folder, passphrase.unlock(folder, OLD), NEW, memory_kib=COST)
    made.take_effect()
    assert len((folder / "signing.lock").read_text().splitlines()) == 2
    first, second = sorted(folder.glob("certificate-*.key"))
    first.unlink()
    held = passphrase.unlock(folder, NEW)
    assert not first.exists()
    assert killed_at(0, passphrase.change(folder, held, OLD, memory_kib=COST))
    second.unlink()
    ring = passphrase.unlock(folder, OLD)
    assert (first.exists(), second.exists()) == (False, False)
    assert ring.unwrap(passphrase.FILE_KEY, (folder / "pades.key").read_bytes()) == b"of files"


def is_free(folder: Path) -> bool:
    """Return whether somebody else may enter a folder now."""
    with (folder / alone.LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@ONE_DATABASE
def test_no_key_is_made_while_the_passphrase_changes(app: Flask, made: Finished) -> None:
    """The change holds the folder until its files are in place, or it is undone."""
    make_key()
    folder, seen = pages.config().keys, []

    def undone() -> None:
        with transaction():
            service.change_passphrase(TOLD, NEW, actor=SYSTEM)
            assert not is_free(folder)
            raise BadInput("undone")

    with pytest.raises(BadInput, match="undone"):
        undone()
    assert is_free(folder)
    steps.watchers.append(lambda step: seen.append((step, is_free(folder))))
    try:
        with transaction():
            service.change_passphrase(TOLD, NEW, actor=SYSTEM)
    finally:
        steps.watchers.clear()
    assert seen == [("lock-replaced", False), ("key-replaced", False), ("lock-emptied", False)]
    assert is_free(folder)


@ONE_DATABASE
def test_a_new_key_waits_for_the_end_of_a_change(app: Flask, made: Finished) -> None:
    """It is made once the folder is free again."""
    folder, inside, order = pages.config().keys, threading.Event(), []

    def change() -> None:
        with alone.alone(folder):
            inside.set()
            time.sleep(0.2)
            order.append("changed")

    thread = threading.Thread(target=change)
    thread.start()
    inside.wait()
    make_key()
    order.append("made")
    thread.join()
    assert order == ["changed", "made"]


def test_the_command_changes_and_records_it(app: Flask, made: Finished, tmp_path: Path) -> None:
    """With the old passphrase alone, by command alone; the office signs on with the new one."""
    key, office = make_key(), Office(app, tmp_path)
    fresh = tmp_path / "fresh"
    fresh.write_text(NEW + "\n", encoding="utf-8")
    fresh.chmod(0o600)
    with pytest.raises(KeyProblem, match="signing-passphrase-wrong"):
        office.run("passphrase", "--passphrase-file", office.secret, "--new-passphrase-file", fresh)
    assert "密钥 1 个" in office.run("passphrase", "--new-passphrase-file", fresh)
    last = session().query(AuditEntry).order_by(AuditEntry.seq.desc()).first()
    assert last is not None
    assert (last.action, key.kid in last.detail) == (Action.SIGNING_KEYS_RELOCKED.value, True)
    with pytest.raises(KeyProblem, match="signing-passphrase-wrong"):
        passphrase.signing_ring()  # of a process that was told the old one
    ring = passphrase.signing_ring(NEW)
    assert keys.open_signer(pages.config().keys, ring, key).kid == key.kid
    clerk = actor_of(made.city.officer(Role.SECADMIN))
    for old, new, actor, code in (
        (NEW, TOLD, clerk, "key-by-command"),
        (NEW, NEW, SYSTEM, "passphrase-same"),
        (NEW, "short", SYSTEM, "passphrase-weak"),
    ):
        with pytest.raises((NotAllowed, BadInput), match=code), transaction():
            service.change_passphrase(old, new, actor=actor)
    assert keys.open_signer(pages.config().keys, passphrase.signing_ring(), key).kid == key.kid
