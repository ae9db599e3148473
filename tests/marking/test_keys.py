"""The key on paper: after the exam alone, with a reason, to markers and checkers of the sitting."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit.actions import Action
from exam_app.audit.queries import Filter, detail_of, entries_in_order
from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, ExamError, RuleBroken
from exam_app.core.fonts import ensure_fonts
from exam_app.core.jobs import work_once
from exam_app.marking import service
from exam_app.papers import printed, vault
from exam_app.papers import service as papers
from exam_app.papers.models import Paper
from exam_app.papers.printing.keys import key_line
from exam_app.sittings import queries as sittings
from exam_app.sittings import service as sittings_service
from exam_app.stages import JOBS
from question_bank.copies import Scheme, key_of_copy, order_of
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.papers import Scene, make_scene, open_first_paper
from tests.factories.people import actor_of, make_staff
from tests.papers.test_flow import close
from tests.training.browser import Browser

pytestmark = ONE_DATABASE


@pytest.fixture
def scene(app: Flask, clock: Clock) -> Scene:
    """Return a scene whose first paper is open."""
    ensure_fonts(Path(app.instance_path))
    found = make_scene()
    open_first_paper(found, clock.set)
    return found


def print_room(scene: Scene, paper: Paper) -> None:
    """Print the first room in use with one spare copy."""
    room_id = sittings.entries_of(scene.sitting.id)[0].room_id
    chief = scene.world.actor(scene.world.chief)
    with transaction():
        papers.ask_print(paper, room_id=room_id, scheme=Scheme.EACH, spares=1, actor=chief)
    held = [paper, scene.sitting, scene.world.chief, *scene.world.invigilators]
    assert work_once(JOBS)
    session().add_all(held)


def end(scene: Scene, clock: Clock) -> None:
    """Let the sitting pass with nobody present."""
    with transaction():
        sittings_service.open_sitting(scene.sitting, actor=scene.world.actor(scene.world.chief))
    clock.set("2025-03-12 11:10")
    close(scene)


def text_of(document: bytes) -> str:
    pages = PdfReader(BytesIO(document)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def test_the_key_on_paper(scene: Scene, clock: Clock, client: FlaskClient) -> None:
    """Refused while candidates write and without a reason; each look stands in the trail."""
    paper = session().get_one(Paper, 1)
    print_room(scene, paper)
    with transaction():
        checker = make_staff(Role.RESULT_CHECKER, organisation=scene.world.authority)
    for take in (service.key_sheet, service.marking_table):
        with pytest.raises(DutyConflict, match="duty-state"), transaction():
            take(scene.sitting, reason="阅卷", actor=actor_of(checker))
    copies = printed.copies_made(paper)
    end(scene, clock)
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.key_sheet(scene.sitting, reason=" ", actor=actor_of(checker))
    browser, page = Browser(client), f"/sittings/{scene.sitting.id}/key"
    browser.sign_in(checker)
    assert browser.post(page + "-sheet", page, reason="").status_code == 422
    sheet = browser.post(page + "-sheet", page, reason="人工阅卷")
    assert sheet.mimetype == "application/pdf"
    key = vault.marking_key(paper.id)
    words = text_of(sheet.data)
    assert f"标准答案（{paper.code}）" in words
    assert "仅供阅卷使用" in words
    table = browser.post(f"/sittings/{scene.sitting.id}/marking-table", page, reason="人工阅卷")
    words = text_of(table.data)
    assert len(copies) == len(sittings.entries_of(scene.sitting.id)) + 1
    for number, seat in copies:
        entries = key_of_copy(order_of(key.copy_paper(Scheme.EACH), number), key.entries)
        line = re.sub(r"\s", "", key_line(entries))
        assert f"{number}{seat or '备用'}{line}" in words
    wanted = Filter(subject_type="paper", actions=(Action.KEY_VIEWED.value,))
    told = [detail_of(entry) for entry in entries_in_order(wanted)]
    assert [each["shape"] for each in told] == ["sheet", "table"]
    assert {each["reason"] for each in told} == {"人工阅卷"}


def test_the_walls_stand_before_the_key_on_paper(scene: Scene, clock: Clock) -> None:
    """Provider, chief, administrator, custodian and another city's checker get nothing.

    A paper that was not printed by rooms has a key sheet and no table.
    """
    end(scene, clock)
    world = scene.world
    with transaction():
        checker = make_staff(Role.RESULT_CHECKER, organisation=world.authority)
        refused = [
            make_staff(Role.TRAINING_MANAGER, organisation=world.provider),
            make_staff(Role.SYSADMIN, kind=OrganisationKind.PLATFORM),
            make_staff(Role.RESULT_CHECKER, kind=OrganisationKind.CITY_EM),
        ]
    for take in (service.key_sheet, service.marking_table):
        for account in (*refused, world.chief, world.site_custodian):
            with pytest.raises(ExamError) as error, transaction():
                take(scene.sitting, reason="核对", actor=actor_of(account))
            assert error.value.status in {403, 404}
    with transaction():
        assert service.key_sheet(scene.sitting, reason="核对", actor=actor_of(checker))[0]
    with pytest.raises(RuleBroken, match="no-copies"), transaction():
        service.marking_table(scene.sitting, reason="核对", actor=actor_of(checker))
