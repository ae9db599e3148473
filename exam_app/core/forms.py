"""Forms: the shape of input, with CSRF and clean strings; nothing of any stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask import abort, current_app, request, session
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.csrf.session import SessionCSRF
from wtforms.fields import DecimalField, Field
from wtforms.fields.choices import SelectChoice

from exam_app.core import clock
from exam_app.core.errors import ExamError
from exam_app.core.messages import sentence

MOST_BITS = 63  # of a whole number, as databases keep it


def _tidy(value: Any) -> Any:
    """Return what was typed as it can be kept: no blanks around it, no NUL; no number too large.

    A range check can't even compare such a number, and refuses None.
    """
    if type(value) is str:  # an enum stays
        return value.replace("\0", "").strip()
    return None if type(value) is int and value.bit_length() > MOST_BITS else value


class BaseForm(Form):  # type: ignore[misc]
    """A form with CSRF by the browser session, stripped strings and errors on fields."""

    class Meta:
        csrf = True
        csrf_class = SessionCSRF
        csrf_time_limit = dt.timedelta(hours=12)

        @property
        def csrf_secret(self) -> bytes:
            """Return the key the tokens are made with."""
            secret = current_app.secret_key
            return secret if isinstance(secret, bytes) else str(secret).encode()

        @property
        def csrf_context(self) -> Any:
            """Return the browser session."""
            return session

        @property
        def locales(self) -> list[str]:
            """Return the languages of the messages of the form library."""
            return [str(get_locale() or "zh_Hans_CN"), "zh"]

        def bind_field(self, form: Form, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Return the field with the tidying filter in front of its own."""
            filters = unbound_field.kwargs.get("filters", [])
            return unbound_field.bind(form=form, filters=[_tidy, *filters], **options)

    def refuse(self, error: ExamError) -> None:
        """Put a domain error on the field it names, or on the form as a whole."""
        name = error.facts.get("field")
        if isinstance(name, str) and name in self._fields:
            self._fields[name].errors = [*self._fields[name].errors, sentence(error)]
        else:
            self.form_errors.append(sentence(error))

    def summary(self) -> list[tuple[str, str]]:
        """Return (field id, sentence) of every error, for the summary at the top."""
        rows: list[tuple[str, str]] = [("", str(text)) for text in self.form_errors]
        for field in self._fields.values():
            rows.extend((field.id, str(text)) for text in field.errors)
        return rows


class FiniteField(DecimalField):  # type: ignore[misc]
    """A number in digits; "NaN" and "Infinity" are none, which no range check could pass on."""

    data: Decimal | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed. Raises: ValueError: it is no number."""
        super().process_formdata(valuelist)
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError(_l("请填写数字"))


def check_token() -> None:
    """Pass a POST that carries the browser's token; otherwise the request ends with 400."""
    if not BaseForm(request.form).validate():
        abort(400)


def choices(pairs: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Return select choices from a mapping or pairs of value and label."""
    rows = pairs.items() if isinstance(pairs, Mapping) else pairs
    return [SelectChoice(value, label) for value, label in rows]


def local_moment(value: dt.datetime | None) -> dt.datetime | None:
    """Return the aware UTC moment of a naive one typed in Asia/Shanghai."""
    if value is None:
        return None
    return value.replace(tzinfo=clock.SHANGHAI).astimezone(dt.UTC)
