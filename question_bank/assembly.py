"""Drawing a paper (组卷): a function of snapshot, blueprint, seed and counter, of nothing else.

Which items are drawn and in which order is the optimum of the program in `question_bank.program`
under the random keys of the seed, so an auditor can draw again with any engine. The options of an
item are ordered by HMAC-SHA256(seed, "option|" + uid + "|" + index), lowest first.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from question_bank.blueprint import Blueprint
from question_bank.errors import BankError, BankShort
from question_bank.item import Item, ItemType
from question_bank.paper import DraftItem, PaperDraft
from question_bank.program.bank import Bank, bank_of
from question_bank.program.checker import check
from question_bank.program.diagnosis import diagnose
from question_bank.program.draw import draw_paper
from question_bank.program.engines import ENGINES, engine
from question_bank.program.errors import PaperWrong
from question_bank.program.keys import Draw
from question_bank.program.order import in_order
from question_bank.program.reading_items import read_items
from question_bank.program.standing import Standing, standing
from question_bank.snapshot import bank_digest, plan_of, rules_text, snapshot_of

MIN_SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class Situation:
    """What a paper is drawn from and what it keeps apart from, all by uid.

    Args:
        snapshot: the items, as `snapshot_of` writes them.
        barred: what must not be drawn.
        neighbours: papers that share `ceiling` items with the new one at most.
    """

    snapshot: str
    barred: frozenset[str] = frozenset()
    neighbours: tuple[frozenset[str], ...] = ()
    ceiling: int | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the snapshot."""
        object.__setattr__(self, "digest", bank_digest(self.snapshot))


def situation_of(
    blueprint: Blueprint,
    pool: Iterable[Item],
    *,
    exclude: Collection[str] = frozenset(),
    neighbours: Iterable[Collection[str]] = (),
    ceiling: int | None = None,
    uses: Mapping[str, int] | None = None,
) -> Situation:
    """Return the situation of a pool; as for `draw`."""
    items = list(pool)
    return Situation(
        snapshot_of(blueprint, items, uses=uses),
        barred=_named(items, exclude),
        neighbours=tuple(_named(items, each) for each in neighbours),
        ceiling=ceiling,
    )


def draw(
    blueprint: Blueprint,
    pool: Iterable[Item],
    seed: bytes,
    *,
    exclude: Collection[str] = frozenset(),
    neighbours: Iterable[Collection[str]] = (),
    ceiling: int | None = None,
    uses: Mapping[str, int] | None = None,
    counter: int = 0,
    engine_name: str = ENGINES[0],
) -> PaperDraft:
    """Return the one paper this pool, blueprint and seed give; the order of the pool is no matter.

    Args:
        seed: secret random bytes, at least 16.
        exclude: item ids (every version is meant) or uids that must not be drawn.
        neighbours: ids of the items of each paper that may share `ceiling` items at most.
        uses: item id → papers of the rolling year it stands in.
        counter: which of the seed's papers; a redraw takes the next.
    Raises:
        BankShort: nothing fits; no shorter paper is ever drawn.
        PoolError item-twice: an item is in the pool twice, or in two versions.
        BankError seed-too-short.
    """
    items = list(pool)
    situation = situation_of(
        blueprint, items, exclude=exclude, neighbours=neighbours, ceiling=ceiling, uses=uses
    )
    uids = draw_uids(blueprint, situation, seed, counter=counter, engine_name=engine_name)
    return draft_of(blueprint, items, uids, seed, bank=situation.digest)


def draw_uids(
    blueprint: Blueprint,
    situation: Situation,
    seed: bytes,
    *,
    counter: int = 0,
    engine_name: str = ENGINES[0],
) -> tuple[str, ...]:
    """Return the uids of a paper in their order; no words of items are needed.

    Raises: BankShort; PaperWrong: by the independent check the paper breaks a rule.
    """
    if len(seed) < MIN_SEED_BYTES:
        raise BankError("seed-too-short", found=len(seed), needed=MIN_SEED_BYTES)
    plan = plan_of(blueprint, ceiling=situation.ceiling)
    read = read_items(situation.snapshot, "items.csv")
    if not read.exact:
        plan = plan.for_rounded_facilities()
    before, solver = _before(situation, bank_of(read.candidates)), engine(engine_name)
    turn = Draw(seed, 1, counter)
    exposure = float(blueprint.rules.exposure)
    items = draw_paper(plan, before, turn, solver, exposure=exposure)
    if items is None:
        raise BankShort(diagnose(plan, before, papers=1, engine=solver))
    uids = in_order(before.bank, items, turn)
    _check(blueprint, situation, uids)
    return uids


def _before(situation: Situation, bank: Bank) -> Standing:
    barred = np.zeros(len(bank), dtype=np.bool_)
    barred[bank.places(situation.barred)] = True
    near = [sorted(each) for each in situation.neighbours]
    return replace(standing(bank, near), barred=barred)


def _check(blueprint: Blueprint, situation: Situation, uids: tuple[str, ...]) -> None:
    """Refuse a paper that breaks a rule by the check that shares no code with the program."""
    rules = rules_text(blueprint, ceiling=situation.ceiling)
    near = [sorted(each) for each in situation.neighbours]
    broken = [each.rule for each in check(situation.snapshot, rules, near, [uids])]
    broken += ["items" for uid in uids if uid in situation.barred]
    if broken:
        raise PaperWrong("paper-wrong", rules=";".join(broken))


def draft_of(
    blueprint: Blueprint, pool: Iterable[Item], uids: Iterable[str], seed: bytes, *, bank: str
) -> PaperDraft:
    """Return the paper of some uids with words, marks and shuffled options.

    Args: bank: the digest of the snapshot it was drawn from.
    """
    items = {item.uid: item for item in pool}
    drawn = enumerate((items[uid] for uid in uids), start=1)
    return PaperDraft(
        items=tuple(_draft_item(blueprint, seed, number, item) for number, item in drawn),
        bank=bank,
        blueprint=blueprint.digest(),
    )


def _named(pool: Iterable[Item], names: Collection[str]) -> frozenset[str]:
    """Return the uids of the pool's items that are named by id or uid."""
    wanted = frozenset(names)
    return frozenset(item.uid for item in pool if item.id in wanted or item.uid in wanted)


def _draft_item(blueprint: Blueprint, seed: bytes, number: int, item: Item) -> DraftItem:
    order = _option_order(seed, item)
    return DraftItem(
        number=number,
        uid=item.uid,
        item_type=item.type,
        stem=item.stem,
        options=tuple(item.options[index] for index in order),
        option_order=order,
        key=frozenset(shown for shown, index in enumerate(order) if index in item.key),
        marks=next(cell.marks for cell in blueprint.cells if cell.takes(item)),
        case=item.item_set,
        figures=item.figures,
    )


def _option_order(seed: bytes, item: Item) -> tuple[int, ...]:
    indexes = range(len(item.options))
    if item.type is ItemType.TRUE_FALSE:
        return tuple(indexes)
    return tuple(
        sorted(indexes, key=lambda index: (_random(seed, f"option|{item.uid}|{index}"), index))
    )


def _random(seed: bytes, text: str) -> bytes:
    return hmac.new(seed, text.encode(), hashlib.sha256).digest()
