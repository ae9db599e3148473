"""Rows looked up and counted in one (查验计数): parallel calls guess no more than one would."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from exam_app.core import clock
from exam_app.core.db import session, transaction
from exam_app.verification import checking, rules
from exam_app.verification.adapter import Asked
from exam_app.verification.checking import Checked
from exam_app.verification.models import LookUpUse


def checked(asked: Sequence[Asked], organisation_id: int) -> list[Checked]:
    """Return what is found of each row; those that match nothing count for the organisation.

    Locks: the organisation's count of today, while numbers and names are looked up; signatures
    are verified after it is let go.
    """
    if not checking.asks_by_number(asked):
        return checking.judge(checking.look_up(asked, misses_left=0))
    with transaction():
        use = _use_of_today(organisation_id)
        looked = checking.look_up(asked, misses_left=max(0, rules.MISSES_A_DAY - use.missed))
        use.missed += looked.missed
    return checking.judge(looked)


def _use_of_today(organisation_id: int) -> LookUpUse:
    """Return the organisation's count of today, held until the transaction ends."""
    today = clock.today()
    query = select(LookUpUse).where(
        LookUpUse.organisation_id == organisation_id, LookUpUse.on_day == today
    )
    held = query.with_for_update().execution_options(populate_existing=True)
    use = session().scalar(held)
    if use is not None:
        return use
    try:
        with session().begin_nested():
            session().add(LookUpUse(organisation_id=organisation_id, on_day=today, missed=0))
            session().flush()
    except IntegrityError:  # a parallel call made it just now
        return session().scalars(held).one()
    return session().scalars(held).one()
