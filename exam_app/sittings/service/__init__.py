"""Changes of sittings: sites, plans, posts, entries, the exam room, the end."""

from exam_app.sittings.service.end import close_sitting, hand_over
from exam_app.sittings.service.entries import enter_class, enter_retake, reschedule
from exam_app.sittings.service.incidents import countersign_incident, report_incident
from exam_app.sittings.service.plan import (
    paper_ready,
    register_room,
    register_site,
    schedule,
)
from exam_app.sittings.service.posts import assign_invigilator, release_invigilator
from exam_app.sittings.service.room import (
    check_in,
    decide_identity,
    extend_sitting,
    open_sitting,
)

__all__ = [
    "assign_invigilator",
    "check_in",
    "close_sitting",
    "countersign_incident",
    "decide_identity",
    "enter_class",
    "enter_retake",
    "extend_sitting",
    "hand_over",
    "open_sitting",
    "paper_ready",
    "register_room",
    "register_site",
    "release_invigilator",
    "report_incident",
    "reschedule",
    "schedule",
]
