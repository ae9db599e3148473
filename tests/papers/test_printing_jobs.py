"""A room's copies made in the background: who may, what is left, what closing wipes."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.core import jobs as core_jobs
from exam_app.core.db import Row, session, transaction
from exam_app.core.errors import BadInput, DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.core.jobs import Job, JobState, work_once
from exam_app.papers import candidate, printed, service, vault
from exam_app.papers.models import CustodyEntry, Paper
from exam_app.papers.service import prints
from exam_app.papers.terms import CustodyKind
from exam_app.sittings import queries as sittings
from exam_app.stages import JOBS
from question_bank.copies import Scheme, key_of_copy, order_of
from tests.conftest import Clock
from tests.factories.papers import IN_WINDOW, Scene, make_scene, open_first_paper
from tests.stores import Store
from tests.training.browser import Browser


@pytest.fixture
def made(printing_app: Flask, store: Store, clock: Clock) -> tuple[Scene, Paper]:
    """Return a scene with an opened paper, inside the window."""

    def make() -> tuple[Scene, Paper]:
        scene = make_scene()
        return scene, open_first_paper(scene, clock.set)

    scene_and_paper = store.once("opened", make)
    clock.set(IN_WINDOW)
    return scene_and_paper


@pytest.fixture
def scene(made: tuple[Scene, Paper]) -> Scene:
    """Return the scene."""
    return made[0]


@pytest.fixture
def opened(made: tuple[Scene, Paper]) -> Paper:
    """Return the opened paper."""
    return made[1]


def chief(scene: Scene) -> Actor:
    return scene.world.actor(scene.world.chief)


def ask(scene: Scene, paper: Paper, scheme: Scheme = Scheme.EACH, **how: object) -> list[Job]:
    """Return the jobs the chief asked for, for the first room in use."""
    room_id = sittings.entries_of(scene.sitting.id)[0].room_id
    with transaction():
        return service.ask_print(
            paper,
            room_id=room_id,
            scheme=scheme,
            actor=chief(scene),
            **how,  # type: ignore[arg-type]
        )


def work(scene: Scene, *rows: Row) -> None:
    """Let a worker do the next job; the test's own rows come back as it left them."""
    held = [*rows, scene.sitting, scene.world.chief]
    assert work_once(JOBS)
    session().add_all(held)
    session().expire_all()


def pages_of(document: bytes) -> list[str]:
    return [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(BytesIO(document)).pages]


def test_a_room_is_printed_in_seat_order(scene: Scene, opened: Paper) -> None:
    """Each candidate's copy in seat order, then the spare ones; the custody log counts them."""
    (job,) = ask(scene, opened, spares=2)
    work(scene, opened, job)
    assert job.state is JobState.DONE, job.error
    entries = sittings.entries_of(scene.sitting.id)
    assert job.done == job.total == len(entries) + 2
    with transaction():
        document, name = service.take_print(opened, job, actor=chief(scene))
    assert name.endswith(".pdf")
    pages = pages_of(document)
    assert "试卷袋封面" in pages[0]
    assert f"{len(entries) + 2}份（考生{len(entries)}份，备用2份）" in pages[0]
    firsts = [page for page in pages if "考生须知" in page]
    numbers = [int(re.search(r"第(\d+)号", page)[1]) for page in firsts]  # type: ignore[index]
    assert numbers == [1000 + entry.seat for entry in entries] + [1901, 1902]
    for page, entry in zip(firsts, entries, strict=False):
        assert entry.enrolment.person.name in page
        assert entry.ticket_number in page
    last = session().scalars(select(CustodyEntry).order_by(CustodyEntry.id.desc())).first()
    assert last is not None
    assert (last.kind, last.copies) == (CustodyKind.PRINTED, len(entries) + 2)


def test_each_copy_has_the_order_marking_computes(scene: Scene, opened: Paper) -> None:
    """What a copy shows as its first question is what its order says."""
    (job,) = ask(scene, opened)
    work(scene, opened, job)
    with transaction():
        document, _ = service.take_print(opened, job, actor=chief(scene))
    pages = pages_of(document)
    view = candidate.candidate_paper(scene.sitting.id)
    stems = {each.number: re.sub(r"\s", "", each.stem)[:14] for each in view.questions}
    sheet = vault.marking_key(opened.id)
    paper = sheet.copy_paper(Scheme.EACH)
    orders = set()
    for page in (page for page in pages if "考生须知" in page):
        number = int(re.search(r"第(\d+)号", page)[1])  # type: ignore[index]
        order = order_of(paper, number)
        places = [page.find(stems[placed.number]) for placed in order[:3]]
        assert -1 not in places
        assert places == sorted(places)
        orders.add(order)
        keys = key_of_copy(order, sheet.entries)
        assert sum(entry.marks for entry in keys) == sheet.full_marks
    assert len(orders) > 1


def test_the_copies_of_a_paper_keep_one_scheme(scene: Scene, opened: Paper) -> None:
    """A second printing in another order would leave copies nobody can mark."""
    ask(scene, opened, Scheme.TWO_FORMS)
    with pytest.raises(RuleBroken, match="print-scheme-differs"):
        ask(scene, opened, Scheme.EACH)
    assert printed.print_scheme(opened) == "two_forms"


def test_large_copies_are_a_document_of_their_own(scene: Scene, opened: Paper) -> None:
    """The seat with low vision has an A3 copy of the same number, and none in the usual bag."""
    seat = sittings.entries_of(scene.sitting.id)[0].seat
    usual, large = ask(scene, opened, large=[seat])
    work(scene, opened, usual, large)
    work(scene, opened, usual, large)
    with transaction():
        one, _ = service.take_print(opened, usual, actor=chief(scene))
        other, _ = service.take_print(opened, large, actor=chief(scene))
    number = 1000 + seat
    assert not any(f"第{number}号" in page for page in pages_of(one))
    assert all(f"第{number}号" in page for page in pages_of(other))
    size = PdfReader(BytesIO(other)).pages[0].mediabox
    assert (round(size.width), round(size.height)) == (842, 1191)
    with pytest.raises(BadInput, match="seat-not-in-room"):
        ask(scene, opened, large=[77])


def test_only_the_chief_prints_and_only_while_it_is_open(
    scene: Scene, opened: Paper, clock: Clock
) -> None:
    """Asking, making and taking all ask the duty; after the end nobody prints."""
    (job,) = ask(scene, opened)
    with pytest.raises(NotAllowed), transaction():
        service.take_print(opened, job, actor=scene.office.actor(scene.office.setter))
    clock.set("2025-03-12 20:00")
    work(scene, opened, job)
    assert job.state is JobState.FAILED
    with pytest.raises(DutyConflict), transaction():
        service.paper_as_text(opened, actor=chief(scene))


def test_what_is_kept_is_cipher_and_gone_after_closing(
    scene: Scene, opened: Paper, app: Flask
) -> None:
    """No stem lies on disk while it waits; closing wipes key and file."""
    (job,) = ask(scene, opened)
    work(scene, opened, job)
    stems = [each.stem.encode() for each in candidate.candidate_paper(scene.sitting.id).questions]
    kept = [path for path in Path(app.instance_path).rglob("*") if path.is_file()]
    assert any(path.name == job.outcome["token"] for path in kept)  # type: ignore[index]
    for path in kept:
        if path.suffix != ".ttf" and "sqlite" not in path.name:
            data = path.read_bytes()
            assert b"%PDF" not in data
            assert not any(stem in data for stem in stems)
    service.forget(scene.sitting.id)
    assert not any(
        path.name == job.outcome["token"]  # type: ignore[index]
        for path in Path(app.instance_path).rglob("*")
    )
    with pytest.raises((Missing, RuleBroken)), transaction():
        service.take_print(opened, job, actor=chief(scene))


def test_a_killed_worker_leaves_a_job_another_does(
    scene: Scene, opened: Paper, clock: Clock
) -> None:
    """A worker that dies in the middle of a document: the next begins anew and ends it."""
    (job,) = ask(scene, opened, spares=12)
    running = core_jobs._claim([prints.JOB])
    assert running is not None
    with running.step(parts=5, total=99):
        session().flush()
    session().expire_all()
    assert (job.done, job.state) == (5, JobState.RUNNING)
    clock.at += core_jobs.LEASE * 2
    work(scene, opened, job)
    assert job.state is JobState.DONE
    assert job.done == job.total == len(sittings.entries_of(scene.sitting.id)) + 12


def test_the_paper_as_text(scene: Scene, opened: Paper) -> None:
    """The editable paper holds every stem and option in the paper's own order."""
    with transaction():
        content = service.paper_as_text(opened, actor=chief(scene))
    words = [paragraph.text for paragraph in Document(BytesIO(content)).paragraphs]
    whole = re.sub(r"\s", "", "".join(words))
    at = -1
    for question in candidate.candidate_paper(scene.sitting.id).questions:
        plain = re.sub(r"\s", "", question.stem)
        assert whole.index(plain) > at
        at = whole.index(plain)
        assert all(re.sub(r"\s", "", option) in whole for option in question.options)


def test_the_pages_of_printing(
    scene: Scene, opened: Paper, client: FlaskClient, printing_app: Flask
) -> None:
    """Asked for, watched and taken in the chief's browser."""
    browser = Browser(client)
    browser.sign_in(scene.world.chief)
    page = f"/papers/{opened.id}/prints"
    room_id = sittings.entries_of(scene.sitting.id)[0].room_id
    wrong = browser.post(page, page, room_id=room_id, scheme="each", spares=99, large="x")
    assert wrong.status_code == 422
    asked = browser.post(page, page, room_id=room_id, scheme="two_forms", spares=1, large="")
    assert asked.status_code == 303
    job = session().scalars(select(Job).where(Job.kind == prints.JOB)).one()
    progress = f"{page}/{job.id}"
    assert "等待处理" in client.get(progress).get_data(as_text=True)
    told = client.get(progress, headers={"Accept": "application/json"}).get_json()
    assert told == {"done": 0, "total": 0, "over": False, "state": "等待处理"}
    work(scene, opened)
    assert "下载印制（PDF）" in client.get(progress).get_data(as_text=True)
    taken = browser.post(f"{progress}/document", progress)
    assert taken.mimetype == "application/pdf"
    assert taken.data.startswith(b"%PDF")
    text = browser.post(f"/papers/{opened.id}/text-document", page)
    assert text.data.startswith(b"PK")
