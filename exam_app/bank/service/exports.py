"""Items to files (导出试题): the whole pool or a topic of it, keys and all, on record."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import exchange, queries, rules
from exam_app.core import files
from exam_app.core.errors import BadInput
from exam_app.training import queries as training
from question_bank import Item
from question_bank.exchange import Picture, Written
from question_bank.exchange.formats import Format
from question_bank.item import is_at_or_below

EXPORTS = (Format.XLSX, Format.MOODLE_XML, Format.QTI, Format.GIFT)


def export_items(
    kind: Format,
    *,
    topic: str = "",
    codes: Collection[str] | None = None,
    reason: str,
    actor: Actor,
) -> Written:
    """Return a file of the approved items, all or those at or below a topic.

    Args:
        codes: of these only those that are in the pool.
    Raises: BadInput: no reason, or nothing to export (``items-missing``). NotAllowed.
    """
    reason = rules.check_reason(reason)
    facts = queries.wall_facts(actor)
    duties.require(Permission.ITEM_EXPORT, actor, **facts, reason=True)
    authority_id = training.authority_of(actor)
    items = [
        item
        for item in queries.approved(authority_id)
        if (not topic or is_at_or_below(item.topic, topic)) and (codes is None or item.id in codes)
    ]
    if not items:
        raise BadInput("items-missing", field="topic")
    written = exchange.write_items(items, kind, _pictures(items))
    trail.record(
        Action.ITEM_EXPORTED,
        actor,
        ("bank", authority_id),
        format=kind,
        topic=topic,
        reason=reason,
        count=len(items),
        sha256=hashlib.sha256(written.data).hexdigest(),
    )
    return written


def _pictures(items: Sequence[Item]) -> dict[str, Picture]:
    return {
        figure.digest: Picture(
            figure.digest, figure.media_type, files.held("figures", figure.digest)
        )
        for item in items
        for figure in item.figures
    }
