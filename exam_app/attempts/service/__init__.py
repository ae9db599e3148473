"""Changes of attempts: answering at the desk, and keying paper scripts in (应试)."""

from exam_app.attempts.queries import differences
from exam_app.attempts.service.desk import close_attempts, resume, save, start, submit
from exam_app.attempts.service.keying import key_script, resolve_script

__all__ = [
    "close_attempts",
    "differences",
    "key_script",
    "resolve_script",
    "resume",
    "save",
    "start",
    "submit",
]
