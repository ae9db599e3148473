"""Pages of attempts: the candidate's desk, the room's progress, scripts keyed in."""

from exam_app.attempts.views import desk, keying, room
from exam_app.attempts.views.blueprint import bp

__all__ = ["bp", "desk", "keying", "room"]
