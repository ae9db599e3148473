"""Odd records, signed and unsigned: Python and JavaScript must say the same of every one.

Run from the repository's folder: ``python -m benchmarks.verifier_differences [--count N]``.
A key holder may sign whatever they like, so most cases carry a good signature over a payload or
header written in an odd way. Exits 1 where state, reasons, record, key or host differ.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import cbor2

from benchmarks.odd_records import World, cases_of
from exam_app.certificates import record, status
from exam_app.certificates.status import Places
from exam_app.certificates.terms import Standing

ROOT = Path(__file__).resolve().parent.parent
MADE = dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
BATCH = 5000


def status_told(world: World) -> dict[str, Any]:
    """Return the list both sides look at: some of the places revoked or suspended."""
    indexes = [cbor2.loads(each)[14][1] for each in world.payloads[40:]]
    dates = {"issued": MADE.isoformat(), "valid_until": (MADE + status.GOOD_FOR).isoformat()}
    return {"list": 1, "revoked": indexes[:5], "suspended": indexes[5:], **dates}


def by_python(world: World, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what Python says, numbers as strings."""
    told = status_told(world)
    fallen = dict.fromkeys(told["suspended"], Standing.SUSPENDED)
    fallen |= dict.fromkeys(told["revoked"], Standing.REVOKED)
    look_up = status.lookup_of([Places(1, fallen, MADE, MADE + status.GOOD_FOR)], now=MADE)
    found = []
    for case in cases:
        verdict = record.verify(
            case["text"],
            world.keys,
            at=dt.date.fromisoformat(case["at"]),
            status=look_up,
            host=case["host"],
        )
        found.append(
            {
                "state": verdict.state.value,
                "reasons": [each.value for each in verdict.reasons],
                "record": _spoken(verdict.record and record.as_plain(verdict.record)),
                "kid": verdict.kid,
                "host": verdict.host,
            }
        )
    return found


def _spoken(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _spoken(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_spoken(held) for held in value]
    return str(value) if isinstance(value, int) else value


def by_javascript(world: World, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what JavaScript says, in the same form."""
    told = {"keys": json.loads(world.keys.to_jwks()), "status": status_told(world), "cases": cases}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.json"
        path.write_text(json.dumps(told), encoding="utf-8")
        node = Path(sys.executable).parent / "node"
        script = ROOT / "javascript" / "commands" / "judge.js"
        done = subprocess.run([node, script, path], capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def run(count: int, seed: int) -> tuple[Counter[str], list[tuple[Any, ...]]]:
    """Return how often each first reason came, and every case that was told differently."""
    world = World(random.Random(seed))
    outcomes: Counter[str] = Counter()
    differences: list[tuple[Any, ...]] = []
    for start in range(0, count, BATCH):
        cases = cases_of(world, min(BATCH, count - start))
        ours, theirs = by_python(world, cases), by_javascript(world, cases)
        for case, one, other in zip(cases, ours, theirs, strict=True):
            outcomes[(*one["reasons"], one["state"])[0]] += 1
            if one != other:
                differences.append((case, one, other))
    return outcomes, differences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=20250401)
    asked = parser.parse_args()
    outcomes, differences = run(asked.count, asked.seed)
    for name, number in outcomes.most_common():
        print(f"  {name:24}{number:8}")
    print(f"{outcomes.total()} cases, {len(differences)} told differently")
    for case, one, other in differences[:20]:
        print(f"{case!a}\n  Python     {one}\n  JavaScript {other}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
