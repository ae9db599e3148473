"""Payment (支付): the overview for bureau and agency, the payable list, acceptance, payment."""

from __future__ import annotations

from decimal import Decimal

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import RuleBroken
from exam_app.core.web import download
from exam_app.reports import pages, queries, service
from exam_app.reports.forms import AcceptanceForm, PaymentForm, PurposeForm
from exam_app.reports.terms import Conclusion
from exam_app.reports.views.blueprint import bp
from exam_app.training import queries as training


@bp.get("/reports/overview")
@requires(Permission.REPORT_PAYABLE)
def show_overview() -> str:
    """Show each project's coverage, pass rate, payable persons, acceptance and payment."""
    return render_template("reports/overview.html", rows=pages.overview(g.actor))


@bp.get("/reports/projects/<int:project_id>/payable")
@requires(Permission.REPORT_PAYABLE)
def show_payable(project_id: int) -> str:
    """Show who took part and passed; looking is noted."""
    found = pages.seen_payable(training.get_project(project_id, g.actor), g.actor)
    return render_template("reports/payable.html", payable=found, form=PurposeForm())


@bp.post("/reports/projects/<int:project_id>/payable")
@requires(Permission.REPORT_PAYABLE)
def export_payable(project_id: int) -> ResponseReturnValue:
    """Freeze the payable list and hand it out as XLSX."""
    project = training.get_project(project_id, g.actor)
    form = PurposeForm(request.form)
    if not form.validate():
        found = pages.seen_payable(project, g.actor)
        return render_template("reports/payable.html", payable=found, form=form), 422
    with transaction():
        frozen = service.export_payable(project, purpose=form.purpose.data, actor=g.actor)
    return download(pages.payable_file(frozen), f"{_('应支付名单')}.xlsx")


@bp.get("/reports/projects/<int:project_id>/acceptance")
@requires(Permission.ACCEPTANCE_REPORT)
def ask_acceptance(project_id: int) -> str:
    """Show the figures an acceptance stands on, with its form."""
    project = training.get_project(project_id, g.actor)
    return _acceptance_page(project_id, AcceptanceForm(), queries.coverage(project))


@bp.post("/reports/projects/<int:project_id>/acceptance")
@requires(Permission.ACCEPTANCE_REPORT)
def report_acceptance(project_id: int) -> ResponseReturnValue:
    """Register the acceptance report of a project."""
    project = training.get_project(project_id, g.actor)
    form = AcceptanceForm(request.form)
    if form.validate():
        try:
            with transaction():
                service.report_acceptance(
                    project,
                    number=form.number.data,
                    on=form.on.data,
                    conclusion=Conclusion(form.conclusion.data),
                    note=form.note.data or "",
                    actor=g.actor,
                )
            flash(_("评估验收报告已登记。"))
            return redirect(url_for("reports.ask_acceptance", project_id=project_id), 303)
        except RuleBroken as error:
            form.refuse(error)
    return _acceptance_page(project_id, form, queries.coverage(project)), 422


def _acceptance_page(project_id: int, form: AcceptanceForm, found: queries.Coverage) -> str:
    accepted = queries.acceptance_of(project_id)
    return render_template("reports/acceptance.html", coverage=found, form=form, accepted=accepted)


@bp.get("/reports/projects/<int:project_id>/payment")
@requires(Permission.PAYMENT_MARK)
def ask_payment(project_id: int) -> str:
    """Show what a payment rests on, with its form."""
    state = pages.payment_state(training.get_project(project_id, g.actor))
    return render_template("reports/payment.html", state=state, form=PaymentForm())


@bp.post("/reports/projects/<int:project_id>/payment")
@requires(Permission.PAYMENT_MARK)
def record_payment(project_id: int) -> ResponseReturnValue:
    """Register a payment."""
    project = training.get_project(project_id, g.actor)
    form = PaymentForm(request.form)
    if form.validate():
        try:
            with transaction():
                service.record_payment(
                    project,
                    voucher=form.voucher.data,
                    on=form.on.data,
                    yuan=form.yuan.data or Decimal(0),
                    actor=g.actor,
                )
            flash(_("支付已登记。"))
            return redirect(url_for("reports.show_overview"), 303)
        except RuleBroken as error:
            form.refuse(error)
            project = training.get_project(project_id, g.actor)
    state = pages.payment_state(project)
    return render_template("reports/payment.html", state=state, form=form), 422
