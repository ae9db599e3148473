"""Who stands behind an account: the name and, where one is held, the organisation."""

from __future__ import annotations

from sqlalchemy import select

from exam_app.core.db import session
from exam_app.people.models import Account, Appointment, Organisation


class Names:
    """Names of accounts, read once each; ids of nobody give an empty name."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def of(self, account_id: int | None) -> str:
        """Return ``name（organisation）`` of an account."""
        if account_id is None:
            return ""
        if account_id not in self._known:
            self._known[account_id] = _name(account_id)
        return self._known[account_id]


def _name(account_id: int) -> str:
    account = session().get(Account, account_id)
    if account is None:
        return ""
    query = (
        select(Organisation.name)
        .join(Appointment, Appointment.organisation_id == Organisation.id)
        .where(Appointment.account_id == account_id, Appointment.confirmed_at.is_not(None))
        .order_by(Appointment.id.desc())
        .limit(1)
    )
    place = session().scalar(query)
    return f"{account.person.name}（{place}）" if place else account.person.name
