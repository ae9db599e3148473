"""A browser without JavaScript that fills in training's forms, token included."""

from __future__ import annotations

import io
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exam_app.core.db import session
from exam_app.people import sign_in
from exam_app.people.models import Account
from tests.factories.people import PASSWORD

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
KEPT = re.compile(r'name="token"[^>]*value="([0-9a-f]{64})"')


class Browser:
    """One person's browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def sign_in(self, account: Account) -> Browser:
        """Carry the cookie of a session of the account."""
        name = account.username
        session().commit()
        with self.client.application.test_request_context("/sign-in", method="POST"):
            signed = sign_in.sign_in(username=name, password=PASSWORD, code="", address="192.0.2.7")
        self.client.set_cookie("session", signed.token)
        return self

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        answer = self.client.get(path, headers={"Accept": "text/html"})
        session().rollback()  # the test reads afresh what the request wrote
        return answer

    def post(self, path: str, page: str, **fields: object) -> TestResponse:
        """Send a form with the token found on ``page``."""
        found = TOKEN.search(self.get(page).text)
        assert found is not None, f"no form on {page}"
        return self.bare(path, csrf_token=found[1], **fields)

    def bare(self, path: str, **fields: object) -> TestResponse:
        """Send a form without looking for a token."""
        answer = self.client.post(path, data=fields)
        session().rollback()
        return answer

    def upload(
        self, path: str, page: str, data: bytes, called: str, /, **more: object
    ) -> TestResponse:
        """Send a file with a form."""
        return self.post(path, page, file=(io.BytesIO(data), called), **more)


def kept_token(answer: TestResponse) -> str:
    """Return the token of the kept file a preview page carries."""
    found = KEPT.search(answer.text)
    assert found is not None, answer.text
    return found[1]
