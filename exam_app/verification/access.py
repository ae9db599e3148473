"""Who calls the interface (接口鉴权): the token of the request, and for whom it acts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flask import current_app, g, request

from exam_app.access.actor import Actor
from exam_app.access.guard import guard_of
from exam_app.access.permissions import Permission
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.core.errors import NotAllowed, NotSignedIn
from exam_app.people import queries as people
from exam_app.people.tries import TooManyTries, count_tries, network_of
from exam_app.verification import queries, rules
from exam_app.verification.models import ApiToken
from exam_app.verification.terms import Scope

BLUEPRINT = "verification.api"
SEEN_EVERY = dt.timedelta(minutes=1)
SCOPES = {
    Permission.CERTIFICATE_VERIFY_BATCH: Scope.VERIFY,
    Permission.CERTIFICATE_VIEW_ENTERPRISE: Scope.STAFF,
}
_SCHEME = "bearer "


class TokenRefused(NotSignedIn):
    """No token, one that is not known, or one that is over (令牌无效); it is not said which."""

    code = "token-refused"


def is_call() -> bool:
    """Return whether the request is one of the interface: by token, without a browser session."""
    return request.blueprint == BLUEPRINT


def size_limit() -> int | None:
    """Return how many bytes the request may have, None for what holds everywhere."""
    if is_call():
        return rules.MAX_CALL_BYTES
    return rules.MAX_FILE_BYTES if request.endpoint == "verification.ask" else None


def load_caller() -> None:
    """Set ``g.actor`` and ``g.api_token`` of a call, whatever a cookie says (before the guard).

    Raises: TokenRefused; TooManyTries: too many wrong tokens, or too many calls; NotAllowed: the
        token is not meant for this.
    """
    limit = size_limit()
    if limit is not None:
        request.max_content_length = limit
    if not is_call() or request.endpoint is None:
        return
    guard = guard_of(current_app.view_functions[request.endpoint])
    if not isinstance(guard, Permission):
        return
    token = _token()
    g.actor, g.api_token = _actor(token), token
    count_tries([(f"api:{token.id}", rules.CALLS_A_MINUTE)], minutes=1)
    if SCOPES[guard].value not in token.scopes:
        raise NotAllowed("token-scope", permission=str(guard))
    if token.last_used_at is None or clock.now() - token.last_used_at > SEEN_EVERY:
        with transaction():
            token.last_used_at = clock.now()


def _token() -> ApiToken:
    given = request.headers.get("Authorization", "")
    if given[: len(_SCHEME)].lower() != _SCHEME:
        raise TokenRefused
    found = queries.find_token(given[len(_SCHEME) :].strip(), clock.now())
    if found is None:
        subject = f"api-from:{network_of(request.remote_addr or '')}"
        count_tries([(subject, rules.WRONG_TOKENS)], minutes=rules.WRONG_TOKEN_MINUTES)
        raise TokenRefused
    return found


def _actor(token: ApiToken) -> Actor:
    """Return whom a token acts for: the account that issued it, in its organisation alone.

    Raises: TokenRefused: the account is disabled, or holds nothing there any more.
    """
    account = people.get_account(token.created_by_id)
    held = [
        post
        for post in people.appointments_of(account.id, clock.now())
        if post.organisation_id == token.organisation_id
    ]
    if not account.is_active or not held:
        raise TokenRefused
    posts = frozenset((post.organisation.kind, post.role) for post in held)
    kinds = frozenset(kind for kind, _ in posts)
    roles = frozenset(role for _, role in posts)
    return replace(
        people.private_actor(account),
        organisation_id=token.organisation_id,
        kinds=kinds,
        roles=roles,
        side=people.side_of(kinds, roles),
        organisation_ids=frozenset({token.organisation_id}),
        posts=posts,
    )


def retry_after(error: TooManyTries) -> str:
    """Return the seconds after which a limited caller may come back, as the header says it."""
    return str(int(error.facts["minutes"]) * 60)
