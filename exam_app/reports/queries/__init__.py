"""Reads of reports: figures, the payable list, the class file, what was handed out."""

from exam_app.reports.queries.class_file import class_file
from exam_app.reports.queries.figures import (
    Coverage,
    Figures,
    Group,
    coverage,
    figures,
    project_policy,
)
from exam_app.reports.queries.payable import Payable, PayableRow, payable
from exam_app.reports.queries.scope import in_jurisdiction, project_facts
from exam_app.reports.queries.snapshots import (
    acceptance_of,
    canonical_text,
    digest_of,
    plain,
    snapshots_of_class,
    snapshots_of_project,
    was_handed_out,
)
from exam_app.reports.queries.trail import has_opened_trail, opened_reason

__all__ = [
    "Coverage",
    "Figures",
    "Group",
    "Payable",
    "PayableRow",
    "acceptance_of",
    "canonical_text",
    "class_file",
    "coverage",
    "digest_of",
    "figures",
    "has_opened_trail",
    "in_jurisdiction",
    "opened_reason",
    "payable",
    "plain",
    "project_facts",
    "project_policy",
    "snapshots_of_class",
    "snapshots_of_project",
    "was_handed_out",
]
