"""What home's pages gather: the task list of a class and what waits for somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.table import RULES
from exam_app.access.terms import KIND_LABELS, ROLE_LABELS
from exam_app.core import clock
from exam_app.home import labels, queries, rules
from exam_app.home.links import link
from exam_app.home.rules import ClassFacts, SittingFacts
from exam_app.home.terms import TEACHING_STEPS, Act, Step, StepState
from exam_app.people import queries as people
from exam_app.reports.labels import PAPER_KINDS, PAPER_STATES
from exam_app.sittings.labels import STATE_LABELS as SITTING_STATES
from exam_app.sittings.models import Sitting
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass

Facts = dict[str, bool]
ALL_TRUE = dict.fromkeys(
    (
        "not_author",
        "two",
        "assigned",
        "window",
        "state",
        "own",
        "reason",
        "purpose",
        "masked",
        "not_cand",
    ),
    True,
)
IN_WINDOW = frozenset({Act.OPEN_PAPER, Act.OPEN_SITTING})
BY_POST = frozenset({Act.SEAL, Act.OPEN_PAPER, Act.OPEN_SITTING, Act.CLOSE_SITTING, Act.HAND_OVER})


@dataclass(frozen=True)
class NextAct:
    """An act at hand: its words, who may do it, and the link where the reader may."""

    label: object
    who: str
    clause: str
    url: str | None
    mine: bool


@dataclass(frozen=True)
class TaskRow:
    """One row of the task list."""

    name: object
    state: object
    badge: str
    detail: str
    acts: list[NextAct]
    later: str = ""


@dataclass(frozen=True)
class ClassPage:
    """A class as one reader may see it."""

    tasks: list[TaskRow]
    retake: TaskRow | None
    links: list[tuple[object, str]]
    examines: bool


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody: how many, and the first few to go to."""

    label: object
    count: int
    links: list[tuple[str, str]]


def class_page(training_class: TrainingClass, actor: Actor) -> ClassPage:
    """Return the task list of a class with what this actor may do and see."""
    facts = queries.class_facts([training_class])[training_class.id]
    walls = training.wall_facts(actor, training_class)
    examines = sees_exam_steps(actor, walls)
    rows = [
        _row(task, training_class, facts, actor, walls, shown=_shown(task.step, examines))
        for task in rules.tasks(facts)
    ]
    return ClassPage(
        tasks=rows,
        retake=_retake(training_class, facts, actor, walls) if examines else None,
        links=_links(training_class, facts, actor, walls),
        examines=examines,
    )


def sees_exam_steps(actor: Actor, walls: Facts) -> bool:
    """Return whether an actor sees more of the exam's steps than where they stand.

    Nobody of a provider does, nor anybody tied to this one, nor who has no examining duty.
    """
    facts = {**ALL_TRUE, **walls}
    return any(
        duties.allowed(permission, actor, **facts).allowed
        for permission in (
            Permission.SITTING_VIEW,
            Permission.RESULT_VIEW,
            Permission.CERTIFICATE_SIGN,
            Permission.RESULT_RELEASE,
        )
    )


def _shown(step: Step, examines: bool) -> bool:
    return examines or step in TEACHING_STEPS


def _row(
    task: rules.Task,
    training_class: TrainingClass,
    facts: ClassFacts,
    actor: Actor,
    walls: Facts,
    *,
    shown: bool,
) -> TaskRow:
    state = task.state
    return TaskRow(
        name=labels.STEPS[task.step],
        state=labels.STATES[state],
        badge=labels.BADGES[state],
        detail=_detail(task.step, facts) if shown and state is not StepState.WAITING else "",
        acts=[
            _next(act, training_class.id, facts.sitting, actor, walls) for act in task.acts if shown
        ],
        later=who_may(labels.STEP_DUTIES[task.step])
        if shown and state is StepState.WAITING
        else "",
    )


def _retake(
    training_class: TrainingClass, facts: ClassFacts, actor: Actor, walls: Facts
) -> TaskRow | None:
    if facts.retake is None and not facts.retake_wanted:
        return None
    acts = rules.retake_acts(facts)
    state = StepState.NOW if acts else StepState.DONE
    sitting = facts.retake or facts.sitting
    detail = _("%(count)s 人可以补考", count=facts.retake_wanted)
    if facts.retake is not None:
        detail = f"{SITTING_STATES[facts.retake.state]}；{_papers(facts.retake)}"
    return TaskRow(
        name=_("补考"),
        state=labels.STATES[state],
        badge=labels.BADGES[state],
        detail=detail,
        acts=[_next(act, training_class.id, sitting, actor, walls) for act in acts],
    )


def _next(
    act: Act, class_id: int, sitting: SittingFacts | None, actor: Actor, walls: Facts
) -> NextAct:
    deed = labels.ACTS[act]
    mine = _may(act, sitting, actor, walls)
    sitting_id = None if sitting is None else sitting.sitting_id
    return NextAct(
        label=deed.label,
        who=who_may(deed.permission),
        clause=RULES[deed.permission].clause,
        url=link(deed.endpoint, class_id=class_id, sitting_id=sitting_id) if mine else None,
        mine=mine,
    )


def _may(act: Act, sitting: SittingFacts | None, actor: Actor, walls: Facts) -> bool:
    """Return whether the act waits for this actor: duty, walls, and the post at the sitting."""
    permission = labels.ACTS[act].permission
    facts = {**ALL_TRUE, **walls}
    if act is Act.CONFIRM_PEOPLE:
        facts["own_org"] = True
    if act in BY_POST and sitting is not None:
        facts["assigned"] = actor.account_id in sitting.duty_account_ids
        if act is Act.SEAL and not facts["assigned"]:
            return False
    return duties.allowed(permission, actor, **facts).allowed


def who_may(permission: Permission) -> str:
    """Return in words who may do something: kinds of organisations and roles."""
    rule = RULES[permission]
    kinds = "、".join(str(KIND_LABELS[each]) for each in KIND_LABELS if each in rule.kinds)
    roles = "、".join(str(ROLE_LABELS[each]) for each in ROLE_LABELS if each in rule.roles)
    text: str = _("%(roles)s（%(kinds)s）", roles=roles, kinds=kinds)
    return text


def _detail(step: Step, facts: ClassFacts) -> str:
    maker = _DETAILS.get(step)
    return "" if maker is None else maker(facts)


def _roster_detail(facts: ClassFacts) -> str:
    text: str = _("%(count)s 人", count=facts.enrolled)
    if facts.unconfirmed:
        text += _("，其中 %(count)s 人企业尚未确认", count=facts.unconfirmed)
    return text


def _hours_detail(facts: ClassFacts) -> str:
    text: str = _("准予参考 %(count)s 人", count=facts.admitted)
    if facts.without_reason:
        text += _("，%(count)s 人须说明理由", count=facts.without_reason)
    return text


def _sitting_detail(facts: ClassFacts) -> str:
    if facts.sitting is None:
        return ""
    text: str = _("已编入 %(count)s 人", count=facts.sitting.entered)
    return text


def _papers(sitting: SittingFacts | None) -> str:
    if sitting is None:
        return ""
    words = queries.papers_in_words(sitting.sitting_id)
    return "，".join(f"{PAPER_KINDS[kind]}{PAPER_STATES[state]}" for kind, state in words)


def _paper_detail(facts: ClassFacts) -> str:
    return _papers(facts.sitting)


def _exam_detail(facts: ClassFacts) -> str:
    return "" if facts.sitting is None else str(SITTING_STATES[facts.sitting.state])


def _mark_detail(facts: ClassFacts) -> str:
    if facts.sitting is None:
        return ""
    text: str = _(
        "已阅 %(marked)s/%(all)s，已复核 %(confirmed)s",
        marked=facts.sitting.marked,
        all=facts.sitting.entered,
        confirmed=facts.sitting.confirmed,
    )
    return text


def _release_detail(facts: ClassFacts) -> str:
    text: str = _("合格 %(count)s 人", count=facts.passed)
    return text if facts.sitting is not None and facts.sitting.released else ""


def _certificate_detail(facts: ClassFacts) -> str:
    text: str = _(
        "已制 %(prepared)s，已签发 %(signed)s，合格 %(passed)s 人",
        prepared=facts.prepared,
        signed=facts.signed,
        passed=facts.passed,
    )
    return text


_DETAILS: dict[Step, Callable[[ClassFacts], str]] = {
    Step.ROSTER: _roster_detail,
    Step.HOURS: _hours_detail,
    Step.SITTING: _sitting_detail,
    Step.PAPER: _paper_detail,
    Step.SEAL: _paper_detail,
    Step.OPEN: _paper_detail,
    Step.EXAM: _exam_detail,
    Step.MARK: _mark_detail,
    Step.RELEASE: _release_detail,
    Step.CERTIFICATE: _certificate_detail,
}


def _links(
    training_class: TrainingClass, facts: ClassFacts, actor: Actor, walls: Facts
) -> list[tuple[object, str]]:
    """Return the class's pages this actor may open."""
    sitting_id = None if facts.sitting is None else facts.sitting.sitting_id
    found: list[tuple[object, str]] = []
    for permission, endpoint, label in labels.CLASS_LINKS:
        if not duties.allowed(permission, actor, **{**ALL_TRUE, **walls}).allowed:
            continue
        url = link(endpoint, class_id=training_class.id, sitting_id=sitting_id)
        if url is not None:
            found.append((label, url))
    return found


def waiting(actor: Actor) -> list[Waiting]:
    """Return what waits for somebody by duty, what is at hand in classes first."""
    classes = training.classes_for(actor)
    return [
        *_class_work(classes, actor),
        *_own_sittings(actor),
        *_regrades(classes, actor),
        *_certificates(classes, actor),
        *_other_work(actor),
    ]


def _class_work(classes: Iterable[TrainingClass], actor: Actor) -> list[Waiting]:
    found: dict[Act, list[tuple[str, str]]] = {}
    held = list(classes)
    facts_of = queries.class_facts(held)
    for each in held:
        facts = facts_of[each.id]
        acts = [
            (act, sitting)
            for act, sitting in rules.acts_at_hand(facts)
            if duties.may_ever(actor, labels.ACTS[act].permission)
            and not (act in IN_WINDOW and not (sitting and sitting.window))
        ]
        walls = training.wall_facts(actor, each) if acts else {}
        for act, sitting in acts:
            if _may(act, sitting, actor, walls):
                row = _next(act, each.id, sitting, actor, walls)
                url = row.url or link("home.show_class", class_id=each.id) or ""
                found.setdefault(act, []).append((f"{each.code} {each.name}", url))
    return [
        Waiting(labels.ACTS[act].label, len(found[act]), found[act]) for act in Act if act in found
    ]


def _own_sittings(actor: Actor) -> list[Waiting]:
    if not duties.may_ever(actor, Permission.SITTING_VIEW):
        return []
    since = clock.now() - dt.timedelta(hours=12)
    held = queries.own_sittings(actor, since)
    rows = [(_sitting_words(each), _sitting_url(each)) for each in held]
    return [Waiting(_("我的监考和保管"), len(rows), rows)] if rows else []


def _sitting_words(sitting: Sitting) -> str:
    at = clock.local(sitting.starts_at).strftime("%Y-%m-%d %H:%M")
    return f"{at} {sitting.site.name} {sitting.training_class.name}"


def _sitting_url(sitting: Sitting) -> str:
    return link("sittings.show_sitting", sitting_id=sitting.id) or ""


def _regrades(classes: Iterable[TrainingClass], actor: Actor) -> list[Waiting]:
    if not duties.may_ever(actor, Permission.REGRADE_APPROVE):
        return []
    rows = [
        (
            _("试卷 %(code)s 第 %(question)s 题", code=code, question=question),
            link("marking.show_regrade", regrade_id=number) or "",
        )
        for number, code, question in queries.regrades_to_decide(
            actor, [each.id for each in classes]
        )
    ]
    return [Waiting(_("改判待批准"), len(rows), rows)] if rows else []


def _certificates(classes: Iterable[TrainingClass], actor: Actor) -> list[Waiting]:
    if not duties.may_ever(actor, Permission.CERTIFICATE_REVOKE):
        return []
    asked = queries.certificates_to_decide(actor, people.authorities_served(actor, clock.today()))
    rows = [(name, link("certificates.show", certificate_id=each) or "") for each, name in asked]
    voids = queries.voidings_to_decide(actor, [each.id for each in classes])
    rows += [(name, link("certificates.voiding", sitting_id=each) or "") for each, name in voids]
    return [Waiting(_("证书吊销、变更、整场作废待决定"), len(rows), rows)] if rows else []


def _other_work(actor: Actor) -> list[Waiting]:
    served = people.authorities_served(actor, clock.today())
    counted: dict[Permission, Callable[[], int]] = {
        Permission.ITEM_REVIEW: lambda: queries.items_in_review(actor, served),
        Permission.DUTY_GRANT: lambda: queries.appointments_to_confirm(actor),
        Permission.DUTY_ENTRUST: lambda: queries.entrustments_to_confirm(actor),
        Permission.POLICY_EDIT: lambda: queries.settings_to_approve(actor),
    }
    found = []
    for permission, count in counted.items():
        number = count() if duties.may_ever(actor, permission) else 0
        if number:
            label, endpoint = labels.OTHER_WORK[permission]
            url = link(endpoint)
            found.append(Waiting(label, number, [(_("前往办理"), url)] if url else []))
    return found
