"""Items from files: looked at, columns confirmed, previewed, then taken over in the background."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import exchange, labels, queries, service, surveying
from exam_app.bank.forms_exchange import (
    DefaultsForm,
    MappingForm,
    TakeForm,
    TokenForm,
    UploadForm,
    mapping_form,
)
from exam_app.bank.service import imports
from exam_app.bank.views.base import bp
from exam_app.core import files, jobs
from exam_app.core.errors import BadInput, ExamError
from exam_app.core.forms import choices
from exam_app.core.messages import sentence
from exam_app.core.web import back_to, carried_out, download, uploaded
from exam_app.training.labels import CATEGORIES
from question_bank.exchange import Defaults
from question_bank.exchange.result import DEFAULT_FACILITY
from question_bank.item import ALL_INDUSTRIES, Level

SHOWN, SAMPLES = 200, 10


def _owner() -> str:
    return f"items:{g.actor.account_id}"


def _upload_form() -> UploadForm:
    form = UploadForm(request.form)
    form.format.choices = [("", _("自动识别")), *choices(labels.FORMATS)]
    return form


@bp.get("/items/import")
@requires(Permission.ITEM_IMPORT)
def choose_file() -> str:
    """Show the form for a file of items."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    return render_template("bank/import.html", form=_upload_form())


@bp.get("/items/import/template")
@requires(Permission.ITEM_IMPORT)
def item_template() -> Response:
    """Download the empty item table."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    return download(exchange.template(), f"{_('试题导入模板')}.xlsx")


@bp.post("/items/import")
@requires(Permission.ITEM_IMPORT)
def upload_items() -> ResponseReturnValue:
    """Look at a file: our own table goes on to the preview, any other to its columns."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    form = _upload_form()
    if form.validate():
        try:
            data, name = uploaded(request.files.get("file"))
            found = surveying.look_at(data, name, format=form.format.data)
            token = files.keep(data, name, owner=_owner())
            if found.is_own:
                return _preview(token, exchange.Reading(found.format))
            return _columns(token, found)
        except BadInput as error:
            form.refuse(error)
    return render_template("bank/import.html", form=form), 422


def _columns(token: str, found: surveying.Found, form: DefaultsForm | None = None) -> str:
    """Return the page that asks what the columns mean and what the file says nothing of."""
    return render_template(
        "bank/import_mapping.html",
        found=found,
        form=form or _defaults_form(found, token),
        name=files.kept(token, owner=_owner())[1],
    )


def _defaults_form(found: surveying.Found, token: str = "") -> DefaultsForm:
    survey, given = found.survey, None if token else request.form
    data: dict[str, object] = {"token": token, "format": found.format.value}
    data |= {
        "industries": [ALL_INDUSTRIES],
        "categories": list(CATEGORIES),
        "level": Level.KNOW.value,
    }
    kind = DefaultsForm
    if survey is not None:
        kind = mapping_form(column.number for column in survey.columns)
        data |= {"sheet": survey.sheet, "header_row": survey.header_row}
        data |= {f"column_{n}": field.value for field, n in survey.mapping.columns.items()}
    form = kind(given, data=data)
    form.topic.choices = labels.topic_choices(_("不指定（作为待补的草稿）"))
    form.industries.choices = choices(labels.ITEM_INDUSTRIES)
    form.categories.choices = choices(CATEGORIES)
    form.level.choices = choices(labels.LEVELS)
    if survey is not None:
        form.sheet.choices = [(each.name, each.name) for each in survey.sheets if each.rows]
        for name in form.column_names():
            form[name].choices = labels.column_choices()
            form[name].data = form[name].data or "ignored"
    return form


@bp.post("/items/import/columns")
@requires(Permission.ITEM_IMPORT)
def map_columns() -> ResponseReturnValue:
    """Take the confirmed columns and defaults, or look at another sheet; show the preview."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    token, sheet = request.form.get("token", ""), request.form.get("sheet") or None
    data, name = files.kept(token, owner=_owner())
    found = surveying.look_at(data, name, format=request.form.get("format", ""), sheet=sheet)
    if "look" in request.form:
        return _columns(token, found)
    form = _defaults_form(found)
    if form.validate():
        try:
            return _preview(token, _reading(form, found))
        except BadInput as error:
            form.refuse(error)
    return _columns(token, found, form), 422


def _reading(form: DefaultsForm, found: surveying.Found) -> exchange.Reading:
    defaults = Defaults(
        form.topic.data or "",
        tuple(form.industries.data),
        tuple(form.categories.data),
        Level(form.level.data),
        form.facility.data or DEFAULT_FACILITY,
    )
    mapping = None
    if found.survey is not None and isinstance(form, MappingForm):
        mapping = surveying.mapped(found.survey, form.chosen(), form.header_row.data)
    return exchange.Reading(found.format, mapping, defaults)


def _preview(token: str, reading: exchange.Reading, form: TakeForm | None = None) -> str:
    data, name = files.kept(token, owner=_owner())
    report = service.check_items(data, name, reading=reading, actor=g.actor)
    text = surveying.to_text(reading)
    form = form or TakeForm(data={"token": token, "reading": text, "bad": str(report.skipped)})
    return render_template(
        "bank/import_preview.html",
        report=report,
        name=name,
        format=reading.format,
        by_line=reading.format in surveying.BY_LINE,
        problems=labels.problem_rows(report.problems[:SHOWN]),
        notes=labels.problem_rows(report.notes[:SHOWN]),
        samples=report.items[:SAMPLES],
        form=form,
    )


@bp.post("/items/import/problems")
@requires(Permission.ITEM_IMPORT)
def download_problems() -> Response:
    """Download all that is wrong with a file, and what was lost, as CSV."""
    data, name = files.kept(request.form.get("token", ""), owner=_owner())
    reading = surveying.from_text(request.form.get("reading", ""))
    report = service.check_items(data, name, reading=reading, actor=g.actor)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([_("类别"), _("行号或序号"), _("试题"), _("栏"), _("问题")])
    for kind, found in ((_("有误"), report.problems), (_("提示"), report.notes)):
        for row in labels.problem_rows(found):
            table.writerow([_plain(cell) for cell in (kind, *row)])
    return download(text.getvalue().encode("utf-8-sig"), f"{_('导入问题')}.csv")


@bp.post("/items/import/take")
@requires(Permission.ITEM_IMPORT)
def take_items() -> ResponseReturnValue:
    """Have a previewed file taken over, all of it or its good rows by explicit choice."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    form, made = TakeForm(request.form), []
    token, reading = form.token.data or "", surveying.from_text(form.reading.data or "")

    def enqueue() -> None:
        if form.bad.data not in {"", "0"} and not form.only_valid.data:
            raise BadInput("rows-left-out", field="only_valid", count=form.bad.data)
        made.append(_job(token, reading, form).id)

    if carried_out(form, enqueue):
        return back_to("bank.show_import", job_id=made[0])
    return _preview(token, reading, form), 422


def _job(token: str, reading: exchange.Reading, form: TakeForm) -> jobs.Job:
    return service.enqueue_import(
        token,
        owner=_owner(),
        reason=form.reason.data,
        only_valid=form.only_valid.data,
        reading=reading,
        actor=g.actor,
    )


@bp.post("/items/import/drop")
@requires(Permission.ITEM_IMPORT)
def drop_upload() -> ResponseReturnValue:
    """Throw a previewed file away and choose another."""
    form = TokenForm(request.form)
    files.kept(form.token.data or "", owner=_owner())
    files.drop(form.token.data or "")
    return back_to("bank.choose_file")


@bp.get("/items/imports/<int:job_id>")
@requires(Permission.ITEM_IMPORT)
def show_import(job_id: int) -> ResponseReturnValue:
    """Show how far an import is, and what came of it; as JSON to the script of the page."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    job = jobs.get_job(job_id, kind=imports.JOB, account_id=g.actor.account_id)
    if request.accept_mimetypes.best == "application/json":
        state = str(labels.JOB_STATES[job.state])
        return {"done": job.done, "total": job.total, "over": job.is_over, "state": state}
    outcome = job.outcome or {}
    return render_template(
        "bank/import_progress.html",
        job=job,
        outcome=outcome,
        failure=_failure(job),
        problems=_rows(outcome.get("problems", ())),
        notes=_rows(outcome.get("notes", ())),
    )


def _failure(job: jobs.Job) -> str:
    """Return why a job failed in words, empty while it may still succeed."""
    if job.state is not jobs.JobState.FAILED or job.error is None:
        return ""
    return sentence(ExamError(job.error["code"], **job.error["facts"]))


def _plain(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _rows(plain: Iterable[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return labels.problem_rows(exchange.from_plain_problem(each) for each in plain)
