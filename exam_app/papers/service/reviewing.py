"""Reviewing (审卷): what an approver sees of a drawn paper, remarks, items struck out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import adapter
from exam_app.bank import queries as bank
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput
from exam_app.papers import queries, reviews, rules, vault
from exam_app.papers.models import Paper, PaperRemark
from exam_app.papers.service import situations
from exam_app.papers.terms import PaperState, RemarkKind
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from question_bank import Cell, PaperDraft
from question_bank.paper_rules import seconds_of


@dataclass(frozen=True)
class PaperReport:
    """A drawn paper in numbers: nothing that names an item.

    Args:
        cells: each cell with the items it has; shared: code → items in common, of the papers of
            the class and of its neighbours.
        facility: the mean; seconds: the working time; used: items that stood in a paper of the
            last year; most_used: in how many the most used.
        draws: how often a paper of the kind was drawn, struck items included.
    """

    cells: tuple[tuple[Cell, int], ...]
    shared_in_class: tuple[tuple[str, int], ...]
    shared_beside: tuple[tuple[str, int], ...]
    ceiling: int
    facility: Decimal
    seconds: int
    used: int
    most_used: int
    draws: int


def report(paper: Paper, *, actor: Actor) -> PaperReport:
    """Return the numbers of a paper that is not sealed. Raises: as ``view_paper``."""
    facts = sittings.wall_facts(actor, queries.sitting_of(paper))
    duties.require(Permission.PAPER_VIEW, actor, **facts, state=True)
    draft = vault.read_draft(paper.id).draft
    plan = adapter.to_blueprint(reviews.blueprint_of(paper))
    items = bank.versions_named(paper.training_class.project.authority_id, draft.uids)
    uses = _uses(paper, draft)
    relatives = [each for each in queries.relatives(paper.class_id) if each.id != paper.id]
    mean = sum((item.facility for item in items), Decimal(0)) / len(items)
    return PaperReport(
        cells=tuple((cell, sum(map(cell.takes, items))) for cell in plan.cells),
        shared_in_class=_shared(paper, relatives),
        shared_beside=_shared(paper, queries.neighbours(paper.training_class)),
        ceiling=reviews.blueprint_of(paper).overlap_max,
        facility=mean.quantize(Decimal("0.001")),
        seconds=sum(map(seconds_of, items)),
        used=sum(count > 0 for count in uses),
        most_used=max(uses, default=0),
        draws=paper.draw_number + len(situations.strikes(paper)),
    )


def _shared(paper: Paper, others: Iterable[Paper]) -> tuple[tuple[str, int], ...]:
    own = vault.fingerprints_of(paper.id)
    return tuple((each.code, len(own & vault.fingerprints_of(each.id))) for each in others)


def _uses(paper: Paper, draft: PaperDraft) -> list[int]:
    """Return per item of a paper its uses as of the drawing."""
    lines = situations.held_snapshot(paper).splitlines()[1:]
    return [int(line.rpartition(",")[2]) for line in lines if line.partition(",")[0] in draft.uids]


def strike(paper: Paper, *, number: int, reason: str, actor: Actor) -> Paper:
    """Strike an item out of a drawn paper, which is drawn again without it (剔除重抽).

    The same rules, the same seed and what was held when it was drawn, with the next counter: the
    paper stays a function of its seed.

    Args: number: of the question on the paper.
    Raises: BadInput: no reason, no such question. RuleBroken: ``bank-short``. PaperStateWrong.
    Records: the reason and a fingerprint; the item is not named.
    """
    reason = _require_reviewer(paper, reason, actor)
    content = vault.read_draft(paper.id)
    named = [item.uid for item in content.draft.items if item.number == number]
    if not named:
        raise BadInput("question-unknown", field="number", question=number)
    out = situations.print_of(named[0])
    drawn = situations.draw_without(paper, content.seed, out)
    vault.replace_draft(paper.id, vault.Content(drawn.draft, content.seed))
    vault.drop_fingerprints(paper.id)
    vault.keep_fingerprints(paper.id, drawn.draft.item_ids)
    _add(paper, RemarkKind.STRIKE, reason, actor, fingerprint=out)
    trail.record(
        Action.PAPER_STRUCK,
        actor,
        paper,
        class_id=paper.class_id,
        counter=len(situations.strikes(paper)),
        fingerprint=out.hex(),
        neighbours_digest=drawn.beside,
        reason=reason,
    )
    return paper


def remark(paper: Paper, *, text: str, actor: Actor) -> PaperRemark:
    """Send a drawn paper back to its setter with a remark (退回组卷人).

    Raises: BadInput: nothing is said. DutyConflict: the actor drew it. PaperStateWrong.
    """
    text = _require_reviewer(paper, text, actor)
    row = _add(paper, RemarkKind.REMARK, text, actor)
    trail.record(Action.PAPER_REMARKED, actor, paper, class_id=paper.class_id, text=text)
    return row


def answer(paper: Paper, *, text: str, actor: Actor) -> PaperRemark:
    """Answer a remark as the setter; the paper can be approved again.

    Raises: BadInput: nothing is said. RuleBroken: no remark waits (``paper-not-returned``).
    """
    facts = sittings.wall_facts(actor, queries.sitting_of(paper))
    duties.require(Permission.PAPER_COMPOSE, actor, **facts, state=True)
    text = rules.check_reason(text)
    lock(paper)
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.DRAWN)
    rules.check_returned(reviews.is_returned(paper.id))
    row = _add(paper, RemarkKind.ANSWER, text, actor)
    trail.record(Action.PAPER_ANSWERED, actor, paper, class_id=paper.class_id, text=text)
    return row


def _require_reviewer(paper: Paper, text: str, actor: Actor) -> str:
    facts = sittings.wall_facts(actor, queries.sitting_of(paper))
    apart = not people.same_person(actor, paper.author_id)
    duties.require(Permission.PAPER_APPROVE, actor, **facts, not_author=apart, state=True)
    text = rules.check_reason(text)
    lock(paper)
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.DRAWN)
    return text


def _add(
    paper: Paper, kind: RemarkKind, text: str, actor: Actor, *, fingerprint: bytes | None = None
) -> PaperRemark:
    row = PaperRemark(
        paper_id=paper.id,
        kind=kind,
        text=text,
        fingerprint=fingerprint,
        made_by_id=actor.account_id,
        made_at=clock.now(),
    )
    session().add(row)
    session().flush()
    return row
