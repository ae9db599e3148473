"""Items and blueprints with an honest story: written by one person, approved by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exam_app.access.actor import Actor
from exam_app.access.terms import Role
from exam_app.bank import service
from exam_app.bank.models import BlueprintRow, ItemRow
from exam_app.bank.rules import MOST_SHOWN
from exam_app.bank.terms import ReviewVerdict
from exam_app.core.db import session, transaction
from exam_app.people.models import Account, Organisation
from question_bank import Blueprint, Cell, Item, ItemType
from question_bank.item import TRUE_FALSE_OPTIONS
from tests.factories.people import actor_of, make_staff

INDUSTRY, CATEGORY = "mining", "team_leader"
LAW, ARTICLE = "安全生产法", "第三条"
QUOTE = "安全第一、预防为主、综合治理"
SINGLES, MULTIPLES, JUDGEMENTS = 4, 2, 2


@dataclass
class Office:
    """Who writes, reviews, sets and approves in one authority."""

    authority: Organisation
    writer: Account
    reviewer: Account
    setter: Account
    approver: Account

    def actor(self, account: Account) -> Actor:
        """Return the actor an account makes now."""
        return actor_of(account)


def make_office(authority: Organisation) -> Office:
    """Return the examining office of an authority, committed."""
    with transaction():
        return Office(
            authority,
            writer=make_staff(Role.ITEM_WRITER, organisation=authority),
            reviewer=make_staff(Role.ITEM_REVIEWER, organisation=authority),
            setter=make_staff(Role.PAPER_SETTER, organisation=authority),
            approver=make_staff(Role.PAPER_APPROVER, organisation=authority),
        )


def make_item(
    number: int = 1,
    item_type: ItemType = ItemType.SINGLE,
    *,
    topic: str = "A.1",
    code: str | None = None,
    stem: str | None = None,
) -> Item:
    """Return a valid item that rests on an article that is held."""
    if item_type is ItemType.TRUE_FALSE:
        options, key = TRUE_FALSE_OPTIONS, frozenset({number % 2})
    else:
        options = tuple(f"第{number}题的说法{letter}" for letter in "甲乙丙丁")
        key = frozenset({number % 4})
    if item_type is ItemType.MULTIPLE:
        key = frozenset({number % 4, (number + 1) % 4})
    return Item(
        id=f"{topic}-{item_type.value}-{number:03d}" if code is None else code,
        type=item_type,
        topic=topic,
        stem=stem or f"{item_type.value}第{number}题：安全生产工作应当坚持的方针是什么。",
        options=options,
        key=key,
        industries=("all",),
        facility=Decimal("0.75"),
        law=LAW,
        article=ARTICLE,
        quote=QUOTE,
        rationale=() if item_type is ItemType.TRUE_FALSE else ("与法条不符",) * len(options),
    )


def approve_items(office: Office, items: list[Item]) -> list[ItemRow]:
    """Return the items written by the writer and approved by the reviewer, committed."""
    with transaction():
        rows = [service.write_item(item, actor=office.actor(office.writer)) for item in items]
        service.submit_items(rows, actor=office.actor(office.writer))
    review_rows(office, rows)
    return rows


def read_rows(office: Office, rows: Sequence[ItemRow]) -> dict[int, str]:
    """Return row id → digest of what the reviewer was shown, page by page, committed."""
    for start in range(0, len(rows), MOST_SHOWN):
        with transaction():
            page = rows[start : start + MOST_SHOWN]
            service.view_items(page, reason="审题", actor=office.actor(office.reviewer))
    return {row.id: row.content_digest for row in rows}


def review_rows(
    office: Office, rows: Sequence[ItemRow], verdict: ReviewVerdict = ReviewVerdict.APPROVED
) -> None:
    """Let the reviewer read submitted items and give one verdict on them, committed."""
    digests = read_rows(office, rows)
    with transaction():
        service.review_items(
            rows,
            verdict=verdict,
            comment="与法条一致",
            digests=digests,
            actor=office.actor(office.reviewer),
        )


def make_bank(
    office: Office, *, papers: int = 4, counts: Mapping[ItemType, int] | None = None
) -> list[ItemRow]:
    """Return approved items for so many disjoint papers of ``make_plan``, committed."""
    wanted = counts or {
        ItemType.SINGLE: SINGLES,
        ItemType.MULTIPLE: MULTIPLES,
        ItemType.TRUE_FALSE: JUDGEMENTS,
    }
    items = [
        make_item(number, kind)
        for kind, count in wanted.items()
        for number in range(count * papers)
    ]
    return approve_items(office, items)


def make_plan(*, title: str = "矿山班组长考试细目表") -> Blueprint:
    """Return a blueprint of eight items and 100 marks."""
    return Blueprint(
        INDUSTRY,
        CATEGORY,
        (
            Cell("A", ItemType.SINGLE, SINGLES, Decimal(15)),
            Cell("A", ItemType.MULTIPLE, MULTIPLES, Decimal(10)),
            Cell("A", ItemType.TRUE_FALSE, JUDGEMENTS, Decimal(10)),
        ),
        title,
    )


def make_blueprint(office: Office, *, approved: bool = True, code: str = "XM-01") -> BlueprintRow:
    """Return the blueprint saved by the setter, approved by the approver, committed."""
    with transaction():
        row = service.save_blueprint(
            make_plan(), code=code, overlap_max=8, actor=office.actor(office.setter)
        )
        if approved:
            service.approve_blueprint(row, actor=office.actor(office.approver))
        session().flush()
    return row
