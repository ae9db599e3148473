"""Review of a drawn paper: its numbers, remarks and answers, items struck out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from exam_app.audit.actions import Action
from exam_app.audit.queries import Filter, detail_of, entries_in_order
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, DutyConflict, NotAllowed, RuleBroken
from exam_app.papers import reviews, service, vault
from exam_app.papers.models import Paper, PaperRemark
from exam_app.papers.service import situations
from exam_app.papers.terms import PaperKind, PaperState, RemarkKind
from tests.factories.bank import JUDGEMENTS, MULTIPLES, SINGLES
from tests.factories.papers import Scene, approve_paper, draw_paper, make_scene
from tests.training.browser import Browser


def strike(scene: Scene, paper: Paper, number: int, reason: str = "题目有歧义") -> None:
    """Let the approver strike a question out."""
    with transaction():
        service.strike(
            paper,
            number=number,
            reason=reason,
            actor=scene.office.actor(scene.office.approver),
        )


def test_a_struck_item_is_replaced_by_the_next_draw_of_the_same_seed(scene: Scene) -> None:
    """The paper stays a function of its seed; the item does not come back."""
    paper = draw_paper(scene)
    before = vault.read_draft(paper.id)
    out = []
    for number in (1, 6):
        now = vault.read_draft(paper.id).draft
        out.append(next(item.uid for item in now.items if item.number == number))
        strike(scene, paper, number)
    after = vault.read_draft(paper.id)
    assert after.seed == before.seed
    assert not set(out) & after.draft.uids
    assert len(after.draft.items) == 8
    assert situations.draw_again(paper, after.seed, engine_name="scipy") == after.draft
    prints = {situations.print_of(uid) for uid in after.draft.uids}
    assert vault.fingerprints_of(paper.id) == prints


def test_a_strike_is_told_without_naming_the_item(scene: Scene) -> None:
    """Trail and page have the count, the reason and a fingerprint."""
    paper = draw_paper(scene)
    out = vault.read_draft(paper.id).draft.items[2].uid
    strike(scene, paper, 3, "依据已修订")
    wanted = Filter(subject_type="paper", actions=(Action.PAPER_STRUCK.value,))
    (entry,) = entries_in_order(wanted)
    told = detail_of(entry)
    assert told["counter"] == 1
    assert told["reason"] == "依据已修订"
    assert told["fingerprint"] == situations.print_of(out).hex()
    assert out.partition("@")[0] not in entry.detail
    (row,) = session().scalars(select(PaperRemark)).all()
    assert row.kind is RemarkKind.STRIKE


def test_a_strike_the_bank_cannot_make_good_is_refused(app: object) -> None:
    """The paper stays as it was."""
    scene = make_scene(papers=3)
    paper = draw_paper(scene)
    draw_paper(scene, PaperKind.RESERVE)
    for number in (1, 2, 3, 4):
        strike(scene, paper, 1, f"第{number}次")
    before = vault.read_draft(paper.id)
    with pytest.raises(RuleBroken, match="bank-short"):
        strike(scene, paper, 1)
    assert vault.read_draft(paper.id) == before
    assert len(situations.strikes(paper)) == 4


def test_who_may_strike(scene: Scene) -> None:
    """Not the setter; not without a reason; not a question there is none of; not once approved."""
    paper = draw_paper(scene)
    with pytest.raises((DutyConflict, NotAllowed)), transaction():
        service.strike(
            paper, number=1, reason="我不喜欢", actor=scene.office.actor(scene.office.setter)
        )
    with pytest.raises(BadInput, match="reason-missing"):
        strike(scene, paper, 1, "  ")
    with pytest.raises(BadInput, match="question-unknown"):
        strike(scene, paper, 9)
    with transaction():
        service.approve(paper, note="同意", actor=scene.office.actor(scene.office.approver))
    with pytest.raises(RuleBroken, match="paper-state"):
        strike(scene, paper, 1)


def test_a_remark_sends_the_paper_back_until_it_is_answered(scene: Scene) -> None:
    """Nobody approves over a remark; the setter answers it."""
    paper = draw_paper(scene)
    setter = scene.office.actor(scene.office.setter)
    approver = scene.office.actor(scene.office.approver)
    with pytest.raises(RuleBroken, match="paper-not-returned"), transaction():
        service.answer(paper, text="没有意见", actor=setter)
    with transaction():
        service.remark(paper, text="第三题与第五题相近", actor=approver)
    assert reviews.is_returned(paper.id)
    with pytest.raises(RuleBroken, match="paper-returned"), transaction():
        service.approve(paper, note="同意", actor=approver)
    with transaction():
        service.answer(paper, text="考点不同，予以保留", actor=setter)
    assert not reviews.is_returned(paper.id)
    with transaction():
        service.approve(paper, note="同意", actor=approver)
    assert paper.state is PaperState.APPROVED
    assert [said.row.kind for said in reviews.said_of(paper.id)] == ["remark", "answer"]


def test_the_report_of_a_paper(scene: Scene) -> None:
    """Cells as planned, nothing shared inside the class, mean and time as planned."""
    draw_paper(scene)
    paper = approve_paper(scene, PaperKind.RESERVE)
    found = service.report(paper, actor=scene.office.actor(scene.office.approver))
    assert [count for _, count in found.cells] == [SINGLES, MULTIPLES, JUDGEMENTS]
    assert [count for _, count in found.shared_in_class] == [0]
    assert found.shared_beside == ()
    assert str(found.facility) == "0.750"
    assert found.seconds == 4 * 60 + 2 * 90 + 2 * 30
    assert (found.used, found.most_used, found.draws) == (0, 0, 1)


def test_the_pages_of_a_review(scene: Scene, client: object) -> None:
    """Strike, return, answer: each by the page of the one whose duty it is."""
    browser = Browser(client)  # type: ignore[arg-type]
    paper = draw_paper(scene)
    page, content = f"/papers/{paper.id}", f"/papers/{paper.id}/content"
    browser.sign_in(scene.office.approver)
    shown = browser.post(content, page).text
    assert "细目执行情况" in shown
    assert "抽题次数（含剔除重抽）" in shown
    struck = browser.post(f"{page}/strikes", page, number="2", reason="题干有误")
    assert struck.status_code == 200
    assert "重新抽题" in struck.text
    refused = browser.post(f"{page}/strikes", page, number="77", reason="题干有误")
    assert refused.status_code == 422
    assert browser.post(f"{page}/remarks", page, text="").status_code == 422
    assert browser.post(f"{page}/remarks", page, text="请核对第三题").status_code == 303
    assert browser.post(f"{page}/approval", page, note="同意").status_code == 422
    browser.sign_in(scene.office.setter)
    listing = browser.get(f"/classes/{paper.class_id}/papers").text
    assert "已退回组卷人" in listing
    own = browser.get(page).text
    assert "剔除一题，重新抽题" in own
    assert "请核对第三题" in own
    assert browser.post(f"{page}/answers", page, text="已核对").status_code == 303
    assert "已退回组卷人" not in browser.get(f"/classes/{paper.class_id}/papers").text


def test_a_redraw_keeps_apart_from_papers_drawn_since(app: object) -> None:
    """The reserve came after the first paper; a strike in the first shares nothing with it."""
    scene = make_scene(papers=3)
    paper = draw_paper(scene)
    reserve = draw_paper(scene, PaperKind.RESERVE)
    for _ in range(3):
        strike(scene, paper, 1)
        assert not vault.fingerprints_of(paper.id) & vault.fingerprints_of(reserve.id)
    content = vault.read_draft(paper.id)
    assert situations.draw_again(paper, content.seed) == content.draft
