"""What the trail holds of one class: what was done, when and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from exam_app.audit import queries as audit
from exam_app.audit.models import AuditEntry
from exam_app.reports.queries.names import Names


def duty(name: str, account_ids: Iterable[int | None], names: Names) -> dict[str, Any]:
    """Return one duty with the names of those who did it, each once."""
    ids = dict.fromkeys(each for each in account_ids if each is not None)
    return {"duty": name, "names": [names.of(each) for each in ids]}


def traces(class_id: int, sitting_ids: Sequence[int], names: Names) -> list[dict[str, Any]]:
    """Return the trail's entries of a class and its sittings in the order of their time."""
    held: dict[tuple[str, int], AuditEntry] = {}
    wanted = [audit.Filter(class_id=class_id)]
    wanted.extend(audit.Filter(sitting_id=each) for each in sitting_ids)
    for each in wanted:
        for entry in audit.entries_in_order(each):
            held[entry.stream, entry.seq] = entry
    ordered = sorted(held.values(), key=lambda entry: (entry.at, entry.stream, entry.seq))
    return [
        {
            "stream": entry.stream,
            "seq": entry.seq,
            "at": entry.at,
            "action": entry.action,
            "who": names.of(entry.account_id),
            "digest": bytes(entry.digest).hex(),
        }
        for entry in ordered
    ]
