"""After sealing nothing of a paper is left in plain: searched for everywhere."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from exam_app.bank.models import ItemRow
from exam_app.core.db import db, session, transaction
from exam_app.papers import queries, service, vault
from exam_app.papers.models import Paper
from exam_app.papers.terms import PaperKind
from tests.conftest import Clock
from tests.factories.papers import (
    IN_WINDOW,
    Scene,
    approve_paper,
    consent,
    draw_paper,
    open_second,
    seal_paper,
)
from tests.training.browser import Browser

# Where the bank itself keeps its items, and nothing else does.
OWN = {("item", "content")}
DATABASE_FILES = ("exam.sqlite", "exam.sqlite-wal", "exam.sqlite-shm")


def cells() -> Iterator[tuple[str, str, bytes]]:
    """Return table, column and content of every cell of the database, as bytes."""
    session().rollback()
    inspector = sa.inspect(db.engine)
    with db.engine.connect() as connection:
        for table in inspector.get_table_names():
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')).mappings():
                for column, value in row.items():
                    yield table, column, _bytes(value)


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).encode()
    text = str(value)
    if "\\u" in text:
        text += json.dumps(json.loads(text), ensure_ascii=False) if text[0] in "[{" else ""
    return text.encode()


def found_in_database(*needles: bytes) -> set[tuple[str, str]]:
    """Return the columns that hold one of the needles."""
    return {(t, c) for t, c, value in cells() if any(needle in value for needle in needles)}


def found_in_files(folder: Path, *needles: bytes, but: tuple[str, ...] = ()) -> set[str]:
    """Return the files below a folder that hold one of the needles."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file()
        and path.name not in but
        and any(needle in path.read_bytes() for needle in needles)
    }


def secrets_of(content: vault.Content) -> tuple[list[bytes], list[bytes]]:
    """Return the words of a paper, and its seed in every form it might be written in."""
    words = [each.stem.encode() for each in content.draft.items]
    words += [option.encode() for each in content.draft.items for option in each.options[:1]
              if option not in ("正确", "错误")]  # fmt: skip
    return words, [content.seed, content.seed.hex().encode()]


def list_of(content: vault.Content) -> list[bytes]:
    """Return the items of a paper in its own order, as a list would be written."""
    uids = [each.uid for each in content.draft.items]
    return [json.dumps(uids[:2])[1:-1].encode(), f"{uids[0]},{uids[1]}".encode()]


def test_nothing_is_left_after_sealing(scene: Scene, clock: Clock, app: Flask) -> None:
    """No table but the bank's own, no file: not a stem, not an option, not the seed."""
    home = Path(app.instance_path)
    paper = approve_paper(scene)
    content = vault.read_draft(paper.id)
    words, seeds = secrets_of(content)
    assert found_in_database(*words) == OWN, "a draft at rest is encrypted"
    assert found_in_database(*seeds) == set()
    world = scene.world
    with transaction():
        service.consent_to_seal(paper, actor=world.actor(world.authority_custodian))
    with transaction():
        service.seal(paper, actor=world.actor(world.site_custodian))
    seal_paper(scene, PaperKind.RESERVE)
    assert found_in_database(*words) == OWN
    assert found_in_database(*seeds, *list_of(content)) == set()
    assert found_in_files(home, *words, but=DATABASE_FILES) == set()
    assert found_in_files(home, *seeds, *list_of(content)) == set()
    with db.engine.connect() as connection:
        drafts = connection.execute(sa.text("SELECT count(*) FROM paper_draft")).scalar()
    assert drafts == 0


def test_an_opened_paper_rests_encrypted(scene: Scene, clock: Clock, app: Flask) -> None:
    """While the sitting runs the released text and the key are in no table in plain."""
    content = vault.read_draft(approve_paper(scene).id)
    words, seeds = secrets_of(content)
    paper = scene_paper(scene)
    world = scene.world
    with transaction():
        service.consent_to_seal(paper, actor=world.actor(world.authority_custodian))
    with transaction():
        service.seal(paper, actor=world.actor(world.site_custodian))
    seal_paper(scene, PaperKind.RESERVE)
    clock.set(IN_WINDOW)
    consent(scene, paper)
    halves = _halves(app)
    open_second(scene, paper)
    assert found_in_database(*words) == OWN
    assert found_in_database(*seeds, *list_of(content), *halves) == set()
    home = Path(app.instance_path)
    assert found_in_files(home, *words, but=DATABASE_FILES) == set()
    assert found_in_files(home, *seeds, *list_of(content)) == set()
    used = session().scalars(select(ItemRow).where(ItemRow.uses > 0)).all()
    assert used == [], "use counts would tell what an opened paper holds"


def _halves(app: Flask) -> list[bytes]:
    """Return the key a first half waits under: it is in a file and in no table."""
    return [path.read_bytes() for path in (Path(app.instance_path) / "run").glob("opening-*")]


def scene_paper(scene: Scene) -> Paper:
    """Return the paper just approved."""
    return queries.live_papers(scene.sitting.id)[0]


def test_what_a_draw_holds_names_nothing_in_plain(scene: Scene, clock: Clock, app: Flask) -> None:
    """Snapshots, neighbours, strikes, the log and the queue: no word, no list, no seed."""
    home = Path(app.instance_path)
    paper = draw_paper(scene)
    struck = vault.read_draft(paper.id).draft.items[0]
    with transaction():
        service.strike(
            paper,
            number=1,
            reason="题目有歧义",
            actor=scene.office.actor(scene.office.approver),
        )
    with transaction():
        service.approve(paper, note="同意", actor=scene.office.actor(scene.office.approver))
    content = vault.read_draft(paper.id)
    words, seeds = secrets_of(content)
    world = scene.world
    with transaction():
        service.consent_to_seal(paper, actor=world.actor(world.authority_custodian))
    with transaction():
        service.seal(paper, actor=world.actor(world.site_custodian))
    held = [path for path in (home / "files").rglob("*") if path.is_file()]
    assert {path.parent.name for path in held} == {"snapshots", "neighbours"}
    names = [uid.encode() for uid in (*content.draft.uids, struck.uid)]
    prints = [vault.fingerprint(each).hex().encode() for each in content.draft.item_ids]
    for folder in (home / "files", Path(tempfile.gettempdir()) / "exam"):
        assert found_in_files(folder, *words, *seeds, *names, *prints) == set()
    assert found_in_database(*words) == OWN
    assert found_in_database(*seeds, *names, *list_of(content)) == set()


def test_no_page_shows_a_word_before_the_release(
    scene: Scene, client: FlaskClient, app: Flask
) -> None:
    """Every page an examining duty opens, but the one that shows the paper on purpose."""
    paper = approve_paper(scene)
    content = vault.read_draft(paper.id)
    words = [each.stem for each in content.draft.items]
    named = [each.uid for each in content.draft.items]
    browser = Browser(client)
    world, office = scene.world, scene.office
    pages = (
        f"/papers/{paper.id}",
        f"/classes/{paper.class_id}/papers",
        f"/blueprints/{scene.blueprint.id}",
        f"/blueprints/{scene.blueprint.id}/capacity",
        "/",
    )
    for account in (office.setter, office.approver, world.authority_custodian, world.chief):
        browser.sign_in(account)
        for page in pages:
            text = browser.get(page).text
            assert not any(each in text for each in (*words, *named, content.seed.hex())), page
