"""A sealed paper is searched for in whatever anybody can ask for, and in all that is kept.

Every page of the application with every duty that may open it, the logs, the files written while
the paper is sealed and opened, the backup of the database and the instance folder.
"""

from __future__ import annotations

import html
import io
import json
import logging
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from exam_app.access import duties
from exam_app.access.guard import Open, guard_of, is_static
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import db, session, transaction
from exam_app.papers import service, vault
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.people.models import Account
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.papers import (
    IN_WINDOW,
    Scene,
    approve_paper,
    consent,
    make_scene,
    open_second,
    seal_paper,
)
from tests.factories.people import actor_of, make_organisation, make_staff
from tests.papers.test_canary import found_in_files, list_of, secrets_of
from tests.postgres import find_programs
from tests.training.browser import TOKEN, Browser

# The pages of the bank's own items: whoever writes and reviews them reads them.
OWN_PAGES = "bank:item:"
FIELDS = {"reason": "核对", "copies": "1", "number": "1"}
OF_THE_SCENE = {
    Role.CUSTODIAN, Role.CHIEF, Role.EXAM_ADMIN, Role.PAPER_SETTER, Role.PAPER_APPROVER,
    Role.DUTY_APPROVER,
}  # fmt: skip
_writing: list[set[str]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _writing:
        path, mode, flags = arguments
        writes = any(letter in (mode or "") for letter in "wax+") or (flags or 0) & 0o3
        if writes and isinstance(path, str):
            _writing[-1].add(path)


sys.addaudithook(_note)


@contextmanager
def writes() -> Iterator[set[str]]:
    """Collect the files that Python opens for writing meanwhile."""
    _writing.append(set())
    try:
        yield _writing[-1]
    finally:
        _writing.pop()


def everybody(scene: Scene) -> dict[Account, set[Permission]]:
    """Return who opens pages by which permissions: each duty once, of those who have it.

    First the people of the scene and a candidate, who are asked for all that is theirs, then
    each other role in each kind of organisation.
    """
    world, office = scene.world, scene.office
    found = {
        account: set(duties.granted(actor_of(account)))
        for account in (*scene.custodians.values(), world.chief, world.admin, office.setter,
                        office.approver, scene.first_approver)
    }  # fmt: skip
    with transaction():
        candidate = world.candidate()
        places = [world.authority, world.county, world.provider, world.enterprises[0]]
        named = {place.kind for place in places}
        places += [make_organisation(kind) for kind in OrganisationKind if kind not in named]
        found[candidate] = set(duties.granted(actor_of(candidate)))
        common = set.intersection(*found.values())
        for role in sorted(set(Role) - OF_THE_SCENE):
            done = set(common)
            for place in places:
                account = make_staff(role, organisation=place)
                found[account] = set(duties.granted(actor_of(account))) - done
                done |= found[account]
    return {account: granted for account, granted in found.items() if granted}


def words_of(answer: TestResponse) -> str:
    """Return what an answer says: text of pages and PDFs, members of archives."""
    data = answer.get_data()
    if data.startswith(b"%PDF"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as held:
            return "".join(held.read(name).decode("utf-8", "replace") for name in held.namelist())
    text = html.unescape(data.decode("utf-8", "replace"))
    return text + (json.dumps(json.loads(data), ensure_ascii=False) if answer.is_json else "")


def pages(app: Flask, paper_id: int) -> list[tuple[str, str, Permission | None]]:
    """Return method, address and permission of every page but those of the bank's own items."""
    found = []
    for rule in app.url_map.iter_rules():
        guard = guard_of(app.view_functions[rule.endpoint])
        if is_static(app, rule.endpoint) or str(guard).startswith(OWN_PAGES):
            continue
        path = rule.rule.replace("<int:paper_id>", str(paper_id))
        path = re.sub(r"<int:[a-z_]+>", "1", path)
        path = re.sub(r"<[^>]+>", "x", path)
        permission = None if isinstance(guard, Open) else guard
        methods = (rule.methods or set()) & {"GET", "POST"}
        found += [(method, path, permission) for method in sorted(methods)]
    return [each for each in found if "sign-" not in each[1]]


@ONE_DATABASE
def test_no_answer_to_anybody_holds_a_word(
    app: Flask, client: FlaskClient, printing_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """Every page, GET and POST, with every duty that may open it, while the paper is sealed."""
    caplog.set_level(logging.INFO)
    scene = make_scene()
    paper = approve_paper(scene)
    content = vault.read_draft(paper.id)
    words, seeds = secrets_of(content)
    needles = [each.decode() for each in words] + [seeds[1].decode()]
    paper_id, asked, said = paper.id, 0, set()
    browser = Browser(client).sign_in(scene.office.approver)
    shown = words_of(browser.post(f"/papers/{paper_id}/content", f"/papers/{paper_id}"))
    assert all(word.decode() in shown for word in words), "the search finds what is there"
    seal(scene)
    session().rollback()
    walks = everybody(scene)
    first = next(iter(walks))
    for account, granted in walks.items():
        browser.sign_in(account)
        token = TOKEN.search(browser.get("/account").text)
        for method, path, permission in pages(app, paper_id):
            if permission not in granted and not (permission is None and account is first):
                continue
            form = FIELDS | {"csrf_token": token[1] if token else ""}
            answer = browser.get(path) if method == "GET" else browser.bare(path, **form)
            text, asked = words_of(answer), asked + 1
            said.add(answer.status_code)
            leaks = [needle for needle in needles if needle in text]
            assert leaks == [], (method, path, account.username, leaks[:1])
    assert asked > 500, asked
    assert {200, 303, 403, 404, 422} <= said
    assert not any(needle in caplog.text for needle in needles)
    session().expire_all()
    assert session().get_one(type(paper), paper_id).state is PaperState.SEALED


def seal(scene: Scene) -> None:
    """Seal the approved paper, and the reserve."""
    world = scene.world
    (paper,) = [each for each in _live(scene) if each.kind is PaperKind.FIRST]
    with transaction():
        service.consent_to_seal(paper, actor=world.actor(world.authority_custodian))
    with transaction():
        service.seal(paper, actor=world.actor(world.site_custodian))
    seal_paper(scene, PaperKind.RESERVE)


def _live(scene: Scene) -> Sequence[Any]:
    from exam_app.papers import queries

    return queries.live_papers(scene.sitting.id)


def test_nothing_is_written_but_cipher(
    app: Flask,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Files written while sealing and opening, the backup of the database, the log."""
    caplog.set_level(logging.INFO)
    scene, home = make_scene(), Path(app.instance_path)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    paper = approve_paper(scene)
    content = vault.read_draft(paper.id)
    with writes() as written:
        seal(scene)
        clock.set(IN_WINDOW)
        consent(scene, paper)
        open_second(scene, paper)
    folders = {Path(path).parent for path in written}
    assert home / "run" in folders
    assert folders <= {home / "run", home / "files" / "snapshots", home / "files" / "neighbours"}
    assert list(temporary.iterdir()) == []
    words, seeds = secrets_of(content)
    plain = [*words, *seeds, *list_of(content)]
    needles = [*plain, *(json.dumps(each.decode())[1:-1].encode() for each in words)]
    assert found_in_files(home, *needles, but=("exam.sqlite", "exam.sqlite-wal")) == set()
    copy = backup(app, tmp_path)
    needles += [each.hex().encode() for each in plain]
    assert [each[:40] for each in needles if each in copy] == []
    assert b"paper_fingerprint" in copy
    assert not any(each.decode() in caplog.text for each in words)


def backup(app: Flask, folder: Path) -> bytes:
    """Return a backup of the database without the bank's own item rows, as it lies on disk."""
    session().rollback()
    if db.engine.dialect.name == "sqlite":
        path = folder / "backup.sqlite"
        with (
            closing(sqlite3.connect(Path(app.instance_path) / "exam.sqlite")) as live,
            closing(sqlite3.connect(path)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute("DROP TABLE item")
            copy.execute("VACUUM")
        return path.read_bytes()
    programs = find_programs()
    dump = shutil.which("pg_dump", path=str(programs)) if programs else None
    assert dump is not None
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    called = [dump, "--dbname", url, "--exclude-table-data=item"]
    return subprocess.run(called, check=True, capture_output=True).stdout
