"""Keys are HMAC-SHA256 as anyone computes it, and the season stays even and apart."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pytest

from question_bank.program.engines import engine
from question_bank.program.errors import EngineFailed
from question_bank.program.keys import KEY_BITS, Draw, keys
from question_bank.program.season import (
    TrainingClass,
    capacity,
    gini,
    season_papers,
    season_plan,
)
from question_bank.program.synthetic import instance
from tests.question_bank.program.trying import read


@pytest.mark.parametrize("seed", [b"", b"seed", b"s" * 64, b"s" * 200])
def test_keys_are_hmac(seed: bytes) -> None:
    """The first 30 bits of HMAC-SHA256 over paper, counter and id."""
    ids = ["Q1", "题|2", ""]
    wanted = [
        int.from_bytes(hmac.new(seed, f"3|1|{each}".encode(), hashlib.sha256).digest()[:4], "big")
        >> (32 - KEY_BITS)
        for each in ids
    ]
    assert keys(Draw(seed, 3, 1), ids).tolist() == wanted


def test_an_unknown_engine_is_refused() -> None:
    """Only the engines of the list are loaded."""
    with pytest.raises(EngineFailed, match="engine-unknown"):
        engine("os")


def test_a_season_is_even_and_apart() -> None:
    """Neighbours share at most the ceiling, and no item runs ahead of the season plan."""
    made = instance(500, 1, length=20, chapters=4, leaves=2)
    made.rules["exposure"], made.rules["overlap"] = {}, {"max": 2}
    plan, before = read(made)
    classes = [TrainingClass(f"p{n % 2}", f"r{n % 3}") for n in range(24)]
    papers = list(
        season_papers(plan, before, classes, neighbours=4, seed=b"season", engine=engine())
    )
    assert len(papers) == 24
    for number, paper in enumerate(papers):
        own = classes[number]
        near = [
            papers[n]
            for n in range(number)
            if classes[n].provider == own.provider or classes[n].region == own.region
        ]
        assert all(len(np.intersect1d(paper, other)) <= 2 for other in near[-4:])
    uses = np.bincount(np.concatenate(papers), minlength=500)
    bound = 24 / capacity(plan, before, engine()).papers_per_use
    assert uses.max() <= max(2, 2.5 * bound)


def test_the_season_plan_adds_up() -> None:
    """Shares of papers add up to a paper's length, and both engines find the same capacity."""
    plan, before = read(instance(400, 1, length=30))
    shares = season_plan(plan, before, engine())
    assert abs(int(shares.sum()) - 30 * 10**6) < 1000
    found = [capacity(plan, before, engine(name)) for name in ("highs", "scipy")]
    assert found[0].papers_per_use == pytest.approx(found[1].papers_per_use)
    assert 0 < found[0].papers_per_use <= 400 / 30


def test_gini_has_its_ends() -> None:
    """0 where all are used alike, towards 1 where one is used for all."""
    assert gini(np.array([3, 3, 3])) == 0
    assert gini(np.array([0] * 99 + [5])) == pytest.approx(0.99)
    assert gini(np.array([0, 0])) == 0
