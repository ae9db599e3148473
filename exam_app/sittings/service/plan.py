"""Plans: sites and rooms, the sitting of a class with its window and custodians."""

from __future__ import annotations

import datetime as dt

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import EXAMINING_KINDS
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock
from exam_app.core.errors import BadInput, DutyConflict, Missing, RuleBroken
from exam_app.people import queries as people
from exam_app.people import ties
from exam_app.people.models import Account, Organisation
from exam_app.sittings import queries, rules
from exam_app.sittings.models import Room, Site, Sitting
from exam_app.sittings.service.posts import add, check_person
from exam_app.sittings.terms import SittingKind, SittingMode, SittingState
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass
from exam_app.training.terms import ClassState

_OVER = (SittingState.CLOSED, SittingState.HANDED_OVER)
_SAME = "伊应急函〔2025〕41号 四（五）「按照培考分离原则」"


def register_site(*, organisation: Organisation, name: str, address: str, actor: Actor) -> Site:
    """Return a new site (登记考点), kept by an authority, county authority or agency.

    Raises: RuleBroken: the keeper is another kind of organisation, or the name is taken.
    """
    duties.require(Permission.SITE_EDIT, actor, **queries.site_facts(actor))
    if organisation.kind not in EXAMINING_KINDS:
        raise RuleBroken("site-keeper", field="organisation_id")
    if organisation.id not in {each.id for each in queries.keepers_for(actor)}:
        raise Missing(kind="organisation")
    site = Site(organisation_id=organisation.id, name=name.strip(), address=address.strip())
    add(site, "site-known", "name")
    trail.record(Action.SITE_CREATED, actor, site, keeper=organisation.id)
    return site


def register_room(site: Site, *, name: str, seats: int, actor: Actor) -> Room:
    """Return a new room of a site (登记考场); the profile's ceiling is applied when it is used.

    Raises: RuleBroken: the site has a room of this name. BadInput: no seats.
    """
    duties.require(Permission.SITE_EDIT, actor, **queries.site_facts(actor))
    if seats < 1:
        raise BadInput("room-seats", field="seats")
    room = Room(site_id=site.id, name=name.strip(), seats=seats)
    add(room, "room-known", "name")
    trail.record(Action.ROOM_CREATED, actor, room, site=site.id, seats=seats)
    return room


def schedule(
    training_class: TrainingClass,
    *,
    site: Site,
    kind: SittingKind = SittingKind.FIRST,
    mode: SittingMode,
    starts_at: dt.datetime,
    authority_custodian: Account,
    site_custodian: Account,
    reserve_custodian: Account,
    follows: Sitting | None = None,
    actor: Actor,
) -> Sitting:
    """Return the sitting of a class (排考): site, window, three custodians.

    Args: follows: the retake held before this one; the caller knows that one more is due.
    Raises: RuleBroken: hours not verified, a second sitting of the kind, a retake before the
        first is over, a site or custodian tied to the provider, custodians of one organisation.
    """
    facts = training.wall_facts(actor, training_class)
    duties.require(Permission.SITTING_SCHEDULE, actor, **facts, state=True)
    lock(training_class)
    _check_class(training_class, kind)
    rules.check_start(starts_at, clock.now())
    settings = rules.settings_of(training.policy_of(training_class))
    _check_site(training_class, site, settings)
    custodians = (authority_custodian, site_custodian, reserve_custodian)
    _check_custodians(training_class, site, custodians)
    sitting = _sitting(training_class, kind, mode, starts_at, settings, actor)
    sitting.site_id = site.id
    sitting.authority_custodian_id = authority_custodian.id
    sitting.site_custodian_id = site_custodian.id
    sitting.reserve_custodian_id = reserve_custodian.id
    sitting.follows_id = follows.id if follows else None
    add(sitting, "sitting-known", "kind")
    trail.record(
        Action.SITTING_PLANNED, actor, sitting,
        class_id=training_class.id, sitting_id=sitting.id, site=site.id, kind=kind.value,
        starts_at=starts_at, custodians=[account.id for account in custodians],
    )  # fmt: skip
    return sitting


def paper_ready(sitting: Sitting, *, actor: Actor) -> Sitting:
    """Say that first and reserve paper are sealed (试卷就绪); called by papers, by a custodian.

    Raises: DutyConflict: no custodian of the sitting. RuleBroken: nobody is entered yet.
    """
    facts = queries.wall_facts(actor, sitting)
    # The second custodian's consent is asked for where the paper is sealed.
    duties.require(Permission.PAPER_SEAL, actor, **facts, two=True, state=True)
    if actor.account_id not in queries.custodians_of(sitting):
        clause = duties.RULES[Permission.PAPER_SEAL].clause
        raise DutyConflict("duty-assigned", condition="assigned", clause=clause)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.PLANNED)
    if not queries.entries_of(sitting.id):
        raise RuleBroken("nobody-entered")
    sitting.state, sitting.ready_at = SittingState.READY, clock.now()
    trail.record(
        Action.SITTING_READIED, actor, sitting, class_id=sitting.class_id, sitting_id=sitting.id
    )
    return sitting


def _sitting(
    training_class: TrainingClass,
    kind: SittingKind,
    mode: SittingMode,
    starts_at: dt.datetime,
    settings: rules.Settings,
    actor: Actor,
) -> Sitting:
    """Return a planned sitting whose window follows from its start and the profile."""
    return Sitting(
        class_id=training_class.id,
        kind=kind,
        mode=mode,
        state=SittingState.PLANNED,
        opens_at=starts_at - rules.minutes(settings.opens_before),
        starts_at=starts_at,
        ends_at=starts_at + rules.minutes(settings.duration),
        scheduled_by_id=actor.account_id,
        scheduled_at=clock.now(),
    )


def _check_class(training_class: TrainingClass, kind: SittingKind) -> None:
    if training_class.state is not ClassState.VERIFIED:
        raise RuleBroken("hours-not-verified")
    first = queries.sitting_of(training_class.id, SittingKind.FIRST)
    if kind is SittingKind.FIRST:
        if first is not None:
            raise RuleBroken("sitting-known", field="kind")
        return
    if first is None or first.state not in _OVER:
        raise RuleBroken("first-not-over", field="kind")


def _check_site(training_class: TrainingClass, site: Site, settings: rules.Settings) -> None:
    """Refuse a site of the provider or of an organisation bound to it."""
    months = settings.policy.count("separation.recusal_months")
    group = ties.organisation_group(training_class.provider_id, clock.today(), months)
    if site.organisation_id in group:
        clause = settings.clause("exam.provider_may_set_or_invigilate")
        raise RuleBroken("site-tied", field="site_id", clause=clause)


def _check_custodians(
    training_class: TrainingClass, site: Site, custodians: tuple[Account, Account, Account]
) -> None:
    """Refuse custodians who are tied, of one organisation, or not of the authority or site."""
    names = ("authority_custodian", "site_custodian", "reserve_custodian")
    actors = [
        check_person(Permission.PAPER_OPEN, account, training_class, field=name)
        for name, account in zip(names, custodians, strict=True)
    ]
    rules.check_custodians([each.organisation_ids for each in actors], _SAME)
    served = people.authorities_served(actors[0], clock.today())
    if training_class.project.authority_id not in served:
        raise RuleBroken("custodian-not-authority", field=names[0])
    if not actors[1].belongs_to(site.organisation_id):
        raise RuleBroken("custodian-not-site", field=names[1])
