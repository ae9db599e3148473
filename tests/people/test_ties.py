"""Whom a person and an organisation are bound to, and for how long."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import session
from exam_app.people import queries, ties
from exam_app.people.models import Organisation, Recusal
from exam_app.people.terms import TieKind
from tests.factories.people import (
    make_account,
    make_appointment,
    make_entrustment,
    make_organisation,
    make_organisation_tie,
    make_person,
    make_person_tie,
)

ON = dt.date(2025, 3, 10)
LEFT = dt.date(2024, 3, 10)


@pytest.fixture
def provider(app: Flask) -> Organisation:
    """Return a training provider."""
    return make_organisation(OrganisationKind.PROVIDER)


@pytest.mark.parametrize("kind", list(TieKind))
def test_each_kind_of_tie_binds(provider: Organisation, kind: TieKind) -> None:
    """Employee, owner, lecturer and affiliate of the provider must keep away."""
    person = make_person()
    make_person_tie(person, provider, kind)
    assert ties.is_tied_to(person.id, provider.id, ON)
    assert ties.tied_organisations(person.id, ON) == {provider.id}


def test_a_stranger_is_not_bound(provider: Organisation) -> None:
    """Who has no tie may work on the provider's classes."""
    person = make_person()
    make_person_tie(person, make_organisation(OrganisationKind.ENTERPRISE))
    assert not ties.is_tied_to(person.id, provider.id, ON)


def test_a_tie_binds_twelve_months_on_and_not_a_day_longer(provider: Organisation) -> None:
    """Who left on 10 March 2024 is bound through 10 March 2025."""
    person = make_person()
    make_person_tie(person, provider, until_on=LEFT)
    assert ties.is_tied_to(person.id, provider.id, ON)
    assert not ties.is_tied_to(person.id, provider.id, ON + dt.timedelta(days=1))
    assert not ties.is_tied_to(person.id, provider.id, ON, months=11)


def test_a_tie_to_come_does_not_bind_yet(provider: Organisation) -> None:
    """A tie binds from its first day."""
    person = make_person()
    make_person_tie(person, provider, from_on=ON + dt.timedelta(days=1))
    assert not ties.is_tied_to(person.id, provider.id, ON)
    assert ties.is_tied_to(person.id, provider.id, ON + dt.timedelta(days=1))


def test_an_appointment_binds_and_a_proposed_one_does_not(provider: Organisation) -> None:
    """A confirmed duty at the provider is a tie, as long and after as any other."""
    account = make_account()
    proposed = make_appointment(account, provider, Role.CLERK, confirmed=False, until_on=LEFT)
    assert not ties.is_tied_to(account.person_id, provider.id, ON)
    proposed.confirmed_at = proposed.organisation.created_at
    session().flush()
    assert ties.is_tied_to(account.person_id, provider.id, ON)
    assert not ties.is_tied_to(account.person_id, provider.id, ON + dt.timedelta(days=1))


def test_a_recusal_binds_while_it_says_so(provider: Organisation) -> None:
    """A recusal from an organisation counts as a tie, without the months after."""
    person = make_person()
    session().add(
        Recusal(
            person_id=person.id,
            organisation_id=provider.id,
            reason="亲属任职",
            from_on=LEFT,
            until_on=ON,
        )
    )
    session().flush()
    assert ties.is_tied_to(person.id, provider.id, ON)
    assert not ties.is_tied_to(person.id, provider.id, ON + dt.timedelta(days=1))


@pytest.mark.parametrize("kind", [TieKind.OWNER, TieKind.AFFILIATE])
@pytest.mark.parametrize("forward", [True, False])
def test_ties_of_organisations_bind_both_ways(
    provider: Organisation, kind: TieKind, forward: bool
) -> None:
    """The staff of an owner or affiliate are bound, whichever side the tie was recorded on."""
    other = make_organisation(OrganisationKind.ENTERPRISE)
    make_organisation_tie(*((provider, other) if forward else (other, provider)), kind)
    person = make_person()
    make_person_tie(person, other)
    assert ties.is_tied_to(person.id, provider.id, ON)
    assert ties.tied_organisations(person.id, ON) == {provider.id, other.id}


def test_ties_pass_through_several_organisations(provider: Organisation) -> None:
    """Owner of an affiliate of the child's sister: all are one group."""
    parent = make_organisation(OrganisationKind.ENTERPRISE)
    provider.parent_id = parent.id
    sister = make_organisation(OrganisationKind.ENTERPRISE, parent=parent)
    affiliate = make_organisation(OrganisationKind.ENTERPRISE)
    make_organisation_tie(affiliate, sister)
    person = make_person()
    make_person_tie(person, affiliate, TieKind.OWNER)
    assert ties.is_tied_to(person.id, provider.id, ON)
    group = {provider.id, parent.id, sister.id, affiliate.id}
    assert ties.organisation_group(provider.id, ON) == group
    assert ties.tied_organisations(person.id, ON) == group


def test_a_tie_of_organisations_binds_twelve_months_on(provider: Organisation) -> None:
    """Two organisations that parted a year and a day ago are strangers."""
    other = make_organisation(OrganisationKind.ENTERPRISE)
    make_organisation_tie(provider, other, until_on=LEFT)
    assert ties.organisation_group(provider.id, ON) == {provider.id, other.id}
    assert ties.organisation_group(provider.id, ON + dt.timedelta(days=1)) == {provider.id}


def test_a_circle_of_ties_ends(provider: Organisation) -> None:
    """Ties that lead back to where they began are followed once."""
    second, third = (make_organisation(OrganisationKind.ENTERPRISE) for _ in range(2))
    for one, other in ((provider, second), (second, third), (third, provider)):
        make_organisation_tie(one, other)
    assert len(ties.organisation_group(provider.id, ON)) == 3


def test_an_actor_is_bound_through_the_organisation_acted_for(provider: Organisation) -> None:
    """Who acts for an agency bound to the provider is bound, without a tie of their own."""
    agency = make_organisation(OrganisationKind.AGENCY)
    make_organisation_tie(agency, provider)
    person = make_person()
    assert ties.is_bound(person.id, [agency.id], provider.id, ON)
    assert not ties.is_bound(person.id, [], provider.id, ON)


def test_recusal_between_persons_holds_both_ways(app: Flask) -> None:
    """Whichever of two persons it was recorded for, both keep away from each other."""
    one, other = make_person(), make_person()
    session().add(Recusal(person_id=one.id, other_person_id=other.id, reason="夫妻", from_on=LEFT))
    session().flush()
    assert ties.recused_persons(one.id, ON) == {other.id}
    assert ties.recused_persons(other.id, ON) == {one.id}


def test_an_agency_that_teaches_in_the_project_is_not_entrusted(provider: Organisation) -> None:
    """T25: entrusted in general, and not for a project whose provider it is bound to."""
    authority = make_organisation()
    agency = make_organisation(OrganisationKind.AGENCY)
    make_entrustment(authority, agency, from_on=LEFT, until_on=ON)
    assert queries.is_entrusted(agency.id, authority.id, ON)
    assert queries.is_entrusted(agency.id, authority.id, ON, provider_ids=[provider.id])
    assert not queries.is_entrusted(agency.id, authority.id, ON, provider_ids=[agency.id])
    assert not queries.is_entrusted(agency.id, authority.id, ON + dt.timedelta(days=1))
    assert not queries.is_entrusted(agency.id, agency.id, ON)
    make_organisation_tie(agency, provider)
    assert queries.is_entrusted(agency.id, authority.id, ON)
    assert not queries.is_entrusted(agency.id, authority.id, ON, provider_ids=[provider.id])
