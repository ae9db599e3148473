"""The item analysis of a class (试卷质量分析): list, page and file."""

from __future__ import annotations

from flask import Response, g, render_template
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.web import download
from exam_app.reports import analysis_pages
from exam_app.reports.views.blueprint import bp
from exam_app.sittings import labels as sitting_labels


@bp.get("/reports/analyses")
@requires(Permission.REPORT_ANALYSIS)
def list_analyses() -> str:
    """List the sittings whose results are released."""
    return render_template(
        "reports/analyses.html",
        sittings=analysis_pages.analysed_sittings(g.actor),
        kinds=sitting_labels.KIND_LABELS,
    )


@bp.get("/reports/analyses/<int:sitting_id>")
@requires(Permission.REPORT_ANALYSIS)
def show_analysis(sitting_id: int) -> str:
    """Show the numbers of a paper in one class; no stem, no key; looking is noted."""
    found = analysis_pages.seen_analysis(sitting_id, g.actor)
    head, rows = analysis_pages.table(found)
    return render_template(
        "reports/analysis.html",
        found=found,
        facts=analysis_pages.facts(found),
        head=head,
        rows=rows,
        raw_from=analysis_pages.RAW_FROM,
        kinds=sitting_labels.KIND_LABELS,
    )


@bp.get("/reports/analyses/<int:sitting_id>/table.xlsx")
@requires(Permission.REPORT_ANALYSIS)
def download_analysis(sitting_id: int) -> Response:
    """Hand out the same numbers as XLSX."""
    found = analysis_pages.seen_analysis(sitting_id, g.actor)
    name = f"{_('试卷质量分析')}-{found.sitting.training_class.code}.xlsx"
    return download(analysis_pages.analysis_file(found), name)
