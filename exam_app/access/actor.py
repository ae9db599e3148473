"""Who acts (操作人): an immutable value handed to every service."""

from __future__ import annotations

from dataclasses import dataclass

from exam_app.access.terms import OrganisationKind, Role, Side


@dataclass(frozen=True)
class Actor:
    """One person acting through one account, with all appointments that hold now.

    ``posts`` pairs each role with the kind of organisation it was given in; where it is
    filled, a role counts only together with that kind.
    """

    account_id: int | None
    person_id: int | None
    organisation_id: int | None
    kinds: frozenset[OrganisationKind]
    roles: frozenset[Role]
    side: Side
    session_id: int | None = None
    organisation_ids: frozenset[int] = frozenset()
    posts: frozenset[tuple[OrganisationKind, Role]] = frozenset()

    @property
    def is_signed_in(self) -> bool:
        """Return whether an account stands behind the actor."""
        return self.account_id is not None

    def is_apart_from(self, *person_ids: int | None) -> bool:
        """Return whether the actor is another natural person than all of these (不同自然人).

        An unknown person, on either side, is never apart: what is not known is refused.
        """
        if self.person_id is None or not person_ids:
            return False
        return all(other is not None and other != self.person_id for other in person_ids)

    def belongs_to(self, organisation_id: int | None) -> bool:
        """Return whether the actor holds an appointment in this organisation."""
        return organisation_id is not None and organisation_id in self.organisation_ids


PUBLIC = Actor(
    account_id=None,
    person_id=None,
    organisation_id=None,
    kinds=frozenset({OrganisationKind.PUBLIC}),
    roles=frozenset({Role.ANYONE}),
    side=Side.PUBLIC,
)
# Timed jobs and the command line sign their trail with this; it holds no duty at all.
SYSTEM = Actor(
    account_id=None,
    person_id=None,
    organisation_id=None,
    kinds=frozenset(),
    roles=frozenset(),
    side=Side.OVERSIGHT,
)
