"""Copies of an opened paper: printed, passed on under two signatures; the end of a sitting."""

from __future__ import annotations

from collections.abc import Collection

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import service as bank
from exam_app.core import clock, files, runkeys
from exam_app.core.db import lock, on_commit, session
from exam_app.core.errors import BadInput, DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.papers import candidate, printed, queries, rules, vault
from exam_app.papers.models import Consent, CustodyEntry, Paper
from exam_app.papers.service.opening import opening_key
from exam_app.papers.terms import ConsentPurpose, CustodyKind, PaperState
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import SittingState

_BY_HAND = (
    CustodyKind.HANDED_OUT,
    CustodyKind.RETURNED,
    CustodyKind.SPOILED,
    CustodyKind.DESTROYED,
)
# The room closes its sitting; marking starts when the papers are closed.
_CLOSERS = (Permission.SITTING_CLOSE, Permission.SITTING_VIEW, Permission.MARK_ENTER)
_HELD = (PaperState.OPENED, PaperState.ARCHIVED)
_ENDING = (PaperState.OPENED, PaperState.SEALED)


def agree_custody(
    paper: Paper,
    *,
    kind: CustodyKind,
    copies: int,
    note: str,
    numbers: Collection[int] = (),
    actor: Actor,
) -> Consent:
    """Return what the first person notes for the custody log; a second signs it.

    Args: numbers: of the copies, where they are known; a spoiled one can't be keyed afterwards.
    Raises: BadInput: kinds that are noted by themselves, copies out of range, numbers never
        printed (``copy-unknown``) or more than copies (``copies-fewer``). NotAllowed.
    """
    if kind not in _BY_HAND:
        raise BadInput("custody-kind", field="kind")
    _require(paper, kind, actor, two=True)
    rules.check_copies(copies)
    rules.check_numbers(numbers, copies, {number for number, _ in printed.copies_made(paper)})
    consent = Consent(
        paper_id=paper.id,
        purpose=ConsentPurpose.CUSTODY,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        auth_session_id=actor.session_id,
        detail={"kind": kind.value, "copies": copies, "note": note, "numbers": sorted(numbers)},
        given_at=clock.now(),
    )
    session().add(consent)
    session().flush()
    trail.record(
        Action.CUSTODY_RECORDED,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        kind=kind,
        copies=copies,
        numbers=sorted(numbers),
        step="first",
    )
    return consent


def record_custody(consent: Consent, *, actor: Actor) -> CustodyEntry:
    """Return the line of the custody log that a second person signs (双人登记).

    Raises: DutyConflict: the same person, or the note is older than a day (``duty-two``).
    """
    paper, detail = queries.paper_of(consent), consent.detail
    if consent.purpose is not ConsentPurpose.CUSTODY or detail is None:
        raise Missing(kind="consent")
    kind = CustodyKind(detail["kind"])
    fresh = rules.is_fresh(consent.given_at, clock.now(), rules.CUSTODY_CONSENT_LIVES)
    two = fresh and queries.is_second(consent, actor, across=False)
    _require(paper, kind, actor, two=two)
    lock(consent)
    if consent.used_at is not None:
        raise RuleBroken("consent-used")
    consent.used_at = clock.now()
    first = consent.account_id
    note = rules.note_with(detail.get("numbers", ()), detail["note"])
    entry = add_entry(paper, kind, detail["copies"], note, actor, agreed_by=first)
    action = Action.PAPER_DESTROYED if kind is CustodyKind.DESTROYED else Action.CUSTODY_RECORDED
    trail.record(
        action,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        kind=kind,
        copies=entry.copies,
        numbers=detail.get("numbers", []),
        first=first,
    )
    return entry


def close_papers(sitting: Sitting, *, actor: Actor) -> list[Paper]:
    """Archive the papers of a sitting that is over and wipe its running key (归档).

    A reserve nobody opened is archived sealed: it opens no more, and counts as no use.
    The uses of their items are counted here and not at opening: while candidates write, use
    counts would tell what the paper holds.
    Returns: the papers archived now; calling it again changes nothing.
    Raises: RuleBroken: candidates may still be writing (``sitting-not-over``).
        DutyConflict: the actor is tied to the provider (``wall-w3``). NotAllowed: neither
        the exam room's nor marking's duty.
    """
    if not any(duties.may_ever(actor, duty) for duty in _CLOSERS):
        raise NotAllowed("no-duty")
    if not sittings.wall_facts(actor, sitting)["not_prov"]:
        raise DutyConflict("wall-w3", wall="W3")
    if sitting.state not in {SittingState.CLOSED, SittingState.HANDED_OVER}:
        raise RuleBroken("sitting-not-over", state=sitting.state.value)
    archived = [paper for paper in queries.live_papers(sitting.id) if paper.state in _ENDING]
    for paper in archived:
        paper.state = PaperState.ARCHIVED
    if archived:
        session().flush()
        trail.record(
            Action.PAPER_ARCHIVED,
            actor,
            archived[0],
            class_id=sitting.class_id,
            sitting_id=sitting.id,
            papers=[paper.code for paper in archived],
        )
    authority_id = sitting.training_class.project.authority_id
    for paper in (each for each in archived if each.opened_at is not None):
        uids = {entry.uid for entry in vault.marking_key(paper.id).entries}
        bank.record_use(uids, authority_id=authority_id, actor=actor)
    sitting_id = sitting.id
    on_commit(lambda: forget(sitting_id))
    return archived


def forget(sitting_id: int) -> None:
    """Wipe the running keys of a sitting: what was released is unreadable from here on."""
    runkeys.wipe(candidate.sitting_key(sitting_id))
    for token in printed.prints_kept(sitting_id):
        files.drop(token)
    for paper in queries.live_papers(sitting_id):
        runkeys.wipe(opening_key(paper.id))


def _require(paper: Paper, kind: CustodyKind, actor: Actor, *, two: bool) -> None:
    sitting = queries.sitting_of(paper)
    facts = sittings.wall_facts(actor, sitting)
    needed = (
        Permission.PAPER_DESTROY if kind is CustodyKind.DESTROYED else Permission.CUSTODY_RECORD
    )
    duties.require(needed, actor, **facts, two=two, state=True)
    if not facts["assigned"]:
        raise NotAllowed("custodian-not-assigned")
    rules.check_state(paper.state, paper.withdrawn_at is not None, *_HELD)


def add_entry(
    paper: Paper,
    kind: CustodyKind,
    copies: int,
    note: str,
    actor: Actor,
    *,
    agreed_by: int | None,
) -> CustodyEntry:
    """Return a new line of the custody log."""
    entry = CustodyEntry(
        paper_id=paper.id,
        kind=kind,
        copies=copies,
        note=note,
        agreed_by_id=agreed_by,
        recorded_by_id=actor.account_id,
        recorded_at=clock.now(),
    )
    session().add(entry)
    session().flush()
    return entry
