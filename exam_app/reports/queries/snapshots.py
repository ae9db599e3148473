"""Reports as they were handed out, and the digest of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from exam_app.audit import canonical
from exam_app.core.db import session
from exam_app.reports.models import Snapshot
from exam_app.reports.terms import Conclusion, SnapshotKind


def canonical_text(content: Mapping[str, Any]) -> str:
    """Return the one JSON text of a report: keys sorted, no spaces, decimals as text."""
    return canonical.text(content)


def plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report in the types of JSON, as it is kept."""
    held: dict[str, Any] = canonical.plain(content)
    return held


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the report's JSON text, as 64 hex digits."""
    return hashlib.sha256(canonical_text(content).encode()).hexdigest()


def snapshots_of_class(class_id: int) -> Sequence[Snapshot]:
    """Return what was handed out of a class, newest first."""
    query = select(Snapshot).where(Snapshot.class_id == class_id)
    return session().scalars(query.order_by(Snapshot.id.desc())).all()


def snapshots_of_project(project_id: int) -> Sequence[Snapshot]:
    """Return what was handed out of a project, newest first."""
    query = select(Snapshot).where(Snapshot.project_id == project_id)
    return session().scalars(query.order_by(Snapshot.id.desc())).all()


def was_handed_out(project_id: int, kind: SnapshotKind) -> bool:
    """Return whether a report of this kind was handed out for the project."""
    query = select(Snapshot.id).where(Snapshot.project_id == project_id, Snapshot.kind == kind)
    return session().scalar(query.limit(1)) is not None


def acceptance_of(project_id: int) -> tuple[Conclusion, Snapshot] | None:
    """Return the last acceptance of a project with its conclusion, None before there is one."""
    query = select(Snapshot).where(
        Snapshot.project_id == project_id, Snapshot.kind == SnapshotKind.ACCEPTANCE
    )
    found = session().scalar(query.order_by(Snapshot.id.desc()).limit(1))
    return None if found is None else (Conclusion(found.content["conclusion"]), found)
