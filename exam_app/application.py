"""The application: one function that puts the stages, the guard and the shell together."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask_babel import Babel, format_datetime, get_locale
from flask_babel import gettext as _
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from exam_app.access import guard
from exam_app.access.actor import PUBLIC
from exam_app.access.duties import may_ever
from exam_app.access.permissions import Permission
from exam_app.access.terms import Side
from exam_app.audit import trail
from exam_app.audit.access_log import AccessKind, note_access
from exam_app.config import Config, load_config
from exam_app.core import clock, crypto
from exam_app.core.crypto import Keyring
from exam_app.core.db import db, install_sqlite
from exam_app.core.errors import ExamError, NotAllowed, NotSignedIn
from exam_app.core.forms import BaseForm, check_token
from exam_app.core.messages import sentence
from exam_app.home.navigation import navigation
from exam_app.people import sign_in
from exam_app.stages import STAGES
from exam_app.verification import access as caller

ALL = frozenset(Side)
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
log = logging.getLogger("exam_app")


def create_app(config: Config | None = None, sides: frozenset[Side] = ALL) -> Flask:
    """Return the application of one installation.

    Args:
        config: default: read from the instance folder.
        sides: the doors this process opens; people and public pages are always there.
    Raises: ExamError: a secret is missing.
    """
    config = config or load_config()
    app = Flask("exam_app", instance_path=str(config.instance))
    keyring = Keyring.load(config.keys)
    app.config.update(
        SECRET_KEY=keyring.derive("browser-session"),
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(config.database_url),
        TESTING=config.testing,
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.https,
        SESSION_COOKIE_NAME="__Host-form" if config.https else "form",
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    app.extensions["exam"] = config
    crypto.install(app, keyring)
    db.init_app(app)
    Migrate(app, db, render_as_batch=True)
    Babel(app, locale_selector=_locale)
    Bootstrap5(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            install_sqlite(db.engine)
    trail.install()
    _doors(app, sides)
    _shell(app, config)
    return app


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 15, "check_same_thread": False}}
    return {"pool_size": 8, "pool_pre_ping": False}


def _locale() -> str:
    chosen = request.cookies.get("language", "zh") if request else "zh"
    return LANGUAGES.get(chosen, "zh_Hans_CN")


def _check_token() -> None:
    """Refuse every change that comes without the browser's own token (CSRF)."""
    if caller.is_call():  # the caller shows a token of another kind, and no cookie counts
        return
    if request.method not in {"GET", "HEAD", "OPTIONS"} and request.endpoint is not None:
        check_token()


def _note_refusal(refusal: guard.Refusal) -> None:
    """Keep a refusal in the access log, in a transaction of its own."""
    if "exam" not in current_app.extensions:
        return
    note_access(
        AccessKind.REFUSAL,
        actor=refusal.actor,
        permission=refusal.permission or None,
        outcome=refusal.code,
        endpoint=refusal.endpoint,
        method=refusal.method,
    )


def _doors(app: Flask, sides: frozenset[Side]) -> None:
    """Register the stages of the open sides behind the guard."""
    app.before_request(sign_in.load_actor)
    app.before_request(caller.load_caller)
    app.before_request(guard.check_request)
    app.before_request(_check_token)
    if _note_refusal not in guard.on_refusal:
        guard.on_refusal.append(_note_refusal)
    always = {Side.OVERSIGHT, Side.PUBLIC}
    for stage in STAGES:
        if stage.side in sides or stage.side in always:
            app.register_blueprint(stage.blueprint)


def _shell(app: Flask, config: Config) -> None:
    """Set up what every page shares: headers, filters, errors."""
    app.after_request(_headers(config))
    app.register_error_handler(ExamError, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    if not config.testing:
        app.register_error_handler(Exception, _unexpected)
    app.jinja_env.filters["moment"] = lambda value: (
        "" if value is None else format_datetime(value, "yyyy-MM-dd HH:mm")
    )
    app.jinja_env.filters["day"] = lambda value: "" if value is None else value.isoformat()
    app.jinja_env.globals.update(
        Permission=Permission, sentence=sentence, csrf_field=lambda: BaseForm().csrf_token
    )
    app.context_processor(
        lambda: {
            "actor": g.get("actor", PUBLIC),
            "account": g.get("account"),
            "can": lambda permission: may_ever(g.get("actor", PUBLIC), permission),
            "config_exam": config,
            "navigation": navigation,
            "language": "en" if str(get_locale()) == "en" else "zh",
            "now": clock.now(),
        }
    )


_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


def _headers(config: Config) -> Any:
    def set_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
        if config.https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if not (request.endpoint or "").endswith("static"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return set_headers


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _error_page(status: int, text: str, **facts: Any) -> Any:
    if _wants_json():
        return {"error": facts.get("code", status), "message": text}, status
    page = render_template("errors/error.html", status=status, text=text, facts=facts)
    return page, status


def _refusal(error: ExamError) -> Any:
    if isinstance(error, NotAllowed):
        guard.noted(error)
    if isinstance(error, NotSignedIn) and not _wants_json():
        return redirect(url_for("people.sign_in"), 303)
    return _error_page(
        error.status, str(sentence(error)), code=error.code, clause=error.facts.get("clause")
    )


def _http_error(error: HTTPException) -> Any:
    status = error.code or 500
    texts = {
        400: _("请求有误，请返回重试。"),
        404: _("没有这个页面，或您无权查看。"),
        405: _("不支持这种操作方式。"),
        413: _("文件过大，超过 12 MB。"),
    }
    if 300 <= status < 400:
        return error
    answer = _error_page(status, texts.get(status, _("请求未能完成。")))
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return (*answer, {"Allow": ", ".join(sorted(methods))}) if methods else answer


def _unexpected(error: Exception) -> Any:
    number = secrets.token_hex(4)
    log.error("incident %s at %s", number, request.endpoint, exc_info=error)
    return _error_page(500, _("系统出现故障，编号 %(number)s，请告知管理员。", number=number))
