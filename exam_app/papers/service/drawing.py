"""Drawing (组卷): by blueprint and a seed nobody sees, looked at and approved by another."""

from __future__ import annotations

import hashlib
import secrets

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import adapter
from exam_app.bank import queries as bank
from exam_app.bank.models import BlueprintRow
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.papers import queries, reviews, rules, vault
from exam_app.papers.models import Paper
from exam_app.papers.service import situations
from exam_app.papers.terms import CandidateView, PaperKind, PaperState
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass
from question_bank import PaperDraft

SEED_BYTES = 32


def draw(sitting: Sitting, *, kind: PaperKind, blueprint: BlueprintRow, actor: Actor) -> Paper:
    """Return a paper drawn for a sitting, exactly to the blueprint (组卷).

    It shares no item with the class's other papers and no more than the blueprint's ceiling
    with any of the latest papers of other classes. The seed is drawn here and shown to nobody.
    Raises: RuleBroken: ``bank-short`` with what is short; sitting, blueprint or kind unfit;
        a paper of the kind is there (``paper-exists``).
    Records: commitment to the seed, digests of the bank, the neighbours and the blueprint.
    """
    facts = sittings.wall_facts(actor, sitting)
    duties.require(Permission.PAPER_COMPOSE, actor, **facts, state=True)
    lock(sitting)
    rules.check_sitting(sitting.state)
    rules.check_kind(kind, sitting.kind)
    training_class = sitting.training_class
    _check_blueprint(blueprint, training_class)
    if queries.live_paper(sitting.id, kind) is not None:
        raise RuleBroken("paper-exists", kind=kind.value)
    seed = secrets.token_bytes(SEED_BYTES)
    drawn = situations.draw_now(training_class, blueprint, seed)
    draft = drawn.draft
    paper = _add(sitting, kind, blueprint, draft, seed, actor)
    vault.keep_draft(paper.id, vault.Content(draft, seed))
    vault.keep_fingerprints(paper.id, draft.item_ids)
    trail.record(
        Action.PAPER_DRAWN,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        kind=kind,
        draw_number=paper.draw_number,
        seed_commitment=paper.seed_commitment,
        bank_digest=drawn.snapshot,
        neighbours_digest=drawn.beside,
        blueprint_digest=draft.blueprint,
    )
    return paper


def _check_blueprint(blueprint: BlueprintRow, training_class: TrainingClass) -> None:
    if blueprint.approved_at is None:
        raise RuleBroken("blueprint-not-approved")
    fits = (
        blueprint.authority_id == training_class.project.authority_id
        and blueprint.industry == training_class.industry
        and blueprint.category == training_class.category.value
    )
    if not fits:
        raise RuleBroken("blueprint-of-others")
    marks = int(adapter.to_blueprint(blueprint).total_marks)
    rules.check_full_marks(marks, training.policy_of(training_class).count("exam.full_marks"))


def _add(
    sitting: Sitting,
    kind: PaperKind,
    blueprint: BlueprintRow,
    draft: PaperDraft,
    seed: bytes,
    actor: Actor,
) -> Paper:
    number = queries.draws(sitting.class_id, kind) + 1
    paper = Paper(
        class_id=sitting.class_id,
        sitting_id=sitting.id,
        blueprint_id=blueprint.id,
        code=_code(sitting.training_class, kind, number),
        kind=kind,
        draw_number=number,
        seed_commitment=hashlib.sha256(seed).hexdigest(),
        bank_digest=draft.bank,
        full_marks=int(draft.total_marks),
        questions=len(draft.items),
        state=PaperState.DRAWN,
        author_id=actor.account_id,
        drawn_at=clock.now(),
    )
    session().add(paper)
    session().flush()
    return paper


def _code(training_class: TrainingClass, kind: PaperKind, number: int) -> str:
    """Return the paper's code; two projects may have a class of the same code."""
    code = rules.paper_code(training_class.code, kind, number)
    if queries.code_taken(code):
        return rules.paper_code(f"{training_class.code}-P{training_class.project_id}", kind, number)
    return code


def view_paper(paper: Paper, *, actor: Actor) -> CandidateView:
    """Return a paper that is not sealed as its candidates will read it; written down."""
    facts = sittings.wall_facts(actor, queries.sitting_of(paper))
    duties.require(Permission.PAPER_VIEW, actor, **facts, state=True)
    rules.check_state(
        paper.state, paper.withdrawn_at is not None, PaperState.DRAWN, PaperState.APPROVED
    )
    trail.record(Action.PAPER_VIEWED, actor, paper, class_id=paper.class_id)
    return vault.view_of(vault.read_draft(paper.id), paper_id=paper.id, code=paper.code)


def approve(paper: Paper, *, note: str, actor: Actor) -> Paper:
    """Approve a drawn paper of another person (审卷签发).

    Raises: DutyConflict: the approver drew it, as a person. PaperStateWrong.
        RuleBroken: an item left the pool since (``paper-items-gone``); a remark is not answered
        (``paper-returned``).
    """
    facts = sittings.wall_facts(actor, queries.sitting_of(paper))
    apart = not people.same_person(actor, paper.author_id)
    duties.require(Permission.PAPER_APPROVE, actor, **facts, not_author=apart, state=True)
    lock(paper)
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.DRAWN)
    require_items(paper)
    rules.check_not_returned(reviews.is_returned(paper.id))
    paper.state = PaperState.APPROVED
    paper.approved_by_id, paper.approved_at = actor.account_id, clock.now()
    session().flush()
    trail.record(Action.PAPER_APPROVED, actor, paper, class_id=paper.class_id, note=note)
    return paper


def require_items(paper: Paper) -> None:
    """Refuse a paper that holds an item no longer in the pool; which one is not said.

    Raises: RuleBroken: ``paper-items-gone`` with the number.
    """
    authority_id = queries.sitting_of(paper).training_class.project.authority_id
    there = {item.uid for item in bank.approved(authority_id)}
    gone = vault.read_draft(paper.id).draft.uids - there
    if gone:
        raise RuleBroken("paper-items-gone", count=len(gone))


def withdraw(paper: Paper, *, reason: str, actor: Actor) -> Paper:
    """Take a paper back that nobody has sat, so that another can be drawn (作废重组).

    Draft, seed, sealed copy and fingerprints go; the row stays and is counted.
    Raises: BadInput: no reason. RuleBroken: the sitting is ready or under way.
    """
    sitting = queries.sitting_of(paper)
    facts = sittings.wall_facts(actor, sitting)
    duties.require(Permission.PAPER_COMPOSE, actor, **facts, state=True)
    reason = rules.check_reason(reason)
    lock(sitting)
    lock(paper)
    rules.check_can_be_withdrawn(paper.state, paper.withdrawn_at is not None, sitting.state)
    vault.drop_draft(paper.id)
    vault.drop_sealed(paper.id)
    vault.drop_fingerprints(paper.id)
    paper.withdrawn_at, paper.withdrawn_reason = clock.now(), reason
    session().flush()
    trail.record(
        Action.PAPER_DISCARDED,
        actor,
        paper,
        class_id=paper.class_id,
        draw_number=paper.draw_number,
        reason=reason,
    )
    return paper
