"""What a paper is drawn from (组卷依据): held when it is drawn, so that it can be drawn again.

Held are the snapshot of the bank, without words, and the fingerprints of the class's own and the
neighbouring papers; their digests stand in the trail.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.bank import adapter
from exam_app.bank import queries as bank
from exam_app.bank.models import BlueprintRow
from exam_app.core import clock, files
from exam_app.core.errors import Missing, RuleBroken
from exam_app.papers import queries, reviews, vault
from exam_app.papers.models import Paper
from exam_app.papers.terms import RemarkKind
from exam_app.training.models import TrainingClass
from question_bank import BankError, Blueprint, Item, PaperDraft
from question_bank.assembly import Situation, draft_of, draw_uids
from question_bank.capacity import Carried, Overlap, carried
from question_bank.program.engines import ENGINES
from question_bank.snapshot import snapshot_of

USES_COUNT_FOR = dt.timedelta(days=365)
_SNAPSHOTS, _BESIDE = "snapshots", "neighbours"


@dataclass(frozen=True)
class Beside:
    """Fingerprints of the papers a new one keeps apart from.

    It shares nothing with those of its class (`own`), `ceiling` items at most with each of `near`.
    """

    own: frozenset[bytes]
    near: tuple[frozenset[bytes], ...]
    ceiling: int

    def to_bytes(self) -> bytes:
        """Return the canonical text."""
        near = [sorted(each.hex() for each in prints) for prints in self.near]
        own = sorted(each.hex() for each in self.own)
        fields = {"own": own, "near": near, "ceiling": self.ceiling}
        return json.dumps(fields, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, plain: bytes) -> Beside:
        """Return what a canonical text holds."""
        fields = json.loads(plain)
        near = tuple(frozenset(map(bytes.fromhex, each)) for each in fields["near"])
        return cls(frozenset(map(bytes.fromhex, fields["own"])), near, fields["ceiling"])


@dataclass(frozen=True)
class Drawn:
    """A paper as drawn, and the digests of what it was drawn from."""

    draft: PaperDraft
    snapshot: str
    beside: str


def draw_now(training_class: TrainingClass, blueprint: BlueprintRow, seed: bytes) -> Drawn:
    """Return the paper a seed gives of the bank as it stands, which is held from here on.

    Raises: RuleBroken: ``bank-short`` with what is short and what would have to give way.
    """
    plan = adapter.to_blueprint(blueprint)
    pool = bank.approved(training_class.project.authority_id)
    uses = _uses(training_class.project.authority_id, pool)
    snapshot = snapshot_of(plan, pool, uses=uses)
    beside = _beside_now(training_class, blueprint.overlap_max, pool)
    situation = _situation(snapshot, beside)
    uids = _drawn(plan, situation, seed)
    return Drawn(
        draft=draft_of(plan, pool, uids, seed, bank=situation.digest),
        snapshot=files.hold(_SNAPSHOTS, snapshot.encode()),
        beside=files.hold(_BESIDE, beside.to_bytes()),
    )


def draw_without(paper: Paper, seed: bytes, out: bytes) -> Drawn:
    """Return the paper its seed gives next, of the same snapshot without one item more.

    It keeps apart from the papers of today: others may have been drawn since.

    Args: out: the fingerprint of the item.
    Raises: RuleBroken: ``bank-short``. Missing: what it was drawn from is gone.
    """
    blueprint = reviews.blueprint_of(paper)
    pool = bank.approved(paper.training_class.project.authority_id)
    beside = _beside_now(paper.training_class, blueprint.overlap_max, pool, but=paper.id)
    draft = _draw_held(paper, seed, [*strikes(paper), out], beside)
    return Drawn(draft, draft.bank, files.hold(_BESIDE, beside.to_bytes()))


def draw_again(paper: Paper, seed: bytes, *, engine_name: str = ENGINES[0]) -> PaperDraft:
    """Return the paper a seed gives of what was held when it was drawn last.

    Raises: Missing: what it was drawn from is gone, or was changed. RuleBroken: ``bank-short``.
    """
    return _draw_held(paper, seed, strikes(paper), held_beside(paper), engine_name)


def _draw_held(
    paper: Paper,
    seed: bytes,
    out: Sequence[bytes],
    beside: Beside,
    engine_name: str = ENGINES[0],
) -> PaperDraft:
    """Return the draw that passes over as many as there are items struck out."""
    plan = adapter.to_blueprint(reviews.blueprint_of(paper))
    situation = _struck(_situation(held_snapshot(paper), beside), out)
    uids = _drawn(plan, situation, seed, counter=len(out), engine_name=engine_name)
    items = bank.versions_named(paper.training_class.project.authority_id, uids)
    return draft_of(plan, items, uids, seed, bank=situation.digest)


def _drawn(
    plan: Blueprint,
    situation: Situation,
    seed: bytes,
    *,
    counter: int = 0,
    engine_name: str = ENGINES[0],
) -> tuple[str, ...]:
    try:
        return draw_uids(plan, situation, seed, counter=counter, engine_name=engine_name)
    except BankError as error:
        raise adapter.as_exam_error(error) from error


def _beside_now(
    training_class: TrainingClass, ceiling: int, pool: Iterable[Item], *, but: int | None = None
) -> Beside:
    """Return what a paper keeps apart from now: of its class also enemies of what was drawn.

    Who sat the first paper has read what gives the answer away in the retake's.
    """
    others = (each for each in queries.relatives(training_class.id) if each.id != but)
    own = frozenset().union(*(vault.fingerprints_of(each.id) for each in others))
    hostile = {
        vault.fingerprint(item.id)
        for item in pool
        if any(vault.fingerprint(enemy) in own for enemy in item.enemies)
    }
    near = queries.neighbours(training_class)
    return Beside(
        own=own | hostile,
        near=tuple(vault.fingerprints_of(each.id) for each in near),
        ceiling=ceiling,
    )


def strikes(paper: Paper) -> list[bytes]:
    """Return the fingerprints of the items struck out of a paper, in their order."""
    return [
        bytes(each.fingerprint)
        for each in reviews.remarks_of(paper.id)
        if each.kind is RemarkKind.STRIKE and each.fingerprint
    ]


def held_snapshot(paper: Paper) -> str:
    """Return the snapshot a paper was drawn from. Raises: Missing: it is gone, or was changed."""
    return files.held(_SNAPSHOTS, drawing_told(paper)["bank_digest"]).decode()


def held_beside(paper: Paper) -> Beside:
    """Return the fingerprints a paper was drawn apart from. Raises: Missing."""
    return Beside.from_bytes(files.held(_BESIDE, neighbours_digest(paper)))


def neighbours_digest(paper: Paper) -> str:
    """Return what the trail says of the last drawing's neighbours. Raises: Missing."""
    if strikes(paper):
        return told_of(paper, Action.PAPER_STRUCK)["neighbours_digest"]
    return drawing_told(paper)["neighbours_digest"]


def drawing_told(paper: Paper) -> dict[str, str]:
    """Return what the trail says of a paper's drawing. Raises: Missing."""
    return told_of(paper, Action.PAPER_DRAWN)


def told_of(paper: Paper, action: Action) -> dict[str, str]:
    """Return what the trail says of the last time this was done with a paper. Raises: Missing."""
    told = _all_told(paper, action)
    if not told:
        raise Missing("paper-not-told")
    return told[-1]


def strikes_told(paper: Paper) -> list[str]:
    """Return the fingerprints, in hex, of what the trail says was struck out, in order."""
    return [told["fingerprint"] for told in _all_told(paper, Action.PAPER_STRUCK)]


def _all_told(paper: Paper, action: Action) -> list[dict[str, str]]:
    wanted = audit.Filter(subject_type="paper", subject_id=str(paper.id), actions=(action.value,))
    return [audit.detail_of(entry) for entry in audit.entries_in_order(wanted)]


def named_beside(paper: Paper) -> Situation:
    """Return what a paper was drawn from last, other papers by uid. Raises: Missing."""
    return _situation(held_snapshot(paper), held_beside(paper))


def struck_uids(paper: Paper) -> list[str]:
    """Return the uids of the items struck out of a paper, of those it was drawn from."""
    gone = strikes(paper)
    return [uid for uid in _uids(held_snapshot(paper)) if print_of(uid) in gone]


def print_of(uid: str) -> bytes:
    """Return the fingerprint of the item a uid names; every version has the same."""
    return vault.fingerprint(uid.rpartition("@")[0])


def _situation(snapshot: str, beside: Beside) -> Situation:
    prints = {uid: print_of(uid) for uid in _uids(snapshot)}
    return Situation(
        snapshot,
        barred=frozenset(uid for uid, each in prints.items() if each in beside.own),
        neighbours=tuple(
            frozenset(uid for uid, each in prints.items() if each in near) for near in beside.near
        ),
        ceiling=beside.ceiling,
    )


def _struck(situation: Situation, out: Iterable[bytes]) -> Situation:
    gone = frozenset(out)
    barred = frozenset(uid for uid in _uids(situation.snapshot) if print_of(uid) in gone)
    return replace(situation, barred=situation.barred | barred)


def _uids(snapshot: str) -> list[str]:
    return [line.partition(",")[0] for line in snapshot.splitlines()[1:]]


def carried_now(blueprint: BlueprintRow) -> Carried:
    """Return what the bank still carries for a blueprint, for a class that has no paper yet.

    Uses of the last year and the latest papers are counted, those still sealed left out: whoever
    words a blueprint could ask of them item by item.
    Raises: RuleBroken: the blueprint is not approved (``blueprint-not-approved``).
    """
    if blueprint.approved_at is None:
        raise RuleBroken("blueprint-not-approved")
    pool = bank.approved(blueprint.authority_id)
    uses = _uses(blueprint.authority_id, pool, sat_only=True)
    prints = {item.uid: vault.fingerprint(item.id) for item in pool}
    others = queries.latest(blueprint.authority_id, sat_only=True)
    near = [vault.fingerprints_of(each.id) for each in others]
    overlap = Overlap(
        blueprint.overlap_max,
        papers=tuple(
            frozenset(uid for uid, each in prints.items() if each in held) for held in near
        ),
    )
    return carried(adapter.to_blueprint(blueprint), pool, uses=uses, overlap=overlap)


def _uses(authority_id: int, pool: Iterable[Item], *, sat_only: bool = False) -> dict[str, int]:
    """Return item id → papers of the last year it stands in, opened or still to be opened."""
    since = clock.now() - USES_COUNT_FOR
    counts = vault.uses_since(authority_id, since, sat_only=sat_only)
    return {item.id: counts.get(vault.fingerprint(item.id), 0) for item in pool}
