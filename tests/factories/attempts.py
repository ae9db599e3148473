"""Sittings with an opened paper, answers at the desk, and scripts keyed in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal

from exam_app.access.actor import Actor
from exam_app.attempts import queries, service
from exam_app.attempts.models import Attempt
from exam_app.attempts.terms import Answer
from exam_app.audit import SYSTEM, Action, record
from exam_app.bank.models import BlueprintRow
from exam_app.core import clock, runkeys
from exam_app.core.db import session, transaction
from exam_app.papers import candidate, vault
from exam_app.papers import queries as papers
from exam_app.papers.models import Paper, ReleasedPaper
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.papers.vault import Content
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings import service as room
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.terms import SittingMode
from question_bank import ItemType, PaperDraft
from question_bank.paper import DraftItem
from tests.factories.people import actor_of, make_account
from tests.factories.sittings import World, let_in, make_open, make_sitting, make_world

QUESTIONS = 10
FULL_MARKS = 100
DURING, END = "2025-03-12 09:05", "2025-03-12 11:05"
# What is right, question by question: four single, three multiple, three true or false.
KEY = {1: "A", 2: "B", 3: "C", 4: "D", 5: "AB", 6: "ACD", 7: "BD", 8: "A", 9: "B", 10: "A"}
TYPES = {**dict.fromkeys(range(1, 5), "single"), **dict.fromkeys(range(5, 8), "multiple")}
Move = Callable[[str], None]


def type_of(question: int) -> str:
    """Return the type of a question of the tests' paper."""
    return TYPES.get(question, "true_false")


def make_content() -> Content:
    """Return a drawn paper of ten questions of ten marks, with its key."""
    return Content(
        PaperDraft(tuple(_item(number) for number in KEY), bank="b" * 64, blueprint="c" * 64),
        seed=bytes(32),
    )


def _item(number: int) -> DraftItem:
    kind = ItemType(type_of(number))
    options = tuple(f"选项{letter}{number}" for letter in "甲乙丙丁")
    if kind is ItemType.TRUE_FALSE:
        options = ("正确", "错误")
    return DraftItem(
        number=number,
        uid=f"T-{number:03d}@1",
        item_type=kind,
        stem=f"第{number}题题干",
        options=options,
        option_order=tuple(range(len(options))),
        key=frozenset("ABCD".index(letter) for letter in KEY[number]),
        marks=Decimal(10),
    )


def make_paper(sitting: Sitting, *, author: int, approver: int) -> Paper:
    """Return an opened paper of the sitting: the view under the running key, the key apart."""
    at = clock.now()
    blueprint = BlueprintRow(
        authority_id=sitting.training_class.project.authority_id,
        code=f"BP-{sitting.id}",
        title="矿山班组长",
        industry=sitting.training_class.industry,
        category=sitting.training_class.category.value,
        cells=[],
        overlap_max=0,
        author_id=author,
        created_at=at,
    )
    session().add(blueprint)
    session().flush()
    paper = Paper(
        class_id=sitting.class_id,
        sitting_id=sitting.id,
        blueprint_id=blueprint.id,
        code=f"P-{sitting.id:04d}",
        kind=PaperKind(sitting.kind.value),
        draw_number=papers.draws(sitting.class_id, PaperKind(sitting.kind.value)) + 1,
        seed_commitment="a" * 64,
        bank_digest="b" * 64,
        full_marks=FULL_MARKS,
        questions=QUESTIONS,
        state=PaperState.OPENED,
        author_id=author,
        drawn_at=at,
        approved_by_id=approver,
        approved_at=at,
        sealed_at=at,
        content_digest="c" * 64,
        opened_at=at,
    )
    session().add(paper)
    session().flush()
    content = make_content()
    vault.keep_key(paper.id, paper.code, content)
    view = vault.view_of(content, paper_id=paper.id, code=paper.code)
    plain = candidate.write_view(view)
    runkeys.make(candidate.sitting_key(sitting.id))
    session().add(
        ReleasedPaper(
            paper_id=paper.id,
            sitting_id=sitting.id,
            code=paper.code,
            content=runkeys.encrypt(candidate.sitting_key(sitting.id), plain),
            digest=hashlib.sha256(plain).hexdigest(),
            questions=QUESTIONS,
            opened_at=at,
        )
    )
    session().flush()
    record(Action.PAPER_OPENED, SYSTEM, paper)
    return paper


def make_running(
    move: Move,
    *,
    mode: SittingMode = SittingMode.COMPUTER,
    people: int = 3,
    present: int | None = None,
    seed: str = "",
) -> World:
    """Return a world five minutes into its sitting: paper opened, ``present`` candidates in."""
    world = make_world(people, seed=seed)
    make_sitting(world, mode=mode)
    run_sitting(world, move, present=people if present is None else present)
    return world


def sitting_of(world: World) -> Sitting:
    """Return the world's sitting, which has been scheduled."""
    assert world.sitting is not None
    return world.sitting


def run_sitting(world: World, move: Move, *, present: int) -> None:
    """Open the world's sitting with its paper and let candidates in; five minutes have passed."""
    sitting = sitting_of(world)
    on = f"{clock.local(sitting.starts_at):%Y-%m-%d}"
    make_open(world, move, at=f"{on} 08:40")
    with transaction():
        custodians = (world.authority_custodian.id, world.site_custodian.id)
        make_paper(sitting, author=custodians[0], approver=custodians[1])
    let_in(world, *world.entries[:present])
    move(f"{on} 09:05")


def candidate_of(entry: Entry) -> Actor:
    """Return the actor of the entry's candidate, with an account made at need."""
    account = people.account_of_person(entry.enrolment.person_id)
    if account is None:
        with transaction():
            account = make_account(person=entry.enrolment.person)
    return actor_of(account)


def start(entry: Entry) -> Attempt:
    """Start the attempt of an entry as its candidate."""
    actor = candidate_of(entry)
    with transaction():
        return service.start(entry, actor=actor)


def answer(attempt: Attempt, answers: Mapping[int, str], *, seq: int = 1) -> None:
    """Save answers of an attempt as its candidate."""
    actor = candidate_of(attempt.entry)
    with transaction():
        service.save(
            attempt, [Answer(each, value, seq) for each, value in answers.items()], actor=actor
        )


def sit(entry: Entry, answers: Mapping[int, str]) -> Attempt:
    """Start, answer and submit as the entry's candidate."""
    attempt = start(entry)
    answer(attempt, answers)
    actor = candidate_of(entry)
    with transaction():
        return service.submit(attempt, actor=actor)


def right(count: int) -> dict[int, str]:
    """Return answers of which the first ``count`` are right and the others blank."""
    return {number: KEY[number] for number in list(KEY)[:count]}


def close(world: World, move: Move) -> Sitting:
    """Close the world's sitting a few minutes after its end and collect what is open."""
    sitting = sitting_of(world)
    move(f"{clock.local(sitting.starts_at):%Y-%m-%d} 11:05")
    entries = sittings.entries_of(sitting.id)
    with transaction():
        room.close_sitting(
            sitting,
            scripts=sittings.present(entries),
            second=world.actor(world.invigilators[0]),
            actor=world.actor(world.chief),
        )
    if queries.open_attempts(sitting.id):
        with transaction():
            service.close_attempts(sitting, actor=world.actor(world.chief))
    return sitting
