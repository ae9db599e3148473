"""Tokens of the interface (接口令牌): issued for a time and a purpose, shown once, revoked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.verification import queries, rules
from exam_app.verification.models import ApiToken
from exam_app.verification.terms import Scope

MOST_TOKENS = 10


def issue_token(
    label: str, *, purpose: str, scopes: Collection[Scope], days: int, actor: Actor
) -> tuple[ApiToken, str]:
    """Return a new token of the actor's organisation, and the token itself, which is not kept.

    It acts for the account that issued it, within its scopes and no longer than that account
    holds the duty. Raises: BadInput: no scope, or no such time. RuleBroken: too many. NotAllowed.
    Records: API_TOKEN_ISSUED on the token.
    """
    organisation = queries.organisation_of(actor, Permission.API_TOKEN)
    duties.require(Permission.API_TOKEN, actor, own_org=True, purpose=bool(purpose.strip()))
    if not scopes:
        raise BadInput("token-scopes", field="scopes")
    if days not in rules.TOKEN_DAYS:
        raise BadInput("token-days", field="days")
    now = clock.now()
    standing = [each for each in queries.tokens_of(organisation.id) if _stands(each, now)]
    if len(standing) >= MOST_TOKENS:
        raise RuleBroken("tokens-over", limit=MOST_TOKENS)
    plain = rules.new_token()
    token = ApiToken(
        organisation_id=organisation.id,
        label=rules.shown_text(label.strip(), 60),
        purpose=rules.shown_text(purpose.strip(), 200),
        scopes=sorted(scope.value for scope in scopes),
        token_hash=rules.token_hash(plain),
        tail=plain[-4:],
        created_by_id=actor.account_id,
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    session().add(token)
    session().flush()
    until = token.expires_at.isoformat()
    trail.record(Action.API_TOKEN_ISSUED, actor, token, scopes=token.scopes, until=until)
    return token, plain


def revoke_token(token: ApiToken, *, actor: Actor) -> ApiToken:
    """Revoke a token of the actor's organisation (吊销令牌); the next call is refused.

    Raises: RuleBroken: it is revoked already. NotAllowed.
    Locks: the token. Records: API_TOKEN_REVOKED on the token.
    """
    organisation = queries.organisation_of(actor, Permission.API_TOKEN)
    own = token.organisation_id == organisation.id
    duties.require(Permission.API_TOKEN, actor, own_org=own, purpose=True)
    lock(token)
    if token.revoked_at is not None:
        raise RuleBroken("token-revoked")
    token.revoked_by_id, token.revoked_at = actor.account_id, clock.now()
    trail.record(Action.API_TOKEN_REVOKED, actor, token)
    return token


def _stands(token: ApiToken, at: dt.datetime) -> bool:
    return token.revoked_at is None and at < token.expires_at
