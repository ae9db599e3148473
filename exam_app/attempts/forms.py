"""Forms of attempts: one answer at the desk, one reading of a paper script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms.fields import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from exam_app.attempts.rules import field_of
from exam_app.attempts.terms import Answer
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
    """One input for each question of a script (录入一遍); made by ``reading_form``."""

    questions: ClassVar[tuple[int, ...]] = ()

    def inputs(self) -> list[tuple[int, Any]]:
        """Return question and input, in the order of the paper."""
        return [(question, self[field_of(question)]) for question in self.questions]

    def reading(self) -> dict[int, str]:
        """Return question → what was typed."""
        return {question: item.data or "" for question, item in self.inputs()}


def reading_form(questions: Iterable[int], data: MultiDict[str, str] | None = None) -> ReadingForm:
    """Return the form of a reading: all questions of a script, or those that differ."""
    numbers = tuple(questions)
    label = _l("题号")
    fields = {field_of(each): StringField(label, [Length(max=20)]) for each in numbers}
    kind = type("ReadingForm", (ReadingForm,), {"questions": numbers, **fields})
    return cast(ReadingForm, kind(data))
