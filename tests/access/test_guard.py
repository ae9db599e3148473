"""The guard: nothing is reached without a marked permission."""

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask, g, jsonify
from flask.testing import FlaskClient

from exam_app.access import guard
from exam_app.access.actor import Actor
from exam_app.access.guard import GuardMissingError, Refusal, public, requires
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.errors import DutyConflict, ExamError
from tests.access.people import an_actor

MARKER = an_actor({OrganisationKind.CITY_EM}, {Role.MARKER})
TEACHER = an_actor({OrganisationKind.PROVIDER}, {Role.INSTRUCTOR})
people = Blueprint("people", __name__, static_folder=".", static_url_path="/shelf")


@people.get("/sign-in")
@public
def sign_in() -> str:
    return "sign in here"


@people.route("/marks", methods=["GET", "POST"])
@requires(Permission.MARK_ENTER)
def marks() -> str:
    return "marks"


@people.post("/own-mark")
@requires(Permission.MARK_ENTER)
def own_mark() -> str:
    raise DutyConflict("duty-not-cand", permission=Permission.MARK_ENTER, clause="words")


@people.get("/forgotten")
def forgotten() -> str:
    return "secret"


def render(error: ExamError) -> object:
    if isinstance(error, guard.NotAllowed):
        guard.noted(error)
    return jsonify(code=error.code), error.status


@pytest.fixture
def doors() -> Flask:
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(people)
    app.before_request(guard.check_request)
    app.register_error_handler(ExamError, render)
    return app


@pytest.fixture
def refusals() -> Iterator[list[Refusal]]:
    noted: list[Refusal] = []
    guard.on_refusal.append(noted.append)
    yield noted
    guard.on_refusal.remove(noted.append)


def as_actor(app: Flask, actor: Actor | None) -> FlaskClient:
    app.before_request_funcs[None].insert(0, lambda: setattr(g, "actor", actor))
    return app.test_client()


def test_a_public_page_is_open(doors: Flask) -> None:
    """Nobody needs to sign in for a page marked public, nor for static files."""
    assert doors.test_client().get("/sign-in").status_code == 200
    with doors.test_client().get("/shelf/people.py") as answer:
        assert answer.status_code == 200


def test_signed_out_goes_to_sign_in_and_back(doors: Flask) -> None:
    """A page sends to the sign-in with the way back, on this host only."""
    client = doors.test_client()
    answer = client.get("/marks?page=2")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/marks?page%3D2"
    assert client.get("//elsewhere.example/marks").status_code in {303, 404, 308}
    html = client.get("/marks", headers={"Accept": "text/html,*/*;q=0.8"})
    assert html.status_code == 303


def test_signed_out_changes_nothing(doors: Flask) -> None:
    """A change or a question from a script is answered 401, not with a page."""
    client = doors.test_client()
    assert client.post("/marks").status_code == 401
    assert client.get("/marks", headers={"Accept": "application/json"}).status_code == 401


def test_something_else_than_an_actor_is_nobody(doors: Flask) -> None:
    """A loader that leaves nothing, or something else, leaves the public."""
    assert as_actor(doors, None).post("/marks").status_code == 401


def test_who_may_ever_do_it_enters(doors: Flask, refusals: list[Refusal]) -> None:
    """The guard lets the role pass; the facts are the service's matter."""
    client = as_actor(doors, MARKER)
    assert client.get("/marks").text == "marks"
    assert client.post("/marks").status_code == 200
    assert refusals == []


def test_who_may_never_do_it_is_refused_and_noted(doors: Flask, refusals: list[Refusal]) -> None:
    """A teacher of a provider meets the wall at the door, and that leaves a trace, once."""
    answer = as_actor(doors, TEACHER).get("/marks")
    assert answer.status_code == 403
    assert answer.get_json() == {"code": "wall-w1"}
    assert len(refusals) == 1
    assert refusals[0].actor is TEACHER
    assert refusals[0].permission == Permission.MARK_ENTER
    assert (refusals[0].endpoint, refusals[0].method) == ("people.marks", "GET")
    assert refusals[0].code == "wall-w1"
    assert "培考分离" in refusals[0].clause


def test_a_refusal_of_a_service_is_noted_by_the_handler(
    doors: Flask, refusals: list[Refusal]
) -> None:
    """A refusal raised behind the guard leaves the same trace."""
    assert as_actor(doors, MARKER).post("/own-mark").status_code == 403
    assert [(note.code, note.clause) for note in refusals] == [("duty-not-cand", "words")]


def test_a_note_that_fails_still_refuses(doors: Flask) -> None:
    """When the trace cannot be written, the page stays closed."""

    def broken(_: Refusal) -> None:
        raise OSError

    guard.on_refusal.append(broken)
    try:
        assert as_actor(doors, TEACHER).get("/marks").status_code == 500
    finally:
        guard.on_refusal.remove(broken)


def test_an_unmarked_endpoint_is_closed(doors: Flask, refusals: list[Refusal]) -> None:
    """A forgotten guard refuses everybody in production."""
    for actor in (None, MARKER):
        assert as_actor(doors, actor).get("/forgotten").status_code == 403
    assert {note.code for note in refusals} == {"unguarded"}


def test_an_unmarked_endpoint_is_a_mistake_in_tests(doors: Flask) -> None:
    """A forgotten guard breaks a test run, signed in or not."""
    doors.testing = True
    with pytest.raises(GuardMissingError, match=r"people\.forgotten"):
        doors.test_client().get("/forgotten")


def test_a_page_that_is_not_there_is_not_there(doors: Flask) -> None:
    """An unknown address is 404 and a wrong method 405, signed out."""
    client = doors.test_client()
    assert client.get("/nothing").status_code == 404
    assert client.post("/sign-in").status_code == 405


def test_one_view_has_one_guard() -> None:
    """Two guards on one view are refused when the module is read."""
    with pytest.raises(GuardMissingError, match="two guards"):
        public(requires(Permission.MARK_ENTER)(lambda: ""))


def test_a_view_named_static_needs_a_guard() -> None:
    """Only Flask's own static route goes without a guard."""
    app = Flask(__name__, static_folder=None)
    app.testing = True
    app.before_request(guard.check_request)
    app.add_url_rule("/static", endpoint="static", view_func=lambda: "not a file")
    with pytest.raises(GuardMissingError):
        app.test_client().get("/static")


def test_routes_are_listed_with_their_permission(doors: Flask) -> None:
    """The list behind the golden matrix names each route, and refuses an unmarked one."""
    with pytest.raises(GuardMissingError):
        guard.endpoints(doors)
    doors.view_functions["people.forgotten"] = public(lambda: "")
    assert guard.endpoints(doors) == [
        ("people.forgotten", "GET", None),
        ("people.marks", "GET POST", Permission.MARK_ENTER),
        ("people.own_mark", "POST", Permission.MARK_ENTER),
        ("people.sign_in", "GET", None),
    ]
