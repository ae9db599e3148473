"""The life of signing keys (密钥仪式): made, registered, retired, reported; by command alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from flask import current_app

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import keys, passphrase, queries, record, registry
from exam_app.certificates.keys import PublicKey
from exam_app.certificates.passphrase import signing_ring
from exam_app.certificates.registry import Registry, Root
from exam_app.certificates.terms import KeyState
from exam_app.config import Config
from exam_app.core import clock
from exam_app.core.alone import alone
from exam_app.core.db import hold, on_commit
from exam_app.core.errors import BadInput, Missing, NotAllowed, RuleBroken
from exam_app.people import queries as people


def create_signing_key(
    *,
    issuer: int,
    not_before: dt.date,
    not_after: dt.date,
    algorithm: str = "ed25519",
    class_kinds: Sequence[int] = (),
    verify_until: dt.date = dt.date.max,
    actor: Actor,
) -> PublicKey:
    """Make a signing key of an authority (签名密钥); on the server alone, by the command line.

    Args: issuer: division code of the authority; its name and credit code go with the key.
    Raises: NotAllowed: a signed-in account asks. BadInput: dates, code or algorithm. KeyProblem:
        the passphrase of the signing keys is not at hand. RuleBroken: ``sm2-missing``.
    Records: SIGNING_KEY_CREATED.
    """
    _by_command(actor)
    whole = 110000 <= issuer <= 659999 and not_before < not_after <= verify_until
    if not whole or algorithm not in keys.ALGORITHMS:
        raise BadInput("signing-key-facts")
    made = _made(
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        algorithm=algorithm,
        class_kinds=frozenset(class_kinds),
        verify_until=verify_until,
        **_issuer_facts(issuer),
    )
    trail.record(
        Action.SIGNING_KEY_CREATED,
        actor,
        ("signing_key", made.kid),
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        algorithm=algorithm,
    )
    return made


def _made(**facts: Any) -> PublicKey:
    """Return a new key; its passphrase is not changed meanwhile."""
    folder = _config().keys
    with alone(folder):
        return keys.create(folder, signing_ring(), **facts)


def change_passphrase(held: str, fresh: str, *, actor: Actor) -> tuple[str, ...]:
    """Put all locked keys under another passphrase (更换口令), once the entry is committed.

    A copy made before still opens with the passphrase of its time.
    Args: held, fresh: the passphrase in force, and the new one.
    Returns: the names of the keys.
    Raises: NotAllowed. BadInput: the new one is weak or the same. KeyProblem: the old one is
        wrong, or a key does not open.
    Records: SIGNING_KEYS_RELOCKED.
    """
    _by_command(actor)
    if held == fresh:
        raise BadInput("passphrase-same")
    config = _config()
    hold(alone(config.keys))  # no key is made meanwhile
    ring = passphrase.unlock(config.keys, held)
    made = passphrase.change(config.keys, ring, fresh, memory_kib=config.argon2_memory_kib)
    trail.record(Action.SIGNING_KEYS_RELOCKED, actor, ("signing_key", "*"), keys=list(made.keys))
    on_commit(made.take_effect)
    return made.keys


def retire_signing_key(kid: str, *, actor: Actor) -> PublicKey:
    """Let a key sign no more (停用); what it signed stays good.

    Raises: NotAllowed, Missing. RuleBroken: it is not active.
    Records: SIGNING_KEY_RETIRED.
    """
    _by_command(actor)
    held = _active(kid)
    if held.state is not KeyState.ACTIVE:
        raise RuleBroken("signing-key-inactive", kid=kid)
    trail.record(Action.SIGNING_KEY_RETIRED, actor, ("signing_key", kid))
    return _put(replace(held, state=KeyState.RETIRED))


def report_compromise(kid: str, *, since: dt.date, actor: Actor) -> PublicKey:
    """Report that a key got out (泄露); from this moment on nothing is signed with it.

    What is dated from that day on is refused; what is dated before is taken by who can ask the
    log of what was issued, or by who has it confirmed again.
    Args: since: the first day of issue that is refused.
    Raises: NotAllowed, Missing. BadInput: the day lies ahead.
    Records: SIGNING_KEY_COMPROMISED.
    """
    _by_command(actor)
    if since > clock.today():
        raise BadInput("compromise-ahead")
    held = _active(kid)
    earlier = min(since, held.compromised_from or since)
    trail.record(Action.SIGNING_KEY_COMPROMISED, actor, ("signing_key", kid), since=earlier)
    return _put(replace(held, state=KeyState.COMPROMISED, compromised_from=earlier))


def reattest(numbers: Sequence[str], *, actor: Actor) -> list[str]:
    """Confirm certificates again whose key got out (重新确认), each by the digest of its record.

    Returns: the numbers that are new on the list; it counts once the root signed the registry.
    Raises: NotAllowed. Missing: a number is not on file, or not signed.
    Records: CERTIFICATES_REATTESTED.
    """
    _by_command(actor)
    held = [queries.by_number(number) for number in numbers]
    found = {record.digest_of(each.record): each.number for each in held if each.record}
    if len(found) < len(set(numbers)):
        raise Missing(kind="certificate")
    folder = _config().keys
    hold(alone(folder))
    own = keys.load_own(folder)
    fresh = sorted(set(found.values()) - set(own.reattested.values()))
    trail.record(
        Action.CERTIFICATES_REATTESTED, actor, ("key_registry", "draft"), numbers=sorted(numbers)
    )
    keys.publish(folder, replace(own, reattested={**own.reattested, **found}))
    return fresh


def request_registry(*, fresh_for: dt.timedelta, actor: Actor) -> dict[str, Any]:
    """Return the next registry for the root to look at and sign (待签登记册).

    Raises: NotAllowed. BadInput: no root is pinned. RuleBroken: there is no key to register.
    Records: KEY_REGISTRY_REQUESTED.
    """
    _by_command(actor)
    root = _root()
    held = registry.load(_config().keys, root)
    wanted = keys.load_wanted(_config().keys)
    if not wanted.keys:
        raise RuleBroken("registry-empty")
    version = held.version + 1 if held else 1
    now = clock.now()
    payload = registry.payload_of(
        wanted, root=root.kid, version=version, issued=now, next_update=now + fresh_for
    )
    trail.record(
        Action.KEY_REGISTRY_REQUESTED, actor, ("key_registry", version), keys=sorted(wanted.keys)
    )
    return payload


def install_registry(text: str, *, actor: Actor) -> Registry:
    """Put a registry the root signed in force (启用登记册).

    Raises: NotAllowed. BadInput: it is not of the pinned root. RuleBroken: a rollback, or a key
        in use is missing.
    Records: KEY_REGISTRY_INSTALLED.
    """
    _by_command(actor)
    made = registry.install(_config().keys, text, _root())
    trail.record(
        Action.KEY_REGISTRY_INSTALLED,
        actor,
        ("key_registry", made.version),
        keys=sorted(made.keys.keys),
        root=_root().kid,
    )
    return made


def _by_command(actor: Actor) -> None:
    if actor.account_id is not None:
        raise NotAllowed("key-by-command", permission=str(Permission.KEY_CEREMONY))


def _config() -> Config:
    return cast(Config, current_app.extensions["exam"])


def _root() -> Root:
    return registry.root_of(_config().registry_root)


def _issuer_facts(issuer: int) -> dict[str, str]:
    for each in people.organisations(OrganisationKind.CITY_EM, active=False):
        if each.division_code == f"{issuer:06}":
            return {"issuer_uscc": each.credit_code, "issuer_name": each.name}
    return {}


def _active(kid: str) -> PublicKey:
    held = keys.load_wanted(_config().keys).find(kid)
    if held is None:
        raise Missing(kind="signing-key")
    return held


def _put(key: PublicKey) -> PublicKey:
    folder = _config().keys
    with alone(folder):
        keys.publish(folder, keys.load_own(folder).with_key(key))
    return key
