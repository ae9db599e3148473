"""Pages (页面内容): what the pages of sittings show, and which steps the reader may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import Role
from exam_app.core import clock
from exam_app.people import queries as people
from exam_app.people.models import Account
from exam_app.sittings import queries, rules
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.service.posts import ROLE_DUTIES
from exam_app.sittings.terms import EntryState, InvigilationRole, SittingKind, SittingState
from exam_app.training.models import TrainingClass

State = SittingState
_CUSTODIAN_LABELS = (_l("主管部门保管员"), _l("考点保管员"), _l("备用保管员"))
_CHIEF_ONLY = frozenset(
    {
        Permission.SITTING_OPEN,
        Permission.SITTING_EXTEND,
        Permission.SITTING_CLOSE,
        Permission.IDENTITY_OVERRIDE,
    }
)
_AT_POST = _CHIEF_ONLY | {Permission.CHECK_IN, Permission.INCIDENT_RECORD}
# In which states a step is offered; the service checks it again.
_STEPS: dict[str, tuple[Permission, tuple[SittingState, ...]]] = {
    "enter": (Permission.SITTING_SCHEDULE, (State.PLANNED,)),
    "reschedule": (Permission.SITTING_SCHEDULE, (State.PLANNED,)),
    "assign": (Permission.INVIGILATOR_ASSIGN, (State.PLANNED, State.READY, State.OPEN)),
    "print": (Permission.ROOM_RECORD_PRINT, tuple(State)),
    "check_in": (Permission.CHECK_IN, (State.READY, State.OPEN)),
    "open": (Permission.SITTING_OPEN, (State.READY,)),
    "incident": (Permission.INCIDENT_RECORD, (State.READY, State.OPEN)),
    "extend": (Permission.SITTING_EXTEND, (State.OPEN,)),
    "close": (Permission.SITTING_CLOSE, (State.OPEN,)),
    "hand_over": (Permission.SITTING_CLOSE, (State.CLOSED,)),
}


@dataclass(frozen=True)
class Board:
    """One sitting as its page shows it to one reader."""

    sitting: Sitting
    settings: rules.Settings
    doors: rules.Window
    custodians: tuple[tuple[LazyString, str], ...]
    posted: Sequence[queries.Posted]
    entries: Sequence[Entry]
    incidents: Sequence[queries.Noted]
    entered: int
    present: int
    absent: int
    short_rooms: tuple[str, ...]
    has_chief: bool
    steps: frozenset[str]
    next_step: LazyString

    def may(self, step: str) -> bool:
        """Return whether the reader is offered a step."""
        return step in self.steps


def board(sitting_id: int, actor: Actor) -> Board:
    """Return the page of a sitting. Raises: Missing; DutyConflict."""
    sitting = queries.see_sitting(sitting_id, actor)
    entries = queries.entries_of(sitting.id)
    posted = queries.posted_at(sitting.id)
    settings = queries.settings_of(sitting)
    steps = _steps(sitting, actor, entered=bool(entries))
    short = short_rooms(sitting)
    sees_people = bool(steps & {"print", "check_in"})
    return Board(
        sitting=sitting,
        settings=settings,
        doors=rules.checkin_window(sitting.starts_at, settings),
        custodians=tuple(
            (label, account_label(people.get_account(account_id)))
            for label, account_id in zip(
                _CUSTODIAN_LABELS, queries.custodians_of(sitting), strict=False
            )
        ),
        posted=posted,
        entries=entries if sees_people else (),
        incidents=queries.incidents_of(sitting.id) if sees_people else (),
        entered=len(entries),
        present=queries.present(entries),
        absent=sum(entry.state is EntryState.ABSENT for entry in entries),
        short_rooms=short,
        has_chief=any(each.duty.role is InvigilationRole.CHIEF for each in posted),
        steps=steps,
        next_step=_next_step(sitting, entered=bool(entries), short=bool(short or not posted)),
    )


def short_rooms(sitting: Sitting) -> tuple[str, ...]:
    """Return the names of rooms in use that lack invigilators."""
    entries = queries.entries_of(sitting.id)
    posted = [each.room.id for each in queries.posted_at(sitting.id)]
    least = queries.settings_of(sitting).invigilators
    short = rules.short_rooms([entry.room_id for entry in entries], posted, least)
    names = {entry.room_id: entry.room.name for entry in entries}
    return tuple(names[room_id] for room_id in short)


def sitting_for(permission: Permission, sitting_id: int, actor: Actor) -> Sitting:
    """Return a sitting for a page that leads to a step the actor may take there.

    Raises: Missing; DutyConflict: walls, or not posted there.
    """
    sitting = queries.get_sitting(sitting_id, actor)
    duties.require(permission, actor, **_facts(permission, sitting, actor))
    return sitting


def entry_for(permission: Permission, entry_id: int, actor: Actor) -> tuple[Entry, Sitting]:
    """Return an entry with its sitting for a page of the exam room. Raises: as sitting_for."""
    entry = queries.get_entry(entry_id, actor)
    return entry, sitting_for(permission, entry.sitting_id, actor)


def may_decide_identity(sitting: Sitting, actor: Actor) -> bool:
    """Return whether the actor, as chief, may decide where identity is in doubt."""
    permission = Permission.IDENTITY_OVERRIDE
    return duties.allowed(permission, actor, **_facts(permission, sitting, actor)).allowed


def steps_of(sitting: Sitting, actor: Actor) -> frozenset[str]:
    """Return the steps the actor is offered at the sitting."""
    return _steps(sitting, actor, entered=bool(queries.entries_of(sitting.id)))


def staff_choices(
    role: Role, training_class: TrainingClass, permission: Permission
) -> list[tuple[int, str]]:
    """Return (account id, name and organisation) of those whom every wall lets pass."""
    found = queries.staff_for(role, training_class, permission)
    return [(account.id, account_label(account)) for account in found]


def custodian_choices(training_class: TrainingClass) -> list[tuple[int, str]]:
    """Return who may keep papers of the class."""
    return staff_choices(Role.CUSTODIAN, training_class, Permission.PAPER_OPEN)


def invigilator_choices(sitting: Sitting) -> list[tuple[int, str]]:
    """Return who may supervise the sitting and does not yet."""
    posted = {each.account.id for each in queries.posted_at(sitting.id)}
    found: dict[int, str] = {}
    for role, post in (
        (Role.INVIGILATOR, InvigilationRole.INVIGILATOR),
        (Role.CHIEF, InvigilationRole.CHIEF),
    ):
        found |= dict(staff_choices(role, sitting.training_class, ROLE_DUTIES[post]))
    return [(key, label) for key, label in sorted(found.items()) if key not in posted]


def account_label(account: Account) -> str:
    """Return the person's name with the organisation acted for."""
    held = people.appointments_of(account.id, clock.now())
    places = "、".join(dict.fromkeys(each.organisation.name for each in held))
    return f"{account.person.name}（{places}）" if places else account.person.name


def _facts(permission: Permission, sitting: Sitting, actor: Actor) -> dict[str, bool]:
    """Return the walls' facts; what a form has yet to say counts as said."""
    facts = queries.wall_facts(actor, sitting)
    if permission in _AT_POST:
        duty = queries.duty_of(sitting.id, actor.account_id)
        facts["assigned"] = duty is not None and (
            permission not in _CHIEF_ONLY or duty.role is InvigilationRole.CHIEF
        )
    return facts | {"two": True, "reason": True, "window": True, "state": True}


def _steps(sitting: Sitting, actor: Actor, *, entered: bool) -> frozenset[str]:
    offered = {
        step
        for step, (permission, states) in _STEPS.items()
        if sitting.state in states
        and duties.allowed(permission, actor, **_facts(permission, sitting, actor)).allowed
    }
    if entered or sitting.kind is not SittingKind.FIRST:
        offered.discard("enter")
    if not entered:
        offered.discard("print")
    return frozenset(offered)


def _next_step(sitting: Sitting, *, entered: bool, short: bool) -> LazyString:
    if sitting.state is State.PLANNED and not entered:
        return _l("编排考生：为具备参考资格的人员编座、生成准考证号。")
    if sitting.state in (State.PLANNED, State.READY) and short:
        return _l("指派监考：每个使用的考场配足监考人员，其中一人为主考。")
    texts = {
        State.PLANNED: _l("等待试卷组卷、审签、封存。"),
        State.READY: _l("到时核验考生入场；试卷启封后由主考宣布开考。"),
        State.OPEN: _l("考试进行中；时间到后由主考和另一名监考收卷清点、结束考试。"),
        State.CLOSED: _l("由主考向考试主管部门移交答卷和考场记录。"),
        State.HANDED_OVER: _l("已移交，进入阅卷。"),
    }
    return texts[sitting.state]
