"""What somebody has read (审阅): looks at items as the trail holds them, against their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exam_app.access.actor import Actor
from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.bank.models import ItemRow
from exam_app.core.errors import RuleBroken

NAMED = 5


def read_by(rows: Sequence[ItemRow], actor: Actor) -> set[int]:
    """Return the ids of the rows whose present content this person has looked at, on record."""
    if not rows or actor.person_id is None:
        return set()
    wanted = audit.Filter(
        actions=(Action.ITEM_VIEWED.value,),
        person_id=actor.person_id,
        subject_type=ItemRow.__tablename__,
        subject_ids=[str(row.id) for row in rows],
    )
    seen = {
        (entry.subject_id, audit.detail_of(entry).get("content_digest"))
        for entry in audit.entries_in_order(wanted)
    }
    return {row.id for row in rows if (str(row.id), row.content_digest) in seen}


def require_read(rows: Sequence[ItemRow], actor: Actor) -> None:
    """Refuse an approval by somebody who has not looked at what the rows hold now.

    Raises: RuleBroken: ``item-not-read`` with the number and the first codes.
    """
    read = read_by(rows, actor)
    unread = [row.code for row in rows if row.id not in read]
    if unread:
        raise RuleBroken("item-not-read", count=len(unread), items="、".join(unread[:NAMED]))


def require_same(rows: Sequence[ItemRow], digests: Mapping[int, str]) -> None:
    """Refuse a verdict on another content than was shown.

    Args:
        digests: row id → content digest of what was shown.
    Raises: RuleBroken: ``item-changed-since`` with the number and the first codes.
    """
    changed = [row.code for row in rows if digests.get(row.id) != row.content_digest]
    if changed:
        first = "、".join(changed[:NAMED])
        raise RuleBroken("item-changed-since", count=len(changed), items=first)
