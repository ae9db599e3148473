"""What the trail's pages gather: the narrowed list, the check, signed head and export."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.audit import checkpoint, verify
from exam_app.audit import queries as audit
from exam_app.audit.actions import LABELS
from exam_app.audit.findings import describe
from exam_app.audit.models import AuditCheckpoint, AuditEntry
from exam_app.core.db import db, end_read, session, transaction
from exam_app.core.errors import RuleBroken
from exam_app.core.forms import choices
from exam_app.people import queries as people
from exam_app.reports import queries, service
from exam_app.reports.forms import TrailForm
from exam_app.reports.queries.names import Names
from exam_app.training.models import TrainingClass


@dataclass(frozen=True)
class Shown:
    """One entry as the list shows it."""

    entry: AuditEntry
    action: Any
    who: str
    detail: list[tuple[str, Any]]


@dataclass(frozen=True)
class Listing:
    """One page of the trail with its form and the head signed last."""

    form: TrailForm
    rows: list[Shown]
    page: int
    has_more: bool
    unknown: bool
    head: AuditCheckpoint | None


@dataclass(frozen=True)
class Checked:
    """What a check of the trail found, and how long it took."""

    sentences: list[str]
    milliseconds: int


def require_opened(actor: Actor) -> None:
    """Pass an auditor who said why. Raises: RuleBroken: nothing was said lately."""
    if not queries.has_opened_trail(actor):
        raise RuleBroken("trail-closed")


def listing(args: Any, page: int) -> Listing:
    """Return one page of the entries that the form's fields narrow to."""
    form = TrailForm(args)
    named = [(each.value, label) for each, label in LABELS.items()]
    form.action.choices = choices([("", "—"), *named])
    wanted, unknown = _filter(form)
    found = [] if unknown else audit.newest_entries(wanted, page=page)
    names = Names()
    return Listing(
        form=form,
        rows=[_shown(entry, names) for entry in found[: audit.PAGE_SIZE]],
        page=page,
        has_more=len(found) > audit.PAGE_SIZE,
        unknown=unknown,
        head=audit.latest_checkpoint(),
    )


def _filter(form: TrailForm) -> tuple[audit.Filter, bool]:
    """Return the filter, and whether a class or account that was named is unknown."""
    data: Mapping[str, Any] = form.data
    actions: Sequence[str] = (data["action"],) if data["action"] else ()
    class_id = account_id = None
    unknown = False
    if data["class_code"]:
        query = select(TrainingClass.id).where(TrainingClass.code == data["class_code"])
        class_id = session().scalars(query).first()
        unknown = class_id is None
    if data["username"]:
        account = people.find_account(data["username"])
        account_id = None if account is None else account.id
        unknown = unknown or account is None
    return audit.Filter(actions=actions, class_id=class_id, account_id=account_id), unknown


def _shown(entry: AuditEntry, names: Names) -> Shown:
    label = next((text for each, text in LABELS.items() if each.value == entry.action), "")
    detail = sorted(audit.detail_of(entry).items())
    return Shown(entry, label or entry.action, names.of(entry.account_id), detail)


def check() -> Checked:
    """Check the trail against itself, the signed heads and the protected rows."""
    started = time.monotonic()
    public = checkpoint.load_public(Path(current_app.instance_path) / "keys")
    end_read()
    found = verify.verify(db.engine, public_key=public)
    spent = int((time.monotonic() - started) * 1000)
    return Checked([describe(each) for each in found], spent)


def signed_head(reason: str, actor: Actor) -> bytes:
    """Return a new signed head; that it was handed out is recorded."""
    with transaction():
        service.export_trail(reason=reason, entries=0, actor=actor)
    return checkpoint.sign_head(actor).encode()


def export(reason: str, actor: Actor) -> bytes:
    """Return all entries and a signed head over them as ZIP; recorded before."""
    with transaction():
        count = sum(1 for _ in audit.export_lines(session().connection()))
        service.export_trail(reason=reason, entries=count, actor=actor)
    note = checkpoint.sign_head(actor)
    end_read()
    lines = "\n".join(audit.export_lines(session().connection()))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trail.jsonl", lines + "\n")
        archive.writestr("trail.heads", note)
    return held.getvalue()
