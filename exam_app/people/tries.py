"""Counting tries (次数限制): counters that all workers share, of names, numbers and addresses."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import session, transaction
from exam_app.core.errors import NotAllowed
from exam_app.people.models import LoginCounter

FORGOTTEN = dt.timedelta(days=1)


class TooManyTries(NotAllowed):
    """Too many look-ups of one subject or from one address (查询过于频繁)."""

    status = 429
    code = "too-many-tries"


def count_tries(subjects: Iterable[tuple[str, int]], *, minutes: int) -> None:
    """Count one try of each subject, before it is looked at, so that no parallel one is missed.

    Args: subjects: (what is tried, the most tries in one stretch); kept as keyed hashes alone.
    Raises: TooManyTries: one of them is over its limit; the others are counted all the same.
    """
    at, stretch = clock.now(), dt.timedelta(minutes=minutes)
    hashed = [(_hashed(subject), limit) for subject, limit in subjects]
    with transaction():
        over = False
        for subject, limit in sorted(hashed):
            counter = counter_of(subject, at)
            if at - counter.first_at > stretch:
                counter.failures, counter.first_at = 0, at
            counter.failures += 1
            over = over or counter.failures > limit
    if over:
        raise TooManyTries(minutes=minutes)


def forget_tries(subject: str) -> None:
    """Set the count of a subject back, after a try that was right."""
    with transaction():
        counter_of(_hashed(subject), clock.now()).failures = 0


def network_of(address: str) -> str:
    """Return the network an address is counted under: /24 of IPv4, /64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    width = 24 if found.version == 4 else 64
    return str(ipaddress.ip_network((found, width), strict=False))


def counter_of(subject: str, at: dt.datetime) -> LoginCounter:
    """Return the counter of a hashed subject, held until the transaction ends."""
    query = select(LoginCounter).where(LoginCounter.subject == subject).with_for_update()
    found = session().scalars(query).first()
    if found is not None:
        return found
    session().execute(delete(LoginCounter).where(LoginCounter.first_at < at - FORGOTTEN))
    try:
        with session().begin_nested():
            session().add(LoginCounter(subject=subject, failures=0, first_at=at))
            session().flush()
    except IntegrityError:  # a parallel try made it just now
        return session().scalars(query).one()
    return session().scalars(query).one()


def _hashed(subject: str) -> str:
    return keyring().blind_index(f"try:{subject}").hex()
