"""Whether the public look-up tells by its time what it does not tell by its answer.

Four kinds of wrong look-ups, interleaved at random: a number nobody was given, a certificate's
number with another name, the number of a revoked certificate with another name, a mistyped
number. For each pair of kinds the two-sample Kolmogorov-Smirnov and Mann-Whitney tests on the
processor time of the handler and on wall time; a pair tells when p is below 0.01 after Bonferroni.
Then the same certificate until the look-ups are limited.

Run from the repository's folder: ``python -m benchmarks.lookup_timing [--count N] [--seed N]
[--postgresql URL]``; without a server the database is SQLite. Exit 1 where a kind is told.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from scipy import stats
from werkzeug.test import TestResponse

from exam_app.certificates import rules
from exam_app.core.db import db, session
from exam_app.marking.terms import Outcome
from tests.factories.certificates import make_revoked, make_signed
from tests.factories.finished import make_finished
from tests.stores import Store

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FRESH = re.compile(r'<input[^>]*name="csrf_token"[^>]*>')
LEVEL = 0.01


@dataclass
class Asked:
    """What was measured of one look-up."""

    cpu: float
    wall: float
    answer: tuple[int, str]


def asker(app: Flask) -> Callable[[str, str, str], TestResponse]:
    """Return what sends the form of the page from an address."""
    client: FlaskClient = app.test_client()
    found = TOKEN.search(client.get("/v").text)
    assert found is not None

    def ask(number: str, name: str, address: str) -> TestResponse:
        fields = {"csrf_token": found[1], "number": number, "name": name}
        return client.post("/v", data=fields, environ_overrides={"REMOTE_ADDR": address})

    return ask


def kinds_of(issued: list[str], revoked: list[str]) -> dict[str, Callable[[int], str]]:
    """Return how the number of the n-th look-up of each kind is made."""
    return {
        "unknown number": lambda n: rules.certificate_number("230700", 2024, 1, n + 1),
        "another name": lambda n: issued[n % len(issued)],
        "revoked, another name": lambda n: revoked[n % len(revoked)],
        "mistyped number": lambda n: _mistyped(rules.certificate_number("230700", 2024, 1, n + 1)),
    }


def _mistyped(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def measure(app: Flask, count: int, seed: int) -> dict[str, list[Asked]]:
    """Return what was measured, kind by kind; the counters start anew before each look-up."""
    issued, revoked = certificates()
    ask, kinds = asker(app), kinds_of(issued, revoked)
    order = [(kind, n) for kind in kinds for n in range(count)]
    random.Random(seed).shuffle(order)
    found: dict[str, list[Asked]] = defaultdict(list)
    for place, (kind, n) in enumerate([*order[:200], *order]):  # the first ones warm up
        number = kinds[kind](n)
        forget_all()
        wall, cpu = time.perf_counter(), time.process_time()
        answer = ask(number, f"王{n % 50}", "192.0.2.7")
        spent = Asked(
            time.process_time() - cpu,
            time.perf_counter() - wall,
            (answer.status_code, FRESH.sub("", answer.text)),
        )
        session().rollback()
        if place >= 200:
            found[kind].append(spent)
    return found


def certificates() -> tuple[list[str], list[str]]:
    """Return the numbers of certificates that stand and of revoked ones."""
    made = make_finished(*[Outcome.PASS] * 40, certified=False)
    rows = make_signed(made)
    numbers = [row.number for row in rows]
    for row in rows[20:]:
        make_revoked(row, made)
    return numbers[:20], numbers[20:]


def forget_all() -> None:
    """Forget all tries, so that no limit ends the measuring."""
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(sa.text("DELETE FROM login_counter"))


def told(found: dict[str, list[Asked]]) -> bool:
    """Print the comparison of every pair of kinds; return whether one is told from another."""
    pairs = list(itertools.combinations(found, 2))
    level = LEVEL / (len(pairs) * 4)
    any_told = False
    for what in ("cpu", "wall"):
        for kind, asked in found.items():
            times = sorted(getattr(each, what) * 1000 for each in asked)
            low, high = times[len(times) // 20], times[-len(times) // 20]
            middle = statistics.median(times)
            print(f"{what:5}{kind:24}median {middle:7.3f} ms   5–95 % {low:7.3f}–{high:7.3f}")
        for one, other in pairs:
            first = [getattr(each, what) for each in found[one]]
            second = [getattr(each, what) for each in found[other]]
            smirnov = stats.ks_2samp(first, second).pvalue
            whitney = stats.mannwhitneyu(first, second).pvalue
            tells = min(smirnov, whitney) < level
            any_told = any_told or tells
            print(
                f"{what:5}{one + ' / ' + other:48}KS p={smirnov:.3f}  MW p={whitney:.3f}"
                f"{'  TOLD' if tells else ''}"
            )
    answers = {each.answer for asked in found.values() for each in asked}
    print(f"different answers among {sum(map(len, found.values()))}: {len(answers)}")
    return any_told or len(answers) != 1


def limits(app: Flask) -> None:
    """Print how many look-ups pass before they are limited, by number, name and network."""
    ask = asker(app)
    ways: dict[str, Callable[[int], tuple[str, str, str]]] = {
        "one number": lambda n: ("1" * 17, f"李{n}", f"198.51.{n % 250}.9"),
        "one name": lambda n: (f"{n:017}", "张伟", f"198.51.{n % 250}.9"),
        "one network": lambda n: (f"{n:017}", f"赵{n}", f"203.0.113.{n % 250}"),
    }
    for name, way in ways.items():
        forget_all()
        codes = [ask(*way(n)).status_code for n in range(1000)]
        session().rollback()
        counted = f"{codes.count(404)} answered, then {codes.count(429)} limited"
        print(f"1,000 look-ups of {name}: {counted} ({rules.LOOK_UP_MINUTES} minutes)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", metavar="URL")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        home = Path(room)
        kind = "postgresql" if asked.postgresql else "sqlite"
        store = Store(kind, home / "store", asked.postgresql, home / "fonts")
        with store.app.app_context():
            found = told(measure(store.app, asked.count, asked.seed))
            limits(store.app)
        store.release(store.app)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
