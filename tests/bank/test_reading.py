"""What a page or a job says of how a file is to be read, and what a form takes as a facility."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import Form

from exam_app.bank import surveying
from exam_app.bank.exchange import Reading
from exam_app.bank.fields import FacilityField
from exam_app.core.errors import BadInput
from question_bank import Level
from question_bank.exchange import Defaults
from question_bank.exchange.formats import Format
from question_bank.exchange.free_table import Field, Mapping
from question_bank.item import Category

READING = Reading(
    Format.XLSX,
    Mapping("表一", 1, {Field.STEM: 2, Field.KEY: 7}),
    Defaults("A.4.1", ("coal",), (Category.DEPUTY_HEAD,), Level.APPLY, Decimal("0.65")),
)
GIVEN = json.loads(surveying.to_text(READING))


def test_a_reading_comes_back() -> None:
    assert surveying.from_text(surveying.to_text(READING)) == READING
    assert surveying.from_text(surveying.to_text(Reading())) == Reading()


def default(place: int, value: object) -> dict[str, Any]:
    """Return plain values with one default changed."""
    given = list(GIVEN["defaults"])
    given[place] = value
    return {**GIVEN, "defaults": given}


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {**GIVEN, "format": "docx"},
        {**GIVEN, "format": ["xlsx"]},
        {**GIVEN, "mapping": [1]},
        {**GIVEN, "mapping": {**GIVEN["mapping"], "header_row": 10**30}},
        {**GIVEN, "defaults": 5},
        {**GIVEN, "defaults": []},
        default(0, "法律"),
        default(0, 7),
        default(0, "A" + ".1" * 10),
        default(1, "coal"),
        default(1, []),
        default(1, ["x" * 100]),
        default(1, [["coal"]]),
        default(2, ["厂长"]),
        default(2, ["team_leader"] * 1_000),
        default(3, "猜"),
        default(3, ["know"]),
        default(4, "1e-50000000"),
        default(4, "sNaN"),
        default(4, 0.5),
    ],
)
def test_a_reading_that_was_changed_on_the_way_is_refused(plain: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="bad-mapping"):
        surveying.from_text(json.dumps(plain))


@pytest.mark.parametrize(
    "text", ["", "no", "[]", "3", "[" * 100_000, '{"a":' * 100_000, "9" * 5_000]
)
def test_a_text_that_is_no_reading_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="bad-mapping"):
        surveying.from_text(text)


class FacilityForm(Form):  # type: ignore[misc]
    """A form of the one field."""

    facility = FacilityField("预估难度")


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.85", Decimal("0.85")), (" 1 ", Decimal(1))]
    + [(text, None) for text in ("sNaN", "NaN", "1e-50000000", "1e50000000", "2", "0.12345", "易")],
)
def test_a_form_takes_a_facility_and_nothing_else(
    app: Flask, text: str, value: Decimal | None
) -> None:
    with app.test_request_context():
        form = FacilityForm(MultiDict({"facility": text}))
        assert (form.validate(), form.facility.data) == (value is not None, value)
