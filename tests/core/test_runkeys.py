"""Keys that live while a sitting runs and are gone when it closes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from exam_app.core import runkeys
from exam_app.core.errors import RuleBroken

PLAIN = "第1题：……".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Run an application with an instance folder; yield where the keys lie."""
    with Flask("bare", instance_path=str(tmp_path)).app_context():
        yield tmp_path / "run"


def test_what_was_encrypted_opens_while_the_key_lives(folder: Path) -> None:
    """Each text has its own nonce; the plain text is in none of them."""
    runkeys.make("sitting-1")
    sealed, again = (runkeys.encrypt("sitting-1", PLAIN) for _ in range(2))
    assert sealed != again
    assert PLAIN not in sealed
    assert runkeys.decrypt("sitting-1", sealed) == PLAIN


def test_a_key_is_made_once(folder: Path) -> None:
    """Making it again keeps what was encrypted readable; the file is the server's alone."""
    runkeys.make("sitting-1")
    sealed = runkeys.encrypt("sitting-1", PLAIN)
    runkeys.make("sitting-1")
    assert runkeys.decrypt("sitting-1", sealed) == PLAIN
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert len(path.read_bytes()) == 32


def test_a_wiped_key_opens_nothing(folder: Path) -> None:
    """From the close on the text is unreadable; a new key of the name does not bring it back."""
    runkeys.make("sitting-1")
    sealed = runkeys.encrypt("sitting-1", PLAIN)
    for _ in range(2):
        runkeys.wipe("sitting-1")
    assert list(folder.iterdir()) == []
    with pytest.raises(RuleBroken, match="run-key-gone"):
        runkeys.decrypt("sitting-1", sealed)
    with pytest.raises(RuleBroken, match="run-key-gone"):
        runkeys.encrypt("sitting-1", PLAIN)
    runkeys.make("sitting-1")
    with pytest.raises(RuleBroken, match="run-key-gone"):
        runkeys.decrypt("sitting-1", sealed)


def test_a_text_opens_under_its_own_name_alone(folder: Path) -> None:
    """Another sitting's key, or the same key under another name, does not open it."""
    for name in ("sitting-1", "sitting-2"):
        runkeys.make(name)
    sealed = runkeys.encrypt("sitting-1", PLAIN)
    with pytest.raises(RuleBroken):
        runkeys.decrypt("sitting-2", sealed)
    (folder / "sitting-2.key").write_bytes((folder / "sitting-1.key").read_bytes())
    with pytest.raises(RuleBroken):
        runkeys.decrypt("sitting-2", sealed)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_text_is_refused(folder: Path, place: int) -> None:
    """Nonce, text and tag are all vouched for."""
    runkeys.make("sitting-1")
    sealed = bytearray(runkeys.encrypt("sitting-1", PLAIN))
    sealed[place] ^= 1
    with pytest.raises(RuleBroken):
        runkeys.decrypt("sitting-1", bytes(sealed))


def test_what_a_killed_server_left_is_wiped(folder: Path) -> None:
    """Unwanted keys and halves of files go once they are old enough; wanted ones stay."""
    for name in ("draft-1", "draft-2", "sitting-1"):
        runkeys.make(name)
    (folder / "draft-3.0a.part").write_bytes(b"half a k")
    (folder / "draft-4.0b.gone").write_bytes(bytes(32))
    assert runkeys.tidy({"draft-1"}, older=900) == []
    assert len(list(folder.iterdir())) == 5
    assert runkeys.tidy({"draft-1"}, older=0) == ["draft-2", "sitting-1"]
    assert [path.name for path in folder.iterdir()] == ["draft-1.key"]


def test_a_key_asked_for_again_counts_as_new(folder: Path) -> None:
    """A change under way may need a key that an interrupted one has made."""
    runkeys.make("draft-1")
    os.utime(folder / "draft-1.key", (0, 0))
    runkeys.make("draft-1")
    assert runkeys.tidy(set(), older=900) == []
