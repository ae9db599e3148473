"""People of the tests: actors with chosen kinds and roles."""

from collections.abc import Iterable

from exam_app.access.actor import Actor
from exam_app.access.terms import Condition, OrganisationKind, Role, Side

ALL_TRUE = {condition.value: True for condition in Condition}


def an_actor(
    kinds: Iterable[OrganisationKind],
    roles: Iterable[Role],
    *,
    person_id: int = 7,
    posts: Iterable[tuple[OrganisationKind, Role]] = (),
) -> Actor:
    """Return a signed-in actor of these kinds and roles."""
    return Actor(
        account_id=1,
        person_id=person_id,
        organisation_id=3,
        kinds=frozenset(kinds),
        roles=frozenset(roles),
        side=Side.OVERSIGHT,
        session_id=1,
        organisation_ids=frozenset({3}),
        posts=frozenset(posts),
    )
