"""Every duty is decided by its row and by nothing else."""

import itertools

import pytest

from exam_app.access import duties
from exam_app.access.duties import RULES, decide, may_ever
from exam_app.access.permissions import CONTENT, EXAMINING, LOOKUPS, TEACHING, Permission
from exam_app.access.terms import (
    ADMINISTRATORS,
    EXAMINING_ROLES,
    Condition,
    OrganisationKind,
    Role,
)
from tests.access.people import ALL_TRUE, an_actor

AGENCY = OrganisationKind.AGENCY
PAIRS = [(kind, role) for kind in OrganisationKind for role in Role]


def binding(rule: duties.Rule, kind: OrganisationKind) -> list[Condition]:
    """The conditions that bind an organisation of this kind."""
    return [name for name in rule.conditions if name is not Condition.ENTRUSTED or kind is AGENCY]


def allows(kind: OrganisationKind, role: Role, permission: Permission | str, facts: dict) -> bool:
    return decide({kind}, {role}, permission, facts).allowed


@pytest.mark.parametrize("permission", Permission)
def test_each_truth_assignment_is_decided_as_the_row_says(permission: Permission) -> None:
    """A duty is allowed exactly when each of its conditions holds."""
    rule = RULES[permission]
    for kind, role in itertools.product(rule.kinds, rule.roles):
        names = binding(rule, kind)
        for values in itertools.product((True, False), repeat=len(names)):
            facts = ALL_TRUE | dict(zip((name.value for name in names), values, strict=True))
            assert allows(kind, role, permission, facts) == all(values), (kind, role, facts)


@pytest.mark.parametrize("permission", Permission)
def test_only_the_kinds_and_roles_of_the_row_may(permission: Permission) -> None:
    """With every fact true, a kind or a role outside the row is still refused."""
    rule = RULES[permission]
    for kind, role in PAIRS:
        expected = kind in rule.kinds and role in rule.roles
        assert allows(kind, role, permission, ALL_TRUE) == expected, (kind, role)
        assert may_ever(an_actor({kind}, {role}), permission) == expected, (kind, role)


@pytest.mark.parametrize("permission", Permission)
def test_each_condition_bites(permission: Permission) -> None:
    """Taking away one fact, or leaving it out, is enough to be refused, and names a clause."""
    rule = RULES[permission]
    for kind, role in itertools.product(rule.kinds, rule.roles):
        for name in binding(rule, kind):
            without = {key: value for key, value in ALL_TRUE.items() if key != name.value}
            for facts in (ALL_TRUE | {name.value: False}, without):
                decision = decide({kind}, {role}, permission, facts)
                assert not decision.allowed, (kind, role, name)
                assert decision.wall or decision.condition == name.value
                assert decision.clause


def test_a_fact_must_be_true_itself() -> None:
    """A fact that only looks true (1, a text, a row) does not open a duty."""
    for almost in (1, "yes", object()):
        facts = ALL_TRUE | {"own": almost}
        assert not allows(OrganisationKind.PERSON, Role.TRAINEE, Permission.RESULT_VIEW_OWN, facts)


def test_what_is_not_known_is_refused() -> None:
    """Unknown permission, unknown fact name, no facts, and a broken table all refuse."""
    admin = (OrganisationKind.CITY_EM, Role.EXAM_ADMIN)
    assert decide({admin[0]}, {admin[1]}, "papers:paper:leak", ALL_TRUE).reason == "no-rule"
    misspelt = ALL_TRUE | {"not_provider": True}
    decision = decide({admin[0]}, {admin[1]}, Permission.SITTING_SCHEDULE, misspelt)
    assert decision.reason == "undecidable"
    for permission, rule in RULES.items():
        if rule.conditions:
            assert not decide(rule.kinds, {sorted(rule.roles)[0]}, permission, {}).allowed


def test_an_exception_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the table or a wall breaks, nobody gets in."""
    monkeypatch.setattr(duties, "RULES", None)
    actor = an_actor({OrganisationKind.CITY_EM}, {Role.EXAM_ADMIN})
    for permission in Permission:
        assert not duties.allowed(permission, actor, **ALL_TRUE).allowed
        assert not may_ever(actor, permission)


def test_an_appointment_counts_only_where_it_was_given() -> None:
    """A custodian of a county does not become one of the city through another post there."""
    posts = {
        (OrganisationKind.COUNTY_EM, Role.CUSTODIAN),
        (OrganisationKind.CITY_EM, Role.CERTIFICATE_OFFICER),
    }
    actor = an_actor({kind for kind, _ in posts}, {role for _, role in posts}, posts=posts)
    assert not may_ever(actor, Permission.PAPER_DESTROY)
    assert may_ever(actor, Permission.PAPER_OPEN)
    assert may_ever(actor, Permission.CERTIFICATE_ISSUE)


def test_no_one_alone_can_do_all_steps() -> None:
    """Without a second person nothing is approved, opened, amended, released or signed."""
    alone = ALL_TRUE | {"not_author": False, "two": False}
    second_person = (
        Permission.ITEM_REVIEW, Permission.PAPER_APPROVE, Permission.PAPER_SEAL,
        Permission.PAPER_OPEN, Permission.PAPER_OPEN_EARLY, Permission.MARK_SECOND,
        Permission.MARK_CONFIRM, Permission.MARK_AMEND_APPROVE, Permission.REGRADE_APPROVE,
        Permission.RESULT_RELEASE, Permission.CERTIFICATE_SIGN, Permission.CERTIFICATE_REVOKE,
        Permission.CREDIT_REVERSE, Permission.DUTY_GRANT, Permission.DUTY_ENTRUST,
        Permission.POLICY_EDIT, Permission.KEY_CEREMONY, Permission.PII_EXPORT,
        Permission.SITTING_EXTEND, Permission.SITTING_CLOSE, Permission.RESPONSE_KEY_IN,
    )  # fmt: skip
    for permission in second_person:
        assert not any(allows(kind, role, permission, alone) for kind, role in PAIRS), permission


def test_the_system_administrator_sees_no_content() -> None:
    """No administrator of any kind reaches an item, a paper, a key, a response or a mark."""
    reached = {
        permission
        for permission in EXAMINING | LOOKUPS
        for kind in OrganisationKind
        for role in ADMINISTRATORS
        if allows(kind, role, permission, ALL_TRUE)
    }
    assert reached == set()
    assert CONTENT < EXAMINING


def test_the_table_says_what_the_walls_ask() -> None:
    """A reader of one row sees all of its conditions, also those a wall would ask for."""
    for permission in EXAMINING:
        rule = RULES[permission]
        assert Condition.NOT_PROV in rule.conditions, permission
        assert (Condition.ENTRUSTED in rule.conditions) == (AGENCY in rule.kinds), permission
        assert rule.roles <= EXAMINING_ROLES, permission
        assert OrganisationKind.PROVIDER not in rule.kinds, permission
    for permission in TEACHING:
        assert RULES[permission].kinds == {OrganisationKind.PROVIDER}


def test_every_duty_is_complete() -> None:
    """Each permission has one row with a label, a kind, a role and a clause with its words."""
    assert set(RULES) == set(Permission)
    for rule in RULES.values():
        assert str(rule.label)
        assert rule.kinds
        assert rule.roles
        assert rule.clause
        assert len(set(rule.conditions)) == len(rule.conditions)


def test_permissions_are_named_stage_object_verb() -> None:
    """A permission reads stage:object:verb in small letters."""
    for permission in Permission:
        parts = permission.split(":")
        assert len(parts) == 3
        assert all(part.replace("_", "").isalpha() and part.islower() for part in parts)
