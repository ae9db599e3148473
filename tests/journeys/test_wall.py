"""The wall on the demo city: who teaches, or is tied to it, is refused at every exam page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask
from flask import session as browser
from flask.testing import FlaskClient

from exam_app.access.guard import endpoints
from exam_app.access.permissions import CONTENT, EXAMINING, Permission
from exam_app.application import create_app
from exam_app.config import load_config
from exam_app.core import clock
from exam_app.core.db import db, session
from exam_app.core.forms import BaseForm
from exam_app.demo.run import PASSWORD
from exam_app.people import queries as people
from exam_app.people.models import Organisation, OrganisationTie, PersonTie, Recusal
from exam_app.people.terms import TieKind
from exam_app.training.models import TrainingClass
from tests.city import City

# Every account that examines, each with a tie of another kind to the provider.
TIES = {
    "kaowu": TieKind.EMPLOYEE,
    "mingti": TieKind.OWNER,
    "shenti": TieKind.LECTURER,
    "zujuan": TieKind.AFFILIATE,
    "shenjuan": "recusal",
    "baoguan": "parent",
    "yuejuan": "left",
    "fuhe": TieKind.EMPLOYEE,
    "fabu": TieKind.OWNER,
    "zhizheng": TieKind.LECTURER,
    "qianfa": TieKind.AFFILIATE,
    "zhukao2": "recusal",
    "jiankao3": TieKind.EMPLOYEE,
    "baoguan2": "parent",
}
# Lists that show nothing of a class to who is tied to its provider.
LISTS = {"papers.list_reserves", "sittings.list_sittings", "sittings.list_sites"}
CHOICES = {"form": "json"}
REFUSED = {400, 403, 404, 405, 409, 422}


@pytest.fixture(scope="module")
def walled(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return the demo city with each examiner tied to the provider."""
    harmed = city.copy(tmp_path_factory.mktemp("wall") / "instance")
    app = create_app(load_config(harmed.instance))
    with app.app_context():
        provider = session().scalars(db.select(TrainingClass)).first()
        assert provider is not None
        for username, kind in TIES.items():
            _tie(username, kind, provider.provider_id)
        session().commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def _tie(username: str, kind: TieKind | str, provider_id: int) -> None:
    account = people.find_account(username)
    assert account is not None
    today = clock.today()
    if kind == "recusal":
        row: Recusal | PersonTie = Recusal(
            person_id=account.person_id,
            organisation_id=provider_id,
            reason="亲属在该单位任教",
            from_on=today,
            recorded_by_id=account.id,
        )
    elif kind == "parent":
        mother = Organisation(
            name=f"{username}母公司",
            kind="enterprise",
            credit_code=f"91230700MA{account.id:08}"[:18],
            division_code="230700",
            created_at=clock.now(),
        )
        session().add(mother)
        session().flush()
        session().add(
            OrganisationTie(
                organisation_id=mother.id, other_id=provider_id, kind=TieKind.OWNER, from_on=today
            )
        )
        row = PersonTie(
            person_id=account.person_id,
            organisation_id=mother.id,
            kind=TieKind.EMPLOYEE,
            from_on=today,
        )
    else:
        left = kind == "left"
        row = PersonTie(
            person_id=account.person_id,
            organisation_id=provider_id,
            kind=TieKind.EMPLOYEE if left else TieKind(kind),
            from_on=today - dt.timedelta(days=900),
            until_on=today - dt.timedelta(days=300) if left else None,
        )
    session().add(row)


def _signed_in(app: Flask, username: str) -> tuple[FlaskClient, str]:
    """Return a signed-in client and its CSRF token."""
    client = app.test_client()
    client.get("/sign-in")
    token = _token(app, client)
    answer = client.post(
        "/sign-in", data={"csrf_token": token, "username": username, "password": PASSWORD}
    )
    assert answer.status_code == 303, username
    return client, _token(app, client)


def _token(app: Flask, client: FlaskClient) -> str:
    with client.session_transaction() as kept, app.test_request_context():
        browser.update(kept)
        token = BaseForm().csrf_token.current_token
        kept.update(browser)
    return str(token)


def _walk(app: Flask, username: str, wanted: frozenset[Permission]) -> list[str]:
    """Return the pages behind these permissions that answered as if nothing stood in the way."""
    client, token = _signed_in(app, username)
    guards = {name: guard for name, _, guard in endpoints(app)}
    passed = []
    for rule in app.url_map.iter_rules():
        if guards.get(rule.endpoint) not in wanted or rule.endpoint in LISTS:
            continue
        values = {
            name: 3 if name.endswith("_id") else CHOICES.get(name, 1) for name in rule.arguments
        }
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **values)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            data = {"csrf_token": token} if method == "POST" else None
            answer = client.open(path, method=method, data=data)
            if answer.status_code not in REFUSED:
                passed.append(f"{username} {method} {path} → {answer.status_code}")
    return passed


@pytest.mark.parametrize("username", TIES)
def test_whoever_is_tied_to_the_provider_is_refused(walled: Flask, username: str) -> None:
    """Each kind of tie closes every exam page, whatever role its holder has."""
    assert _walk(walled, username, frozenset(EXAMINING)) == []


@pytest.mark.parametrize("username", ["peixun", "taizhang"])
def test_the_provider_sees_nothing_of_the_exam(walled: Flask, username: str) -> None:
    """The provider's own accounts reach no exam page."""
    assert _walk(walled, username, frozenset(EXAMINING)) == []


def test_the_administrator_sees_no_item_paper_or_key(walled: Flask) -> None:
    """Who runs the system has no way to the content of an exam."""
    assert _walk(walled, "guanli", frozenset(CONTENT)) == []
