"""A bank of candidates as columns of numbers: what rules, pools and keys are computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.program.plan import LEVELS, TYPES, Candidate

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Candidates sorted by id; every array has one entry per candidate.

    `types` and `levels` index TYPES and LEVELS, `topics` index `topic_names`, `sets` index
    `set_names` (-1: none); `enemies` has one row (lower, higher index) per pair.
    """

    ids: tuple[str, ...]
    types: Ints
    levels: Ints
    topics: Ints
    topic_names: tuple[str, ...]
    sets: Ints
    set_names: tuple[str, ...]
    facility: Ints
    info: Ints
    seconds: Ints
    marks: Ints
    uses: Ints
    enemies: Ints
    digest: str

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.ids)

    def places(self, ids: Iterable[str]) -> Ints:
        """Return the indexes of those ids the bank has, sorted, each once."""
        known = _index(self.ids)
        return np.array(sorted({known[each] for each in ids if each in known}), dtype=np.int64)


def bank_of(candidates: Sequence[Candidate]) -> Bank:
    """Return the bank of some candidates; their order is no matter."""
    rows = sorted(candidates)
    ids, types, topics, levels, facility, info, seconds, marks, sets, enemies, uses = (
        zip(*rows, strict=True) if rows else ((),) * 11
    )
    topic_names, topic_places = _names(topics)
    set_names, set_places = _names(["", *sets])
    return Bank(
        ids=tuple(ids),
        types=_coded(types, TYPES),
        levels=_coded(levels, LEVELS),
        topics=topic_places,
        topic_names=topic_names,
        sets=set_places[1:] - 1,
        set_names=set_names[1:],
        facility=_ints(facility),
        info=_ints(info),
        seconds=_ints(seconds),
        marks=_ints(marks),
        uses=_ints(uses),
        enemies=_pairs(ids, enemies),
        digest=_digest(rows),
    )


def _digest(rows: Sequence[Candidate]) -> str:
    """Return the SHA-256 of a bank: the JSON array of its rows, sorted by id, no spaces."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _index(names: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _names(values: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    names = tuple(sorted(set(values)))
    return names, _coded(values, names)


def _coded(values: Sequence[str], names: Sequence[str]) -> Ints:
    return _ints(list(map(_index(names).__getitem__, values)))


def _pairs(ids: Sequence[str], enemies: Sequence[tuple[str, ...]]) -> Ints:
    named = [place for place, each in enumerate(enemies) if each]
    if not named:
        return np.empty((0, 2), dtype=np.int64)
    known = _index(ids)
    pairs = {
        (min(place, known[enemy]), max(place, known[enemy]))
        for place in named
        for enemy in enemies[place]
        if enemy in known
    }
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
