"""Law collections (条文库): a new version of a law takes the items on its changed articles out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import queries, rules
from exam_app.bank.models import ItemRow, LawCollection
from exam_app.bank.terms import ItemState
from exam_app.core import clock, files
from exam_app.core.db import session
from exam_app.core.errors import BadInput
from exam_app.training import queries as training
from question_bank import BankError, Laws, read_laws
from question_bank.laws import Article, changes, merged


@dataclass(frozen=True)
class LawsReport:
    """What a new collection changes: articles, and the items that rest on them.

    ``changed`` pairs the old article with the new one; None is one that came or went.
    """

    articles: int
    changed: tuple[tuple[Article | None, Article | None], ...]
    items: tuple[ItemRow, ...]


def check_laws(data: bytes, filename: str, *, actor: Actor) -> LawsReport:
    """Return what a collection of articles would change; nothing does.

    Raises: BadInput: the file cannot be read (names the line). NotAllowed.
    """
    _require(actor)
    authority_id = training.authority_of(actor)
    return _compare(authority_id, read_laws(_merged(authority_id, data, filename)))


def import_laws(data: bytes, filename: str, *, reason: str, actor: Actor) -> LawCollection:
    """Put new versions of the laws a file holds into use (更新条文库); other laws stay.

    Approved items whose article changed or went leave the pool until a new version of them is
    approved. Raises: BadInput: unreadable, no reason, or nothing new (``laws-unchanged``).
    """
    _require(actor)
    reason = rules.check_reason(reason)
    authority_id = training.authority_of(actor)
    together = _merged(authority_id, data, filename)
    report = _compare(authority_id, read_laws(together))
    if not report.changed:
        raise BadInput("laws-unchanged", field="file")
    for row in report.items:
        row.withheld_at = clock.now()
        row.withheld_reason = f"《{row.law}》{row.article}：{reason}"[:400]
    made = LawCollection(
        authority_id=authority_id,
        sha256=files.hold("laws", together),
        articles=report.articles,
        changed=len(report.changed),
        withheld=len(report.items),
        reason=reason,
        imported_by_id=actor.account_id,
        imported_at=clock.now(),
    )
    session().add(made)
    session().flush()
    trail.record(
        Action.LAWS_IMPORTED,
        actor,
        made,
        reason=reason,
        sha256=made.sha256,
        changed=made.changed,
        withheld=made.withheld,
    )
    return made


def _require(actor: Actor) -> None:
    duties.require(Permission.LAWS_IMPORT, actor, **queries.wall_facts(actor), reason=True)


def _merged(authority_id: int, data: bytes, filename: str) -> bytes:
    try:
        return merged(queries.laws_of(authority_id), read_laws(data, filename))
    except BankError as error:
        raise BadInput(error.code, **{"field": "file", **error.facts}) from error


def _compare(authority_id: int, new: Laws) -> LawsReport:
    changed = changes(queries.laws_of(authority_id), new)
    places = {(article.doc, article.label) for pair in changed for article in pair if article}
    return LawsReport(len(new), changed, tuple(_resting_on(authority_id, places)))


def _resting_on(authority_id: int, places: set[tuple[str, str]]) -> Sequence[ItemRow]:
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id,
        ItemRow.state == ItemState.APPROVED,
        ItemRow.withheld_at.is_(None),
        ItemRow.law.in_({law for law, _ in places}),
    )
    rows = session().scalars(query.order_by(ItemRow.code))
    return [row for row in rows if (row.law, row.article) in places]
