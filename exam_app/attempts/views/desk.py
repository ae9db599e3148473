"""The candidate's desk (答题): a question a page, saved at every step, without JavaScript."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.attempts import labels, queries, service
from exam_app.attempts.forms import AnswerForm, answer_form
from exam_app.attempts.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, DutyConflict, RuleBroken
from exam_app.core.messages import sentence
from exam_app.core.web import back_to
from exam_app.papers import candidate
from exam_app.sittings.labels import ENTRY_LABELS, STATE_LABELS


@bp.get("/desk")
@requires(Permission.RESPONSE_SUBMIT)
def show_desk() -> ResponseReturnValue:
    """List the candidate's own sittings on computers."""
    return render_template(
        "attempts/desk.html",
        rows=queries.desk_entries(g.actor),
        attempt_states=labels.ATTEMPT_STATES,
        entry_states=ENTRY_LABELS,
        sitting_states=STATE_LABELS,
    )


@bp.post("/desk/entries/<int:entry_id>/attempt")
@requires(Permission.RESPONSE_SUBMIT)
def start(entry_id: int) -> ResponseReturnValue:
    """Start or go on with the attempt of one's own entry."""
    entry = queries.own_entry(entry_id, g.actor)
    with transaction():
        attempt = service.start(entry, actor=g.actor)
    return back_to("attempts.show_question", attempt_id=attempt.id, question=1)


@bp.post("/desk/<int:attempt_id>/seat")
@requires(Permission.RESPONSE_SUBMIT)
def take_seat(attempt_id: int) -> ResponseReturnValue:
    """Go on with the attempt in this browser."""
    attempt = queries.get_attempt(attempt_id, g.actor)
    with transaction():
        service.resume(attempt, actor=g.actor)
    flash(_("已转到本机继续作答，原来的机器不能再保存。"))
    return back_to("attempts.show_overview", attempt_id=attempt_id)


@bp.get("/desk/<int:attempt_id>")
@requires(Permission.RESPONSE_SUBMIT)
def show_overview(attempt_id: int) -> ResponseReturnValue:
    """Show which questions are answered."""
    attempt = queries.get_attempt(attempt_id, g.actor)
    if attempt.submitted_at:
        return back_to("attempts.show_receipt", attempt_id=attempt_id)
    return _page("attempts/overview.html", queries.desk_of(attempt))


@bp.get("/desk/<int:attempt_id>/<int:question>")
@requires(Permission.RESPONSE_SUBMIT)
def show_question(attempt_id: int, question: int) -> ResponseReturnValue:
    """Show one question with the answer that is saved."""
    attempt = queries.get_attempt(attempt_id, g.actor)
    if attempt.submitted_at:
        return back_to("attempts.show_receipt", attempt_id=attempt_id)
    desk = queries.desk_of(attempt)
    return _question_page(desk, question, _form(desk, question, posted=False))


@bp.post("/desk/<int:attempt_id>/<int:question>")
@requires(Permission.RESPONSE_SUBMIT)
def save_answer(attempt_id: int, question: int) -> ResponseReturnValue:
    """Save the answer and move on; one that is older than what stands is shown again."""
    attempt = queries.get_attempt(attempt_id, g.actor)
    desk = queries.desk_of(attempt)
    form = _form(desk, question, posted=True)
    if not form.validate():
        return _question_page(desk, question, form), 422
    answer = form.answer(question)
    try:
        with transaction():
            ack = service.save(attempt, [answer], actor=g.actor)
    except (BadInput, DutyConflict, RuleBroken) as refused:
        flash(sentence(refused), "danger")
        return back_to("attempts.show_overview", attempt_id=attempt_id)
    if not ack.holds(answer):
        flash(_("此题已在另一个窗口保存为其他答案，现显示的是已保存的答案，请核对。"), "warning")
        return back_to("attempts.show_question", attempt_id=attempt_id, question=question)
    return _move_on(desk, question, form.go.data)


@bp.get("/desk/<int:attempt_id>/submission")
@requires(Permission.RESPONSE_SUBMIT)
def check_submission(attempt_id: int) -> ResponseReturnValue:
    """Show what will be handed in before it is."""
    attempt = queries.get_attempt(attempt_id, g.actor)
    if attempt.submitted_at:
        return back_to("attempts.show_receipt", attempt_id=attempt_id)
    return _page("attempts/submission.html", queries.desk_of(attempt))


@bp.post("/desk/<int:attempt_id>/submission")
@requires(Permission.RESPONSE_SUBMIT)
def submit(attempt_id: int) -> ResponseReturnValue:
    """Hand the attempt in."""
    attempt = queries.get_attempt(attempt_id, g.actor)
    try:
        with transaction():
            service.submit(attempt, actor=g.actor)
    except (DutyConflict, RuleBroken) as refused:
        flash(sentence(refused), "danger")
        return back_to("attempts.show_overview", attempt_id=attempt_id)
    return back_to("attempts.show_receipt", attempt_id=attempt_id)


@bp.get("/desk/<int:attempt_id>/receipt")
@requires(Permission.RESPONSE_SUBMIT)
def show_receipt(attempt_id: int) -> ResponseReturnValue:
    """Show that the attempt was handed in, with the digest of its answers."""
    attempt = queries.get_attempt(attempt_id, g.actor)
    if not attempt.submitted_at:
        return back_to("attempts.show_overview", attempt_id=attempt_id)
    answered = sum(bool(value) for value in queries.responses_of(attempt.id).values())
    paper = queries.released(attempt.sitting_id)
    return render_template(
        "attempts/receipt.html", attempt=attempt, answered=answered, questions=paper.questions
    )


def _form(desk: queries.Desk, number: int, *, posted: bool) -> AnswerForm:
    question, saved = queries.question_of(desk, number), desk.saved.get(number)
    return answer_form(
        type_=question.type,
        options=question.options,
        data=request.form if posted else None,
        value=saved.value if saved else "",
        seq=desk.next_seq,
    )


def _question_page(desk: queries.Desk, number: int, form: AnswerForm) -> str:
    question = queries.question_of(desk, number)
    return _page(
        "attempts/question.html",
        desk,
        question=question,
        pictures=candidate.shown_pictures(question),
        form=form,
        form_errors=form.summary(),
        types=labels.QUESTION_TYPES,
    )


def _page(template: str, desk: queries.Desk, **more: object) -> str:
    """Return a page of the desk, or the one that takes it over from another seat."""
    if not desk.is_here(g.actor):
        template = "attempts/elsewhere.html"
    return render_template(template, desk=desk, **more)


def _move_on(desk: queries.Desk, question: int, go: str | None) -> ResponseReturnValue:
    steps = {"previous": question - 1, "clear": question, "next": question + 1}
    target = steps.get(go or "next", 0)
    if not 1 <= target <= len(desk.paper.questions):
        return back_to("attempts.show_overview", attempt_id=desk.attempt.id)
    return back_to("attempts.show_question", attempt_id=desk.attempt.id, question=target)
