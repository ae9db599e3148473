"""Uploads between preview and import: encrypted, their owner's alone, gone after a day."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from exam_app.core import crypto, files
from exam_app.core.crypto import Keyring
from exam_app.core.errors import ExamError, Missing

DATA = "姓名,身份证号\n李雪,230700198503120010".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Run an application that has a keyring and nothing else; yield where uploads lie."""
    app = Flask("bare", instance_path=str(tmp_path))
    crypto.install(app, Keyring.create(tmp_path / "keys"))
    with app.app_context():
        yield tmp_path / "uploads"


def test_what_was_kept_comes_back(folder: Path) -> None:
    """Content and name, a Chinese one too; the same upload twice has one token."""
    token = files.keep(DATA, "名册.csv", owner="account:1")
    assert files.kept(token, owner="account:1") == (DATA, "名册.csv")
    assert files.keep(DATA, "名册.csv", owner="account:1") == token
    assert len(list(folder.iterdir())) == 1


def test_content_with_zero_bytes_comes_back(folder: Path) -> None:
    """A workbook is binary."""
    token = files.keep(b"PK\0\0x", "a.xlsx", owner="account:1")
    assert files.kept(token, owner="account:1") == (b"PK\0\0x", "a.xlsx")


def test_nothing_lies_in_plain_on_the_disk(folder: Path) -> None:
    """ID numbers and names of an upload are encrypted; the folder is the server's alone."""
    files.keep(DATA, "名册.csv", owner="account:1")
    (path,) = folder.iterdir()
    held = path.read_bytes()
    assert b"230700" not in held
    assert "李雪".encode() not in held
    assert "名册".encode() not in held
    assert folder.stat().st_mode & 0o077 == 0


def test_a_token_is_good_for_its_owner_alone(folder: Path) -> None:
    """Another account that learns the token finds nothing, as if it had never been."""
    token = files.keep(DATA, "名册.csv", owner="account:1")
    with pytest.raises(Missing, match="upload-gone"):
        files.kept(token, owner="account:2")


@pytest.mark.parametrize("token", ["", "0" * 64, "../keys/secret", "..", "A" * 64, "0" * 63 + "\n"])
def test_a_guessed_token_finds_nothing(folder: Path, token: str) -> None:
    """Neither an unknown digest nor a path leads anywhere."""
    files.keep(DATA, "名册.csv", owner="account:1")
    with pytest.raises(Missing, match="upload-gone"):
        files.kept(token, owner="account:1")
    files.drop(token)
    assert len(list(folder.iterdir())) == 1
    assert (folder.parent / "keys" / "secret").exists()


def test_a_changed_file_is_refused(folder: Path) -> None:
    """One bit turned on the disk and the upload cannot be taken over."""
    token = files.keep(DATA, "名册.csv", owner="account:1")
    path = folder / token
    held = bytearray(path.read_bytes())
    held[-1] ^= 1
    path.write_bytes(held)
    with pytest.raises(ExamError):
        files.kept(token, owner="account:1")


def test_a_dropped_file_is_gone(folder: Path) -> None:
    """After the import nothing is left; dropping again is harmless."""
    token = files.keep(DATA, "名册.csv", owner="account:1")
    for _ in range(2):
        files.drop(token)
    assert list(folder.iterdir()) == []
    with pytest.raises(Missing):
        files.kept(token, owner="account:1")


def test_uploads_are_swept_after_a_day(folder: Path) -> None:
    """What nobody took over is removed when the next file comes."""
    old = files.keep(DATA, "a.csv", owner="account:1")
    young = files.keep(DATA, "b.csv", owner="account:1")
    for token, hours in ((old, 25), (young, 23)):
        at = time.time() - hours * 3600
        os.utime(folder / token, (at, at))
    files.keep(DATA, "c.csv", owner="account:1")
    with pytest.raises(Missing):
        files.kept(old, owner="account:1")
    assert files.kept(young, owner="account:1")[1] == "b.csv"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("名\ud800册.csv", "名_册.csv"),
        ("a\0b\n.csv", "a_b_.csv"),
        ("长" * 300 + ".xlsx", "长" * 195 + ".xlsx"),
        ("x" * 300, "x" * 200),
        ("." + "x" * 300, "." + "x" * 199),
    ],
)
def test_a_name_that_cannot_be_written_is_mended(folder: Path, given: str, name: str) -> None:
    """Lone surrogates, zero bytes and names without end keep nobody's file out."""
    token = files.keep(DATA, given, owner="account:1")
    assert files.kept(token, owner="account:1") == (DATA, name)
