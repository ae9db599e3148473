"""The description of the interface (OpenAPI 3.1): what the routes take and give, in one place."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from exam_app.access.permissions import Permission
from exam_app.certificates.terms import CATEGORY_OF_CODE, Reason
from exam_app.verification import rules
from exam_app.verification.access import SCOPES
from exam_app.verification.calls import LONGEST
from exam_app.verification.labels import ROW_REASONS
from exam_app.verification.terms import EVENTS, PING, Outcome

VERSION = "1.0.0"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
_KEY_PATTERN = "^[A-Za-z0-9_.:-]{8,80}$"


def document() -> dict[str, Any]:
    """Return the description as JSON values, in the reader's language."""
    about = _(
        "查验证书、读取本企业人员证书。每次请求都须带令牌；错误以 application/problem+json 返回。"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": _("证书查验接口"), "version": VERSION, "description": about},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/certificates/verify": {"post": _verify()},
            "/api/v1/certificates": {"get": _list()},
            "/api/v1/openapi.json": {"get": _describe()},
        },
        "webhooks": {event: {"post": _message()} for event in sorted({*EVENTS.values(), PING})},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
            "responses": _refusals(),
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _answers(description: str, schema: dict[str, Any], *refused: int) -> dict[str, Any]:
    found: dict[str, Any] = {"200": {"description": description, **_json(schema)}}
    return found | {str(code): {"$ref": f"#/components/responses/{code}"} for code in refused}


def _verify() -> dict[str, Any]:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": _(
            "同一令牌 24 小时内以同一键重复提交同样内容，得到同样的回答，即 checked_at 当时的结论；"
            "此后吊销的不在其中，要查现状请换新键。"
        ),
        "schema": {"type": "string", "pattern": _KEY_PATTERN},
    }
    return {
        "operationId": "verifyCertificates",
        "summary": _("批量查验证书，一次最多 1000 份"),
        "x-scope": SCOPES[Permission.CERTIFICATE_VERIFY_BATCH].value,
        "parameters": [key],
        "requestBody": {"required": True, **_json(_ref("VerifyCall"))},
        "responses": _answers(
            _("与请求同序的查验结论"), _ref("VerifyAnswer"), 401, 403, 409, 413, 422, 429
        ),
    }


def _list() -> dict[str, Any]:
    cursor = {
        "name": "cursor",
        "in": "query",
        "description": _("上一页返回的 next_cursor"),
        "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"},
    }
    limit = {
        "name": "limit",
        "in": "query",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": rules.MAX_PAGE_SIZE,
            "default": rules.PAGE_SIZE,
        },
    }
    return {
        "operationId": "listCertificates",
        "summary": _("本企业人员的证书，按签发先后分页"),
        "x-scope": SCOPES[Permission.CERTIFICATE_VIEW_ENTERPRISE].value,
        "parameters": [cursor, limit],
        "responses": _answers(_("一页证书"), _ref("StaffPage"), 401, 403, 422, 429),
    }


def _describe() -> dict[str, Any]:
    return {
        "operationId": "describe",
        "summary": _("本接口的说明"),
        "security": [],
        "responses": _answers("OpenAPI 3.1", {"type": "object"}),
    }


def _message() -> dict[str, Any]:
    signature = {
        "name": "Exam-Signature",
        "in": "header",
        "required": True,
        "description": _("t=时间戳,v1=HMAC-SHA-256(密钥, 时间戳.正文)；时间差超过 300 秒的应拒收"),
        "schema": {"type": "string"},
    }
    return {
        "summary": _("证书变更推送"),
        "security": [],
        "parameters": [signature],
        "requestBody": {"required": True, **_json(_ref("Message"))},
        "responses": {"2XX": {"description": _("已接收")}},
    }


def _refusals() -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    told = {code: {"description": TITLES[code], "content": problem} for code in _USED}
    after = {"Retry-After": {"schema": {"type": "integer"}, "description": _("须等待的秒数")}}
    told[429]["headers"] = after
    return {str(code): answer for code, answer in told.items()}


_USED = (401, 403, 409, 413, 422, 429)


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": sorted(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def _text(longest: int | None = None) -> dict[str, Any]:
    limits = {} if longest is None else {"minLength": 1, "maxLength": longest}
    return {"type": "string", **limits}


_DAY = {"type": "string", "format": "date"}
_MOMENT = {"type": "string", "format": "date-time"}


def _schemas() -> dict[str, Any]:
    outcome = {"type": "string", "enum": [each.value for each in Outcome]}
    category = {"type": "string", "enum": [*CATEGORY_OF_CODE.values(), "other"]}
    holder = {"number": _text(), "name": _text(), "id_tail": _text(), "category": category}
    stated = {**holder, "issued_on": _DAY, "expires_on": _DAY}
    judged = {"outcome": outcome, "valid": {"type": "boolean"}}
    staff = {"type": "array", "items": _object({**stated, **judged, "class_name": _text()})}
    page = {"certificates": staff, "next_cursor": {"type": ["string", "null"]}}
    told = {name: _text() for name in ("type", "title", "code", "detail")}
    return {
        "VerifyCall": _call(),
        "VerifyAnswer": _verdicts(judged),
        "Signed": _object({**stated, "class_kind": {"type": "integer"}, "hours": _text()}),
        "StaffPage": _object(page),
        "Message": _pushed(),
        "Problem": _object({**told, "status": {"type": "integer"}}),
    }


def _call() -> dict[str, Any]:
    by_code = _object({"text": _text(LONGEST["text"])})
    by_number = _object({"number": _text(LONGEST["number"]), "name": _text(LONGEST["name"])})
    rows = {"type": "array", "minItems": 1, "maxItems": rules.MAX_CALL_ROWS}
    return _object({"certificates": {**rows, "items": {"oneOf": [by_code, by_number]}}})


def _verdicts(judged: dict[str, Any]) -> dict[str, Any]:
    reasons = sorted({*ROW_REASONS, *(each.value for each in Reason)})
    result = {
        **judged,
        "reasons": {"type": "array", "items": {"type": "string", "examples": reasons}},
        "message": _text(),
        "certificate": {"anyOf": [_ref("Signed"), {"type": "null"}]},
    }
    results = {"type": "array", "items": _object(result)}
    return _object({"checked_at": _MOMENT, "results": results})


def _pushed() -> dict[str, Any]:
    event = {"type": "string", "enum": sorted({*EVENTS.values(), PING})}
    place = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    changed = _object({"number": _text(), "state": _text(), "status": place})
    return _object({"id": _text(), "type": event, "at": _MOMENT}, certificate=changed)
