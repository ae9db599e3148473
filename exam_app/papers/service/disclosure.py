"""Disclosure (公开种子): after the retake window two custodians make seed and items public.

From then on anybody can draw the paper again from what was held when it was drawn, and compare.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import adapter
from exam_app.core import clock, runkeys
from exam_app.core.db import lock, on_commit, session
from exam_app.core.errors import Missing, NotAllowed, RuleBroken
from exam_app.papers import disclosures, queries, reviews, rules, vault
from exam_app.papers.models import Paper, PaperDisclosure
from exam_app.papers.sealing import SealBroken
from exam_app.papers.service import opening, situations
from exam_app.papers.terms import PaperState
from exam_app.sittings import queries as sittings
from question_bank import Blueprint
from question_bank.disclosed import Disclosed, strikes_digest


@dataclass(frozen=True)
class Commitment:
    """What the trail holds of a paper since before its exam: digests, in hex; "" where none."""

    code: str
    content: str
    seed: str
    snapshot: str
    neighbours: str
    blueprint: str
    strikes: str


@dataclass(frozen=True)
class Reproduction:
    """A paper drawn again, held against the one that was sealed."""

    items: tuple[str, ...]
    disclosed: tuple[str, ...]
    content: str
    sealed: str

    @property
    def is_equal(self) -> bool:
        """Return whether items, order, options and words are those of the sealed paper."""
        return self.items == self.disclosed and self.content == self.sealed


def disclosure_key(paper_id: int) -> str:
    """Return the name of the running key the first custodian's half waits under."""
    return f"disclosure-{paper_id}"


def consent_to_disclose(paper: Paper, *, passphrase: str, actor: Actor) -> PaperDisclosure:
    """Return the first custodian's word and half; it waits 15 minutes for the second.

    Raises: DutyConflict: before the retake window is over, no custodian of the sitting.
        PassphraseWrong. SealBroken. RuleBroken: disclosed already (``paper-disclosed``).
    """
    _require(paper, actor, two=bool(vault.partners_of(paper.id, actor.account_id or 0)))
    halves = opening.own_halves(paper, passphrase, actor)
    runkeys.make(disclosure_key(paper.id))
    row = disclosures.disclosure_of(paper.id) or PaperDisclosure(paper_id=paper.id)
    row.first_custodian_id, row.asked_at = actor.account_id or 0, clock.now()
    row.half = runkeys.encrypt(disclosure_key(paper.id), opening.halves_text(halves))
    session().add(row)
    session().flush()
    trail.record(Action.PAPER_DISCLOSURE_ASKED, actor, paper, class_id=paper.class_id)
    return row


def disclose(paper: Paper, *, passphrase: str, actor: Actor) -> PaperDisclosure:
    """Return a paper's seed and items as made public by the second custodian.

    Raises: as ``consent_to_disclose``; NotAllowed: nobody of another body has consented within
        15 minutes. SealBroken: the seed is not the one that was committed to.
    Records: the seed and the items.
    """
    row = disclosures.disclosure_asked(paper, actor)
    _require(paper, actor, two=row is not None)
    if row is None or row.half is None:
        raise NotAllowed("duty-two")
    waiting = runkeys.decrypt(disclosure_key(paper.id), bytes(row.half))
    content = opening.joined(paper, row.first_custodian_id, waiting, passphrase, actor)
    _check_seed(paper, content.seed)
    row.second_custodian_id, row.disclosed_at, row.half = actor.account_id, clock.now(), None
    row.seed, row.items = content.seed.hex(), [item.uid for item in content.draft.items]
    session().flush()
    trail.record(
        Action.PAPER_DISCLOSED,
        actor,
        paper,
        class_id=paper.class_id,
        first=row.first_custodian_id,
        seed=row.seed,
        items=row.items,
    )
    waits = disclosure_key(paper.id)
    on_commit(lambda: runkeys.wipe(waits))
    return row


def _require(paper: Paper, actor: Actor, *, two: bool) -> None:
    sitting = queries.sitting_of(paper)
    facts = sittings.wall_facts(actor, sitting)
    facts["assigned"] = actor.account_id in sittings.custodians_of(sitting)
    window = disclosures.disclosure_window(paper, sitting)
    duties.require(Permission.PAPER_OPEN, actor, **facts, two=two, window=window, state=True)
    lock(paper)
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.ARCHIVED)
    found = disclosures.disclosure_of(paper.id)
    if found is not None and found.disclosed_at is not None:
        raise RuleBroken("paper-disclosed")


def _check_seed(paper: Paper, seed: bytes) -> None:
    """Refuse a seed other than the one committed to in the trail before the exam."""
    if hashlib.sha256(seed).hexdigest() != situations.drawing_told(paper)["seed_commitment"]:
        raise SealBroken


def commitment(paper: Paper) -> Commitment:
    """Return what the trail holds of a paper, for anybody to keep before the exam.

    Raises: Missing: the trail knows no such paper.
    """
    told = situations.drawing_told(paper)
    try:
        content = situations.told_of(paper, Action.PAPER_SEALED)["content_digest"]
    except Missing:
        content = ""
    return Commitment(
        code=paper.code,
        content=content,
        seed=told["seed_commitment"],
        snapshot=told["bank_digest"],
        neighbours=situations.neighbours_digest(paper),
        blueprint=told["blueprint_digest"],
        strikes=strikes_digest(situations.strikes_told(paper)),
    )


def public_of(paper: Paper) -> tuple[Disclosed, str, Blueprint, bytes]:
    """Return what anybody needs to draw a disclosed paper again: facts and held texts.

    The texts are the snapshot, the blueprint and the neighbours' fingerprints.
    Raises: RuleBroken: not public yet (``paper-not-disclosed``); a paper it was drawn apart from
        is still to be sat (``neighbours-secret``). Missing: what it was drawn from is gone.
    """
    found = disclosures.disclosure_of(paper.id)
    if found is None or found.seed is None:
        raise RuleBroken("paper-not-disclosed")
    beside = situations.held_beside(paper)
    secret = disclosures.secret_beside(paper, (beside.own, *beside.near))
    if secret:
        raise RuleBroken("neighbours-secret", papers="、".join(secret))
    told, situation = commitment(paper), situations.named_beside(paper)
    disclosed = Disclosed(
        paper=paper.code,
        seed=found.seed,
        counter=len(situations.strikes(paper)),
        struck=situations.struck_uids(paper),
        struck_prints=[each.hex() for each in situations.strikes(paper)],
        barred=sorted(situation.barred),
        neighbours=[sorted(each) for each in situation.neighbours],
        ceiling=situation.ceiling,
        items=list(found.items or ()),
        committed={
            "seed": told.seed,
            "snapshot": told.snapshot,
            "blueprint": told.blueprint,
            "neighbours": told.neighbours,
            "strikes": told.strikes,
        },
    )
    plan = adapter.to_blueprint(reviews.blueprint_of(paper))
    return disclosed, situation.snapshot, plan, beside.to_bytes()


def reproduce(paper: Paper, *, engine_name: str = "highs") -> Reproduction:
    """Return a disclosed paper drawn again, beside what was sealed.

    Raises: RuleBroken: the seed is not public yet (``paper-not-disclosed``), or nothing fits.
        Missing: what it was drawn from is gone. SealBroken: not the seed committed to.
    """
    found = disclosures.disclosure_of(paper.id)
    if found is None or found.seed is None:
        raise RuleBroken("paper-not-disclosed")
    seed = bytes.fromhex(found.seed)
    _check_seed(paper, seed)
    draft = situations.draw_again(paper, seed, engine_name=engine_name)
    return Reproduction(
        items=tuple(item.uid for item in draft.items),
        disclosed=tuple(found.items or ()),
        content=vault.Content(draft, seed).digest(),
        sealed=opening.digest_in_trail(paper),
    )
