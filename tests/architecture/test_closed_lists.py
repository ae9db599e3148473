"""Closed lists are whole: labels, uses, rules, sentences; and duties that stand apart."""

from __future__ import annotations

import ast

from exam_app.access.apart import APART, conflicts
from exam_app.access.permissions import Permission
from exam_app.access.table import RULES
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
from exam_app.audit.actions import LABELS, Action
from exam_app.core.messages import MESSAGES
from tests.architecture.source import called_name, calls, listed, modules
from tests.architecture.test_routes import OTHER_DOORS, WAITING

ERRORS = {
    "ExamError",
    "RuleBroken",
    "NotAllowed",
    "DutyConflict",
    "Missing",
    "BadInput",
    "PolicyError",
    "RowProblem",
}


def uses(kind: str, *, outside: str) -> set[str]:
    """Return the members of an enum that code outside a folder names as ``Kind.MEMBER``."""
    return {
        node.attr
        for path, tree in modules().items()
        if not path.startswith(outside)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {kind, f"actions.{kind}"}
    }


def words_of_pages() -> set[str]:
    """Return the codes that have a sentence: the keys of messages and labels."""
    return {
        key.value
        for path, tree in modules().items()
        if path.rpartition("/")[2].startswith(("labels", "messages"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def test_every_action_has_a_label() -> None:
    """The trail reads in Chinese, whatever was done."""
    without = [each.name for each in Action if not str(LABELS.get(each, "")).strip()]
    assert without == [], f"add them to LABELS in audit/actions.py:{listed(without)}"
    assert set(LABELS) == set(Action)


def test_every_action_is_shaped_alike() -> None:
    """``stage:object:verb``, kebab-case."""
    odd = [each.value for each in Action if each.value.count(":") != 2 or "_" in each.value]
    assert odd == [], f"write stage:object:verb:{listed(odd)}"


def test_every_action_is_used() -> None:
    """An action nobody records is a promise the trail does not keep."""
    unused = sorted(
        {each.name for each in Action} - uses("Action", outside="exam_app/audit/actions.py")
    )
    assert unused == [], f"record it in a service, or take it and its label out:{listed(unused)}"


def test_every_permission_has_a_rule() -> None:
    """What has no row in the duty table can never be done."""
    without = sorted(set(Permission) - set(RULES))
    assert without == [], f"add a row to access/table.py:{listed(without)}"


def test_every_rule_can_be_met() -> None:
    """A rule names at least one kind, one role and one clause; and a kind that has the role."""
    empty = [
        str(rule.permission)
        for rule in RULES.values()
        if not (rule.kinds and rule.roles and rule.clauses and str(rule.label).strip())
    ]
    assert empty == [], f"fill in the row in access/table.py:{listed(empty)}"


def test_every_permission_asked_for_is_used() -> None:
    """Each permission guards a page or is required by a service."""
    elsewhere = {each.name for each in {*OTHER_DOORS, *WAITING}}
    used = uses("Permission", outside="exam_app/access/") | elsewhere
    unused = sorted({each.name for each in Permission} - used)
    assert unused == [], f"ask for it with duties.require, or take it out:{listed(unused)}"


def test_no_role_holds_two_duties_that_stand_apart() -> None:
    """One appointment alone never breaks the separation of duty."""
    found = [
        f"{role}: {conflict.first} × {conflict.second} ({conflict.clause})"
        for role in Role
        for conflict in conflicts({role}, ())
    ]
    assert found == [], f"take one of the two from the role in access/table.py:{listed(found)}"
    assert APART


def test_every_word_of_access_has_a_label() -> None:
    """Kinds, roles, sides and conditions are shown in Chinese."""
    for kind, labels in (
        (OrganisationKind, KIND_LABELS),
        (Role, ROLE_LABELS),
        (Side, SIDE_LABELS),
        (Condition, CONDITION_LABELS),
    ):
        without = [each for each in kind if each not in labels]
        assert without == [], (
            f"add to {kind.__name__}'s labels in access/terms.py:{listed(without)}"
        )


def test_every_error_code_has_a_sentence() -> None:
    """A refusal is told in words: each code raised in code stands in core/messages.py."""
    known = set(MESSAGES) | words_of_pages()
    found = []
    for path, tree in modules().items():
        for call in calls(tree):
            name = called_name(call)
            place = 2 if name == "RowProblem" else 0
            code = call.args[place] if len(call.args) > place else None
            told = isinstance(code, ast.Constant) and isinstance(code.value, str)
            if name in ERRORS and told and code.value not in known:  # type: ignore[union-attr]
                found.append(f"{path}:{call.lineno} {code.value}")  # type: ignore[union-attr]
    assert found == [], f"add the sentence to core/messages.py:{listed(found)}"
