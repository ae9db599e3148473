"""The interface: tokens, scopes, limits, repeated calls, pages, and its own description."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.models import AccessEvent
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people import queries as people
from exam_app.verification import calls, openapi, queries, rules, service
from exam_app.verification.access import BLUEPRINT
from exam_app.verification.models import ApiAnswer, ApiToken
from exam_app.verification.service import calls as kept
from exam_app.verification.terms import Scope
from tests.conftest import Clock
from tests.training.browser import Browser
from tests.verification.world import World, make_token

VERIFY, STAFF = "/api/v1/certificates/verify", "/api/v1/certificates"
OTHER_SITE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


class Caller:
    """A machine that calls with a token, and holds every answer against the description."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = token
        self.document = json.loads(json.dumps(openapi.document()))

    def post(self, body: Any, **headers: str) -> TestResponse:
        """Ask for certificates."""
        given = {"Content-Type": "application/json", **self._with(headers)}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._held(self.client.post(VERIFY, data=data, headers=given), VERIFY, "post")

    def get(self, query: str = "", **headers: str) -> TestResponse:
        """Ask for a page of one's own people."""
        answer = self.client.get(STAFF + query, headers=self._with(headers))
        return self._held(answer, STAFF, "get")

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.token}", **named}

    def _held(self, answer: TestResponse, path: str, method: str) -> TestResponse:
        session().rollback()
        told = self.document["paths"][path][method]["responses"][str(answer.status_code)]
        if "$ref" in told:
            told = self.document["components"]["responses"][told["$ref"].rpartition("/")[2]]
        schema = told["content"][answer.mimetype]["schema"]
        Draft202012Validator({**schema, "components": self.document["components"]}).validate(
            answer.get_json(force=True)
        )
        assert "Set-Cookie" not in answer.headers
        return answer


def asking(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"certificates": list(rows)}


@pytest.fixture
def caller(world: World, app: Flask) -> Caller:
    """Return the enterprise's machine, with both scopes."""
    return Caller(app, make_token(world))


def test_certificates_are_verified_in_order(world: World, caller: Caller) -> None:
    """Both ways; the unknown number and the wrong name are answered alike, word for word."""
    number, name = world.numbers[0], world.names[0]
    world.revoke(1)
    answer = caller.post(
        asking(
            {"number": number, "name": name},
            {"text": world.texts[1]},
            {"number": number, "name": "张三"},
            {"number": "23070020251999991", "name": name},
            {"number": "1\ud800\x00", "name": "\x00\ud800"},
            {"text": world.texts[0].replace("https://", "https://www.")},
        )
    )
    assert answer.status_code == 200
    good, revoked, wrong_name, unknown, odd, foreign = answer.get_json()["results"]
    assert (good["outcome"], good["valid"], good["certificate"]["number"]) == (
        "valid",
        True,
        number,
    )
    assert (revoked["outcome"], revoked["valid"]) == ("revoked", False)
    assert unknown["outcome"] in {"not-found", "unreadable"}
    assert wrong_name == {
        "outcome": "not-found",
        "valid": False,
        "reasons": ["not-found"],
        "message": "未查到（没有编号与姓名都相符的证书）",
        "certificate": None,
    }
    assert odd["outcome"] == "unreadable"
    assert (foreign["outcome"], foreign["valid"]) == ("status-unknown", False)
    assert foreign["reasons"] == ["foreign-address"]
    event = session().scalars(select(AccessEvent).order_by(AccessEvent.id.desc())).first()
    assert event is not None
    assert json.loads(event.facts) == {"rows": 6, "token": 1}
    assert session().get_one(ApiToken, 1).last_used_at is not None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "call-unreadable"),
        (b"\xff{", "call-unreadable"),
        (b"[" * 100_000, "call-unreadable"),
        (b"[]", "call-shape"),
        (b'{"certificates": []}', "call-shape"),
        (b'{"certificates": {}}', "call-shape"),
        (b'{"certificates": [{"text": "1"}], "more": 1}', "call-shape"),
        (b'{"certificates": [{"text": 1}]}', "call-shape"),
        (b'{"certificates": [{"text": ""}]}', "call-shape"),
        (b'{"certificates": [{"text": "1", "name": "x"}]}', "call-shape"),
        (b'{"certificates": [{"number": "1"}]}', "call-shape"),
        (b'{"certificates": [{"number": "1", "name": true}]}', "call-shape"),
        (b'{"certificates": [null]}', "call-shape"),
        (json.dumps({"certificates": [{"text": "1"}] * 1001}).encode(), "call-too-long"),
    ],
)
def test_calls_of_another_shape_are_refused(body: bytes, code: str) -> None:
    """422 as a problem, with the code and the place; nothing is guessed."""
    with pytest.raises(BadInput) as refused:
        calls.asked_of(body, "application/json")
    assert refused.value.code == code


def test_refusals_are_problems(world: World, caller: Caller) -> None:
    """422 of body and kind, 413, and 405 and 404 beside the interface."""
    answer = caller.post(b"[]")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "call-shape")
    assert answer.mimetype == "application/problem+json"
    assert "请求内容 /" in answer.get_json()["detail"]
    assert caller.post(b"x=1", Content_Type="text/plain").get_json()["code"] == "call-not-json"
    assert caller.post(b" " * (rules.MAX_CALL_BYTES + 1)).status_code == 413
    refused = caller.client.put(VERIFY)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")
    for query in ("?cursor=x", "?limit=0", "?limit=501", "?cursor=-1", "?limit=1e2", "?cursor=٣"):
        assert caller.get(query).status_code == 422, query


def test_who_may_call(world: World, app: Flask, clock: Clock) -> None:
    """No token, a wrong, an old, a revoked one: 401; a scope that was not given: 403."""
    verify, staff = make_token(world, Scope.VERIFY), make_token(world, Scope.STAFF)
    for token in ("", "x", "exam_" + "A" * 43):
        answer = Caller(app, token).get()
        assert (answer.status_code, answer.get_json()["code"]) == (401, "token-refused")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert Caller(app, verify).get().status_code == 403
    assert Caller(app, verify).post(asking({"text": "1"})).status_code == 200
    assert Caller(app, staff).post(asking({"text": "1"})).status_code == 403
    assert Caller(app, staff).get().status_code == 200
    with transaction():
        service.revoke_token(session().get_one(ApiToken, 2), actor=world.actor)
    assert Caller(app, staff).get().status_code == 401
    clock.forward(days=30)
    assert Caller(app, verify).post(asking({"text": "1"})).status_code == 401


def test_neither_a_session_nor_a_lost_duty_opens_it(world: World, app: Flask, clock: Clock) -> None:
    """The cookie of a signed-in contact is no token; a token goes with its issuer's duty."""
    browser = Browser(app.test_client()).sign_in(world.contact)
    answer = browser.client.post(VERIFY, json=asking({"text": "1"}), headers=OTHER_SITE)
    assert answer.status_code == 401
    assert browser.client.get(STAFF, headers=OTHER_SITE).status_code == 401
    assert browser.client.post("/verification", headers=OTHER_SITE).status_code == 400
    caller = Caller(app, make_token(world))
    with transaction():
        (post,) = people.appointments_of(world.contact_id, clock.at)
        post.ended_at = post.confirmed_at
        trail.record(Action.DUTY_ENDED, trail.SYSTEM, ("account", world.contact_id))
    assert caller.get().status_code == 401


def test_a_call_is_answered_once(world: World, caller: Caller, clock: Clock) -> None:
    """The same key and body: the same answer, whatever changed; another body: refused."""
    body, key = asking({"text": world.texts[0]}), "batch-2025-03-10"
    first = caller.post(body, Idempotency_Key=key)
    assert first.get_json()["results"][0]["outcome"] == "valid"
    world.revoke(0)
    clock.forward(hours=1)
    assert caller.post(body, Idempotency_Key=key).data == first.data
    assert caller.post(body).get_json()["results"][0]["outcome"] == "revoked"
    other = caller.post(asking({"text": "1"}), Idempotency_Key=key)
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency-key-reused")
    assert caller.post(body, Idempotency_Key="short").status_code == 422
    held = session().scalars(select(ApiAnswer)).one()
    assert world.names[0].encode() not in held.answer
    answers = [kept.keep_answer(1, "key-00000001", b"a", {"results": [n]}) for n in range(2)]
    assert answers == [{"results": [0]}] * 2  # of two at once, the first that was kept
    with pytest.raises(RuleBroken):
        kept.keep_answer(1, "key-00000001", b"b", {"results": []})
    clock.forward(hours=24)
    again = caller.post(body, Idempotency_Key=key)
    assert again.get_json()["results"][0]["outcome"] == "revoked"


def test_own_staff_page_by_page(world: World, app: Flask, caller: Caller) -> None:
    """Every certificate once, over pages; another enterprise's token sees none; no ID number."""
    first = caller.get("?limit=1").get_json()
    second = caller.get(f"?limit=1&cursor={first['next_cursor']}").get_json()
    assert second["next_cursor"] is None
    found = [row["number"] for page in (first, second) for row in page["certificates"]]
    assert sorted(found) == sorted(world.numbers)
    whole = caller.get()
    held = world.certificate().enrolment.person
    assert people.id_number_of(held) not in whole.text
    assert whole.get_json()["certificates"][0]["id_tail"] == held.id_tail
    with transaction():
        facts = {"purpose": "核验", "scopes": [Scope.STAFF], "days": 30}
        _, plain = service.issue_token("外单位", **facts, actor=world.other)
    assert Caller(app, plain).get().get_json() == {"certificates": [], "next_cursor": None}


def test_calls_and_wrong_tokens_are_limited(
    world: World, app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guessed names end as in files; 429 with the seconds to wait, for a token and a network."""
    monkeypatch.setattr(rules, "MISSES_A_DAY", 2)
    guesser = Caller(app, make_token(world))
    names = [*(f"猜{place}" for place in range(3)), world.names[0]]
    rows = [{"number": world.numbers[0], "name": name} for name in names]
    told = [row["outcome"] for row in guesser.post(asking(*rows)).get_json()["results"]]
    assert told == ["not-found", "not-found", "limited", "limited"]
    assert queries.misses_left(world.enterprise_id) == 0
    monkeypatch.setattr(rules, "CALLS_A_MINUTE", 2)
    monkeypatch.setattr(rules, "WRONG_TOKENS", 2)
    caller = Caller(app, make_token(world))
    assert [caller.get().status_code for _ in range(3)] == [200, 200, 429]
    assert caller.get().headers["Retry-After"] == "60"
    guess = Caller(app, "exam_guess")
    assert [guess.get().status_code for _ in range(3)] == [401, 401, 429]
    assert guess.get().headers["Retry-After"] == "900"
    clock.forward(minutes=2)
    assert caller.get().status_code == 200


def test_the_description_is_true(app: Flask) -> None:
    """Valid OpenAPI 3.1, served, and it names the routes there are, no more and no fewer."""
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    told = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    routes = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith(BLUEPRINT)
    }
    assert told == routes
