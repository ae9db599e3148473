"""A disclosed paper in a folder (公开核验): drawn again from the folder alone, and compared.

The folder holds `items.csv`, the snapshot it was drawn from; `blueprint.json`, its canonical text;
`neighbours.json`, what was held of the papers it kept apart from; and `disclosure.json`: the seed,
the counter, those papers by uid, the items, and the digests committed to before the exam.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from question_bank.assembly import Situation, draw_uids
from question_bank.blueprint import Blueprint
from question_bank.errors import DisclosureError
from question_bank.program.engines import ENGINES

FORMAT = 2
ITEMS, BLUEPRINT, BESIDE = "items.csv", "blueprint.json", "neighbours.json"
FACTS = "disclosure.json"
_COMMITTED = {"snapshot": ITEMS, "blueprint": BLUEPRINT, "neighbours": BESIDE}


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is public of a paper once its class can sit no retake.

    Args:
        seed: in hex; counter: which of the seed's papers it is.
        struck: uids struck out before the last draw; struck_prints: their fingerprints.
        barred: uids of the class's own papers, and enemies of those.
        neighbours: uids of each paper it shares `ceiling` items with at most.
        items: uids in paper order.
        committed: name → SHA-256 of seed, snapshot, blueprint, neighbours, strikes before the exam.
    """

    paper: str
    seed: str
    counter: int
    struck: list[str]
    struck_prints: list[str]
    barred: list[str]
    neighbours: list[list[str]]
    ceiling: int | None
    items: list[str]
    committed: dict[str, str]


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A paper drawn again: its uids, and what was committed to and is something else."""

    disclosed: Disclosed
    items: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Return whether it is the disclosed paper, drawn from what was committed to."""
        return not self.broken and list(self.items) == self.disclosed.items


def write_disclosed(
    folder: Path, disclosed: Disclosed, *, snapshot: str, blueprint: Blueprint, beside: bytes
) -> None:
    """Write the folder of a disclosed paper; files that are there are written over."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"format": FORMAT, **asdict(disclosed)}
    (folder / ITEMS).write_bytes(snapshot.encode())
    (folder / BLUEPRINT).write_bytes(blueprint.to_json().encode())
    (folder / BESIDE).write_bytes(beside)
    (folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")


def strikes_digest(prints: Iterable[str]) -> str:
    """Return the SHA-256 of the fingerprints of what was struck out, each in hex, in order."""
    return hashlib.sha256("\n".join(prints).encode()).hexdigest()


def redraw(folder: Path, *, engine_name: str = ENGINES[0]) -> Redrawn:
    """Return the paper of a folder drawn again; neither a database nor a key is needed.

    Raises: DisclosureError: the folder is not such a one. BankShort: nothing fits.
    """
    disclosed = _facts(folder)
    plain = {name: _read(folder, name) for name in (ITEMS, BLUEPRINT, BESIDE)}
    found = {name: hashlib.sha256(plain[file]).hexdigest() for name, file in _COMMITTED.items()}
    found["strikes"] = strikes_digest(disclosed.struck_prints)
    found["seed"] = hashlib.sha256(bytes.fromhex(disclosed.seed)).hexdigest()
    situation = Situation(
        plain[ITEMS].decode(errors="replace"),
        barred=frozenset(disclosed.barred) | frozenset(disclosed.struck),
        neighbours=tuple(map(frozenset, disclosed.neighbours)),
        ceiling=disclosed.ceiling,
    )
    items = draw_uids(
        Blueprint.from_json(plain[BLUEPRINT].decode(errors="replace")),
        situation,
        bytes.fromhex(disclosed.seed),
        counter=disclosed.counter,
        engine_name=engine_name,
    )
    broken = {name for name in found if disclosed.committed.get(name) != found[name]}
    broken |= _unbound(disclosed, plain[BESIDE])
    return Redrawn(disclosed, items, tuple(sorted(broken)))


def _unbound(disclosed: Disclosed, beside: bytes) -> set[str]:
    """Return what of the facts the committed fingerprints and strikes do not bear out.

    A uid and its fingerprint cannot be matched without the key; their numbers can.
    """
    try:
        held = json.loads(beside)
        own, near, ceiling = held["own"], held["near"], held["ceiling"]
        pairs = list(zip(disclosed.neighbours, near, strict=False))
        fits = {
            "barred": len(set(disclosed.barred)) <= len(own),
            "apart": len(disclosed.neighbours) == len(near)
            and all(len(set(named)) <= len(prints) for named, prints in pairs),
            "ceiling": disclosed.ceiling == ceiling,
        }
    except (ValueError, TypeError, KeyError) as error:
        raise DisclosureError("disclosure-unreadable", file=BESIDE) from error
    gone = len(disclosed.struck_prints)
    fits["counter"] = disclosed.counter == gone
    fits["struck"] = len(set(disclosed.struck)) <= gone
    return {name for name, is_borne_out in fits.items() if not is_borne_out}


def _facts(folder: Path) -> Disclosed:
    try:
        held = json.loads(_read(folder, FACTS))
        if held.pop("format") != FORMAT or set(held) != {each.name for each in fields(Disclosed)}:
            raise DisclosureError("disclosure-unreadable", file=FACTS)
        found = Disclosed(**held)
        bytes.fromhex(found.seed)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DisclosureError("disclosure-unreadable", file=FACTS) from error
    return found


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise DisclosureError("disclosure-unreadable", file=name) from error
