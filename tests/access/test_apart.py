"""Duties that stand apart, and refusals that say why."""

import pytest

from exam_app.access.actor import PUBLIC
from exam_app.access.clauses import CLAUSES, ClauseCode
from exam_app.access.duties import APART, FOUR_EYES, RULES, conflicts, require
from exam_app.access.labels import MESSAGES
from exam_app.access.permissions import CONTENT, Permission
from exam_app.access.terms import (
    CONDITION_LABELS,
    KIND_LABELS,
    ROLE_LABELS,
    SIDE_LABELS,
    Condition,
    OrganisationKind,
    Role,
    Side,
)
from exam_app.access.walls import WALLS
from exam_app.core.errors import DutyConflict, NotAllowed
from exam_app.core.messages import sentence
from tests.access.people import ALL_TRUE, an_actor

CITY = OrganisationKind.CITY_EM


@pytest.mark.parametrize("role", Role)
def test_no_role_holds_two_duties_that_stand_apart(role: Role) -> None:
    """One role never carries both duties of a pair."""
    assert conflicts({role}, {CITY}) == []


@pytest.mark.parametrize(
    "pair",
    [
        (Role.PAPER_SETTER, Role.PAPER_APPROVER),
        (Role.MARKER, Role.RESULT_PUBLISHER),
        (Role.RESULT_CHECKER, Role.RESULT_PUBLISHER),
        (Role.CERTIFICATE_OFFICER, Role.CERTIFICATE_APPROVER),
        (Role.PAPER_SETTER, Role.CUSTODIAN),
        (Role.ENTERPRISE_CONTACT, Role.INVIGILATOR),
        (Role.INSTRUCTOR, Role.INVIGILATOR),
        (Role.CLERK, Role.ITEM_WRITER),
        (Role.TRAINING_MANAGER, Role.OVERSEER),
        (Role.SYSADMIN, Role.MARKER),
        (Role.SYSADMIN, Role.AUDITOR),
        (Role.SECADMIN, Role.CUSTODIAN),
    ],
)
def test_roles_that_stand_apart_are_not_given_to_one_person(pair: tuple[Role, Role]) -> None:
    """Appointing somebody to both is refused with the clause."""
    found = conflicts(pair, {CITY})
    assert found
    assert all(conflict.clause and conflict.code in MESSAGES for conflict in found)


def test_roles_that_go_together_may_be_given_to_one_person() -> None:
    """Four eyes on each object let one expert write items and review those of others."""
    assert conflicts({Role.ITEM_WRITER, Role.ITEM_REVIEWER}, {CITY}) == []
    assert conflicts({Role.CHIEF, Role.INVIGILATOR}, {OrganisationKind.COUNTY_EM}) == []
    assert conflicts({Role.TRAINING_MANAGER, Role.CLERK}, {OrganisationKind.PROVIDER}) == []


def test_people_of_a_provider_get_no_examining_role() -> None:
    """An appointment in a provider and an examining role do not meet in one person."""
    for role in (Role.ITEM_WRITER, Role.INVIGILATOR, Role.MARKER, Role.EXAM_ADMIN):
        assert conflicts({role}, {OrganisationKind.PROVIDER})[0].code == "wall-w1"


def test_system_administration_stands_apart_from_all_content() -> None:
    """Each permission on content stands apart from administering accounts."""
    seconds = {pair.second for pair in APART if pair.first is Permission.ACCOUNT_CREATE}
    assert seconds >= CONTENT


def test_four_eyes_name_every_duty_that_asks_for_another_person() -> None:
    """``not_author`` means the person of the first duty of a pair, for exactly these duties."""
    asking = {name for name, rule in RULES.items() if Condition.NOT_AUTHOR in rule.conditions}
    assert {second for _, second in FOUR_EYES} == asking


def test_a_wall_refuses_with_its_clause() -> None:
    """A refusal by a wall carries the wall, the clause and a sentence."""
    actor = an_actor({OrganisationKind.PROVIDER}, {Role.INSTRUCTOR})
    with pytest.raises(DutyConflict) as caught:
        require(Permission.PAPER_COMPOSE, actor, **ALL_TRUE)
    assert caught.value.code == "wall-w1"
    assert caught.value.status == 403
    assert caught.value.facts["wall"] == "W1"
    assert "严禁委托施教单位出卷和监考" in sentence(caught.value)


def test_a_condition_refuses_with_its_name_and_clause() -> None:
    """A refusal by a condition carries the condition and the clause of the duty."""
    actor = an_actor({CITY}, {Role.PAPER_APPROVER})
    with pytest.raises(DutyConflict) as caught:
        require(Permission.PAPER_APPROVE, actor, **(ALL_TRUE | {"not_author": False}))
    assert caught.value.code == "duty-not-author"
    assert caught.value.facts["condition"] == "not_author"
    assert "培考分离" in sentence(caught.value)


def test_a_missing_role_refuses_without_calling_it_a_conflict() -> None:
    """Somebody without the duty is not allowed; nothing is said about a conflict."""
    actor = an_actor({CITY}, {Role.MARKER})
    with pytest.raises(NotAllowed) as caught:
        require(Permission.RESULT_RELEASE, actor, **ALL_TRUE)
    assert not isinstance(caught.value, DutyConflict)
    assert caught.value.code == "no-duty"
    assert sentence(caught.value)


def test_who_holds_the_duty_passes() -> None:
    """With all facts true the holder passes in silence."""
    actor = an_actor({CITY}, {Role.RESULT_PUBLISHER})
    require(Permission.RESULT_RELEASE, actor, **ALL_TRUE)


def test_every_code_has_a_sentence_and_every_word_a_label() -> None:
    """Walls, conditions, kinds, roles and sides can all be shown to the reader."""
    codes = {f"wall-{wall.name.lower()}" for wall in WALLS}
    codes |= {f"duty-{name.replace('_', '-')}" for name in Condition}
    codes |= {"no-duty", "no-rule", "undecidable", "unguarded", "apart"}
    assert set(MESSAGES) == codes
    assert set(CONDITION_LABELS) == set(Condition)
    assert set(KIND_LABELS) == set(OrganisationKind)
    assert set(ROLE_LABELS) == set(Role)
    assert set(SIDE_LABELS) == set(Side)
    assert set(CLAUSES) == set(ClauseCode)
    assert len(Role) == 26


def test_another_person_is_known_by_person_not_by_account() -> None:
    """The same person under a second account is not a second person; nor is an unknown one."""
    actor = an_actor({CITY}, {Role.MARKER}, person_id=7)
    assert actor.is_apart_from(8)
    assert actor.is_apart_from(8, 9)
    assert not actor.is_apart_from(7)
    assert not actor.is_apart_from(8, 7)
    assert not actor.is_apart_from(None)
    assert not actor.is_apart_from()
    assert not PUBLIC.is_apart_from(8)
    assert actor.belongs_to(3)
    assert not actor.belongs_to(4)
    assert not actor.belongs_to(None)
