"""A browser without JavaScript that fills in forms as a person does, token included."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exam_app.core.db import session
from exam_app.people.models import Account
from tests.factories.people import PASSWORD

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """A test client that reads the token of the page it posts from."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        answer = self.client.get(path, headers={"Accept": "text/html"})
        session().rollback()  # the test reads afresh what the request wrote
        return answer

    def post(self, path: str, *, page: str = "", **fields: str | list[str]) -> TestResponse:
        """Send the form found on ``page`` (default: the same path)."""
        found = TOKEN.search(self.get(page or path).text)
        assert found is not None, f"no form on {page or path}"
        answer = self.client.post(path, data={"csrf_token": found[1], **fields})
        session().rollback()
        return answer

    def sign_in(self, account: Account) -> TestResponse:
        """Sign in as the account."""
        name = account.username
        session().commit()
        return self.post("/sign-in", username=name, password=PASSWORD)
