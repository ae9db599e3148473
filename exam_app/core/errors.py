"""The errors a stage may raise; one handler renders them, in the reader's language."""

from __future__ import annotations

from typing import Any


class ExamError(Exception):
    """A refusal with a code, its facts and, where a rule bites, the clause it rests on.

    The sentence of each code is a gettext msgid in ``core.messages``.
    """

    status = 409
    code = "error"

    def __init__(self, code: str | None = None, **facts: Any) -> None:
        self.code = code or type(self).code
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({facts})"


class RuleBroken(ExamError):
    """A rule of the exam forbids the change (规则不允许)."""

    status = 409


class NotAllowed(ExamError):
    """The actor holds no duty that allows the action (无此职责)."""

    status = 403
    code = "not-allowed"


class DutyConflict(NotAllowed):
    """The action would break the separation of duty (培考分离)."""

    status = 403
    code = "duty-conflict"


class Missing(ExamError):
    """The object is not there, or not there for this actor (查无此项)."""

    status = 404
    code = "missing"


class BadInput(ExamError):
    """What came in cannot be read as what it should be (输入有误)."""

    status = 422
    code = "bad-input"


class NotSignedIn(ExamError):
    """Nobody is signed in (未登录)."""

    status = 401
    code = "not-signed-in"
