"""Duties that stand apart (不相容职责): held against each other when somebody is appointed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exam_app.access.clauses import ClauseCode, clause_text
from exam_app.access.permissions import CONTENT, TEACHING, Permission
from exam_app.access.table import RULES
from exam_app.access.terms import (
    ADMINISTRATORS,
    EXAMINING_ROLES,
    TEACHING_ROLES,
    OrganisationKind,
    Role,
)

P = Permission


@dataclass(frozen=True)
class Apart:
    """Two duties that one person may not hold, with the clause that says so."""

    first: P
    second: P
    clauses: tuple[ClauseCode, ...]

    @property
    def clause(self) -> str:
        """Return the clauses as one readable line."""
        return clause_text(*self.clauses)


@dataclass(frozen=True)
class Conflict:
    """Why an appointment is refused.

    ``code`` is ``apart``, ``wall-w1``, ``wall-w5`` or ``wall-w6``; ``first`` and ``second`` are
    the two duties or the two roles that do not go together.
    """

    code: str
    first: str
    second: str
    clause: str


_LAW = (ClauseCode.Q1, ClauseCode.Q2)
_EYES = (ClauseCode.Q1, ClauseCode.Q12)
_ADMIN = (ClauseCode.L1,)

# Teaching × writing, setting, approving, sealing, opening, invigilating, marking, releasing.
_TEACH = tuple(
    Apart(teaching, examining, _LAW)
    for teaching in sorted(TEACHING)
    for examining in (
        P.ITEM_WRITE, P.ITEM_REVIEW, P.PAPER_COMPOSE, P.PAPER_APPROVE, P.PAPER_SEAL, P.PAPER_OPEN,
        P.CHECK_IN, P.SITTING_OPEN, P.MARK_ENTER, P.MARK_CONFIRM, P.RESULT_RELEASE,
        P.CERTIFICATE_ISSUE, P.HOURS_VERIFY, P.CLASS_APPROVE,
    )
)  # fmt: skip
# Who sends candidates does not watch over them, and marks none of them.
_EMPLOY = tuple(
    Apart(P.ROSTER_CONFIRM, examining, _LAW)
    for examining in (P.CHECK_IN, P.SITTING_OPEN, P.PAPER_OPEN, P.MARK_ENTER, P.RESULT_RELEASE)
)
# Administering the system × any content of an exam.
_ADMINISTER = tuple(
    Apart(administering, content, _ADMIN)
    for administering in (P.ACCOUNT_CREATE, P.BACKUP_RUN, P.POLICY_EDIT, P.AUDIT_EXPORT)
    for content in sorted(CONTENT)
)
APART: tuple[Apart, ...] = (
    *_TEACH,
    *_EMPLOY,
    *_ADMINISTER,
    Apart(P.PAPER_COMPOSE, P.PAPER_APPROVE, _EYES),
    Apart(P.PAPER_COMPOSE, P.PAPER_OPEN, _LAW),
    Apart(P.PAPER_APPROVE, P.PAPER_OPEN, _LAW),
    Apart(P.PAPER_COMPOSE, P.MARK_ENTER, _EYES),
    Apart(P.MARK_ENTER, P.RESULT_RELEASE, _EYES),
    Apart(P.MARK_CONFIRM, P.RESULT_RELEASE, _EYES),
    Apart(P.MARK_AMEND, P.MARK_AMEND_APPROVE, _EYES),
    Apart(P.REGRADE_PROPOSE, P.REGRADE_APPROVE, _EYES),
    Apart(P.CHECK_IN, P.RESULT_RELEASE, _EYES),
    Apart(P.CERTIFICATE_ISSUE, P.CERTIFICATE_SIGN, _EYES),
    Apart(P.DUTY_GRANT, P.ACCOUNT_CREATE, _ADMIN),
)

# The second duty is refused to whoever did the first on the same object (``not_author``).
FOUR_EYES: tuple[tuple[P, P], ...] = (
    (P.ITEM_WRITE, P.ITEM_REVIEW),
    (P.ITEM_WRITE, P.ITEM_RETIRE),
    (P.BLUEPRINT_EDIT, P.BLUEPRINT_APPROVE),
    (P.PAPER_COMPOSE, P.PAPER_APPROVE),
    (P.MARK_ENTER, P.MARK_SECOND),
    (P.MARK_ENTER, P.MARK_CONFIRM),
    (P.MARK_AMEND, P.MARK_AMEND_APPROVE),
    (P.REGRADE_PROPOSE, P.REGRADE_APPROVE),
    (P.MARK_CONFIRM, P.RESULT_RELEASE),
    (P.MARK_ENTER, P.APPEAL_DECIDE),
    (P.CERTIFICATE_ISSUE, P.CERTIFICATE_SIGN),
    (P.DUTY_GRANT, P.DUTY_GRANT),
)


def conflicts(roles: Iterable[Role], kinds: Iterable[OrganisationKind]) -> list[Conflict]:
    """Return why one person may not hold these roles in organisations of these kinds.

    Empty: nothing stands apart. Order: administrators, teaching and examining, provider, pairs.
    """
    held, of_kinds = frozenset(roles), frozenset(kinds)
    found = [
        Conflict("wall-w5", admin, other, clause_text(*_ADMIN))
        for admin in sorted(held & ADMINISTRATORS)
        for other in sorted(held - {admin})
        if other not in ADMINISTRATORS or admin < other
    ]
    found += [
        Conflict("wall-w6", teaching, examining, clause_text(*_LAW))
        for teaching in sorted(held & TEACHING_ROLES)
        for examining in sorted(held & EXAMINING_ROLES)
    ]
    if OrganisationKind.PROVIDER in of_kinds:
        found += [
            Conflict("wall-w1", OrganisationKind.PROVIDER, examining, clause_text(*_LAW))
            for examining in sorted(held & EXAMINING_ROLES)
        ]
    duties = {permission for permission, rule in RULES.items() if rule.roles & held}
    return found + [
        Conflict("apart", pair.first, pair.second, pair.clause)
        for pair in APART
        if pair.first in duties and pair.second in duties
    ]
