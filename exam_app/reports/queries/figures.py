"""Coverage and pass rate (覆盖率、合格率) by category, class, industry; released results only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.marking.queries import final_results
from exam_app.marking.terms import Outcome
from exam_app.people import queries as people
from exam_app.policy.loader import resolve
from exam_app.policy.profile import ResolvedProfile
from exam_app.reports import rules
from exam_app.reports.rules import Counts, Target
from exam_app.training import queries as training
from exam_app.training.models import Eligibility, Enrolment, TrainingClass, TrainingProject
from exam_app.training.terms import EligibilityState, PersonnelCategory


@dataclass(frozen=True)
class Facts:
    """One enrolment as the figures count it: admitted or not, and how it ended, if released."""

    person_id: int
    class_id: int
    category: PersonnelCategory
    industry: str
    admitted: bool
    outcome: Outcome | None


@dataclass(frozen=True)
class Group:
    """The counts of one category, class or industry."""

    name: str
    counts: Counts


@dataclass(frozen=True)
class Coverage:
    """The figures of one project with the targets its notice sets."""

    project: TrainingProject
    total: Counts
    categories: tuple[Group, ...]
    classes: tuple[tuple[TrainingClass, Counts], ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Figures:
    """The figures of all projects an actor may see, by project and by industry."""

    projects: tuple[Coverage, ...]
    industries: tuple[Group, ...]


def project_policy(project: TrainingProject) -> ResolvedProfile:
    """Return the rules of a project as they stand today."""
    settings = people.current_settings(project.authority_id, project.profile_id, clock.today())
    return resolve(project.profile_id, settings)


def coverage(project: TrainingProject) -> Coverage:
    """Return a project's figures: to train, trained before and now, examined, passed."""
    held = facts_of(project.id)
    to_train = {each: int(project.to_train.get(each, 0)) for each in PersonnelCategory}
    total = _count(held, sum(to_train.values()), project.trained_before)
    alone = project.trained_before == 0
    by_class = select(TrainingClass).where(TrainingClass.project_id == project.id)
    return Coverage(
        project=project,
        total=total,
        categories=tuple(
            Group(each, _count([f for f in held if f.category is each], to_train[each], 0, alone))
            for each in PersonnelCategory
        ),
        classes=tuple(
            (row, _count([f for f in held if f.class_id == row.id], 0, 0))
            for row in session().scalars(by_class.order_by(TrainingClass.id))
        ),
        targets=tuple(rules.targets(project_policy(project), total)),
    )


def figures(actor: Actor) -> Figures:
    """Return the figures of the projects the actor may see."""
    projects = training.projects_for(actor)
    held = [fact for project in projects for fact in facts_of(project.id)]
    industries = sorted({fact.industry for fact in held})
    return Figures(
        projects=tuple(coverage(project) for project in projects),
        industries=tuple(
            Group(name, _count([f for f in held if f.industry == name], 0, 0))
            for name in industries
        ),
    )


def facts_of(project_id: int) -> list[Facts]:
    """Return every enrolment of a project as the figures count it."""
    query = (
        select(Enrolment, TrainingClass, Eligibility.state)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .outerjoin(Eligibility, Eligibility.enrolment_id == Enrolment.id)
        .where(TrainingClass.project_id == project_id)
        .order_by(Enrolment.id)
    )
    rows = session().execute(query).all()
    ended = outcomes({enrolment.class_id for enrolment, *_ in rows})
    return [
        Facts(
            person_id=enrolment.person_id,
            class_id=enrolment.class_id,
            category=enrolment.category,
            industry=training_class.industry,
            admitted=state is EligibilityState.ELIGIBLE,
            outcome=ended.get(enrolment.id),
        )
        for enrolment, training_class, state in rows
    ]


def outcomes(class_ids: Iterable[int]) -> dict[int, Outcome]:
    """Return enrolment id → how it ended, for those with a released result.

    What was sat in a sitting declared void counts for nothing.
    """
    return {
        result.entry.enrolment_id: result.outcome
        for class_id in sorted(class_ids)
        for result in final_results(class_id)
    }


def _count(held: Sequence[Facts], to_train: int, before: int, before_known: bool = True) -> Counts:
    """Return the counts, each person once however many classes they were in."""

    def persons(wanted: Iterable[Facts]) -> int:
        return len({fact.person_id for fact in wanted})

    examined = {Outcome.PASS, Outcome.FAIL, Outcome.DISQUALIFIED}
    return Counts(
        to_train=to_train,
        trained_before=before,
        trained=persons(fact for fact in held if fact.admitted),
        examined=persons(fact for fact in held if fact.outcome in examined),
        passed=persons(fact for fact in held if fact.outcome is Outcome.PASS),
        before_known=before_known,
    )
