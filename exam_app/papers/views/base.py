"""The blueprint of papers' pages, the page of one paper, and what its buttons share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from exam_app.access import guard
from exam_app.bank import labels as bank_labels
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import BaseForm, choices
from exam_app.papers import disclosures, labels, queries, reviews, service
from exam_app.papers.forms import (
    AnswerForm,
    CustodyForm,
    DestructionForm,
    DisclosureForm,
    PassphraseForm,
    PrintForm,
    ReasonForm,
)
from exam_app.papers.sealing import PassphraseWrong
from exam_app.papers.terms import PaperKind
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings

bp = Blueprint("papers", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"paper_labels": labels, "bank_labels": bank_labels}


def paper_page(paper_id: int, **forms: BaseForm) -> ResponseReturnValue:
    """Return the page of a paper: state, history, what may be done; never its content.

    Args: forms: a form that came back with errors, under its name on the page.
    """
    page = render_template("papers/paper.html", **(_facts(paper_id) | _blank_forms() | forms))
    return (page, 422) if forms else page


def _facts(paper_id: int) -> dict[str, Any]:
    paper = queries.see_paper(paper_id, g.actor)
    sitting = queries.sitting_of(paper)
    return {
        "paper": paper,
        "sitting": sitting,
        "author": queries.account_name(paper.author_id),
        "approver": queries.account_name(paper.approved_by_id),
        "remarks": reviews.said_of(paper.id),
        "returned": reviews.is_returned(paper.id),
        "commitment": service.commitment(paper),
        "disclosed": disclosures.disclosure_of(paper.id),
        "disclosure_asked": disclosures.disclosure_asked(paper, g.actor),
        "can_disclose": disclosures.disclosure_window(paper, sitting),
        "own": people.same_person(g.actor, paper.author_id),
        "holders": queries.holders(sitting),
        "is_custodian": g.actor.account_id in sittings.custodians_of(sitting),
        "seal_asked": queries.seal_asked(paper, g.actor),
        "open_asked": queries.open_asked(paper, g.actor),
        "can_open_now": queries.opening_window(paper, sitting),
        "lines": queries.custody_of(paper.id),
        "waiting": queries.custody_waiting(paper.id),
        "released": queries.released_of(sitting.id),
    }


def _blank_forms() -> dict[str, BaseForm]:
    custody = CustodyForm()
    custody.kind.choices = choices(labels.BY_HAND)
    return {
        "withdrawal": ReasonForm(),
        "opening": PassphraseForm(),
        "answer": AnswerForm(),
        "disclosure": DisclosureForm(),
        "printing": PrintForm(),
        "custody": custody,
        "destruction": DestructionForm(),
    }


def note_refused(error: Exception, *, sitting_id: int, kind: PaperKind, blueprint_id: int) -> None:
    """Record a draw that was refused for want of items, now that it is undone."""
    with transaction():
        service.note_refused_draw(
            error, sitting_id=sitting_id, kind=kind, blueprint_id=blueprint_id, actor=g.actor
        )


def carried_out(
    paper_id: int, name: str, form: BaseForm, change: Callable[[], Any]
) -> ResponseReturnValue:
    """Carry a form out and go back to the paper; on a refusal show the page with the form.

    A wrong passphrase is told on the form and noted as a refusal.
    """
    if form.validate():
        try:
            with transaction():
                change()
            return redirect(url_for("papers.show_paper", paper_id=paper_id), 303)
        except PassphraseWrong as error:
            guard.noted(error)
            form.refuse(error)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    return paper_page(paper_id, **{name: form})
