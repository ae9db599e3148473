"""The decision (裁决): walls first, then the duty table, then its conditions; else refused.

Nothing is allowed by default: an unknown permission, a missing fact, a fact that is not
``True`` and an exception all refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from exam_app.access.actor import Actor
from exam_app.access.apart import APART, FOUR_EYES, Apart, conflicts
from exam_app.access.clauses import ClauseCode, clause_text
from exam_app.access.permissions import Permission
from exam_app.access.table import RULES, Rule
from exam_app.access.terms import Condition, OrganisationKind, Role
from exam_app.access.walls import WALLS, Wall
from exam_app.core.errors import DutyConflict, NotAllowed

__all__ = [
    "APART",
    "FOUR_EYES",
    "RULES",
    "WALLS",
    "Apart",
    "Decision",
    "Rule",
    "Wall",
    "allowed",
    "conflicts",
    "decide",
    "ever",
    "granted",
    "may_ever",
    "require",
]

Posts = frozenset[tuple[OrganisationKind, Role]]
# Conditions with a clause of their own; the others rest on the clauses of the duty.
CONDITION_CLAUSES: dict[Condition, tuple[ClauseCode, ...]] = {
    Condition.NOT_PROV: (ClauseCode.Q1, ClauseCode.Q2),
    Condition.NOT_TAUGHT: (ClauseCode.Q1, ClauseCode.Q2),
    Condition.ENTRUSTED: (ClauseCode.Q1,),
    Condition.MASKED: (ClauseCode.L2,),
}
_FACT_NAMES = frozenset(condition.value for condition in Condition)


@dataclass(frozen=True)
class Decision:
    """Whether a duty may be done; if not, the code of the reason and its clause.

    ``reason`` is ``ok``, ``no-rule``, ``no-duty``, ``undecidable``, ``wall-w1``…``wall-w9``
    or ``duty-`` and the condition, as in ``duty-not-author``.
    """

    allowed: bool
    reason: str
    clause: str
    wall: str = ""
    condition: str = ""


def decide(
    kinds: Iterable[OrganisationKind],
    roles: Iterable[Role],
    permission: Permission | str,
    facts: Mapping[str, bool],
    *,
    posts: Posts = frozenset(),
) -> Decision:
    """Return whether somebody of these kinds and roles may do this, under these facts.

    Args:
        facts: condition name → whether it holds; a name left out counts as false.
        posts: where given, a role counts only with the kind of organisation it was given in.
    """
    try:
        return _decide(frozenset(kinds), frozenset(roles), permission, facts, posts)
    except Exception:  # what cannot be decided is refused, whatever broke
        return Decision(False, "undecidable", "")


def _decide(
    kinds: frozenset[OrganisationKind],
    roles: frozenset[Role],
    permission: Permission | str,
    facts: Mapping[str, bool],
    posts: Posts,
) -> Decision:
    refusal = _walled(kinds, roles, permission, facts, WALLS)
    if refusal is not None:
        return refusal
    rule = _rule_of(permission)
    if rule is None:
        return Decision(False, "no-rule", "")
    if not _holds(rule, kinds, roles, posts):
        return Decision(False, "no-duty", rule.clause)
    if not set(facts) <= _FACT_NAMES:
        return Decision(False, "undecidable", rule.clause)
    return _first_unmet(rule, kinds, facts) or Decision(True, "ok", rule.clause)


def _rule_of(permission: Permission | str) -> Rule | None:
    return RULES.get(cast(Permission, permission))


def _walled(
    kinds: frozenset[OrganisationKind],
    roles: frozenset[Role],
    permission: str,
    facts: Mapping[str, bool],
    walls: Iterable[Wall],
) -> Decision | None:
    for wall in walls:
        if wall.refuses(kinds, roles, permission, facts):
            return Decision(False, f"wall-{wall.name.lower()}", wall.clause, wall=wall.name)
    return None


def _holds(
    rule: Rule, kinds: frozenset[OrganisationKind], roles: frozenset[Role], posts: Posts
) -> bool:
    if posts:
        return any(
            kind in rule.kinds & kinds and role in rule.roles & roles for kind, role in posts
        )
    return bool(kinds & rule.kinds) and bool(roles & rule.roles)


def _first_unmet(
    rule: Rule, kinds: frozenset[OrganisationKind], facts: Mapping[str, bool]
) -> Decision | None:
    for condition in rule.conditions:
        if condition is Condition.ENTRUSTED and OrganisationKind.AGENCY not in kinds:
            continue
        if facts.get(condition.value) is not True:
            reason = f"duty-{condition.value.replace('_', '-')}"
            clauses = CONDITION_CLAUSES.get(condition, rule.clauses)
            return Decision(False, reason, clause_text(*clauses), condition=condition.value)
    return None


def allowed(permission: Permission, actor: Actor, **facts: bool) -> Decision:
    """Return the decision for this actor without raising; for pages that list reasons."""
    return decide(actor.kinds, actor.roles, permission, facts, posts=actor.posts)


def require(permission: Permission, actor: Actor, **facts: bool) -> None:
    """Let the actor pass, or raise the refusal with its clause.

    Raises:
        DutyConflict: a wall or a condition stands in the way; facts ``wall`` or ``condition``,
            ``clause``, ``permission``.
        NotAllowed: the actor holds no duty that allows it; facts ``clause``, ``permission``.
    """
    decision = allowed(permission, actor, **facts)
    if decision.allowed:
        return
    about = {"permission": str(permission), "clause": decision.clause}
    if decision.wall:
        raise DutyConflict(decision.reason, wall=decision.wall, **about)
    if decision.condition:
        raise DutyConflict(decision.reason, condition=decision.condition, **about)
    raise NotAllowed(decision.reason, **about)


def ever(permission: Permission | str, actor: Actor) -> Decision:
    """Return the part of the decision that needs no facts: kinds, roles, W1 W2 W5 W6 W8."""
    try:
        walls = [wall for wall in WALLS if not wall.needs_facts]
        refusal = _walled(actor.kinds, actor.roles, permission, {}, walls)
        if refusal is not None:
            return refusal
        rule = _rule_of(permission)
        if rule is None:
            return Decision(False, "no-rule", "")
        if not _holds(rule, actor.kinds, actor.roles, actor.posts):
            return Decision(False, "no-duty", rule.clause)
        return Decision(True, "ok", rule.clause)
    except Exception:  # what cannot be decided is refused, whatever broke
        return Decision(False, "undecidable", "")


def may_ever(actor: Actor, permission: Permission | str) -> bool:
    """Return whether some facts could allow the actor this; for the guard and for menus."""
    return ever(permission, actor).allowed


def granted(actor: Actor) -> frozenset[Permission]:
    """Return all permissions the actor may ever use; the set a page's ``can`` looks into."""
    return frozenset(permission for permission in Permission if may_ever(actor, permission))
