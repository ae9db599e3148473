"""The wall: whoever is tied to the provider, and the system administrator, at every service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.bank import drafts
from exam_app.bank import queries as bank_queries
from exam_app.bank import service as bank
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ReviewVerdict
from exam_app.core.db import session, transaction
from exam_app.core.errors import Missing, NotAllowed
from exam_app.papers import queries, service
from exam_app.papers.models import Consent
from exam_app.papers.terms import ConsentPurpose, CustodyKind, PaperKind
from exam_app.people.models import Account, Recusal
from exam_app.people.terms import TieKind
from exam_app.training.models import Lecturer
from question_bank.exchange import xlsx
from tests.conftest import Clock
from tests.factories.bank import make_item, make_plan
from tests.factories.papers import IN_WINDOW, PASSPHRASES, Scene, seal_both
from tests.factories.people import (
    LONG_AGO,
    actor_of,
    make_appointment,
    make_organisation,
    make_organisation_tie,
    make_person_tie,
    make_staff,
)

ALL_ROLES = (
    Role.ITEM_WRITER,
    Role.ITEM_REVIEWER,
    Role.PAPER_SETTER,
    Role.PAPER_APPROVER,
    Role.CUSTODIAN,
    Role.CHIEF,
    Role.DUTY_APPROVER,
    Role.EXAM_ADMIN,
)


def employee(account: Account, scene: Scene) -> None:
    make_person_tie(account.person, scene.world.provider)


def owner(account: Account, scene: Scene) -> None:
    make_person_tie(account.person, scene.world.provider, TieKind.OWNER)


def lecturer(account: Account, scene: Scene) -> None:
    session().add(
        Lecturer(
            provider_id=scene.world.provider.id, person_id=account.person_id, title="高级工程师"
        )
    )
    make_person_tie(account.person, scene.world.provider, TieKind.LECTURER)


def affiliate(account: Account, scene: Scene) -> None:
    other = make_organisation(OrganisationKind.ENTERPRISE)
    make_organisation_tie(other, scene.world.provider)
    make_person_tie(account.person, other)


def appointed(account: Account, scene: Scene) -> None:
    make_appointment(account, scene.world.provider, Role.ENTERPRISE_CONTACT)


def recused(account: Account, scene: Scene) -> None:
    session().add(
        Recusal(
            person_id=account.person_id,
            organisation_id=scene.world.provider.id,
            reason="近亲属任职",
            from_on=LONG_AGO,
        )
    )
    session().flush()


TIES = (employee, owner, lecturer, affiliate, appointed, recused)


def acts(scene: Scene, actor: Actor) -> dict[str, Callable[[], object]]:
    """Return every service and scoped read of bank and papers, done by the actor."""
    item = session().scalars(select(ItemRow).limit(1)).one()
    blueprint, sitting = scene.blueprint, scene.sitting
    first, reserve = queries.papers_of(sitting.class_id)
    data = xlsx.write_items([make_item(90)])
    consent = Consent(
        paper_id=first.id,
        purpose=ConsentPurpose.CUSTODY,
        account_id=scene.world.chief.id,
        organisation_id=scene.world.county.id,
        detail={"kind": "returned", "copies": 1, "note": ""},
        given_at=sitting.opens_at,
    )
    passphrase = PASSPHRASES["site"]
    return {
        "items_for": lambda: bank_queries.items_for(actor),
        "get_item": lambda: bank_queries.get_item(item.id, actor),
        "waiting": lambda: bank_queries.waiting_for_review(actor),
        "blueprints_for": lambda: bank_queries.blueprints_for(actor),
        "get_blueprint": lambda: bank_queries.get_blueprint(blueprint.id, actor),
        "write": lambda: bank.write_item(make_item(91), actor=actor),
        "edit": lambda: bank.edit_item(item, make_item(92), actor=actor),
        "submit": lambda: bank.submit_item(item, actor=actor),
        "review": lambda: bank.review_item(
            item, verdict=ReviewVerdict.APPROVED, comment="同意", digest="", actor=actor
        ),
        "retire": lambda: bank.retire_item(item, reason="停用", actor=actor),
        "view_item": lambda: bank.view_item(item, reason="核对", actor=actor),
        "view_items": lambda: bank.view_items([item], reason="核对", actor=actor),
        "drafts": lambda: drafts.drafts_of_others(actor),
        "discard": lambda: bank.discard_draft(item, reason="放弃", actor=actor),
        "check_items": lambda: bank.check_items(data, "题.xlsx", actor=actor),
        "import": lambda: bank.import_items(data, "题.xlsx", reason="命题", actor=actor),
        "content": lambda: bank.import_content(reason="命题", actor=actor),
        "save_blueprint": lambda: bank.save_blueprint(make_plan(), code="X", actor=actor),
        "approve_blueprint": lambda: bank.approve_blueprint(blueprint, actor=actor),
        "see_class": lambda: queries.see_class(sitting.class_id, actor),
        "see_paper": lambda: queries.see_paper(first.id, actor),
        "enrol": lambda: service.enrol_custodian_key("lantern-orchard-crane", actor=actor),
        "draw": lambda: service.draw(
            sitting, kind=PaperKind.FIRST, blueprint=blueprint, actor=actor
        ),
        "view_paper": lambda: service.view_paper(first, actor=actor),
        "approve": lambda: service.approve(first, note="同意", actor=actor),
        "withdraw": lambda: service.withdraw(first, reason="重组", actor=actor),
        "consent_seal": lambda: service.consent_to_seal(first, actor=actor),
        "seal": lambda: service.seal(first, actor=actor),
        "consent_open": lambda: service.consent_to_open(first, passphrase=passphrase, actor=actor),
        "open": lambda: service.open_paper(first, passphrase=passphrase, actor=actor),
        "consent_early": lambda: service.consent_to_open_reserve_early(
            reserve, reason="泄露", actor=actor
        ),
        "open_early": lambda: service.open_reserve_early(reserve, reason="泄露", actor=actor),
        "print": lambda: service.print_paper(first, copies=1, actor=actor),
        "custody": lambda: service.agree_custody(
            first, kind=CustodyKind.RETURNED, copies=1, note="", actor=actor
        ),
        "destroy": lambda: service.agree_custody(
            first, kind=CustodyKind.DESTROYED, copies=1, note="", actor=actor
        ),
        "sign_custody": lambda: service.record_custody(consent, actor=actor),
        "close": lambda: service.close_papers(sitting, actor=actor),
    }


def refused_everywhere(scene: Scene, actor: Actor) -> None:
    """Assert that the actor gets nowhere, by permission and not by chance."""
    for name, act in acts(scene, actor).items():
        try:
            with transaction():
                act()
        except (NotAllowed, Missing):
            continue
        pytest.fail(f"{name} let the actor pass")
    assert queries.reserves_for(actor) == []


@pytest.fixture
def sealed(scene: Scene, clock: Clock) -> Scene:
    """Return a scene with both papers sealed, inside the window."""
    seal_both(scene)
    clock.set(IN_WINDOW)
    return scene


def test_whoever_is_tied_to_the_provider(sealed: Scene) -> None:
    """Every role of the examining side, each tie by itself, and still no way in."""
    for tie in TIES:
        with transaction():
            account = make_staff(*ALL_ROLES, organisation=sealed.world.authority)
            tie(account, sealed)
        refused_everywhere(sealed, actor_of(account))


def test_a_custodian_tied_since_sealing(sealed: Scene) -> None:
    """A tie that came after sealing keeps the custodian from opening."""
    with transaction():
        employee(sealed.world.site_custodian, sealed)
    actor = sealed.world.actor(sealed.world.site_custodian)
    first = queries.papers_of(sealed.sitting.class_id)[0]
    with pytest.raises(NotAllowed, match="wall-w3"), transaction():
        service.consent_to_open(first, passphrase=PASSPHRASES["site"], actor=actor)


def test_an_account_of_the_provider(sealed: Scene) -> None:
    """Whatever roles somebody gave it."""
    with transaction():
        account = make_staff(*ALL_ROLES, organisation=sealed.world.provider)
    refused_everywhere(sealed, actor_of(account))


def test_the_system_administrator(sealed: Scene) -> None:
    """Sees no item, no paper, no key; not even with other roles beside."""
    for roles in ((Role.SYSADMIN,), (Role.SYSADMIN, *ALL_ROLES)):
        with transaction():
            account = make_staff(*roles, organisation=sealed.world.authority)
        refused_everywhere(sealed, actor_of(account))


def test_a_candidate_of_the_class(sealed: Scene) -> None:
    """Who sits the exam touches none of its papers."""
    with transaction():
        account = sealed.world.candidate()
        for role in ALL_ROLES:
            make_appointment(account, sealed.world.authority, role)
    actor = actor_of(account)
    for name in ("draw", "view_paper", "approve", "seal", "open", "print", "consent_early"):
        with pytest.raises(NotAllowed, match="not-cand|wall-w7"), transaction():
            acts(sealed, actor)[name]()


def test_another_citys_office(sealed: Scene) -> None:
    """Another authority's bank and papers are not there."""
    with transaction():
        city = make_organisation(OrganisationKind.CITY_EM, division_code="370300")
        account = make_staff(*ALL_ROLES, organisation=city)
    actor = actor_of(account)
    found = acts(sealed, actor)
    for name in ("get_item", "get_blueprint", "see_class", "see_paper"):
        with pytest.raises(Missing):
            found[name]()


def test_nobody_unknown_is_a_second_person(sealed: Scene) -> None:
    """An actor without a person is never apart from anybody."""
    actor = replace(sealed.world.actor(sealed.world.site_custodian), person_id=None)
    refused_everywhere(sealed, actor)
