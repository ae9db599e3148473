"""The ten steps of a class follow from what stands, one at hand at a time."""

import pytest

from exam_app.home import rules
from exam_app.home.rules import ClassFacts, SittingFacts
from exam_app.home.terms import Act, Step, StepState
from exam_app.papers.terms import PaperState
from exam_app.sittings.terms import SittingState
from exam_app.training.terms import ClassState

SEALED = (PaperState.SEALED, PaperState.SEALED)
OPENED = (PaperState.OPENED, PaperState.SEALED)


def sat(**over: object) -> SittingFacts:
    given: dict[str, object] = {"sitting_id": 1, "state": SittingState.PLANNED, "entered": 3}
    return SittingFacts(**{**given, **over})  # type: ignore[arg-type]


def verified(sitting: SittingFacts | None = None, **over: object) -> ClassFacts:
    given: dict[str, object] = {"state": ClassState.VERIFIED, "enrolled": 3, "admitted": 3}
    return ClassFacts(**{**given, "sitting": sitting, **over})  # type: ignore[arg-type]


CASES = [
    (ClassFacts(ClassState.PLANNED), Step.ROSTER, (Act.APPROVE_CLASS, Act.IMPORT_ROSTER)),
    (ClassFacts(ClassState.APPROVED), Step.ROSTER, (Act.IMPORT_ROSTER,)),
    (
        ClassFacts(ClassState.APPROVED, enrolled=3, unconfirmed=1),
        Step.ROSTER,
        (Act.CONFIRM_PEOPLE, Act.LOCK_ROSTER),
    ),
    (ClassFacts(ClassState.APPROVED, enrolled=3), Step.ROSTER, (Act.LOCK_ROSTER,)),
    (ClassFacts(ClassState.LOCKED, enrolled=3), Step.HOURS, (Act.SUBMIT_HOURS,)),
    (ClassFacts(ClassState.SUBMITTED, enrolled=3), Step.HOURS, (Act.VERIFY_HOURS,)),
    (verified(without_reason=1), Step.HOURS, (Act.GIVE_REASON,)),
    (verified(), Step.SITTING, (Act.SCHEDULE,)),
    (verified(sat(entered=0)), Step.SITTING, (Act.ENTER,)),
    (verified(sat()), Step.PAPER, (Act.DRAW,)),
    (verified(sat(papers=(PaperState.DRAWN,))), Step.PAPER, (Act.DRAW,)),
    (
        verified(sat(papers=(PaperState.APPROVED, PaperState.DRAWN))),
        Step.PAPER,
        (Act.APPROVE_PAPER,),
    ),
    (verified(sat(papers=(PaperState.SEALED, PaperState.APPROVED))), Step.SEAL, (Act.SEAL,)),
    (verified(sat(papers=SEALED)), Step.OPEN, (Act.OPEN_PAPER,)),
    (verified(sat(papers=OPENED, first_opened=True)), Step.EXAM, (Act.OPEN_SITTING,)),
    (
        verified(sat(papers=OPENED, first_opened=True, state=SittingState.OPEN)),
        Step.EXAM,
        (Act.CLOSE_SITTING,),
    ),
    (
        verified(sat(papers=OPENED, first_opened=True, state=SittingState.CLOSED)),
        Step.EXAM,
        (Act.HAND_OVER,),
    ),
]
OVER = {"papers": OPENED, "first_opened": True, "state": SittingState.HANDED_OVER}
CASES += [
    (verified(sat(**OVER)), Step.MARK, (Act.MARK,)),
    (verified(sat(**OVER, marked=3)), Step.MARK, (Act.CONFIRM_RESULTS,)),
    (verified(sat(**OVER, marked=3, confirmed=3)), Step.RELEASE, (Act.RELEASE,)),
    (
        verified(sat(**OVER, marked=3, confirmed=3, released=3), passed=2),
        Step.CERTIFICATE,
        (Act.PREPARE,),
    ),
    (
        verified(sat(**OVER, marked=3, confirmed=3, released=3), passed=2, prepared=2),
        Step.CERTIFICATE,
        (Act.SIGN,),
    ),
]


@pytest.mark.parametrize(("facts", "step", "acts"), CASES)
def test_the_step_at_hand(facts: ClassFacts, step: Step, acts: tuple[Act, ...]) -> None:
    """Steps before it are done, steps after it wait, its next acts are named."""
    found = rules.tasks(facts)
    at_hand = [task for task in found if task.state is StepState.NOW]
    assert [(task.step, task.acts) for task in at_hand] == [(step, acts)]
    place = list(Step).index(step)
    assert all(task.state is StepState.DONE for task in found[:place])
    assert all(task.state is StepState.WAITING and not task.acts for task in found[place + 1 :])


def test_all_ten_are_done_in_the_end() -> None:
    """名册→学时→排考→组卷→封存→启封→开考→阅卷→发布→制证."""
    over = sat(**OVER, marked=3, confirmed=3, released=3)
    found = rules.tasks(verified(over, passed=2, prepared=2, signed=2))
    assert [task.state for task in found] == [StepState.DONE] * 10


def test_every_act_is_reached() -> None:
    """No act is left that no class ever waits for."""
    reached = {act for facts, *_ in CASES for act, _ in rules.acts_at_hand(facts)}
    over = sat(**OVER, marked=3, confirmed=3, released=3)
    failed = verified(over, retake_wanted=1, passed=2, prepared=2, signed=2, uncredited=2)
    reached |= {act for act, _ in rules.acts_at_hand(failed)}
    assert reached == set(Act)


def test_who_failed_waits_for_one_retake() -> None:
    """A retake is granted, goes its own way with one paper, and is over with its release."""
    over = sat(**OVER, marked=3, confirmed=3, released=3)
    assert rules.retake_acts(verified(over, retake_wanted=1)) == (Act.GRANT_RETAKE,)
    assert rules.retake_acts(verified(over)) == ()
    again = sat(is_retake=True, entered=1, papers=(PaperState.SEALED,))
    assert rules.retake_acts(verified(over, retake=again)) == (Act.OPEN_PAPER,)
    done = sat(
        is_retake=True,
        **{**OVER, "papers": (PaperState.OPENED,)},
        entered=1,
        marked=1,
        confirmed=1,
        released=1,
    )
    assert rules.retake_acts(verified(over, retake=done)) == ()
