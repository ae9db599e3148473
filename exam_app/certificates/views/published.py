"""What anybody may fetch and keep (公开文件): status lists, key registry, key sets."""

from __future__ import annotations

from flask import Response, request

from exam_app.access.guard import public
from exam_app.certificates import publishing
from exam_app.certificates.publishing import Document
from exam_app.certificates.views.blueprint import bp

LIST_SECONDS, KEY_SECONDS = 300, 3600


def _answer(document: Document, seconds: int) -> Response:
    """Return a document that may be kept for a while and be read from any site."""
    response = Response(document.text, content_type=document.media_type)
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.last_modified = document.made
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@bp.get("/status/<int:number>")
@public
def revocation_list(number: int) -> Response:
    """Return the signed list of revoked and replaced certificates."""
    return _answer(publishing.status_list(number, "revocation"), LIST_SECONDS)


@bp.get("/status/<int:number>/suspension")
@public
def suspension_list(number: int) -> Response:
    """Return the signed list of suspended certificates."""
    return _answer(publishing.status_list(number, "suspension"), LIST_SECONDS)


@bp.get("/keys/registry")
@public
def key_registry() -> Response:
    """Return the key registry as the root signed it."""
    return _answer(publishing.registry(), KEY_SECONDS)


@bp.get("/.well-known/jwks.json")
@public
def jwks() -> Response:
    """Return the public keys, for anybody to keep and verify with."""
    return _answer(publishing.key_set(), KEY_SECONDS)


@bp.get("/.well-known/did.json")
@public
def did() -> Response:
    """Return the decentralised identifier of the official host with its keys."""
    return _answer(publishing.did(), KEY_SECONDS)
