"""After the retake window: seed and items made public by two, the paper drawn again by anybody."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

import question_bank
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.queries import Filter, detail_of, entries_in_order
from exam_app.bank.models import BlueprintRow
from exam_app.cli.paper import paper_cli
from exam_app.core.clock import at_local
from exam_app.core.db import transaction
from exam_app.core.errors import ExamError, Missing, RuleBroken
from exam_app.papers import disclosures, queries, service, vault
from exam_app.papers.models import Paper, PaperDisclosure
from exam_app.papers.sealing import PassphraseWrong, SealBroken
from exam_app.papers.service import situations
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.sittings import service as sittings
from question_bank.disclosed import redraw, strikes_digest
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.papers import (
    IN_WINDOW,
    PASSPHRASES,
    Scene,
    approve_paper,
    consent,
    draw_paper,
    open_second,
    seal_both,
    seal_paper,
)
from tests.factories.sittings import make_class, make_sitting
from tests.papers.test_flow import close
from tests.papers.test_reviewing import strike
from tests.training.browser import Browser

AFTER = "2025-06-30 09:00"


def archived_paper(scene: Scene, clock: Clock, *, strikes: int = 0) -> tuple[Paper, vault.Content]:
    """Return a paper whose sitting is over, and what was sealed of it."""
    paper = draw_paper(scene)
    for _ in range(strikes):
        strike(scene, paper, 1)
    content = vault.read_draft(paper.id)
    with transaction():
        service.approve(paper, note="同意", actor=scene.office.actor(scene.office.approver))
    one, other = scene.custodians["authority"], scene.custodians["site"]
    with transaction():
        service.consent_to_seal(paper, actor=scene.world.actor(one))
    with transaction():
        service.seal(paper, actor=scene.world.actor(other))
    seal_paper(scene, PaperKind.RESERVE)
    clock.set(IN_WINDOW)
    consent(scene, paper)
    open_second(scene, paper)
    chief = scene.world.actor(scene.world.chief)
    with transaction():
        sittings.open_sitting(scene.sitting, actor=chief)
    clock.set("2025-03-12 11:10")
    close(scene)
    with transaction():
        service.close_papers(scene.sitting, actor=chief)
    assert paper.state is PaperState.ARCHIVED
    return paper, content


def ask(scene: Scene, paper: Paper, name: str = "authority") -> PaperDisclosure:
    """Let a custodian ask that a paper be made public."""
    with transaction():
        return service.consent_to_disclose(
            paper,
            passphrase=PASSPHRASES[name],
            actor=scene.world.actor(scene.custodians[name]),
        )


def make_public(scene: Scene, paper: Paper, name: str = "site") -> PaperDisclosure:
    """Let another custodian make it public."""
    with transaction():
        return service.disclose(
            paper,
            passphrase=PASSPHRASES[name],
            actor=scene.world.actor(scene.custodians[name]),
        )


def test_a_disclosed_paper_is_drawn_again_to_the_bit(
    scene: Scene, clock: Clock, app: Flask
) -> None:
    """By either engine, strikes included: items, order, options, words are those sealed."""
    paper, content = archived_paper(scene, clock, strikes=2)
    clock.set(AFTER)
    ask(scene, paper)
    row = make_public(scene, paper)
    assert row.seed == content.seed.hex()
    assert row.items == [item.uid for item in content.draft.items]
    assert row.half is None
    for engine_name in ("highs", "scipy"):
        found = service.reproduce(paper, engine_name=engine_name)
        assert found.is_equal
        assert found.items == tuple(row.items or ())
    runner = app.test_cli_runner()
    shown = runner.invoke(paper_cli, ["reproduce", paper.code, "--engine", "scipy"])
    assert shown.exit_code == 0
    assert shown.output.splitlines()[-1] == "一致 / equal"
    wanted = Filter(subject_type="paper", actions=(Action.PAPER_DISCLOSED.value,))
    (entry,) = entries_in_order(wanted)
    assert detail_of(entry)["seed"] == content.seed.hex()


def run_elsewhere(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the question bank's command where there is no application and no key."""
    return subprocess.run(
        [sys.executable, "-m", "question_bank", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(Path(question_bank.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


@ONE_DATABASE
def test_anybody_draws_it_again_from_what_is_public(
    scene: Scene, clock: Clock, app: Flask, tmp_path: Path
) -> None:
    """A folder, another engine, no database and no key; a changed file is named."""
    paper, content = archived_paper(scene, clock, strikes=1)
    clock.set(AFTER)
    runner, out = app.test_cli_runner(), tmp_path / "out"
    early = runner.invoke(paper_cli, ["disclosure", paper.code, "--out", str(out)])
    assert isinstance(early.exception, RuleBroken)
    ask(scene, paper)
    make_public(scene, paper)
    written = runner.invoke(paper_cli, ["disclosure", paper.code, "--out", str(out)])
    assert written.exit_code == 0, written.output
    told = (out / "disclosure.json").read_text()
    assert not any(item.stem in told for item in content.draft.items)
    for engine_name in ("highs", "scipy"):
        again = run_elsewhere("reproduce", str(out), "--engine", engine_name, cwd=tmp_path)
        assert again.returncode == 0, again.stdout + again.stderr
        lines = again.stdout.splitlines()
        assert (lines[0], lines[-1], len(lines)) == (f"paper {paper.code}", "equal", 7)
        committed = runner.invoke(paper_cli, ["commitment", paper.code]).output.splitlines()
        assert set(lines[1:-1]) < {line.partition(" / ")[2] for line in committed}
    facts = json.loads((out / "disclosure.json").read_text())
    uids = [line.partition(",")[0] for line in (out / "items.csv").read_text().splitlines()[1:]]
    spare = sorted({*uids} - {*facts["items"]})
    for name, forged in (
        ("barred", facts["barred"] + spare[:1]),
        ("ceiling", facts["ceiling"] + 1),
        ("apart", [[]]),
        ("counter", 0),
        ("struck", spare[:2]),
    ):
        field = {"apart": "neighbours"}.get(name, name)
        (out / "disclosure.json").write_text(json.dumps(facts | {field: forged}))
        assert name in redraw(out).broken
    facts["items"][:2] = facts["items"][1::-1]
    (out / "disclosure.json").write_text(json.dumps(facts))
    snapshot = (out / "items.csv").read_text()
    (out / "items.csv").write_text(snapshot.replace(",know,", ",apply,", 1))
    again = run_elsewhere("reproduce", str(out), cwd=tmp_path)
    assert again.returncode == 1
    lines = again.stdout.splitlines()
    assert lines[6] == "snapshot: not what was committed to"
    assert lines[7].startswith("question 1: ")
    assert lines[-1] == "differs"
    (out / "blueprint.json").unlink()
    again = run_elsewhere("reproduce", str(out), cwd=tmp_path)
    said = "error disclosure-unreadable file=blueprint.json\n"
    assert (again.returncode, again.stdout) == (1, said)


@ONE_DATABASE
def test_an_unopened_reserve_is_archived_sealed(scene: Scene, clock: Clock, app: Flask) -> None:
    """It opens no more, counts as no use, and is made public and drawn again as any other."""
    archived_paper(scene, clock)
    reserve = queries.live_paper(scene.sitting.id, PaperKind.RESERVE)
    assert reserve is not None
    assert (reserve.state, reserve.opened_at) == (PaperState.ARCHIVED, None)
    used = vault.uses_since(scene.world.authority.id, at_local("2025-01-01 00:00"))
    assert not vault.fingerprints_of(reserve.id) & used.keys()
    assert reserve not in queries.latest(scene.world.authority.id)
    clock.set(IN_WINDOW)
    with pytest.raises(RuleBroken, match="paper-state"):
        consent(scene, reserve, reason="首卷疑似泄露")
    clock.set(AFTER)
    ask(scene, reserve)
    make_public(scene, reserve)
    assert service.reproduce(reserve).is_equal


@ONE_DATABASE
def test_a_first_paper_left_for_its_reserve_counts_as_used(scene: Scene, clock: Clock) -> None:
    """The reserve was taken because the first may be known."""
    first, reserve = seal_both(scene)
    clock.set(IN_WINDOW)
    consent(scene, reserve, reason="首卷疑似泄露")
    open_second(scene, reserve)
    chief = scene.world.actor(scene.world.chief)
    with transaction():
        sittings.open_sitting(scene.sitting, actor=chief)
    clock.set("2025-03-12 11:10")
    close(scene)
    with transaction():
        assert service.close_papers(scene.sitting, actor=chief) == [first, reserve]
    assert (first.state, first.opened_at) == (PaperState.ARCHIVED, None)
    used = vault.uses_since(scene.world.authority.id, at_local("2025-01-01 00:00"))
    for paper in (first, reserve):
        assert vault.fingerprints_of(paper.id) <= used.keys()
        assert paper in queries.latest(scene.world.authority.id)


@ONE_DATABASE
def test_capacity_says_nothing_of_a_sealed_paper(scene: Scene, clock: Clock) -> None:
    """What a blueprint carries is the same until the paper is opened."""
    held = scene.blueprint
    asked = {each: getattr(held, each) for each in ("authority_id", "code", "title", "cells")}
    asked |= {each: getattr(held, each) for each in ("industry", "category", "approved_at")}
    narrow = BlueprintRow(**asked, version=9, overlap_max=0, rules={"max_uses": 1})
    before = service.carried_now(narrow)
    first, reserve = seal_both(scene)
    assert {first, reserve} <= set(queries.latest(scene.world.authority.id))
    assert service.carried_now(narrow) == before
    clock.set(IN_WINDOW)
    consent(scene, first)
    open_second(scene, first)
    assert service.carried_now(narrow).papers < before.papers
    with pytest.raises(RuleBroken, match="blueprint-not-approved"):
        service.carried_now(BlueprintRow(**asked | {"approved_at": None}, version=9, overlap_max=0))


@ONE_DATABASE
def test_nothing_is_written_while_a_neighbour_is_secret(
    scene: Scene, clock: Clock, app: Flask, tmp_path: Path
) -> None:
    """The items a paper was kept apart from are named only once those papers were sat."""
    with transaction():
        beside = make_class(scene.world.authority, scene.world.provider)
    world = replace(scene.world, training_class=beside)
    other = draw_paper(replace(scene, world=world, sitting=make_sitting(world)))
    paper, _ = archived_paper(scene, clock)
    clock.set(AFTER)
    ask(scene, paper)
    make_public(scene, paper)
    with pytest.raises(RuleBroken, match="neighbours-secret") as refused:
        service.public_of(paper)
    assert refused.value.facts["papers"] == other.code


def test_a_changed_word_or_list_differs(scene: Scene, clock: Clock, app: Flask) -> None:
    """Whoever claims another list than the one the seed gives is found out."""
    paper, content = archived_paper(scene, clock)
    clock.set(AFTER)
    ask(scene, paper)
    row = make_public(scene, paper)
    items = list(row.items or ())
    with transaction():
        row.items = [items[1], items[0], *items[2:]]
        trail.record(Action.PAPER_DISCLOSED, trail.SYSTEM, paper)
    shown = app.test_cli_runner().invoke(paper_cli, ["reproduce", paper.code])
    assert shown.exit_code == 1
    assert shown.output.startswith(f"第 1 题：重抽为 {items[0]}，公开为 {items[1]} / question 1: ")
    assert shown.output.splitlines()[-1] == "不一致 / differs"
    with transaction():
        row.seed = "00" * 32
        trail.record(Action.PAPER_DISCLOSED, trail.SYSTEM, paper)
    with pytest.raises(SealBroken):
        service.reproduce(paper)


def test_the_commitment_is_there_before_the_exam(scene: Scene, clock: Clock, app: Flask) -> None:
    """Digests only; with them anybody can check afterwards."""
    paper = approve_paper(scene)
    content = vault.read_draft(paper.id)
    assert service.commitment(paper).content == ""
    with transaction():
        service.consent_to_seal(paper, actor=scene.world.actor(scene.custodians["authority"]))
    with transaction():
        service.seal(paper, actor=scene.world.actor(scene.custodians["site"]))
    shown = app.test_cli_runner().invoke(paper_cli, ["commitment", paper.code])
    assert shown.exit_code == 0
    told = dict(line.partition(" / ")[2].split(" ", 1) for line in shown.output.splitlines())
    assert told["content"] == content.digest() == paper.content_digest
    assert told["seed"] == hashlib.sha256(content.seed).hexdigest()
    assert told["snapshot"] == content.draft.bank
    assert told["blueprint"] == content.draft.blueprint
    assert told["strikes"] == strikes_digest([])
    assert content.seed.hex() not in shown.output
    assert not any(item.uid in shown.output for item in content.draft.items)
    with pytest.raises(Missing):
        disclosures.paper_of_code("NOWHERE-A")


def test_nothing_is_disclosed_before_the_retake_window_is_over(scene: Scene, clock: Clock) -> None:
    """Not while somebody of the class may still sit a retake, and not by one custodian."""
    paper, _ = archived_paper(scene, clock)
    with pytest.raises(ExamError, match="wall-w7"):
        ask(scene, paper)
    with pytest.raises(RuleBroken, match="paper-not-disclosed"):
        service.reproduce(paper)
    clock.set(AFTER)
    with pytest.raises(ExamError, match="wall-w7"):
        make_public(scene, paper, "authority")
    with pytest.raises(PassphraseWrong), transaction():
        service.consent_to_disclose(
            paper,
            passphrase="another-passphrase",
            actor=scene.world.actor(scene.custodians["site"]),
        )
    ask(scene, paper)
    with pytest.raises(ExamError, match="wall-w7"):
        make_public(scene, paper, "authority")
    clock.set("2025-06-30 09:16")
    with pytest.raises(ExamError, match="wall-w7"):
        make_public(scene, paper)
    clock.set(AFTER)
    make_public(scene, paper)
    with pytest.raises(RuleBroken, match="paper-disclosed"):
        ask(scene, paper)


def test_what_a_paper_was_drawn_from_cannot_be_exchanged(
    scene: Scene, clock: Clock, app: Flask
) -> None:
    """A snapshot taken away, or another in its place, is noticed."""
    from pathlib import Path

    paper = draw_paper(scene)
    seed = vault.read_draft(paper.id).seed
    held = Path(app.instance_path) / "files" / "snapshots" / paper.bank_digest
    whole = held.read_bytes()
    held.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Missing):
        situations.draw_again(paper, seed)
    held.unlink()
    with pytest.raises(Missing):
        situations.draw_again(paper, seed)


def test_disclosure_by_the_pages(scene: Scene, clock: Clock, client: object) -> None:
    """Two custodians, each on the page of the paper; then everybody who sees it reads the seed."""
    paper, content = archived_paper(scene, clock)
    browser, page = Browser(client), f"/papers/{paper.id}"  # type: ignore[arg-type]
    clock.set(AFTER)
    browser.sign_in(scene.custodians["authority"])
    words = PASSPHRASES["authority"]
    asked = browser.post(f"{page}/disclosure-consent", page, passphrase=words)
    assert asked.status_code == 303, asked.text
    browser.sign_in(scene.custodians["site"])
    done = browser.post(f"{page}/disclosure", page, passphrase=PASSPHRASES["site"])
    assert done.status_code == 303, done.text
    shown = browser.get(page).text
    assert content.seed.hex() in shown
    for item in content.draft.items:  # none breaks at its hyphen
        assert f'<span class="text-nowrap">{item.uid}</span>' in shown
    for digest in list(vars(service.commitment(paper)).values()):
        assert digest in shown
