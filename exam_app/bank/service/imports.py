"""Items from files and from the shipped content: looked at first, each bad row named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import canonical, trail
from exam_app.audit.actions import Action
from exam_app.bank import exchange, queries, rules
from exam_app.bank.models import ItemRow
from exam_app.bank.service.comparing import ImportReport, compare, has_gaps, why_busy
from exam_app.bank.service.enemies import add_enemies
from exam_app.bank.service.items import add_version, fill
from exam_app.bank.terms import ItemState
from exam_app.core import clock, files
from exam_app.core.db import lock, session, transaction
from exam_app.core.jobs import Job, Running, enqueue
from exam_app.people import queries as people
from exam_app.training import queries as training
from question_bank import Item, Laws, load_content
from question_bank.exchange import Picture, RowProblem

JOB = "item-import"
CHUNK = 200
SAME_QUESTION = 0.5
SHOWN = 500


def check_items(
    data: bytes, filename: str, *, reading: exchange.Reading | None = None, actor: Actor
) -> ImportReport:
    """Return what an import of the file would do; nothing changes.

    Raises: BadInput: the file as a whole cannot be read. NotAllowed.
    """
    _require(actor, reason=True)
    read = exchange.read_items(data, filename, reading or exchange.Reading())
    report = compare(list(zip(read.rows, read.items, strict=True)), read.problems, actor)
    return replace(report, notes=(*read.notes, *report.notes), pictures=read.pictures)


def import_items(
    data: bytes,
    filename: str,
    *,
    reason: str,
    only_valid: bool = False,
    reading: exchange.Reading | None = None,
    actor: Actor,
) -> ImportReport:
    """Take the items of a file over (导入试题): straight into review, as drafts where gaps are.

    Nothing is taken over while a row has a problem, unless only the good rows are wanted by
    explicit choice. What the bank holds already is left as it is.
    Raises: BadInput: the file as a whole cannot be read, or no reason. NotAllowed.
    """
    reason = rules.check_reason(reason)
    report = check_items(data, filename, reading=reading, actor=actor)
    if report.problems and not only_valid:
        return report
    return _take(report, reason, hashlib.sha256(data).hexdigest(), actor)


def import_content(*, reason: str, path: Path | None = None, actor: Actor) -> ImportReport:
    """Take the shipped items, or those of a content folder, over into review.

    Raises: BadInput: no reason. question_bank.ContentError: a file that cannot be read.
    """
    reason = rules.check_reason(reason)
    _require(actor, reason=True)
    items = load_content(path, laws=queries.laws_of(training.authority_of(actor)))
    report = compare(list(enumerate(items, start=1)), (), actor)
    if report.problems:
        return report
    digest = hashlib.sha256("".join(item.uid for item in items).encode()).hexdigest()
    return _take(report, reason, digest, actor)


def enqueue_import(
    token: str,
    *,
    owner: str,
    reason: str,
    only_valid: bool,
    reading: exchange.Reading,
    actor: Actor,
) -> Job:
    """Return the job that takes a kept upload over (后台导入).

    Raises: BadInput: no reason. Missing: the upload is gone. NotAllowed.
    """
    reason = rules.check_reason(reason)
    _require(actor, reason=True)
    files.kept(token, owner=owner)
    arguments = {
        "token": token,
        "owner": owner,
        "reason": reason,
        "only_valid": only_valid,
        "reading": reading.to_plain(),
    }
    same = hashlib.sha256(canonical.text(arguments).encode()).hexdigest()
    job = enqueue(JOB, arguments, account_id=actor.account_id or 0, key=f"{JOB}:{same[:40]}")
    trail.record(Action.ITEM_IMPORT_QUEUED, actor, job, reason=reason, only_valid=only_valid)
    return job


def run_import(running: Running) -> Mapping[str, Any]:
    """Take the upload of a job over in steps, and return the outcome its page shows.

    A step that was done is found as unchanged when another worker goes on. The actor's duty is
    asked anew. Raises: as ``import_items``.
    """
    given = running.arguments
    actor = people.acting(running.account_id)
    data, name = files.kept(given["token"], owner=given["owner"])
    reading = exchange.Reading.from_plain(given["reading"])
    report = check_items(data, name, reading=reading, actor=actor)
    earlier = running.done
    gaps = int(running.checkpoint.get("gaps", report.gaps))
    if not report.problems or given["only_valid"]:
        sha256 = hashlib.sha256(data).hexdigest()
        total = earlier + len(report.items)

        def step(count: int) -> AbstractContextManager[None]:
            return running.step(parts=count, total=total, gaps=gaps)

        report = _take(report, given["reason"], sha256, actor, step)
        running.afterwards.append(lambda: files.drop(given["token"]))
    return _outcome(report, earlier=earlier, gaps=gaps)


def _outcome(report: ImportReport, *, earlier: int, gaps: int) -> dict[str, Any]:
    return {
        "read": report.rows,
        "imported": earlier + report.accepted,
        "unchanged": report.unchanged - earlier,
        "gaps": gaps,
        "skipped": report.skipped,
        "problems": [exchange.to_plain_problem(each) for each in report.problems[:SHOWN]],
        "notes": [exchange.to_plain_problem(each) for each in report.notes[:SHOWN]],
    }


def _require(actor: Actor, *, reason: bool) -> None:
    facts = queries.wall_facts(actor)
    duties.require(Permission.ITEM_IMPORT, actor, **facts, reason=reason)


Step = Callable[[int], AbstractContextManager[Any]]


def _in_one(count: int) -> AbstractContextManager[Any]:
    """Join the caller's transaction."""
    return transaction()


def _take(
    report: ImportReport, reason: str, sha256: str, actor: Actor, step: Step = _in_one
) -> ImportReport:
    """Write the rows in steps and return the report with what was written."""
    authority_id = training.authority_of(actor)
    laws = queries.laws_of(authority_id)
    row_ids: list[int] = []
    late: list[RowProblem] = []
    chunks = [report.items[at : at + CHUNK] for at in range(0, len(report.items), CHUNK)] or [()]
    for number, chunk in enumerate(chunks, start=1):
        with step(len(chunk)):
            rows, busy = _put_all(chunk, authority_id, laws, actor)
            _hold_pictures([item for _, item in chunk], report.pictures)
            session().flush()
            row_ids += [row.id for row in rows]
            late += busy
            if number == len(chunks):
                add_enemies(authority_id, report.pairs, reason, actor)
            trail.record(
                Action.ITEM_IMPORTED,
                actor,
                ("bank", authority_id),
                reason=reason,
                sha256=sha256,
                accepted=len(rows),
                unchanged=report.unchanged,
                refused=report.skipped + len(late),
                part=number,
            )
    return replace(
        report,
        accepted=len(row_ids),
        row_ids=tuple(row_ids),
        problems=(*report.problems, *late),
    )


def _put_all(
    chunk: Sequence[tuple[int, Item]], authority_id: int, laws: Laws, actor: Actor
) -> tuple[list[ItemRow], list[RowProblem]]:
    held = queries.latest_versions(authority_id, codes=[item.id for _, item in chunk])
    rows: list[ItemRow] = []
    busy: list[RowProblem] = []
    for number, item in chunk:
        put = _put(item, held.get(item.id), authority_id, laws, actor)
        if isinstance(put, ItemRow):
            rows.append(put)
        else:
            busy.append(RowProblem(number, "", put, (("id", item.id),)))
    return rows, busy


def _hold_pictures(chunk: Sequence[Item], pictures: Mapping[str, Picture]) -> None:
    for item in chunk:
        for figure in item.figures:
            if figure.digest in pictures:
                files.hold("figures", pictures[figure.digest].data)


def _put(
    item: Item, known: ItemRow | None, authority_id: int, laws: Laws, actor: Actor
) -> ItemRow | str:
    """Return the row the item went to: the writer's own draft, or a version after the last.

    The row is locked and looked at again: what another began or sent to review since the file
    was read is left alone, and the code of why is returned.
    """
    if known is not None:
        lock(known)
        why = why_busy(known, actor)
        if why:
            return why
    if known is not None and not rules.needs_new_version(known.state):
        fill(known, item)
        row = known
    else:
        version = known.version + 1 if known is not None else 1
        row = add_version(replace(item, version=version), authority_id, actor)
    if not has_gaps(item, laws):
        row.state, row.submitted_at = ItemState.IN_REVIEW, clock.now()
    return row
