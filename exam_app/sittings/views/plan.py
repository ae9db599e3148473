"""Pages of planning: the list, a sitting, its schedule, entries and posts (排考)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access import duties
from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.forms import local_moment
from exam_app.core.web import back_to, carried_out
from exam_app.people import queries as people
from exam_app.sittings import pages, queries, rules, service
from exam_app.sittings.forms import PostForm, ScheduleForm, StartForm
from exam_app.sittings.views.blueprint import bp, form_page, pairs
from exam_app.training import queries as training

if TYPE_CHECKING:
    from exam_app.training.models import TrainingClass


@bp.get("/sittings")
@requires(Permission.SITTING_VIEW)
def list_sittings() -> ResponseReturnValue:
    """List the sittings the reader has to do with."""
    return render_template("sittings/sittings.html", sittings=queries.sittings_for(g.actor))


@bp.get("/sittings/<int:sitting_id>")
@requires(Permission.SITTING_VIEW)
def show_sitting(sitting_id: int) -> ResponseReturnValue:
    """Show one sitting with what is to be done next."""
    return render_template("sittings/sitting.html", board=pages.board(sitting_id, g.actor))


@bp.get("/classes/<int:class_id>/sitting-plan")
@requires(Permission.SITTING_SCHEDULE)
def plan_sitting(class_id: int) -> ResponseReturnValue:
    """Show the form of a class's sitting."""
    training_class = _class(class_id)
    return _schedule_page(_schedule_form(training_class), training_class)


@bp.post("/classes/<int:class_id>/sitting-plan")
@requires(Permission.SITTING_SCHEDULE)
def schedule(class_id: int) -> ResponseReturnValue:
    """Schedule the sitting of a class."""
    training_class = _class(class_id)
    form = _schedule_form(training_class)
    if not carried_out(form, lambda: _schedule(training_class, form)):
        return _schedule_page(form, training_class)
    flash(_("场次已安排，请编排考生、指派监考。"))
    sitting = queries.sittings_of(class_id)[-1]
    return back_to("sittings.show_sitting", sitting_id=sitting.id)


@bp.get("/sittings/<int:sitting_id>/start")
@requires(Permission.SITTING_SCHEDULE)
def new_start(sitting_id: int) -> ResponseReturnValue:
    """Show the form of another start."""
    return _start_page(sitting_id, StartForm())


@bp.post("/sittings/<int:sitting_id>/start")
@requires(Permission.SITTING_SCHEDULE)
def reschedule(sitting_id: int) -> ResponseReturnValue:
    """Let the sitting begin at another time."""
    sitting, form = queries.get_sitting(sitting_id, g.actor), StartForm(request.form)
    if not carried_out(
        form,
        lambda: service.reschedule(
            sitting,
            starts_at=local_moment(form.starts_at.data),  # type: ignore[arg-type]
            reason=form.reason.data,
            actor=g.actor,
        ),
    ):
        return _start_page(sitting_id, form)
    flash(_("已改期。"))
    return back_to("sittings.show_sitting", sitting_id=sitting_id)


@bp.post("/sittings/<int:sitting_id>/entries")
@requires(Permission.SITTING_SCHEDULE)
def enter_class(sitting_id: int) -> ResponseReturnValue:
    """Enter everybody eligible."""
    sitting = queries.get_sitting(sitting_id, g.actor)
    with transaction():
        entries = service.enter_class(sitting, actor=g.actor)
    flash(_("已编排 %(count)s 名考生。", count=len(entries)))
    return back_to("sittings.show_sitting", sitting_id=sitting_id)


@bp.get("/sittings/<int:sitting_id>/invigilators")
@requires(Permission.INVIGILATOR_ASSIGN)
def posts(sitting_id: int) -> ResponseReturnValue:
    """Show who supervises, with the form of one more."""
    return _posts_page(sitting_id, None)


@bp.post("/sittings/<int:sitting_id>/invigilators")
@requires(Permission.INVIGILATOR_ASSIGN)
def assign_invigilator(sitting_id: int) -> ResponseReturnValue:
    """Post an invigilator to a room."""
    form = _post_form(sitting_id)
    if not carried_out(form, lambda: _assign(sitting_id, form)):
        return _posts_page(sitting_id, form)
    flash(_("已指派监考。"))
    return back_to("sittings.posts", sitting_id=sitting_id)


@bp.post("/sittings/<int:sitting_id>/invigilators/<int:duty_id>/release")
@requires(Permission.INVIGILATOR_ASSIGN)
def release_invigilator(sitting_id: int, duty_id: int) -> ResponseReturnValue:
    """Take a post back."""
    sitting = queries.get_sitting(sitting_id, g.actor)
    duty = queries.get_duty(duty_id, sitting)
    with transaction():
        service.release_invigilator(duty, sitting, actor=g.actor)
    flash(_("已解除监考指派。"))
    return back_to("sittings.posts", sitting_id=sitting_id)


def _class(class_id: int) -> TrainingClass:
    """Return a class whose exam the reader may plan."""
    training_class = training.get_class(class_id, g.actor)
    facts = training.wall_facts(g.actor, training_class)
    duties.require(Permission.SITTING_SCHEDULE, g.actor, **facts, state=True)
    return training_class


def _schedule_form(training_class: TrainingClass) -> ScheduleForm:
    form = ScheduleForm(request.form)
    form.offer(pairs(queries.sites_for(g.actor)), pages.custodian_choices(training_class))
    return form


def _schedule(training_class: TrainingClass, form: ScheduleForm) -> None:
    starts_at = local_moment(form.starts_at.data)
    service.schedule(
        training_class,
        site=queries.get_site(form.site_id.data, g.actor),
        mode=form.mode.data,
        starts_at=starts_at,  # type: ignore[arg-type]
        authority_custodian=people.get_account(form.authority_custodian.data),
        site_custodian=people.get_account(form.site_custodian.data),
        reserve_custodian=people.get_account(form.reserve_custodian.data),
        actor=g.actor,
    )


def _schedule_page(form: ScheduleForm, training_class: TrainingClass) -> ResponseReturnValue:
    return form_page(
        "sittings/schedule.html",
        form,
        training_class=training_class,
        settings=rules.settings_of(training.policy_of(training_class)),
    )


def _start_page(sitting_id: int, form: StartForm) -> ResponseReturnValue:
    sitting = pages.sitting_for(Permission.SITTING_SCHEDULE, sitting_id, g.actor)
    return form_page("sittings/reschedule.html", form, sitting=sitting)


def _post_form(sitting_id: int) -> PostForm:
    sitting = pages.sitting_for(Permission.INVIGILATOR_ASSIGN, sitting_id, g.actor)
    form = PostForm(request.form)
    form.offer(pages.invigilator_choices(sitting), pairs(queries.rooms_of(sitting.site_id)))
    return form


def _assign(sitting_id: int, form: PostForm) -> None:
    sitting = queries.get_sitting(sitting_id, g.actor)
    service.assign_invigilator(
        sitting,
        room=queries.room_of(sitting, form.room_id.data),
        account=people.get_account(form.account_id.data),
        role=form.role.data,
        actor=g.actor,
    )


def _posts_page(sitting_id: int, form: PostForm | None) -> ResponseReturnValue:
    board = pages.board(sitting_id, g.actor)
    return form_page("sittings/posts.html", form or _post_form(sitting_id), board=board)
