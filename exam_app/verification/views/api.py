"""The interface for machines (数据接口): JSON in, JSON out, by token, without browser session."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from exam_app.access import guard
from exam_app.access.guard import public, requires
from exam_app.access.permissions import Permission
from exam_app.audit import AccessKind, note_access
from exam_app.core.errors import ExamError, NotAllowed
from exam_app.core.messages import sentence
from exam_app.people.tries import TooManyTries
from exam_app.verification import access, calls, openapi, queries, rules
from exam_app.verification.service.calls import keep_answer, known_answer, verify_call
from exam_app.verification.views.blueprint import bp as whole

PROBLEM = "application/problem+json"
bp = Blueprint("api", __name__, url_prefix="/api/v1")


def _answer(body: dict[str, Any], status: int = 200, kind: str = "application/json") -> Response:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return Response(text + "\n", status, content_type=kind)


def _problem(status: int, code: str, detail: str) -> Response:
    """Return an error as RFC 9457 says it; ``code`` is for machines, ``detail`` for people."""
    title = openapi.TITLES.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return _answer({**body, "detail": detail}, status, PROBLEM)


@bp.errorhandler(ExamError)
def refuse(error: ExamError) -> Response:
    """Answer a refusal as a problem, with what the caller has to know beside it."""
    if isinstance(error, NotAllowed) and not isinstance(error, TooManyTries):
        guard.noted(error)
    response = _problem(error.status, error.code, str(sentence(error)))
    if isinstance(error, TooManyTries):
        response.headers["Retry-After"] = access.retry_after(error)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="exam"'
    return response


@bp.errorhandler(RequestEntityTooLarge)
@bp.errorhandler(HTTPException)
def refuse_request(error: HTTPException) -> ResponseReturnValue:
    """Answer a request that is none, or too large, as a problem."""
    status = error.code or 500
    return _problem(status, f"http-{status}", _("请求未能完成。"))


@bp.get("/openapi.json")
@public
def describe() -> Response:
    """Return what this interface takes and gives (OpenAPI 3.1)."""
    return _answer(openapi.document())


@bp.post("/certificates/verify")
@requires(Permission.CERTIFICATE_VERIFY_BATCH)
def verify_certificates() -> Response:
    """Verify up to 1,000 certificates; a repeated call with its key gets the first answer."""
    body = request.get_data()
    key = request.headers.get("Idempotency-Key")
    if key is not None:
        known = known_answer(g.api_token.id, rules.check_idempotency_key(key), body)
        if known is not None:
            return _answer(known)
    asked = calls.asked_of(body, request.mimetype)
    answer = calls.answer_of(verify_call(asked, g.api_token, g.actor))
    if key is not None:
        answer = keep_answer(g.api_token.id, key, body, answer)
    _note(Permission.CERTIFICATE_VERIFY_BATCH, rows=len(asked))
    return _answer(answer)


@bp.get("/certificates")
@requires(Permission.CERTIFICATE_VIEW_ENTERPRISE)
def list_certificates() -> Response:
    """Return a page of the certificates of the enterprise's own people."""
    after, limit = calls.page_of(request.args)
    organisation_id = g.api_token.organisation_id
    rows = queries.staff_certificates(organisation_id, after=after, limit=limit + 1)
    _note(Permission.CERTIFICATE_VIEW_ENTERPRISE, rows=len(rows))
    return _answer(calls.staff_answer(rows, limit))


def _note(permission: Permission, *, rows: int) -> None:
    facts = {"token": g.api_token.id, "rows": rows}
    kind, endpoint = AccessKind.LOOK_UP, request.endpoint or ""
    note_access(kind, actor=g.actor, permission=permission, endpoint=endpoint, **facts)


whole.register_blueprint(bp)
