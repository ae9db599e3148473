"""The clock: one function that says what time it is; everything else asks it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _system_time() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


_source: Callable[[], dt.datetime] = _system_time


def now() -> dt.datetime:
    """Return the server's time, aware, in UTC."""
    return _source()


def today() -> dt.date:
    """Return the local date in Asia/Shanghai."""
    return now().astimezone(SHANGHAI).date()


def local(moment: dt.datetime) -> dt.datetime:
    """Return the moment as shown on pages, in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI)


def at_local(text: str) -> dt.datetime:
    """Return the UTC moment of a local ``YYYY-MM-DD HH:MM`` (Asia/Shanghai)."""
    naive = dt.datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the zone follows
    return naive.replace(tzinfo=SHANGHAI).astimezone(dt.UTC)


@contextmanager
def running(source: Callable[[], dt.datetime]) -> Iterator[None]:
    """Let another source tell the time inside the block; for tests and the demo only."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
