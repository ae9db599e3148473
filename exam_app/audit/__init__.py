"""The audit trail (痕迹): who did what to which row, so that no change stays hidden."""

from exam_app.audit.access_log import AccessKind, note_access, record_access_digest
from exam_app.audit.actions import Action
from exam_app.audit.trail import SYSTEM, UnrecordedChange, close_stream, open_stream, record

__all__ = [
    "SYSTEM",
    "AccessKind",
    "Action",
    "UnrecordedChange",
    "close_stream",
    "note_access",
    "open_stream",
    "record",
    "record_access_digest",
]
