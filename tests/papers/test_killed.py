"""Killed while sealing or opening: the paper is wholly before or wholly after, and it goes on.

``EXAM_KILLS`` asks for so many random moments in place of the fixed ones.
"""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.audit.verify import verify
from exam_app.core import clock as exam_clock
from exam_app.core.db import Row, db, end_read, session, transaction
from exam_app.core.errors import DutyConflict, Missing, RuleBroken
from exam_app.papers import candidate, queries, service, vault
from exam_app.papers.models import (
    Consent,
    CustodyEntry,
    KeyCopy,
    Paper,
    PaperDraftRow,
    PaperShare,
    ReleasedPaper,
    SealedCopy,
)
from exam_app.papers.service.opening import opening_key
from exam_app.papers.terms import PaperState
from tests.conftest import Clock
from tests.factories.papers import (
    IN_WINDOW,
    PASSPHRASES,
    Scene,
    approve_paper,
    consent,
    make_scene,
    open_second,
)
from tests.factories.sittings import make_class, make_sitting

KILLS = int(os.environ.get("EXAM_KILLS", "0"))
KILLED = -9
log = logging.getLogger(__name__)
Moment = float | str


def moments(*fixed: Moment) -> Sequence[Moment]:
    """Return the fixed moments, or as many random ones as the environment asks for.

    Every other one lies in the last fiftieth, where the commit is.
    """
    chance = random.Random(f"{fixed}{os.environ.get('EXAM_KILLS_SEED', '')}")
    drawn = [chance.random() if at % 2 else 1 - chance.random() / 50 for at in range(KILLS)]
    return drawn or fixed


@dataclass
class Killer:
    """The process that does acts and is killed in them."""

    process: subprocess.Popen[str]
    app: Flask
    scene: Scene
    told: Path

    def do(self, act: str, paper: Paper, moment: int | str | None = None) -> int:
        """Return how the process that did the act ended: 0, or -9 when it was killed."""
        accounts = [self.scene.custodians[name] for name in ("authority", "site")]
        order = {
            "act": act,
            "paper": paper.id,
            "accounts": [each.id for each in accounts],
            "words": [PASSPHRASES["authority"], PASSPHRASES["site"]],
            "moment": moment,
            "at": exam_clock.now().isoformat(),
            "folder": self.app.instance_path,
            "url": str(db.engine.url.render_as_string(hide_password=False)),
            "told": str(self.told),
        }
        end_read()
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        ended = int(self.process.stdout.readline())
        session().expire_all()
        return ended

    def steps(self, act: str, paper: Paper) -> int:
        """Return how many calls and returns an act takes that nobody interrupts."""
        assert self.do(act, paper) == 0
        return int(self.told.read_text())


@pytest.fixture
def killer(app: Flask, tmp_path: Path) -> Iterator[Killer]:
    """Start the process; papers enough that each interrupted one is its own."""
    scene = make_scene(papers=max(KILLS, 3) + 1)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.papers.killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Killer(process, app, scene, tmp_path / "told")
        assert process.stdin
        process.stdin.close()


def another(scene: Scene) -> Scene:
    """Return the scene with another class and its sitting."""
    with transaction():
        beside = make_class(scene.world.authority, scene.world.provider)
    world = replace(scene.world, training_class=beside)
    return replace(scene, world=world, sitting=make_sitting(world))


def counts(paper: Paper, *kinds: type[Row]) -> list[int]:
    """Return how many rows of each kind a paper has."""
    return [
        session().scalar(
            select(func.count()).select_from(kind).where(kind.__table__.c.paper_id == paper.id)
        )
        or 0
        for kind in kinds
    ]


def keys_of(app: Flask) -> set[str]:
    """Return the running keys once what a killed server left is wiped."""
    service.wipe_leftovers(older=0)
    assert {path.suffix for path in (Path(app.instance_path) / "run").iterdir()} <= {".key"}
    return {path.stem for path in (Path(app.instance_path) / "run").iterdir()}


def test_killed_while_sealing_and_opening(killer: Killer, clock: Clock) -> None:
    """Each paper is killed in its sealing and again in its opening, at moments of its own."""
    sealing, opening = moments(0.4, 0.9, "_erase"), moments("make", 0.8, "_erase")
    first, scenes = killer.scene, [another(killer.scene) for _ in sealing]
    paper = approve_paper(first)
    steps = killer.steps("seal", paper)
    sealed = [
        seal_killed(killer, scene, steps, at) for scene, at in zip(scenes, sealing, strict=True)
    ]
    clock.set(IN_WINDOW)
    steps = killer.steps("open", paper)
    opened = [
        open_killed(killer, scene, one, steps, at)
        for scene, (one, _), at in zip(scenes, sealed, opening, strict=True)
    ]
    ended = {"sealing": [how for _, how in sealed], "opening": opened}
    log.info("killed: %s", {act: Counter(found) for act, found in ended.items()})
    assert all(set(found) == {"before", "after"} for found in ended.values()) or KILLS


def kill(killer: Killer, act: str, paper: Paper, steps: int, moment: Moment) -> None:
    """Kill an act at a moment; the trail holds."""
    at = moment if isinstance(moment, str) else max(1, int(steps * moment))
    assert killer.do(act, paper, at) == KILLED
    assert verify(db.engine) == []


def seal_killed(killer: Killer, scene: Scene, steps: int, moment: Moment) -> tuple[Paper, str]:
    """Draft or sealed copy, never both nor neither; then sealing goes through."""
    paper = approve_paper(scene)
    prints, digest = vault.fingerprints_of(paper.id), vault.read_draft(paper.id).digest()
    kill(killer, "seal", paper, steps, moment)
    keys, site = keys_of(killer.app), scene.world.actor(scene.world.site_custodian)
    ended = "before" if paper.state is PaperState.APPROVED else "after"
    if ended == "before":
        assert vault.read_draft(paper.id).digest() == digest
        assert counts(paper, SealedCopy, PaperShare, CustodyEntry) == [0, 0, 0]
        assert vault.draft_key(paper.id) in keys
        if queries.seal_asked(paper, site) is None:
            with transaction():
                one = scene.world.actor(scene.world.authority_custodian)
                service.consent_to_seal(paper, actor=one)
        with transaction():
            service.seal(paper, actor=site)
    else:
        with pytest.raises(DutyConflict, match="duty-two"), transaction():
            service.seal(paper, actor=site)
    assert paper.state is PaperState.SEALED
    assert paper.content_digest == digest == service.commitment(paper).content
    assert counts(paper, SealedCopy, PaperShare, CustodyEntry, PaperDraftRow) == [1, 6, 1, 0]
    assert vault.fingerprints_of(paper.id) == prints
    assert vault.draft_key(paper.id) not in keys_of(killer.app)
    with pytest.raises(Missing, match="paper-sealed"):
        vault.read_draft(paper.id)
    return paper, ended


def open_killed(killer: Killer, scene: Scene, paper: Paper, steps: int, moment: Moment) -> str:
    """Sealed or released, never half of it; no half of a key is left; then opening goes through."""
    kill(killer, "open", paper, steps, moment)
    ended = "before" if paper.state is PaperState.SEALED else "after"
    if ended == "before":
        assert counts(paper, ReleasedPaper, KeyCopy) == [0, 0]
        assert candidate.sitting_key(paper.sitting_id) not in keys_of(killer.app)
        if queries.open_asked(paper, scene.world.actor(scene.world.site_custodian)) is None:
            consent(scene, paper)
        open_second(scene, paper)
    else:
        with pytest.raises(RuleBroken, match="paper-state"):
            consent(scene, paper)
    assert paper.state is PaperState.OPENED
    assert counts(paper, ReleasedPaper, KeyCopy, SealedCopy, CustodyEntry) == [1, 1, 1, 2]
    view = candidate.candidate_paper(paper.sitting_id)
    assert len(view.questions) == len(vault.marking_key(paper.id).entries) == 8
    kept = session().scalars(select(Consent).where(Consent.half.is_not(None))).all()
    assert list(kept) == []
    assert opening_key(paper.id) not in keys_of(killer.app)
    return ended
