"""The key registry: of a pinned root, never older, never shorter; keys through their life."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exam_app.certificates import algorithms, jws, keys, passphrase, record, registry
from exam_app.certificates.algorithms import Ed25519Signer
from exam_app.certificates.keys import KeySet, PublicKey
from exam_app.certificates.terms import KeyState, Reason, VerdictState
from exam_app.core.crypto import KeyProblem, Keyring
from exam_app.core.errors import BadInput, RuleBroken
from tests.factories.certificates import (
    ON,
    good,
    make_digits,
    make_keys,
    make_record,
    make_signer,
)

ROOT = make_signer(bytes([7]) * 32)
PINNED = registry.Root(ROOT.key.public_key())
NOW = dt.datetime(2025, 4, 1, 4, 0, tzinfo=dt.UTC)
SECRET = "a long passphrase of nobody"


def signed(held: KeySet, *, version: int = 1, by: Ed25519Signer = ROOT, **over: Any) -> str:
    """Return a registry of keys."""
    payload = registry.payload_of(
        held, root=by.kid, version=version, issued=NOW, next_update=NOW + registry.FRESH_FOR
    )
    return registry.sign({**payload, **over}, by)


def test_a_registry_says_everything_of_a_key() -> None:
    """Issuer with name and code, classes, days, state: all come back as they were registered."""
    facts: dict[str, Any] = {
        "class_kinds": frozenset({1}),
        "verify_until": dt.date(2035, 12, 31),
        "issuer_uscc": "11230700MB0X0001X0",
        "issuer_name": "伊春市应急管理局",
        "state": KeyState.COMPROMISED,
        "compromised_from": ON,
    }
    held = replace(make_keys(make_signer(), **facts), reattested={"ab" * 32: "23070020251000016"})
    read = registry.verify(signed(held), PINNED)
    assert (read.version, read.keys.keys) == (1, held.keys)
    assert read.keys.reattested == held.reattested
    (entry,) = read.payload["keys"]
    assert (entry["alg"], entry["issuers"], entry["class_kinds"]) == ("EdDSA", [230700], [1])
    assert "d" not in entry["jwk"]


def test_only_the_pinned_root_is_believed() -> None:
    """Another root, a changed byte, another kind of document, a bare set: none is a registry."""
    held = make_keys(make_signer())
    other = make_signer(bytes([8]) * 32)
    text = signed(held)
    head, body, signature = text.split(".")
    renamed = jws.sign({"root": ROOT.kid, "version": 1}, ROOT, jws.STATUS_LIST)
    changed = f"{head}.{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}.{signature}"
    none = jws.sign({}, ROOT, jws.REGISTRY).split(".")
    for wrong in (
        signed(held, by=other),
        changed,
        f"{head}.{body}.{signature[:-4]}AAAA",
        renamed,
        ".".join([none[0], none[1], ""]),
        held.to_jwks(),
        "",
    ):
        with pytest.raises(BadInput, match="jws-refused|registry-unreadable"):
            registry.verify(wrong, PINNED)
    for pin in ("", "abc", "ü" * 43, PINNED.to_text() + "A"):
        with pytest.raises(BadInput, match="registry-root"):
            registry.root_of(pin)
    assert registry.root_of(PINNED.to_text() + "\n") == PINNED


@pytest.mark.parametrize(
    "over",
    [
        {"version": 0},
        {"version": "2"},
        {"version": True},
        {"root": "0" * 16},
        {"keys": 5},
        {"keys": [{"kid": "x"}]},
        {"next_update": "2025-04-01"},
        {"issued": None},
        {"reattested": [1]},
    ],
)
def test_the_root_signs_no_nonsense(over: dict[str, Any]) -> None:
    """What no verifier could read is not signed."""
    with pytest.raises(BadInput, match="registry-unreadable"):
        signed(make_keys(make_signer()), **over)


def test_an_older_or_shorter_registry_is_never_put_in_force(tmp_path: Path) -> None:
    """The same version again, a lower one, one without a key in use; the one in force stays."""
    one, two = make_keys(make_signer()), make_keys(make_signer(bytes([1]) * 32))
    both = KeySet({**one.keys, **two.keys})
    keys.publish(tmp_path, one)
    with pytest.raises(RuleBroken, match="registry-drops"):
        registry.install(tmp_path, signed(two), PINNED)
    registry.install(tmp_path, signed(both, version=5), PINNED)
    for version, held, code in (
        (5, both, "registry-rollback"),
        (4, both, "registry-rollback"),
        (6, one, "registry-drops"),
        (6, KeySet(), "registry-drops"),
    ):
        with pytest.raises(RuleBroken, match=code):
            registry.install(tmp_path, signed(held, version=version), PINNED)
    in_force = registry.load(tmp_path, PINNED)
    assert in_force is not None
    assert in_force.version == 5
    assert keys.load_published(tmp_path).keys == both.keys


def test_a_registry_past_its_update_is_told() -> None:
    """Nothing is called valid by keys whose compromise could not have been heard of."""
    known = registry.verify(signed(make_keys(make_signer())), PINNED).keys
    due = NOW + registry.FRESH_FOR
    for now, state, reasons in (
        (due, VerdictState.VALID, ()),
        (due + dt.timedelta(seconds=1), VerdictState.STATUS_UNKNOWN, (Reason.KEYS_STALE,)),
    ):
        verdict = record.verify(make_digits(), known, at=ON, status=good, now=now)
        assert (verdict.state, verdict.reasons) == (state, reasons)


def test_a_key_that_got_out_takes_back_what_it_cannot_prove() -> None:
    """From the day on: refused. Before: not by its own date, but by the log or confirmed again."""
    key = make_signer()
    leaked = make_keys(key, state=KeyState.COMPROMISED, compromised_from=ON)
    later, before = make_digits(), make_digits(issued_on=ON - dt.timedelta(1))

    def ask(text: str, held: KeySet = leaked, *, on_file: bool | None = None) -> tuple[Any, Any]:
        issued = None if on_file is None else lambda number, cose: on_file
        verdict = record.verify(text, held, at=ON, status=good, issued=issued)
        return verdict.state, verdict.reasons

    refused = (VerdictState.REFUSED, (Reason.KEY_COMPROMISED,))
    unknown = VerdictState.STATUS_UNKNOWN
    assert ask(later) == ask(later, on_file=True) == refused
    assert ask(before) == (unknown, (Reason.ISSUE_UNPROVED,))
    assert ask(before, on_file=True) == (VerdictState.VALID, ())
    assert ask(before, on_file=False) == (unknown, (Reason.NOT_ON_FILE,))
    own = make_record().number
    digests = {record.digest_of(record.from_digits(text)): own for text in (later, before)}
    again = replace(leaked, reattested=digests)
    assert ask(later, again) == ask(before, again) == (VerdictState.VALID, ())
    forged = make_digits(name="别人", issued_on=ON - dt.timedelta(1))
    assert ask(forged, again) == (unknown, (Reason.ISSUE_UNPROVED,))


def test_a_year_ends_with_both_keys_good(tmp_path: Path) -> None:
    """Thirty days of overlap: the new key signs from its first day, the old one still verifies."""
    ring = passphrase.lock(tmp_path, SECRET, memory_kib=256)
    first_day, next_year = dt.date(2025, 1, 1), dt.date(2026, 1, 1)
    overlap = dt.timedelta(days=30)

    def make(first: dt.date, last: dt.date) -> PublicKey:
        return keys.create(tmp_path, ring, issuer=230700, not_before=first, not_after=last)

    old = make(first_day, next_year - dt.timedelta(1) + overlap)
    new = make(next_year, dt.date(2027, 1, 30))
    registry.install(tmp_path, signed(keys.load_own(tmp_path)), PINNED)
    known = keys.load_published(tmp_path)
    for day, kid in (
        (dt.date(2025, 12, 31), old.kid),
        (next_year, new.kid),
        (dt.date(2026, 1, 30), new.kid),
        (dt.date(2026, 1, 31), new.kid),
    ):
        signer = keys.load_signer(tmp_path, ring, issuer=230700, on=day)
        assert signer.kid == kid
        text = make_digits(signer, issued_on=day, expires_on=dt.date(2029, 1, 1))
        for at in (day, dt.date(2028, 6, 1)):
            verdict = record.verify(text, known, at=at, status=good, now=NOW)
            assert (verdict.state, verdict.kid) == (VerdictState.VALID, kid)
    beyond = make_digits(
        keys.open_signer(tmp_path, ring, old),
        issued_on=dt.date(2026, 1, 31),
        expires_on=dt.date(2029, 1, 1),
    )
    verdict = record.verify(beyond, known, at=dt.date(2026, 2, 1), status=good, now=NOW)
    assert verdict.reasons == (Reason.KEY_NOT_FOR_DATE,)


def test_what_happens_here_counts_before_the_root_has_signed_it(tmp_path: Path) -> None:
    """A key retired or reported signs no more at once; the registry's own graver word stays."""
    ring = passphrase.lock(tmp_path, SECRET, memory_kib=256)
    days = {"not_before": ON, "not_after": dt.date(2026, 4, 1)}
    made = keys.create(tmp_path, ring, issuer=230700, **days)
    registry.install(tmp_path, signed(keys.load_own(tmp_path)), PINNED)
    assert keys.load_signer(tmp_path, ring, issuer=230700, on=ON).kid == made.kid

    def own(state: KeyState, since: dt.date | None = None) -> PublicKey:
        changed = replace(made, state=state, compromised_from=since)
        keys.publish(tmp_path, KeySet.of([changed]))
        return keys.load_published(tmp_path).keys[made.kid]

    assert own(KeyState.RETIRED).state is KeyState.RETIRED
    with pytest.raises(RuleBroken, match="signing-key-missing"):
        keys.load_signer(tmp_path, ring, issuer=230700, on=ON)
    assert own(KeyState.COMPROMISED, ON).compromised_from == ON
    registry.install(tmp_path, signed(keys.load_wanted(tmp_path), version=2), PINNED)
    assert own(KeyState.ACTIVE).state is KeyState.COMPROMISED
    assert own(KeyState.RETIRED).state is KeyState.COMPROMISED
    earlier = ON - dt.timedelta(9)
    assert own(KeyState.COMPROMISED, earlier).compromised_from == earlier
    fresh = keys.create(tmp_path, ring, issuer=230700, **days)
    assert fresh.kid not in keys.load_published(tmp_path).keys
    assert fresh.kid in keys.load_wanted(tmp_path).keys
    with pytest.raises(RuleBroken, match="signing-key-missing"):
        keys.load_signer(tmp_path, ring, issuer=230700, on=ON)


def test_the_root_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    """Encrypted at rest, its owner's alone, never written over."""
    path = tmp_path / "root.key"
    made = registry.make_root(path, SECRET, memory_kib=256)
    assert registry.open_root(path, SECRET).kid == made.kid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "ENCRYPTED PRIVATE KEY" in path.read_text()
    with pytest.raises(BadInput, match="registry-root-locked"):
        registry.open_root(path, SECRET + "x")
    with pytest.raises(KeyProblem, match="secret-exists"):
        registry.make_root(path, SECRET, memory_kib=256)
    for weak in ("short", "aaaaaaaaaaaaaaaa"):
        with pytest.raises(BadInput, match="passphrase-weak"):
            registry.make_root(tmp_path / "other.key", weak)
    (tmp_path / "no.key").write_text("argon2id x\n")
    with pytest.raises(BadInput, match="lock-unreadable"):
        registry.open_root(tmp_path / "no.key", SECRET)


def test_a_copy_of_the_key_folder_signs_nothing(tmp_path: Path) -> None:
    """Neither the master secret nor a guess opens it; the passphrase, kept elsewhere, does."""
    folder = tmp_path / "keys"
    master = Keyring.create(folder)
    ring = passphrase.lock(folder, SECRET, memory_kib=256)
    made = keys.create(folder, ring, issuer=230700, not_before=ON, not_after=dt.date(2026, 4, 1))
    backup = tmp_path / "backup"
    shutil.copytree(folder, backup)
    for other in (master, Keyring({1: bytes(32)})):
        with pytest.raises(KeyProblem, match="file-unreadable"):
            keys.load_signer(backup, other, issuer=230700, on=ON)
    with pytest.raises(KeyProblem, match="signing-passphrase-wrong"):
        passphrase.unlock(backup, SECRET + " ")
    secret = algorithms.scalar_of(keys.open_signer(folder, ring, made))  # type: ignore[arg-type]
    assert not any(secret in path.read_bytes() for path in backup.iterdir())
    assert keys.open_signer(backup, passphrase.unlock(backup, SECRET), made).kid == made.kid
    with pytest.raises(KeyProblem, match="secret-exists"):
        passphrase.lock(folder, SECRET, memory_kib=256)
    assert json.loads((backup / "certificate-keys.json").read_text())["keys"][0]["kid"] == made.kid
