"""Reads of papers: their state and history, never their content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, true

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.papers import rules
from exam_app.papers.models import (
    Consent,
    CustodianKey,
    CustodyEntry,
    Paper,
    ReleasedPaper,
)
from exam_app.papers.terms import ConsentPurpose, PaperKind, PaperState
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass, TrainingProject
from exam_app.training.scope import in_region
from question_bank.capacity import NEIGHBOURS


@dataclass(frozen=True)
class KeyHolder:
    """A custodian of a sitting: whose, of which body, with an enrolled key or without."""

    account_id: int
    name: str
    organisation: str
    key: CustodianKey | None


@dataclass(frozen=True)
class CustodyLine:
    """A line of the custody log with the names of the two who signed it."""

    entry: CustodyEntry
    recorded_by: str
    agreed_by: str


def get_paper(paper_id: int, actor: Actor) -> Paper:
    """Return a paper of a sitting within the actor's scope. Raises: Missing."""
    paper = session().get(Paper, paper_id)
    if paper is None:
        raise Missing(kind="paper")
    sittings.get_sitting(paper.sitting_id, actor)
    return paper


def see_paper(paper_id: int, actor: Actor) -> Paper:
    """Return a paper for its page, which shows no content.

    Raises: Missing. DutyConflict: tied to the provider.
    """
    paper = get_paper(paper_id, actor)
    sittings.see_sitting(paper.sitting_id, actor)
    return paper


def see_class(class_id: int, actor: Actor) -> TrainingClass:
    """Return a class for the page of its papers. Raises: Missing; DutyConflict: tied."""
    training_class = training.get_class(class_id, actor)
    facts = training.wall_facts(actor, training_class)
    duties.require(Permission.SITTING_VIEW, actor, **facts)
    return training_class


def sitting_of(paper: Paper) -> Sitting:
    """Return the sitting of a paper, for a service that checks the walls itself."""
    found = session().get(Sitting, paper.sitting_id)
    if found is None:
        raise Missing(kind="sitting")
    return found


def papers_of(class_id: int) -> Sequence[Paper]:
    """Return all papers of a class, withdrawn ones included, in the order they were drawn."""
    query = select(Paper).where(Paper.class_id == class_id)
    return session().scalars(query.order_by(Paper.id)).all()


def live_papers(sitting_id: int) -> Sequence[Paper]:
    """Return the papers of a sitting that were not withdrawn."""
    query = select(Paper).where(Paper.sitting_id == sitting_id, Paper.withdrawn_at.is_(None))
    return session().scalars(query.order_by(Paper.id)).all()


def live_paper(sitting_id: int, kind: PaperKind) -> Paper | None:
    """Return the paper of a kind that was not withdrawn, None where there is none."""
    return next((each for each in live_papers(sitting_id) if each.kind is kind), None)


def draws(class_id: int, kind: PaperKind) -> int:
    """Return how often a paper of the kind was drawn for a class."""
    query = select(func.count(Paper.id)).where(Paper.class_id == class_id, Paper.kind == kind)
    return session().scalar(query) or 0


def refused_draws(class_id: int) -> int:
    """Return how often a draw for a class was refused for want of items."""
    actions = (Action.PAPER_DRAW_REFUSED.value,)
    return len(audit.entries_in_order(audit.Filter(class_id=class_id, actions=actions)))


def code_taken(code: str) -> bool:
    """Return whether a paper has this code already."""
    return session().scalar(select(Paper.id).where(Paper.code == code)) is not None


def relatives(class_id: int) -> Sequence[Paper]:
    """Return the papers of a class a new one must share nothing with."""
    return [each for each in papers_of(class_id) if each.withdrawn_at is None]


def neighbours(training_class: TrainingClass) -> Sequence[Paper]:
    """Return the latest papers of other classes of the authority, newest first."""
    return latest(training_class.project.authority_id, but=training_class.id)


def latest(authority_id: int, *, but: int | None = None, sat_only: bool = False) -> Sequence[Paper]:
    """Return the latest papers of an authority, newest first, those of one class left out.

    Reserves that were archived unopened are none: nobody has seen them.

    Args: sat_only: leave out what is still secret.
    """
    query = (
        select(Paper)
        .join(TrainingClass, TrainingClass.id == Paper.class_id)
        .join(TrainingProject, TrainingProject.id == TrainingClass.project_id)
        .where(
            TrainingProject.authority_id == authority_id,
            Paper.class_id != (but or 0),
            Paper.withdrawn_at.is_(None),
            ~Paper.unused_reserve(),
            Paper.sat() if sat_only else true(),
        )
        .order_by(Paper.id.desc())
        .limit(NEIGHBOURS)
    )
    return session().scalars(query).all()


def custodian_key(account_id: int | None) -> CustodianKey | None:
    """Return the key a custodian uses now, None where none is enrolled."""
    query = select(CustodianKey).where(
        CustodianKey.account_id == (account_id or 0), CustodianKey.retired_at.is_(None)
    )
    return session().scalars(query.order_by(CustodianKey.id.desc()).limit(1)).first()


def key_for(paper: Paper, account_id: int | None) -> Sequence[CustodianKey]:
    """Return the keys an account had when the paper was sealed, the newest first."""
    query = select(CustodianKey).where(
        CustodianKey.account_id == (account_id or 0),
        CustodianKey.created_at <= paper.sealed_at,
    )
    return session().scalars(query.order_by(CustodianKey.id.desc())).all()


def holders(sitting: Sitting) -> list[KeyHolder]:
    """Return the custodians of a sitting with their keys."""
    return [_holder(account_id) for account_id in sittings.custodians_of(sitting)]


def _holder(account_id: int) -> KeyHolder:
    account, key = people.get_account(account_id), custodian_key(account_id)
    organisation_id = key.organisation_id if key else custody_organisation(account_id)
    organisation = people.get_organisation(organisation_id).name if organisation_id else ""
    return KeyHolder(account_id, account.person.name, organisation, key)


def custody_organisation(account_id: int) -> int | None:
    """Return the body an account keeps papers for, None where it keeps none."""
    for post in people.appointments_of(account_id, clock.now()):
        if post.role is Role.CUSTODIAN:
            return post.organisation_id
    return None


def key_facts(actor: Actor) -> dict[str, bool]:
    """Return what the walls ask of somebody who enrols a custodian's key.

    A county's custodian stands under the authority of its region.
    """
    served = people.authorities_served(actor, clock.today())
    if not served:
        served = frozenset(
            each.id
            for each in people.organisations(OrganisationKind.CITY_EM)
            if any(
                in_region(people.get_organisation(own).division_code, each.division_code)
                for own in actor.organisation_ids
            )
        )
    return training.bank_facts(actor, min(served, default=0))


def consents(paper_id: int, purpose: ConsentPurpose) -> Sequence[Consent]:
    """Return the consents of a purpose that were not used, newest first."""
    query = select(Consent).where(
        Consent.paper_id == paper_id, Consent.purpose == purpose, Consent.used_at.is_(None)
    )
    return session().scalars(query.order_by(Consent.id.desc())).all()


def is_second(consent: Consent, actor: Actor, *, across: bool) -> bool:
    """Return whether the actor is a second person to a consent: person, account and session.

    Args: across: the second must be of another organisation as well.
    """
    if not actor.is_apart_from(people.person_id_of(consent.account_id)):
        return False
    if actor.session_id is not None and actor.session_id == consent.auth_session_id:
        return False
    own = custody_organisation(actor.account_id or 0)
    return not across or (own is not None and own != consent.organisation_id)


def partner_consent(
    paper_id: int,
    purpose: ConsentPurpose,
    actor: Actor,
    *,
    lives: dt.timedelta,
    across: bool = True,
) -> Consent | None:
    """Return another person's consent that still holds, None where there is none."""
    for consent in consents(paper_id, purpose):
        if rules.is_fresh(consent.given_at, clock.now(), lives) and is_second(
            consent, actor, across=across
        ):
            return consent
    return None


def early_leave(paper: Paper) -> bool:
    """Return whether two duty approvers have let this reserve paper be opened early."""
    query = select(Consent).where(
        Consent.paper_id == paper.id,
        Consent.purpose == ConsentPurpose.OPEN_RESERVE_EARLY,
        Consent.used_at.is_not(None),
    )
    now = clock.now()
    given = [row for row in session().scalars(query) if row.used_at is not None]
    persons = {
        people.person_id_of(row.account_id)
        for row in given
        if row.used_at and rules.is_fresh(row.used_at, now, rules.EARLY_LIVES)
    }
    return paper.kind is PaperKind.RESERVE and len(persons) >= 2


def opening_window(paper: Paper, sitting: Sitting) -> bool:
    """Return whether the paper may be opened now: in its window, or the reserve by leave."""
    now = clock.now()
    if rules.is_within(now, sitting.opens_at, sitting.ends_at):
        return True
    return now <= sitting.ends_at and early_leave(paper)


def printing_window(paper: Paper, sitting: Sitting) -> bool:
    """Return whether an opened paper may be printed now: from its opening to the end."""
    now = clock.now()
    begins = min(sitting.opens_at, paper.opened_at or sitting.opens_at)
    return rules.is_within(now, begins, sitting.ends_at)


def paper_of(consent: Consent) -> Paper:
    """Return the paper a consent is about. Raises: Missing."""
    found = session().get(Paper, consent.paper_id)
    if found is None:
        raise Missing(kind="paper")
    return found


def released_of(sitting_id: int) -> ReleasedPaper | None:
    """Return the opened paper of a sitting (encrypted), None where nothing is open."""
    return session().scalar(select(ReleasedPaper).where(ReleasedPaper.sitting_id == sitting_id))


def custody_of(paper_id: int) -> list[CustodyLine]:
    """Return the custody log of a paper, oldest first."""
    query = select(CustodyEntry).where(CustodyEntry.paper_id == paper_id)
    return [
        CustodyLine(row, _name(row.recorded_by_id), _name(row.agreed_by_id))
        for row in session().scalars(query.order_by(CustodyEntry.id))
    ]


def reserves_for(actor: Actor) -> list[Paper]:
    """Return the sealed reserve papers an approver of their authority may let out early."""
    query = select(Paper).where(
        Paper.kind == PaperKind.RESERVE,
        Paper.state == PaperState.SEALED,
        Paper.withdrawn_at.is_(None),
    )
    return [
        paper for paper in session().scalars(query.order_by(Paper.id)) if _may_see(paper, actor)
    ]


def _may_see(paper: Paper, actor: Actor) -> bool:
    try:
        sitting = sittings.get_sitting(paper.sitting_id, actor)
    except Missing:
        return False
    facts = sittings.wall_facts(actor, sitting) | {"two": True, "reason": True, "state": True}
    return duties.allowed(Permission.PAPER_OPEN_EARLY, actor, **facts).allowed


def account_name(account_id: int | None) -> str:
    """Return the name of the person behind an account, empty for none."""
    return _name(account_id)


def _name(account_id: int | None) -> str:
    return people.get_account(account_id).person.name if account_id else ""


def halves_waiting(paper_id: int) -> Sequence[Consent]:
    """Return the consents that still hold a half, used or not."""
    query = select(Consent).where(Consent.paper_id == paper_id, Consent.half.is_not(None))
    return session().scalars(query).all()


def get_custody_note(consent_id: int, paper: Paper) -> Consent:
    """Return a note for the custody log of this paper. Raises: Missing."""
    found = session().get(Consent, consent_id)
    if found is None or found.paper_id != paper.id or found.detail is None:
        raise Missing(kind="consent")
    return found


def custody_waiting(paper_id: int) -> list[tuple[Consent, str]]:
    """Return what one person has noted for the custody log and no second has signed."""
    return [
        (consent, _name(consent.account_id))
        for consent in consents(paper_id, ConsentPurpose.CUSTODY)
        if rules.is_fresh(consent.given_at, clock.now(), rules.CUSTODY_CONSENT_LIVES)
    ]


def seal_asked(paper: Paper, actor: Actor) -> Consent | None:
    """Return the consent to seal that this actor could carry out as the second."""
    return partner_consent(paper.id, ConsentPurpose.SEAL, actor, lives=rules.SEAL_CONSENT_LIVES)


def open_asked(paper: Paper, actor: Actor) -> Consent | None:
    """Return the consent to open that this actor could carry out as the second."""
    return partner_consent(paper.id, ConsentPurpose.OPEN, actor, lives=rules.HALF_LIVES)


def early_asked(paper: Paper, actor: Actor) -> Consent | None:
    """Return the word of another approver that this actor could follow."""
    purpose = ConsentPurpose.OPEN_RESERVE_EARLY
    return partner_consent(paper.id, purpose, actor, lives=rules.EARLY_LIVES, across=False)


def require_keeper(actor: Actor) -> None:
    """Refuse somebody whom a wall keeps from a custodian's key. Raises: NotAllowed."""
    duties.require(Permission.CUSTODIAN_KEY_ENROL, actor, **key_facts(actor), own=True)
