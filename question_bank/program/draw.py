"""Drawing one paper: the optimum of a 0-1 program whose costs are the random keys of a seed.

The optimum is unique, so that a paper is a function of bank, rules and seed, whatever the engine.
"""

from __future__ import annotations

import numpy as np

from question_bank.program.bank import Flags, Ints
from question_bank.program.counts import supply
from question_bank.program.errors import EngineFailed
from question_bank.program.keys import Draw, keys
from question_bank.program.lot import lots
from question_bank.program.model import Answer, Engine, Model, Status
from question_bank.program.narrow import optimum
from question_bank.program.plan import Plan
from question_bank.program.pool import pools
from question_bank.program.proof import nothing_fits
from question_bank.program.rows import rows_of
from question_bank.program.standing import Standing
from question_bank.program.units import Units

COST_BITS = 24
"""Costs given to an engine lie below 2**24: the keys of a pool in proportion to its largest."""
EXPOSURE = 1 << 30
_MILLION = 1_000_000


def draw_paper(
    plan: Plan,
    before: Standing,
    draw: Draw,
    engine: Engine,
    *,
    exposure: float = 0.0,
    dearer: Ints | None = None,
) -> Ints | None:
    """Return the paper of a draw as sorted indexes of the bank, or None: nothing fits.

    Raises: EngineFailed draw-undecided: neither a paper nor a proof within the nodes allowed.

    Args:
        exposure: what a use weighs, in widths of a random key; 0 is the least predictable.
        dearer: per candidate what else is added to its key, in millionths of a key's width.
    """
    held = supply(plan, before, engine)
    paced = exposure > 0 or dearer is not None
    first = True
    for units in (held.units,) if paced else lots(held.units, draw):
        costs = _unit_costs(before, draw, units, exposure, dearer)
        looked_at = units.of_items(len(before.bank)) >= 0
        for chosen in pools(plan, before.bank, units, costs, looked_at):
            pool = units.take(chosen)
            model = paper_model(plan, before, pool, costs[chosen])
            answer = optimum(model, engine)
            if answer.status is Status.OPTIMAL:
                return taken(model, answer, pool, engine)
            if answer.status is Status.STOPPED:
                raise EngineFailed("draw-undecided", engine=engine.name, rules=_narrowest(plan))
            if first and nothing_fits(held):
                return None
            first = False
    return None


def _narrowest(plan: Plan) -> str:
    """Return the rules on sums, the narrowest window first."""
    windows = {"paper.facility": plan.facility, "paper.seconds": plan.seconds}
    widths = {
        rule: (most - least) / max(1, most)
        for rule, (least, most) in windows.items()
        if least is not None and most is not None
    }
    if plan.marks is not None:
        widths["paper.marks"] = 1.0
    return ";".join(sorted(widths, key=lambda rule: (widths[rule], rule)))


def _unit_costs(
    before: Standing, draw: Draw, units: Units, exposure: float, dearer: Ints | None
) -> Ints:
    priced = item_costs(before, draw, exposure, units.of_items(len(before.bank)) >= 0)
    if dearer is not None:
        priced += dearer * (EXPOSURE // _MILLION)
    return units.totals(priced)


def item_costs(before: Standing, draw: Draw, exposure: float, eligible: Flags) -> Ints:
    """Return per candidate its key, dearer by its uses above the least used."""
    costs = np.zeros(len(before.bank), dtype=np.int64)
    places = np.flatnonzero(eligible)
    costs[places] = keys(draw, [before.bank.ids[place] for place in places])
    if exposure and len(places):
        above = before.uses - int(before.uses[places].min())
        costs += above * int(exposure * EXPOSURE)
    return costs


def paper_model(plan: Plan, before: Standing, units: Units, costs: Ints) -> Model:
    """Return the program of one paper over some units."""
    top = int(costs.max(initial=0)) + 1
    scaled = [int(cost) * (1 << COST_BITS) // top for cost in costs]
    return Model(
        costs=np.array(scaled, dtype=np.int64),
        most=np.ones(len(units), dtype=np.int64),
        whole=np.ones(len(units), dtype=np.bool_),
        rows=rows_of(plan, before, units),
    )


def taken(model: Model, answer: Answer, units: Units, engine: Engine) -> Ints:
    """Return the items of an answer, which must keep every row in integers.

    Raises: EngineFailed engine-inexact: rounded, the answer breaks a rule.
    """
    values = answer.integers()
    if not model.holds(values):
        raise EngineFailed("engine-inexact", engine=engine.name)
    return np.sort(units.take(np.flatnonzero(values)).members)
