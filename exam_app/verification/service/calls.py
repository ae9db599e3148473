"""Calls of the interface (接口调用): verified, counted, and answered the same when repeated."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import session, transaction
from exam_app.core.errors import RuleBroken
from exam_app.verification import rules
from exam_app.verification.adapter import Asked
from exam_app.verification.checking import Checked
from exam_app.verification.models import ApiAnswer, ApiToken
from exam_app.verification.service import looking


def verify_call(asked: Sequence[Asked], token: ApiToken, actor: Actor) -> list[Checked]:
    """Return what is found of each certificate of a call; misses count for the organisation.

    Raises: NotAllowed.
    """
    duties.require(Permission.CERTIFICATE_VERIFY_BATCH, actor, purpose=True, masked=True)
    return looking.checked(asked, token.organisation_id)


def known_answer(token_id: int, key: str, body: bytes) -> dict[str, Any] | None:
    """Return the answer a call with this key was given within the last day, None for a new one.

    Raises: RuleBroken: the key came with another body.
    """
    query = select(ApiAnswer).where(ApiAnswer.token_id == token_id, ApiAnswer.key == key)
    found = session().scalar(query)
    if found is None or clock.now() - found.made_at > dt.timedelta(hours=rules.ANSWER_HOURS):
        return None
    if found.asked != hashlib.sha256(body).digest():
        raise RuleBroken("idempotency-key-reused")
    plain: dict[str, Any] = json.loads(keyring().unwrap(_place(token_id, key), found.answer))
    return plain


def keep_answer(token_id: int, key: str, body: bytes, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer all calls with this key are given: this one, or the one that was first.

    Raises: RuleBroken: a parallel call used the key with another body.
    """
    sealed = keyring().wrap(_place(token_id, key), json.dumps(answer).encode())
    row = ApiAnswer(
        token_id=token_id,
        key=key,
        asked=hashlib.sha256(body).digest(),
        answer=sealed,
        made_at=clock.now(),
    )
    over = clock.now() - dt.timedelta(hours=rules.ANSWER_HOURS)
    try:
        with transaction():
            session().execute(delete(ApiAnswer).where(ApiAnswer.made_at < over))
            session().add(row)
    except IntegrityError:
        return known_answer(token_id, key, body) or answer
    return answer


def _place(token_id: int, key: str) -> str:
    return f"api-answer:{token_id}:{key}"
