"""The walls (培考分离的墙): refusals looked at before every grant, whatever the table allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from exam_app.access.clauses import ClauseCode, clause_text
from exam_app.access.permissions import (
    CONTENT,
    EXAMINING,
    HANDS_ON,
    TEACHING,
    Permission,
)
from exam_app.access.terms import (
    ADMINISTRATORS,
    EXAMINING_KINDS,
    EXAMINING_ROLES,
    TEACHING_ROLES,
    Condition,
    OrganisationKind,
    Role,
)

Kinds = frozenset[OrganisationKind]
Roles = frozenset[Role]
Facts = Mapping[str, bool]
Predicate = Callable[[Kinds, Roles, str, Facts], bool]


@dataclass(frozen=True)
class Wall:
    """One wall: ``refuses`` says whether it stands in the way."""

    name: str
    label: LazyString
    clauses: tuple[ClauseCode, ...]
    needs_facts: bool
    refuses: Predicate

    @property
    def clause(self) -> str:
        """Return the clauses of the wall as one readable line."""
        return clause_text(*self.clauses)


def _known(facts: Facts, condition: Condition) -> bool:
    return facts.get(condition.value) is True


def _provider_examines(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    return OrganisationKind.PROVIDER in kinds and permission in EXAMINING


def _examiner_keeps_training_books(
    kinds: Kinds, roles: Roles, permission: str, facts: Facts
) -> bool:
    return (
        permission in TEACHING
        and bool(kinds & EXAMINING_KINDS)
        and OrganisationKind.PROVIDER not in kinds
    )


def _tied_to_provider(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    return permission in EXAMINING and not _known(facts, Condition.NOT_PROV)


def _taught_the_class(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    return permission in HANDS_ON and not _known(facts, Condition.NOT_TAUGHT)


def _administrator_does_business(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    held = roles & ADMINISTRATORS
    return bool(held) and (len(roles) > 1 or permission in CONTENT)


def _teaches_and_examines(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    return bool(roles & TEACHING_ROLES) and bool(roles & EXAMINING_ROLES)


def _opens_alone_or_early(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    if permission == Permission.PAPER_OPEN:
        return not (_known(facts, Condition.TWO) and _known(facts, Condition.WINDOW))
    return permission == Permission.PAPER_OPEN_EARLY and not _known(facts, Condition.TWO)


def _changes_the_trail(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    reading = {Permission.AUDIT_VIEW, Permission.AUDIT_EXPORT}
    return ":audit:" in permission and permission not in reading


def _entrustment_over(kinds: Kinds, roles: Roles, permission: str, facts: Facts) -> bool:
    return (
        OrganisationKind.AGENCY in kinds
        and permission in EXAMINING
        and not _known(facts, Condition.ENTRUSTED)
    )


_Q1, _Q2, _L1 = ClauseCode.Q1, ClauseCode.Q2, ClauseCode.L1
WALLS: tuple[Wall, ...] = (
    Wall("W1", _("施教单位不得出卷、监考、阅卷"), (_Q1, _Q2), False, _provider_examines),
    Wall(
        "W2",
        _("考试方不得代办培训台账"),
        (_Q1, ClauseCode.Q8),
        False,
        _examiner_keeps_training_books,
    ),
    Wall("W3", _("与本班次施教单位有关联者回避"), (_Q1, _Q2), True, _tied_to_provider),
    Wall("W4", _("给本班授过课者不得碰卷、监考、改分"), (_Q1, _Q2), True, _taught_the_class),
    Wall("W5", _("三员互斥且不兼业务"), (_L1,), False, _administrator_does_business),
    Wall("W6", _("一人不得兼培训与考试角色"), (_Q1, _Q2), False, _teaches_and_examines),
    Wall("W7", _("启封须双人到时"), (_Q1, _Q2), True, _opens_alone_or_early),
    Wall("W8", _("审计记录无修改动作"), (ClauseCode.Q12,), False, _changes_the_trail),
    Wall("W9", _("受托资格失效即停"), (_Q1,), True, _entrustment_over),
)
