"""Changes of training: plans, rosters, attendance and the decision who may sit."""

from exam_app.training.service.hours import (
    accept_reason,
    check_attendance,
    import_attendance,
    submit_hours,
    verify_hours,
)
from exam_app.training.service.plan import (
    Lesson,
    approve_class,
    plan_class,
    plan_project,
    register_lecturer,
)
from exam_app.training.service.roster import (
    Import,
    check_roster,
    confirm_people,
    import_roster,
    lock_roster,
)

__all__ = [
    "Import",
    "Lesson",
    "accept_reason",
    "approve_class",
    "check_attendance",
    "check_roster",
    "confirm_people",
    "import_attendance",
    "import_roster",
    "lock_roster",
    "plan_class",
    "plan_project",
    "register_lecturer",
    "submit_hours",
    "verify_hours",
]
