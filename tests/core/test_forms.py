"""Forms: the browser's token, clean strings, errors where they belong, times as typed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from wtforms import DateField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import BaseForm, FiniteField, choices, local_moment


def _louder(value: str | None) -> str | None:
    return value.upper() if value else value


class OneForm(BaseForm):
    """A form with one of each."""

    name = StringField("姓名", [InputRequired("此项必填")], filters=[_louder])
    count = IntegerField("人数")
    most = IntegerField("上限", [Optional(), NumberRange(0, 9)])
    share = FiniteField("比例", [Optional(), NumberRange(0, 1)], places=2)
    day = DateField("日期")


@pytest.fixture
def bare() -> Flask:
    """Return an application that knows a secret and a language, and nothing else."""
    app = Flask("bare")
    app.config.update(SECRET_KEY="x" * 32, BABEL_DEFAULT_LOCALE="zh_Hans_CN")
    Babel(app)
    return app


def filled(bare: Flask, **fields: str) -> OneForm:
    form = OneForm()
    token = re.search(r'value="([^"]+)"', str(form.csrf_token()))
    assert token is not None
    return OneForm(MultiDict({"csrf_token": token[1], **fields}))


def test_strings_are_stripped_before_other_filters(bare: Flask) -> None:
    """Blanks around what somebody typed never arrive, nor does NUL."""
    with bare.test_request_context():
        form = filled(bare, name="  l\0i ", count=" 3 ", day="2025-03-01")
        assert form.validate()
        assert (form.name.data, form.count.data) == ("LI", 3)
        assert form.day.data == dt.date(2025, 3, 1)


@pytest.mark.parametrize("typed", ["sNaN", "NaN", "1e999", "-1e999", "9" * 400, "9" * 5000, "10"])
def test_no_number_is_too_strange_to_be_refused(bare: Flask, typed: str) -> None:
    """What no range check can compare is told on its field, and never an error of the server."""
    with bare.test_request_context():
        form = filled(bare, name="李", day="2025-03-01", most=typed, share=typed)
        assert not form.validate()
        assert form.most.errors
        assert form.share.errors
        str(form.most()), str(form.share())
        assert filled(bare, name="李", day="2025-03-01", count=typed).count.data in (None, 10)


def test_blanks_alone_are_nothing(bare: Flask) -> None:
    """A required field filled with blanks is empty."""
    with bare.test_request_context():
        form = filled(bare, name="   ", count="1", day="2025-03-01")
        form.validate()
        assert form.name.data == ""


@pytest.mark.parametrize("token", [None, "", "x", "20250310##abc"])
def test_a_foreign_token_is_refused(bare: Flask, token: str | None) -> None:
    """No token, or one this browser was not given: the form does not pass."""
    with bare.test_request_context():
        OneForm()
        fields = {"name": "李", "count": "1", "day": "2025-03-01"}
        if token is not None:
            fields["csrf_token"] = token
        form = OneForm(MultiDict(fields))
        assert not form.validate()
        assert form.csrf_token.errors


def test_a_token_of_another_browser_is_refused(bare: Flask) -> None:
    """The token is bound to the browser's session."""
    with bare.test_request_context():
        token = re.search(r'value="([^"]+)"', str(OneForm().csrf_token()))
    assert token is not None
    with bare.test_request_context():
        OneForm()
        fields = {"name": "李", "count": "1", "day": "2025-03-01", "csrf_token": token[1]}
        assert not OneForm(MultiDict(fields)).validate()


def test_a_domain_error_stands_on_the_field_it_names(bare: Flask) -> None:
    """Its sentence, facts filled in, is in the summary with the field's id."""
    with bare.test_request_context():
        form = OneForm()
        form.refuse(BadInput("people-password-short", field="name", least=12))
        form.refuse(RuleBroken("roster-empty"))
        form.refuse(RuleBroken("class-state", field="elsewhere"))
        assert form.name.errors == ["口令太短，至少 12 位。"]
        assert form.summary() == [
            ("", "名册中没有人员。"),
            ("", "班次当前状态不允许此操作。"),
            ("name", "口令太短，至少 12 位。"),
        ]


def test_messages_of_the_form_library_are_chinese(bare: Flask) -> None:
    """An unreadable number is refused in the reader's language."""
    with bare.test_request_context():
        form = filled(bare, name="李", count="三", day="2025-03-01")
        assert not form.validate()
        (text,) = form.count.errors
        assert re.search("[\u4e00-\u9fff]", str(text)), text


def test_times_are_typed_in_china() -> None:
    """What is typed as 09:00 is one in the morning in UTC; nothing stays nothing."""
    typed = dt.datetime(2025, 3, 12, 9, 0)  # noqa: DTZ001 - as a form field gives it
    assert local_moment(typed) == dt.datetime(2025, 3, 12, 1, 0, tzinfo=dt.UTC)
    assert local_moment(None) is None


def test_choices_of_a_mapping_and_of_pairs() -> None:
    """Both become what a select field takes, in their own order."""
    of_mapping = choices({"a": "甲", "b": "乙"})
    assert [(each.value, each.label) for each in of_mapping] == [("a", "甲"), ("b", "乙")]
    of_pairs = choices([(2, "乙"), (1, "甲")])
    assert [(each.value, each.label) for each in of_pairs] == [(2, "乙"), (1, "甲")]
