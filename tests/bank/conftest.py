"""What the tests of the bank share: an authority with its examining office."""

from __future__ import annotations

import pytest
from flask import Flask

from exam_app.access.terms import OrganisationKind
from exam_app.core.db import transaction
from tests.factories.bank import Office, make_office
from tests.factories.people import make_organisation


@pytest.fixture
def office(app: Flask) -> Office:
    """Return the office of one authority, committed."""
    with transaction():
        authority = make_organisation(OrganisationKind.CITY_EM, name="伊春市应急管理局")
    return make_office(authority)
