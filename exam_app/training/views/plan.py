"""Pages of projects, class plans and lecturers."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, Missing, RuleBroken
from exam_app.core.forms import choices
from exam_app.core.web import download, uploaded
from exam_app.policy.loader import load_profile, profile_ids
from exam_app.training import adapter, labels, pages, queries, service
from exam_app.training.forms import ClassForm, EmptyForm, LecturerForm, ProjectForm
from exam_app.training.views.blueprint import bp


@bp.get("/projects")
@requires(Permission.CLASS_VIEW)
def list_projects() -> str:
    """List the projects and classes the actor may see."""
    return render_template(
        "training/projects.html",
        projects=queries.projects_for(g.actor),
        classes=queries.classes_for(g.actor),
    )


def _project_form() -> ProjectForm:
    form = ProjectForm(request.form)
    form.profile_id.choices = choices((key, load_profile(key).title) for key in profile_ids())
    form.industries.choices = choices(labels.INDUSTRIES)
    return form


@bp.get("/projects/new")
@requires(Permission.PROJECT_PLAN)
def new_project() -> str:
    """Show the form of a new project."""
    return render_template("training/project_form.html", form=_project_form())


@bp.post("/projects/new")
@requires(Permission.PROJECT_PLAN)
def create_project() -> ResponseReturnValue:
    """Register a project."""
    form = _project_form()
    if form.validate():
        try:
            with transaction():
                pages.project_from(form.data, actor=g.actor)
            return redirect(url_for("training.list_projects"), 303)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    page = render_template("training/project_form.html", form=form, form_errors=form.summary())
    return page, 422


def _class_form() -> ClassForm:
    form = ClassForm(request.form)
    form.project_id.choices = choices((each.id, each.name) for each in pages.open_projects(g.actor))
    form.category.choices = choices(labels.CATEGORIES)
    form.industry.choices = choices(labels.INDUSTRIES)
    return form


@bp.get("/classes/new")
@requires(Permission.CLASS_PLAN)
def new_class() -> str:
    """Show the form of a new class."""
    return render_template("training/class_form.html", form=_class_form(), problems={})


@bp.post("/classes/new")
@requires(Permission.CLASS_PLAN)
def create_class() -> ResponseReturnValue:
    """Register a class with its plan; each bad row of the plan is named."""
    form, problems = _class_form(), {}
    if form.validate():
        try:
            data, name = uploaded(request.files.get("file"))
            with transaction():
                made = pages.class_from(form.data, data, name, actor=g.actor)
            return redirect(url_for("training.show_plan", class_id=made.id), 303)
        except pages.PlanUnreadable as error:
            problems = labels.by_row(error.problems)
            form.refuse(error)
        except (BadInput, Missing, RuleBroken) as error:
            form.refuse(error)
    page = render_template(
        "training/class_form.html", form=form, problems=problems, form_errors=form.summary()
    )
    return page, 422


def _lecturers_page(form: LecturerForm) -> str:
    return render_template(
        "training/lecturers.html",
        lecturers=pages.own_lecturers(g.actor),
        form=form,
        form_errors=form.summary(),
    )


@bp.get("/lecturers")
@requires(Permission.CLASS_PLAN)
def list_lecturers() -> str:
    """List the provider's lecturers with a form for one more."""
    return _lecturers_page(LecturerForm())


@bp.post("/lecturers")
@requires(Permission.CLASS_PLAN)
def create_lecturer() -> ResponseReturnValue:
    """Register a lecturer of the provider."""
    form = LecturerForm(request.form)
    if form.validate():
        try:
            with transaction():
                pages.lecturer_from(form.data, actor=g.actor)
            return redirect(url_for("training.list_lecturers"), 303)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    return _lecturers_page(form), 422


@bp.get("/templates/plan")
@requires(Permission.CLASS_PLAN)
def plan_template() -> Response:
    """Download the template of a class's plan."""
    return download(adapter.plan_template(), f"{_('课程计划模板')}.xlsx")


@bp.get("/classes/<int:class_id>/plan")
@requires(Permission.CLASS_VIEW)
def show_plan(class_id: int) -> str:
    """Show a class's plan and the rules it is held against."""
    training_class = queries.get_class(class_id, g.actor)
    return render_template(
        "training/plan.html",
        training_class=training_class,
        lessons=queries.lessons_of(class_id),
        findings=labels.finding_rows(pages.plan_findings(training_class)),
        form=EmptyForm(),
    )


@bp.post("/classes/<int:class_id>/approval")
@requires(Permission.CLASS_APPROVE)
def approve_class(class_id: int) -> ResponseReturnValue:
    """Approve a class plan."""
    with transaction():
        service.approve_class(queries.get_class(class_id, g.actor), actor=g.actor)
    flash(_("班次计划已审核通过。"))
    return redirect(url_for("training.show_plan", class_id=class_id), 303)
