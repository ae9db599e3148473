"""Printed sheets for download (打印): reading only, nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.core.web import download
from exam_app.sittings import pages, printing, sheets
from exam_app.sittings.views.blueprint import bp

if TYPE_CHECKING:
    from exam_app.sittings.models import Sitting


@bp.get("/sittings/<int:sitting_id>/tickets.pdf")
@requires(Permission.ROOM_RECORD_PRINT)
def tickets(sitting_id: int) -> ResponseReturnValue:
    """Return the admission tickets of a sitting."""
    sitting = _sitting(sitting_id)
    content = printing.tickets_pdf(sheets.tickets(sitting), fonts())
    return download(content, _name(_("准考证"), sitting))


@bp.get("/sittings/<int:sitting_id>/seating.pdf")
@requires(Permission.ROOM_RECORD_PRINT)
def seating(sitting_id: int) -> ResponseReturnValue:
    """Return seating charts and sign-in sheets."""
    sitting = _sitting(sitting_id)
    content = printing.seating_pdf(sheets.room_sheets(sitting), fonts())
    return download(content, _name(_("座次表签到表"), sitting))


@bp.get("/sittings/<int:sitting_id>/door-labels.pdf")
@requires(Permission.ROOM_RECORD_PRINT)
def door_labels(sitting_id: int) -> ResponseReturnValue:
    """Return labels for the doors."""
    sitting = _sitting(sitting_id)
    content = printing.door_labels_pdf(sheets.room_sheets(sitting), fonts())
    return download(content, _name(_("考场门贴"), sitting))


@bp.get("/sittings/<int:sitting_id>/room-record.pdf")
@requires(Permission.ROOM_RECORD_PRINT)
def room_record(sitting_id: int) -> ResponseReturnValue:
    """Return the record of each room as it stands now."""
    sitting = _sitting(sitting_id)
    content = printing.room_record_pdf(sheets.room_records(sitting), fonts())
    return download(content, _name(_("考场记录"), sitting))


def fonts() -> Fonts:
    """Return the faces of printed pages of this installation."""
    return ensure_fonts(Path(current_app.instance_path))


def _sitting(sitting_id: int) -> Sitting:
    return pages.sitting_for(Permission.ROOM_RECORD_PRINT, sitting_id, g.actor)


def _name(kind: str, sitting: Sitting) -> str:
    return f"{kind}-{sitting.training_class.code}-{sitting.id}.pdf"
