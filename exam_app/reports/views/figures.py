"""Figures (统计): all projects at a glance, one project's coverage and pass rate."""

from __future__ import annotations

from flask import Response, g, render_template
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.web import download
from exam_app.reports import pages, queries, service
from exam_app.reports.views.blueprint import bp
from exam_app.training import queries as training


@bp.get("/reports/figures")
@requires(Permission.STATS_VIEW)
def show_figures() -> str:
    """Show coverage and pass rate of all projects in the actor's region; no names."""
    return render_template("reports/figures.html", figures=queries.figures(g.actor))


@bp.get("/reports/projects/<int:project_id>/coverage")
@requires(Permission.REPORT_COVERAGE)
def show_coverage(project_id: int) -> str:
    """Show a project's figures by category and class, held against its notice's targets."""
    project = training.get_project(project_id, g.actor)
    return render_template("reports/coverage.html", coverage=queries.coverage(project))


@bp.post("/reports/projects/<int:project_id>/coverage")
@requires(Permission.REPORT_COVERAGE)
def export_coverage(project_id: int) -> Response:
    """Freeze a project's figures and hand them out as XLSX."""
    project = training.get_project(project_id, g.actor)
    with transaction():
        frozen = service.export_coverage(project, actor=g.actor)
    return download(pages.coverage_file(frozen), f"{_('覆盖率和合格率')}.xlsx")
