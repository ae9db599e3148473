"""Pages of credits: the class's ledger, a person's statement, an enterprise's, a region's."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.forms import choices
from exam_app.core.web import back_to, carried_out, download
from exam_app.credits import labels, pages, printing, queries, service
from exam_app.credits.forms import FORMATS, AgainForm, CreditForm, ReversalForm, YearForm
from exam_app.credits.terms import CreditTarget

bp = Blueprint("credits", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {
        "credit_labels": labels,
        "credit_basis": printing.basis,
        "credit_years": pages.years,
    }


def _asked() -> tuple[int | None, str]:
    """Return the year in the address, None where none is wanted, and the format."""
    form = YearForm(request.args)
    if not form.validate():
        return None, ""
    return form.year.data, form.format.data or ""


def _class_page(class_id: int, form: CreditForm | None = None) -> str:
    training_class = queries.see_class(class_id, g.actor)
    offer = pages.class_offer(training_class)
    form = form or CreditForm()
    form.target.choices = choices(offer.choices)
    return render_template(
        "credits/class.html",
        training_class=training_class,
        offer=offer,
        form=form,
        waiting=queries.uncredited(class_id),
        lines=queries.lines_of_class(class_id),
    )


@bp.get("/classes/<int:class_id>/credits")
@requires(Permission.CREDIT_GRANT)
def show_class(class_id: int) -> str:
    """Show what a class's certificates give and what was credited."""
    return _class_page(class_id)


@bp.post("/classes/<int:class_id>/credits")
@requires(Permission.CREDIT_GRANT)
def credit_class(class_id: int) -> ResponseReturnValue:
    """Credit the hours of all certificates of a class that are not credited yet."""
    training_class = queries.see_class(class_id, g.actor)
    form = CreditForm(request.form)
    form.target.choices = choices(pages.class_offer(training_class).choices)
    if not form.validate():
        return _class_page(class_id, form), 422
    with transaction():
        made = service.credit_class(
            training_class, target=CreditTarget(form.target.data), actor=g.actor
        )
    flash(_("已登记 %(count)s 人的学时。", count=len(made)))
    return redirect(url_for("credits.show_class", class_id=class_id), 303)


@bp.get("/credits/<int:entry_id>/reversal")
@requires(Permission.CREDIT_REVERSE)
def ask_reversal(entry_id: int) -> str:
    """Show what would be taken back."""
    line = queries.get_line(entry_id, g.actor)
    return render_template("credits/reversal.html", line=line, form=ReversalForm())


@bp.post("/credits/<int:entry_id>/reversal")
@requires(Permission.CREDIT_REVERSE)
def reverse(entry_id: int) -> ResponseReturnValue:
    """Take hours back for a reason."""
    line = queries.get_line(entry_id, g.actor)
    form = ReversalForm(request.form)
    class_id = line.training_class.id
    if carried_out(
        form, lambda: service.reverse(line.entry, reason=form.reason.data, actor=g.actor)
    ):
        return back_to("credits.show_class", class_id=class_id)
    line = queries.get_line(entry_id, g.actor)
    return render_template("credits/reversal.html", line=line, form=form), 422


def _again_page(entry_id: int, form: AgainForm) -> str:
    line = queries.get_line(entry_id, g.actor)
    offer = pages.class_offer(line.training_class)
    form.target.choices = choices(offer.choices)
    return render_template("credits/again.html", line=line, offer=offer, form=form)


@bp.get("/credits/<int:entry_id>/correction")
@requires(Permission.CREDIT_GRANT)
def ask_again(entry_id: int) -> str:
    """Show hours that were taken back and may be credited again."""
    return _again_page(entry_id, AgainForm())


@bp.post("/credits/<int:entry_id>/correction")
@requires(Permission.CREDIT_GRANT)
def credit_again(entry_id: int) -> ResponseReturnValue:
    """Credit hours again that were taken back, for a reason."""
    line = queries.get_line(entry_id, g.actor)
    form = AgainForm(request.form)
    form.target.choices = choices(pages.class_offer(line.training_class).choices)
    class_id = line.training_class.id
    if carried_out(
        form,
        lambda: service.correct(
            line.entry,
            target=CreditTarget(form.target.data),
            reason=form.reason.data,
            actor=g.actor,
        ),
    ):
        return back_to("credits.show_class", class_id=class_id)
    return _again_page(entry_id, form), 422


@bp.get("/my/hours")
@requires(Permission.CREDIT_STATEMENT_OWN)
def my_hours() -> str:
    """Show one's own hours of re-training, and what lacks in the year."""
    year, _format = _asked()
    return render_template(
        "credits/my_hours.html",
        statement=queries.statement(g.actor.person_id, year),
        owed=queries.obligations_of(g.actor.person_id, year or pages.this_year()),
        year=year,
        owed_year=year or pages.this_year(),
    )


@bp.post("/my/hours/statement")
@requires(Permission.CREDIT_STATEMENT_OWN)
def my_statement() -> Response:
    """Hand out one's own statement as PDF or XLSX."""
    year, kind = _asked()
    kind = kind or "pdf"
    content = pages.statement_file(g.actor.person_id, year, kind)
    with transaction():
        service.issue_statement(g.actor.person_id, content, year=year, actor=g.actor)
    return download(content, f"{_('再培训学时证明')}.{FORMATS[kind]}")


@bp.get("/credits/enterprise")
@requires(Permission.CREDIT_STATEMENT_ENTERPRISE)
def show_enterprise() -> str:
    """Show the hours of the enterprise's own people, and who lacks how many in the year."""
    year, _format = _asked()
    organisation_id = g.actor.organisation_id
    return render_template(
        "credits/enterprise.html",
        name=pages.enterprise_name(organisation_id),
        lines=queries.enterprise_statement(organisation_id, year),
        owed=queries.obligations(organisation_id, year or pages.this_year()),
        year=year,
        owed_year=year or pages.this_year(),
    )


@bp.post("/credits/enterprise")
@requires(Permission.CREDIT_STATEMENT_ENTERPRISE)
def enterprise_statement() -> Response:
    """Hand out the enterprise's statement as PDF or XLSX."""
    year, kind = _asked()
    kind = kind or "xlsx"
    organisation_id = g.actor.organisation_id
    content = pages.enterprise_file(organisation_id, year, kind)
    with transaction():
        service.issue_enterprise_statement(organisation_id, content, year=year, actor=g.actor)
    return download(content, f"{_('本企业人员再培训学时')}.{FORMATS[kind]}")


@bp.get("/credits/coverage")
@requires(Permission.STATS_VIEW)
def show_coverage() -> str:
    """Show how the enterprises in the actor's charge stand in a year; sums alone."""
    year = _asked()[0] or pages.this_year()
    counties = queries.coverage(g.actor, year)
    return render_template("credits/coverage.html", counties=counties, year=year)


@bp.get("/credits/coverage/<int:organisation_id>")
@requires(Permission.CREDIT_OUTSTANDING)
def show_lacking(organisation_id: int) -> str:
    """Show who in an enterprise still lacks how many hours."""
    year = _asked()[0] or pages.this_year()
    owed = queries.lacking_in(organisation_id, year, g.actor)
    name = pages.enterprise_name(organisation_id)
    return render_template("credits/lacking.html", owed=owed, name=name, year=year)
