"""Items: written, submitted, reviewed by another person, retired, shown, used."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import adapter, queries, readings, rules
from exam_app.bank.models import ItemReview, ItemRow
from exam_app.bank.terms import ItemState, ReviewVerdict
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people import queries as people
from exam_app.training import queries as training
from question_bank import Item
from question_bank.item import with_law_version


def write_item(item: Item, *, actor: Actor) -> ItemRow:
    """Return a new item as a draft of the actor (命题); an empty id is given one.

    Raises: ItemInvalid: with every problem. RuleBroken: the code is taken (``item-code-taken``).
    """
    duties.require(Permission.ITEM_WRITE, actor, **queries.wall_facts(actor))
    authority_id = training.authority_of(actor)
    item = replace(item, id=item.id or f"{item.topic}-{secrets.token_hex(4)}", version=1)
    laws = queries.laws_of(authority_id)
    item = with_law_version(item, laws)
    adapter.check_item(item, laws)
    if queries.latest(authority_id, item.id) is not None:
        raise RuleBroken("item-code-taken", field="code", item=item.id)
    row = add_version(item, authority_id, actor)
    session().flush()
    trail.record(Action.ITEM_WRITTEN, actor, row, code=row.code, version=row.version)
    return row


def edit_item(row: ItemRow, item: Item, *, actor: Actor) -> ItemRow:
    """Return the row with the item's new content: the draft itself, else a new version.

    What was approved never changes; its code, its case and its figures stay; it rests on
    the law in the version held now.
    Raises: ItemInvalid; ItemStateWrong: it is being reviewed; RuleBroken: another's draft
        (``item-not-own``), a newer version there already (``item-not-newest``).
    """
    duties.require(Permission.ITEM_WRITE, actor, **queries.wall_facts(actor))
    lock(row)
    rules.check_can_be_edited(row.state)
    laws, old = queries.laws_of(row.authority_id), adapter.to_item(row)
    kept = replace(
        item,
        id=row.code,
        version=row.version,
        law_version="",
        item_set=old.item_set,
        figures=old.figures,
    )
    item = with_law_version(kept, laws)
    adapter.check_item(item, laws)
    newest = queries.latest(row.authority_id, row.code)
    if newest is not None and newest.id != row.id:
        raise RuleBroken("item-not-newest", version=newest.version)
    if rules.needs_new_version(row.state):
        made = add_version(replace(item, version=row.version + 1), row.authority_id, actor)
    else:
        _require_own(row, actor)
        fill(row, item)
        made = row
    session().flush()
    trail.record(Action.ITEM_REVISED, actor, made, code=made.code, version=made.version)
    return made


def submit_item(row: ItemRow, *, actor: Actor) -> ItemRow:
    """Send the actor's own draft to review (送审)."""
    submit_items([row], actor=actor)
    return row


def submit_items(rows: Sequence[ItemRow], *, actor: Actor) -> int:
    """Send drafts of the actor to review; one entry in the trail; return how many.

    Raises: ItemStateWrong: one is no draft. RuleBroken: another's draft (``item-not-own``).
        ItemInvalid: one has gaps.
    """
    duties.require(Permission.ITEM_WRITE, actor, **queries.wall_facts(actor))
    for row in rows:
        lock(row)
        rules.check_can_be_submitted(row.state)
        _require_own(row, actor)
        adapter.check_item(adapter.to_item(row), queries.laws_of(row.authority_id))
        row.state, row.submitted_at = ItemState.IN_REVIEW, clock.now()
    session().flush()
    subject = rows[0] if len(rows) == 1 else ("bank", training.authority_of(actor))
    trail.record(Action.ITEM_SUBMITTED, actor, subject, count=len(rows))
    return len(rows)


def review_item(
    row: ItemRow, *, verdict: ReviewVerdict, comment: str, digest: str, actor: Actor
) -> ItemRow:
    """Approve an item or return it to its author (审题), never by the author.

    Raises: DutyConflict: the reviewer wrote it, as a person. ItemStateWrong: not submitted.
        RuleBroken: as ``review_items``.
    """
    digests = {row.id: digest}
    review_items([row], verdict=verdict, comment=comment, digests=digests, actor=actor)
    return row


def review_items(
    rows: Sequence[ItemRow],
    *,
    verdict: ReviewVerdict,
    comment: str,
    digests: Mapping[int, str],
    actor: Actor,
) -> int:
    """Give one verdict on several items with one entry in the trail; return how many.

    An approved version takes the place of the one before it. All or none.

    Args:
        digests: row id → content digest of what the reviewer was shown.
    Raises: RuleBroken: another content by now (``item-changed-since``), approved by somebody
        who never looked at it (``item-not-read``). DutyConflict, ItemStateWrong, BadInput.
    """
    if not rows:
        raise BadInput("items-missing")
    facts = queries.wall_facts(actor)
    for row in rows:
        apart = not people.same_person(actor, row.author_id)
        duties.require(Permission.ITEM_REVIEW, actor, **facts, not_author=apart)
    comment = rules.check_reason(comment, field="comment")
    for row in rows:
        lock(row)
        rules.check_can_be_reviewed(row.state)
    readings.require_same(rows, digests)
    if verdict is ReviewVerdict.APPROVED:
        readings.require_read(rows, actor)
    for row in rows:
        _judge(row, verdict, comment, actor)
    session().flush()
    subject = rows[0] if len(rows) == 1 else ("bank", rows[0].authority_id)
    trail.record(
        Action.ITEM_REVIEWED, actor, subject, verdict=verdict, comment=comment, count=len(rows)
    )
    return len(rows)


def _judge(row: ItemRow, verdict: ReviewVerdict, comment: str, actor: Actor) -> None:
    if verdict is ReviewVerdict.APPROVED:  # the law may have changed since it was submitted
        adapter.check_item(adapter.to_item(row), queries.laws_of(row.authority_id))
    now = clock.now()
    session().add(
        ItemReview(
            item_id=row.id,
            verdict=verdict,
            comment=comment,
            reviewed_by_id=actor.account_id,
            reviewed_at=now,
        )
    )
    if verdict is ReviewVerdict.RETURNED:
        row.state, row.submitted_at = ItemState.DRAFT, None
        return
    row.state = ItemState.APPROVED
    row.approved_by_id, row.approved_at = actor.account_id, now
    if row.version > 1:
        for older in queries.versions_of(row):
            if older.version < row.version and older.state is ItemState.APPROVED:
                older.state, older.retired_at = ItemState.RETIRED, now


def retire_item(row: ItemRow, *, reason: str, actor: Actor) -> ItemRow:
    """Take an approved item out of use (停用); papers that hold it keep it.

    Raises: DutyConflict: the actor wrote it. BadInput: no reason. ItemStateWrong.
    """
    apart = not people.same_person(actor, row.author_id)
    facts = queries.wall_facts(actor)
    reason = rules.check_reason(reason)
    duties.require(Permission.ITEM_RETIRE, actor, **facts, not_author=apart, reason=True)
    lock(row)
    rules.check_can_be_retired(row.state)
    row.state, row.retired_at, row.retired_reason = ItemState.RETIRED, clock.now(), reason
    session().flush()
    trail.record(Action.ITEM_RETIRED, actor, row, code=row.code, reason=reason)
    return row


def discard_draft(row: ItemRow, *, reason: str, actor: Actor) -> ItemRow:
    """Give a version up that was begun and not approved (放弃草稿); the one before it counts again.

    Its author may, and a reviewer, so that nobody keeps an item out of the pool.
    Raises: ItemStateWrong. BadInput: no reason. NotAllowed.
    """
    facts = queries.wall_facts(actor)
    reason = rules.check_reason(reason)
    if people.same_person(actor, row.author_id):
        duties.require(Permission.ITEM_WRITE, actor, **facts)
    else:
        duties.require(Permission.ITEM_RETIRE, actor, **facts, not_author=True, reason=True)
    lock(row)
    rules.check_can_be_discarded(row.state)
    row.state, row.retired_at, row.retired_reason = ItemState.RETIRED, clock.now(), reason
    session().flush()
    trail.record(Action.ITEM_DISCARDED, actor, row, code=row.code, reason=reason)
    return row


def view_item(row: ItemRow, *, reason: str, actor: Actor) -> Item:
    """Return the item with its key, and write down who looked at which content and why."""
    return view_items([row], reason=reason, actor=actor)[0]


def view_items(rows: Sequence[ItemRow], *, reason: str, actor: Actor) -> list[Item]:
    """Return the items with their keys in the order given; each look is an entry of its own.

    Raises: BadInput: more than one page shows in full (``items-too-many``). NotAllowed.
    """
    facts = queries.wall_facts(actor)
    duties.require(Permission.ITEM_VIEW, actor, **facts, reason=bool(reason.strip()))
    rules.check_can_be_shown(len(rows))
    for row in rows:
        trail.record(
            Action.ITEM_VIEWED,
            actor,
            row,
            code=row.code,
            version=row.version,
            content_digest=row.content_digest,
            reason=reason.strip(),
        )
    return [adapter.to_item(row) for row in rows]


def record_use(item_uids: Collection[str], *, authority_id: int, actor: Actor) -> int:
    """Count one more use of the items of an opened paper; return how many were found.

    The trail gets the number alone: what a paper holds is written nowhere in plain.
    """
    wanted = {tuple(uid.rsplit("@", 1)) for uid in item_uids}
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id, ItemRow.code.in_({code for code, _ in wanted})
    )
    found = [row for row in session().scalars(query) if (row.code, str(row.version)) in wanted]
    for row in found:
        row.uses, row.last_used_on = row.uses + 1, clock.today()
    session().flush()
    trail.record(Action.ITEM_USE_COUNTED, actor, ("bank", authority_id), count=len(found))
    return len(found)


def add_version(item: Item, authority_id: int, actor: Actor) -> ItemRow:
    """Return a draft row of the item by the actor, not flushed and not recorded."""
    row = ItemRow(
        authority_id=authority_id,
        code=item.id,
        version=item.version,
        state=ItemState.DRAFT,
        author_id=actor.account_id,
        created_at=clock.now(),
    )
    fill(row, item)
    session().add(row)
    return row


def fill(row: ItemRow, item: Item) -> None:
    """Give a draft row the content of an item."""
    content = adapter.to_content(item)
    row.item_type, row.topic = item.type.value, item.topic
    row.law, row.article = item.law, item.article
    row.set_code = item.item_set.id if item.item_set else None
    row.content, row.content_digest = content, adapter.content_digest(content)


def _require_own(row: ItemRow, actor: Actor) -> None:
    if not people.same_person(actor, row.author_id):
        raise RuleBroken("item-not-own", item=row.code)
