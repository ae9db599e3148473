"""Rules of home: from what stands, the ten steps of a class and who acts next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exam_app.home.terms import Act, Step, StepState
from exam_app.papers.terms import PaperState
from exam_app.sittings.terms import SittingState
from exam_app.training.terms import ClassState

CLASS_ORDER = list(ClassState)
OVER = frozenset({SittingState.CLOSED, SittingState.HANDED_OVER})


@dataclass(frozen=True)
class SittingFacts:
    """One sitting: where it stands, its papers that were not withdrawn, its results."""

    sitting_id: int
    state: SittingState
    is_retake: bool = False
    entered: int = 0
    papers: tuple[PaperState, ...] = ()
    first_opened: bool = False
    window: bool = False
    marked: int = 0
    confirmed: int = 0
    released: int = 0
    duty_account_ids: frozenset[int] = frozenset()

    @property
    def papers_wanted(self) -> int:
        """Papers a sitting needs: the first one and its reserve, or the one of the retake."""
        return 1 if self.is_retake else 2


@dataclass(frozen=True)
class ClassFacts:
    """What stands of one class, in plain values."""

    state: ClassState
    enrolled: int = 0
    unconfirmed: int = 0
    admitted: int = 0
    without_reason: int = 0
    sitting: SittingFacts | None = None
    retake: SittingFacts | None = None
    retake_wanted: int = 0
    passed: int = 0
    prepared: int = 0
    signed: int = 0
    uncredited: int = 0


@dataclass(frozen=True)
class Task:
    """One step of the list: where it stands and what is done next."""

    step: Step
    state: StepState
    acts: tuple[Act, ...] = field(default=())


def tasks(facts: ClassFacts) -> list[Task]:
    """Return the ten steps in order: those done, the one at hand with its acts, the rest."""
    found: list[Task] = []
    reached = True
    for step in Step:
        acts = _NEXT[step](facts) if reached else None
        if not reached:
            found.append(Task(step, StepState.WAITING))
        elif acts is None:
            found.append(Task(step, StepState.DONE))
        else:
            found.append(Task(step, StepState.NOW, acts))
            reached = False
    return found


def retake_acts(facts: ClassFacts) -> tuple[Act, ...]:
    """Return what is done next for the retake (补考); nothing where none is wanted or it is over.

    After a sitting declared void another one is wanted.

    Source: 伊应急函〔2025〕41号 四(五) "考试不合格可允许补考一次".
    """
    if facts.retake is not None:
        for step in (_paper, _seal, _open, _exam, _mark, _release):
            acts = step(facts.retake)
            if acts is not None:
                return acts
    return (Act.GRANT_RETAKE,) if facts.retake_wanted else ()


def acts_at_hand(facts: ClassFacts) -> list[tuple[Act, SittingFacts | None]]:
    """Return all that waits for somebody in this class, with the sitting it belongs to."""
    found: list[tuple[Act, SittingFacts | None]] = [
        (act, facts.sitting) for task in tasks(facts) for act in task.acts
    ]
    found.extend((act, facts.retake or facts.sitting) for act in retake_acts(facts))
    if facts.uncredited:
        found.append((Act.CREDIT, facts.sitting))
    return found


Acts = tuple[Act, ...] | None


def _past(state: ClassState, wanted: ClassState) -> bool:
    return CLASS_ORDER.index(state) >= CLASS_ORDER.index(wanted)


def _roster(facts: ClassFacts) -> Acts:
    if _past(facts.state, ClassState.LOCKED):
        return None
    acts: list[Act] = []
    if facts.state is ClassState.PLANNED:
        acts.append(Act.APPROVE_CLASS)
    if not facts.enrolled:
        acts.append(Act.IMPORT_ROSTER)
    elif facts.unconfirmed:
        acts.append(Act.CONFIRM_PEOPLE)
    if facts.enrolled and facts.state is ClassState.APPROVED:
        acts.append(Act.LOCK_ROSTER)
    return tuple(acts)


def _hours(facts: ClassFacts) -> Acts:
    if facts.state is ClassState.LOCKED:
        return (Act.SUBMIT_HOURS,)
    if facts.state is ClassState.SUBMITTED:
        return (Act.VERIFY_HOURS,)
    return (Act.GIVE_REASON,) if facts.without_reason and facts.sitting is None else None


def _sitting(facts: ClassFacts) -> Acts:
    if facts.sitting is None:
        return (Act.SCHEDULE,)
    return None if facts.sitting.entered else (Act.ENTER,)


def _paper(sitting: SittingFacts) -> Acts:
    if len(sitting.papers) < sitting.papers_wanted:
        return (Act.DRAW,)
    return (Act.APPROVE_PAPER,) if PaperState.DRAWN in sitting.papers else None


def _seal(sitting: SittingFacts) -> Acts:
    return (Act.SEAL,) if PaperState.APPROVED in sitting.papers else None


def _open(sitting: SittingFacts) -> Acts:
    return None if sitting.first_opened else (Act.OPEN_PAPER,)


def _exam(sitting: SittingFacts) -> Acts:
    if sitting.state is SittingState.OPEN:
        return (Act.CLOSE_SITTING,)
    if sitting.state is SittingState.CLOSED:
        return (Act.HAND_OVER,)
    return None if sitting.state in OVER else (Act.OPEN_SITTING,)


def _mark(sitting: SittingFacts) -> Acts:
    if sitting.marked < sitting.entered:
        return (Act.MARK,)
    return (Act.CONFIRM_RESULTS,) if sitting.confirmed < sitting.marked else None


def _release(sitting: SittingFacts) -> Acts:
    return (Act.RELEASE,) if sitting.released < sitting.marked else None


def _certificate(facts: ClassFacts) -> Acts:
    if facts.prepared < facts.passed:
        return (Act.PREPARE,)
    return (Act.SIGN,) if facts.signed < facts.prepared else None


def _of_sitting(step: Callable[[SittingFacts], Acts]) -> Callable[[ClassFacts], Acts]:
    return lambda facts: None if facts.sitting is None else step(facts.sitting)


_NEXT: Mapping[Step, Callable[[ClassFacts], Acts]] = {
    Step.ROSTER: _roster,
    Step.HOURS: _hours,
    Step.SITTING: _sitting,
    Step.PAPER: _of_sitting(_paper),
    Step.SEAL: _of_sitting(_seal),
    Step.OPEN: _of_sitting(_open),
    Step.EXAM: _of_sitting(_exam),
    Step.MARK: _of_sitting(_mark),
    Step.RELEASE: _of_sitting(_release),
    Step.CERTIFICATE: _certificate,
}
