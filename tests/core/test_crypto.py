"""Secrets at rest: fields, files and indexes open where they belong and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core import crypto
from exam_app.core.crypto import KeyProblem, Keyring, mask_id
from exam_app.core.errors import BadInput, ExamError
from exam_app.core.messages import MESSAGES, sentence

RING = Keyring({1: bytes(32)})
NUMBER = "230702198807012357"


def test_secret_is_made_once_and_private(tmp_path: Path) -> None:
    """The secret is 32 random bytes that the owner alone reads; it is never overwritten."""
    Keyring.create(tmp_path / "keys")
    path = tmp_path / "keys" / "secret"
    assert (len(path.read_bytes()), path.stat().st_mode & 0o777) == (32, 0o600)
    with pytest.raises(KeyProblem, match="secret-exists"):
        Keyring.create(tmp_path / "keys")
    assert Keyring.load(tmp_path / "keys").active == 1


def test_missing_short_or_open_secret_stops_the_start(tmp_path: Path) -> None:
    """Without a usable secret there is no keyring."""
    with pytest.raises(KeyProblem, match="secret-missing"):
        Keyring.load(tmp_path)
    crypto.write_private(tmp_path / "secret", b"short")
    with pytest.raises(KeyProblem, match="secret-unusable"):
        Keyring.load(tmp_path)
    (tmp_path / "secret").write_bytes(bytes(32))
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(KeyProblem, match="secret-exposed"):
        Keyring.load(tmp_path)


def test_newer_secret_writes_and_older_still_reads(tmp_path: Path) -> None:
    """After rotation new values name the new key; old values open as before."""
    old = Keyring.create(tmp_path)
    sealed = old.encrypt_field("person", "id_number", 1, NUMBER)
    crypto.write_private(tmp_path / "secret-2", bytes(range(32)))
    ring = Keyring.load(tmp_path)
    assert ring.active == 2
    assert ring.decrypt_field("person", "id_number", 1, sealed) == NUMBER
    fresh = ring.encrypt_field("person", "id_number", 1, NUMBER)
    assert (sealed[1], fresh[1]) == (1, 2)
    assert ring.blind_index(NUMBER, number=1) == old.blind_index(NUMBER) != ring.blind_index(NUMBER)
    with pytest.raises(KeyProblem, match="key-unknown"):
        old.decrypt_field("person", "id_number", 1, fresh)


@given(st.text(), st.integers(0, 10**9))
def test_field_reads_back_where_it_was_written(value: str, row_key: int) -> None:
    """What was encrypted for a place comes back there."""
    sealed = RING.encrypt_field("person", "id_number", row_key, value)
    assert RING.decrypt_field("person", "id_number", row_key, sealed) == value


def test_field_opens_nowhere_else_and_not_changed() -> None:
    """Another table, column, row or a single changed bit: refused."""
    sealed = RING.encrypt_field("person", "id_number", 1, NUMBER)
    assert len(sealed) == 48
    for place in (("account", "id_number", 1), ("person", "phone", 1), ("person", "id_number", 2)):
        with pytest.raises(KeyProblem):
            RING.decrypt_field(*place, sealed)
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(KeyProblem):
            RING.decrypt_field("person", "id_number", 1, bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(KeyProblem):
            RING.decrypt_field("person", "id_number", 1, sealed[:length])


def test_nonces_do_not_repeat() -> None:
    """Ten thousand encryptions of one value differ."""
    sealed = {RING.encrypt_field("person", "id_number", 1, NUMBER)[2:14] for _ in range(10_000)}
    assert len(sealed) == 10_000


def test_keys_of_purposes_are_unrelated() -> None:
    """Each purpose and each secret has its own key."""
    ring = Keyring({1: bytes(32), 2: bytes(range(32))})
    keys = {ring.derive(purpose, number=n) for purpose in ("field", "file", "x") for n in (1, 2)}
    assert len(keys) == 6


def test_blind_index_is_keyed_and_forgives_width_and_case() -> None:
    """Equal numbers give equal indexes, under another secret another one."""
    index = RING.blind_index("23070219880701235x")
    assert index == RING.blind_index(" ２３０７０２１９８８０７０１２３５Ｘ ")
    assert len(index) == 16
    assert index != Keyring({1: b"\x01" * 32}).blind_index("23070219880701235x")
    assert index != RING.blind_index("230702198807012350")


def test_file_opens_under_its_own_name_only() -> None:
    """A key file cannot be passed off as another, nor changed."""
    wrapped = RING.wrap("audit.key", b"private")
    assert RING.unwrap("audit.key", wrapped) == b"private"
    for name, data in (("other.key", wrapped), ("audit.key", wrapped[:-1]), ("audit.key", b"")):
        with pytest.raises(KeyProblem, match="file-unreadable"):
            RING.unwrap(name, data)
    with pytest.raises(KeyProblem):
        RING.unwrap("audit.key", b"X" + wrapped[1:])


def test_id_number_is_shown_by_its_last_four() -> None:
    """Pages show stars and four places."""
    assert mask_id(NUMBER) == "**************2357"
    assert mask_id("123") == "***"


def test_application_has_one_keyring() -> None:
    """The running application's keyring is the one it was given."""
    app = Flask("bare")
    with app.app_context():
        with pytest.raises(KeyProblem, match="secret-missing"):
            crypto.keyring()
        crypto.install(app, RING)
        assert crypto.keyring() is RING


def test_keyring_does_not_show_its_secrets() -> None:
    """A keyring in a message or a log shows numbers of keys only."""
    assert repr(RING) == "Keyring([1])"


def test_every_code_has_a_sentence_that_survives_missing_facts() -> None:
    """A sentence never fails: unknown codes and missing facts have a form of words."""
    for code in MESSAGES:
        assert sentence(ExamError(code))
    assert sentence(KeyProblem("key-unknown", number=3)).startswith("没有第 3 号密钥")
    assert sentence(ExamError("never-heard")) == "操作未能完成（never-heard）。"
    assert "—" in sentence(BadInput("id-number-in-trail"))
