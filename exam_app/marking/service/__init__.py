"""Changes of marking: marks, confirmation, release, changed keys, the retake (阅卷与成绩)."""

from exam_app.marking.service.keys import key_sheet, marking_table, view_key
from exam_app.marking.service.marks import mark_sitting
from exam_app.marking.service.regrade import decide_regrade, propose_regrade
from exam_app.marking.service.release import confirm_results, release_results
from exam_app.marking.service.retake import grant_retake
from exam_app.marking.service.statistics import SittingAnalysis, sitting_analysis

__all__ = [
    "SittingAnalysis",
    "confirm_results",
    "decide_regrade",
    "grant_retake",
    "key_sheet",
    "mark_sitting",
    "marking_table",
    "propose_regrade",
    "release_results",
    "sitting_analysis",
    "view_key",
]
