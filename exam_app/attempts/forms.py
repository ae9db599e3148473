"""Forms of attempts: one answer at the desk, one reading of a paper script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms.fields import (
    FieldList,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from exam_app.attempts.terms import Answer, Difference
from exam_app.core.forms import BaseForm, choices

LETTERS = "ABCDEFGH"
CLEAR = "clear"


class AnswerForm(BaseForm):
    """What both kinds of question share: the counter of the change and the button used."""

    seq = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(min=1)])
    go = HiddenField()

    def answer(self, question: int) -> Answer:
        """Return the answer that was given; the button 清除 gives none."""
        chosen = "" if self.go.data == CLEAR else self["letters"].data or ""
        return Answer(question, "".join(sorted(chosen)), self.seq.data)


class OneChoiceForm(AnswerForm):
    """The answer to a single or true-false question (单选、判断)."""

    letters = RadioField(_l("选项"), [Optional()])


class ManyChoicesForm(AnswerForm):
    """The answer to a multiple question (多选)."""

    letters = SelectMultipleField(
        _l("选项"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


def answer_form(
    *, type_: str, options: Sequence[str], data: MultiDict[str, str] | None, **held: Any
) -> AnswerForm:
    """Return the form of a question with its lettered options.

    Args: data: what was posted, None to show; held: ``value`` saved and ``seq`` of a change.
    """
    kind = ManyChoicesForm if type_ == "multiple" else OneChoiceForm
    value = held.get("value", "")
    saved = list(value) if type_ == "multiple" else value
    form = kind(data, data={"letters": saved, "seq": held.get("seq")})
    form.letters.choices = choices(zip(LETTERS, options, strict=False))
    return form


class ReadingForm(BaseForm):
    """One input for each question of a script (录入一遍)."""

    answers = FieldList(StringField(validators=[Length(max=20)]))

    def reading(self, questions: Sequence[int]) -> dict[int, str]:
        """Return question → what was typed."""
        typed = [field.data or "" for field in self.answers]
        return dict(zip(questions, typed, strict=True))


def reading_form(questions: int, data: MultiDict[str, str] | None = None) -> ReadingForm:
    """Return the form of a reading of this many questions."""
    form = ReadingForm(_cut(data, questions))
    while len(form.answers) < questions:
        form.answers.append_entry()
    return form


def differences_form(
    apart: Sequence[Difference], data: MultiDict[str, str] | None = None
) -> ReadingForm:
    """Return the form of a third reading: one input for each differing question."""
    return reading_form(len(apart), data)


def _cut(data: MultiDict[str, str] | None, questions: int) -> MultiDict[str, str] | None:
    """Return what was posted without inputs the script has no question for."""
    if data is None:
        return None
    wanted = {f"answers-{number}" for number in range(questions)}
    kept = [
        (name, value)
        for name, value in data.items(multi=True)
        if not name.startswith("answers-") or name in wanted
    ]
    return MultiDict(kept)
