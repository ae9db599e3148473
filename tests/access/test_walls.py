"""The walls hold even where the table would allow everything to everybody."""

import itertools

import pytest

from exam_app.access import duties
from exam_app.access.actor import PUBLIC, SYSTEM
from exam_app.access.duties import RULES, WALLS, Rule, decide, may_ever
from exam_app.access.permissions import EXAMINING, HANDS_ON, TEACHING, Permission
from exam_app.access.terms import (
    ADMINISTRATORS,
    EXAMINING_KINDS,
    EXAMINING_ROLES,
    TEACHING_ROLES,
    OrganisationKind,
    Role,
)
from tests.access.people import ALL_TRUE, an_actor

CITY = frozenset({OrganisationKind.CITY_EM})


@pytest.fixture
def open_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that allows every kind and role everything, without conditions."""
    every = {
        permission: Rule(
            permission, rule.label, frozenset(OrganisationKind), frozenset(Role), (), rule.clauses
        )
        for permission, rule in RULES.items()
    }
    monkeypatch.setattr(duties, "RULES", every)


def refused_by(kinds, roles, permission, **over) -> str:
    decision = decide(kinds, roles, permission, ALL_TRUE | over)
    assert decision.allowed == (decision.reason == "ok")
    return decision.wall


@pytest.mark.usefixtures("open_table")
class TestAgainstAnOpenTable:
    """Each wall, one by one."""

    def test_provider_examines_nothing(self) -> None:
        """W1: whoever belongs to a provider, whatever else they are, does no duty of an exam."""
        names = ("not_prov", "not_taught", "two", "window")
        others = [frozenset(), *({kind} for kind in OrganisationKind)]
        truths = list(itertools.product((True, False), repeat=len(names)))
        for other, permission in itertools.product(others, EXAMINING):
            kinds = frozenset({OrganisationKind.PROVIDER} | set(other))
            for role in Role:
                assert not may_ever(an_actor(kinds, {role}), permission)
            for values in truths:
                facts = ALL_TRUE | dict(zip(names, values, strict=True))
                assert decide(kinds, {Role.MARKER}, permission, facts).wall == "W1"

    def test_examiners_keep_no_training_books(self) -> None:
        """W2: the examining side does not write the provider's register."""
        for kind, permission in itertools.product(EXAMINING_KINDS, TEACHING):
            assert refused_by({kind}, {Role.EXAM_ADMIN}, permission) == "W2"

    def test_whoever_is_tied_to_the_provider_steps_back(self) -> None:
        """W3: a tie to the class's provider closes every duty of the exam."""
        for permission, role in itertools.product(EXAMINING, EXAMINING_ROLES):
            assert refused_by(CITY, {role}, permission, not_prov=False) == "W3"

    def test_whoever_taught_the_class_steps_back(self) -> None:
        """W4: who taught the class touches no paper, room or mark of it."""
        for permission, role in itertools.product(HANDS_ON, EXAMINING_ROLES):
            assert refused_by(CITY, {role}, permission, not_taught=False) == "W4"

    def test_administrators_do_nothing_else(self) -> None:
        """W5: an administrator with any second role may do nothing at all."""
        for admin, other in itertools.product(ADMINISTRATORS, Role):
            for permission in Permission if admin != other else ():
                assert not decide(CITY, {admin, other}, permission, ALL_TRUE).allowed

    def test_nobody_teaches_and_examines(self) -> None:
        """W6: a teaching role and an examining role in one person close everything."""
        for pair in itertools.product(TEACHING_ROLES, EXAMINING_ROLES):
            for permission in Permission:
                assert not decide(CITY, set(pair), permission, ALL_TRUE).allowed

    def test_a_paper_opens_in_time_and_by_two(self) -> None:
        """W7: one custodian, or the wrong hour, opens nothing; the reserve paper needs two."""
        open_paper, early = Permission.PAPER_OPEN, Permission.PAPER_OPEN_EARLY
        assert refused_by(CITY, {Role.CUSTODIAN}, open_paper, two=False) == "W7"
        assert refused_by(CITY, {Role.CUSTODIAN}, open_paper, window=False) == "W7"
        assert refused_by(CITY, {Role.DUTY_APPROVER}, early, two=False) == "W7"
        assert refused_by(CITY, {Role.CUSTODIAN}, open_paper) == ""

    def test_the_trail_is_only_read(self) -> None:
        """W8: no permission that could change the trail is ever granted."""
        for verb in ("amend", "delete", "rewrite"):
            assert refused_by(CITY, {Role.AUDITOR}, f"reports:audit:{verb}") == "W8"
        assert refused_by(CITY, {Role.AUDITOR}, Permission.AUDIT_VIEW) == ""

    def test_an_agency_without_entrustment_stops(self) -> None:
        """W9: an agency whose entrustment is over does no duty of an exam."""
        agency = {OrganisationKind.AGENCY}
        for permission in EXAMINING:
            assert refused_by(agency, {Role.EXAM_ADMIN}, permission, entrusted=False) == "W9"

    def test_missing_facts_do_not_open_a_wall(self) -> None:
        """A service that forgets a fact is refused, not let through."""
        for permission in EXAMINING:
            assert decide(CITY, {Role.EXAM_ADMIN}, permission, {}).wall == "W3"


def test_forbidden_pairs_of_roles_may_do_nothing() -> None:
    """Two roles that must not meet give nothing, in any kind of organisation."""
    for pair in itertools.combinations(Role, 2):
        roles = frozenset(pair)
        teaches_and_examines = roles & TEACHING_ROLES and roles & EXAMINING_ROLES
        if not (roles & ADMINISTRATORS or teaches_and_examines):
            continue
        for kind, permission in itertools.product(OrganisationKind, Permission):
            assert not may_ever(an_actor({kind}, roles), permission), (pair, permission)


def test_a_broken_wall_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall that cannot answer closes everything."""

    def broken(*_: object) -> bool:
        raise LookupError

    wall = duties.Wall("W1", WALLS[0].label, WALLS[0].clauses, False, broken)
    monkeypatch.setattr(duties, "WALLS", (wall,))
    assert decide(CITY, {Role.AUDITOR}, Permission.AUDIT_VIEW, ALL_TRUE).reason == "undecidable"
    assert not may_ever(an_actor(CITY, {Role.AUDITOR}), Permission.AUDIT_VIEW)


def test_there_are_nine_walls_with_a_clause_each() -> None:
    """W1 to W9, each with its sentence and the words it rests on."""
    assert [wall.name for wall in WALLS] == [f"W{number}" for number in range(1, 10)]
    assert [wall.name for wall in WALLS if not wall.needs_facts] == ["W1", "W2", "W5", "W6", "W8"]
    assert all(str(wall.label) and wall.clause for wall in WALLS)


def test_the_system_and_the_public_hold_no_exam_duty() -> None:
    """Timed jobs hold nothing; the public may verify a certificate and nothing more."""
    assert duties.granted(SYSTEM) == frozenset()
    assert duties.granted(PUBLIC) == {Permission.CERTIFICATE_VERIFY}
