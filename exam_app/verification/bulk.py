"""Signatures of many records at once (批量验签), on several processes where there are many."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from multiprocessing.context import BaseContext
from typing import Any

from exam_app.certificates.keys import KeySet
from exam_app.certificates.record import Verdict, verify
from exam_app.core import clock

PARALLEL_FROM = 1_000
PIECE = 125
_MOST_PROCESSES = 4
_given: list[tuple[KeySet, dt.date, str | None]] = []


def processes_for(count: int) -> int:
    """Return how many processes are worth starting for so many texts on this machine."""
    if count < PARALLEL_FROM:
        return 1
    return max(1, min(_MOST_PROCESSES, os.cpu_count() or 1))


def verify_texts(
    texts: Sequence[str],
    keys: KeySet,
    *,
    processes: int = 1,
    at: dt.date | None = None,
    host: str | None = None,
) -> list[Verdict]:
    """Return the verdict on each QR text, in the order of the texts.

    No status is asked: a good signature within its dates is ``status-unknown``, never ``valid``.
    Args: processes: so many verify side by side, this one among them; 1 starts none.
    """
    day = at or clock.today()
    if processes <= 1 or len(texts) <= PIECE:
        return [verify(text, keys, at=day, host=host) for text in texts]
    rest = {each.name: getattr(keys, each.name) for each in fields(keys) if each.name != "keys"}
    given = (keys.to_jwks(), rest, day, host)  # the keys themselves do not travel
    pieces = [texts[start : start + PIECE] for start in range(0, len(texts), PIECE)]
    own: dict[int, list[Verdict]] = {}
    with ProcessPoolExecutor(
        processes - 1, mp_context=context(), initializer=_begin, initargs=given
    ) as pool:
        others = [pool.submit(_verify, piece) for piece in pieces]
        for place in reversed(range(len(pieces))):
            if not others[place].cancel():  # from the end on, until the others have come here
                break
            own[place] = [verify(text, keys, at=day, host=host) for text in pieces[place]]
        parts = [own.get(place) or other.result() for place, other in enumerate(others)]
    return [verdict for part in parts for verdict in part]


def context() -> BaseContext:
    """Return how workers are started: from a server without threads, where there is such a one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([__name__])
    return made


def _begin(jwks: str, rest: Mapping[str, Any], day: dt.date, host: str | None) -> None:
    _given[:] = [(replace(KeySet.from_jwks(jwks), **rest), day, host)]


def _verify(texts: Sequence[str]) -> list[Verdict]:
    ((keys, day, host),) = _given
    return [verify(text, keys, at=day, host=host) for text in texts]
