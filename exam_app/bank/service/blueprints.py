"""Blueprints: saved by a setter, held against the bank, approved by another person."""

from __future__ import annotations

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import adapter, queries, rules
from exam_app.bank.diagnosis import refusal
from exam_app.bank.models import BlueprintRow
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people import queries as people
from exam_app.training import queries as training
from question_bank import Blueprint
from question_bank.capacity import carried


def save_blueprint(
    blueprint: Blueprint, *, code: str, overlap_max: int | None = None, actor: Actor
) -> BlueprintRow:
    """Return the blueprint as saved (双向细目表): the open version itself, else a new one.

    Args: overlap_max: items at most in common with any one earlier paper of another class;
        half of the items where it is not given.
    Raises: BadInput: no title or code, marks that are no whole number, a ceiling out of range.
        RuleBroken: another's open version (``blueprint-not-own``).
    """
    facts = queries.wall_facts(actor)
    duties.require(Permission.BLUEPRINT_EDIT, actor, **facts, state=True)
    authority_id = training.authority_of(actor)
    ceiling = blueprint.total_items // 2 if overlap_max is None else overlap_max
    _check(blueprint, code, ceiling)
    newest = queries.newest_blueprint(authority_id, code)
    if newest is None or newest.approved_at is not None:
        row = BlueprintRow(
            authority_id=authority_id,
            code=code,
            version=1 if newest is None else newest.version + 1,
            author_id=actor.account_id,
            created_at=clock.now(),
        )
        action = Action.BLUEPRINT_CREATED
    else:
        row, action = newest, Action.BLUEPRINT_EDITED
        lock(row)
        if not people.same_person(actor, row.author_id):
            raise RuleBroken("blueprint-not-own", field="code")
    row.title, row.industry, row.category = blueprint.title, blueprint.industry, blueprint.category
    row.cells, row.overlap_max = adapter.to_cells(blueprint), ceiling
    row.rules = blueprint.rules.to_fields() or None
    session().add(row)
    session().flush()
    trail.record(action, actor, row, code=code, version=row.version, digest=blueprint.digest())
    return row


def _check(blueprint: Blueprint, code: str, overlap_max: int) -> None:
    if not code.strip():
        raise BadInput("blueprint-code-missing", field="code")
    if not blueprint.title.strip():
        raise BadInput("blueprint-title-missing", field="title")
    if blueprint.total_marks != int(blueprint.total_marks):
        raise BadInput("full-marks-not-whole", marks=str(blueprint.total_marks))
    if not 0 <= overlap_max <= blueprint.total_items:
        raise BadInput("overlap-out-of-range", field="overlap_max", most=blueprint.total_items)


def approve_blueprint(row: BlueprintRow, *, actor: Actor) -> BlueprintRow:
    """Approve a blueprint of another person that the bank can fill for a whole class.

    Raises: DutyConflict: the approver wrote it. RuleBroken: approved already
        (``blueprint-approved``), or ``bank-short`` with each short cell.
    """
    apart = not people.same_person(actor, row.author_id)
    duties.require(
        Permission.BLUEPRINT_APPROVE, actor, **queries.wall_facts(actor), not_author=apart
    )
    lock(row)
    if row.approved_at is not None:
        raise RuleBroken("blueprint-approved")
    blueprint = adapter.to_blueprint(row)
    items = queries.pool(row.authority_id, industry=row.industry, category=row.category)
    found = queries.feasibility(blueprint, items, papers=rules.PAPERS_OF_A_CLASS)
    if found.shorts:
        raise adapter.bank_short(found.shorts)
    carries = carried(blueprint, items)
    if carries.diagnosis is not None:
        raise refusal(carries.diagnosis)
    row.approved_by_id, row.approved_at = actor.account_id, clock.now()
    session().flush()
    trail.record(
        Action.BLUEPRINT_APPROVED, actor, row, papers=found.papers, digest=blueprint.digest()
    )
    return row
