"""The JSON of the interface: calls read strictly, answers written plainly."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from exam_app.certificates.terms import CATEGORY_OF_CODE
from exam_app.core import clock
from exam_app.core.errors import BadInput
from exam_app.verification import labels, rules
from exam_app.verification.adapter import Asked
from exam_app.verification.checking import Checked
from exam_app.verification.queries import StaffCertificate
from exam_app.verification.terms import Outcome

LONGEST = {"text": 2_000, "number": 40, "name": 60}
_BY_CODE, _BY_NUMBER = frozenset({"text"}), frozenset({"number", "name"})
_CURSOR_DIGITS = 15


def asked_of(body: bytes, mimetype: str) -> list[Asked]:
    """Return what a call asks, in its order.

    Raises: BadInput: it is not JSON, not of the agreed shape (``place`` says where), or too long.
    """
    if mimetype != "application/json":
        raise BadInput("call-not-json")
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise BadInput("call-unreadable") from problem
    if not isinstance(plain, dict) or set(plain) != {"certificates"}:
        raise BadInput("call-shape", place="/")
    rows = plain["certificates"]
    if not isinstance(rows, list) or not rows:
        raise BadInput("call-shape", place="/certificates")
    if len(rows) > rules.MAX_CALL_ROWS:
        raise BadInput("call-too-long", limit=rules.MAX_CALL_ROWS)
    return [_asked(row, f"/certificates/{place}") for place, row in enumerate(rows)]


def _asked(row: Any, place: str) -> Asked:
    if not isinstance(row, dict) or set(row) not in (_BY_CODE, _BY_NUMBER):
        raise BadInput("call-shape", place=place)
    for name, value in row.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST[name]:
            raise BadInput("call-shape", place=f"{place}/{name}")
    if "text" in row:
        text = "".join(row["text"].split())
        return Asked(place, text=text, problem="" if text else "no-code-found")
    return Asked(place, number=row["number"], name=row["name"])


def answer_of(checked: Sequence[Checked]) -> dict[str, Any]:
    """Return the answer to a call: one result for each certificate asked, in the same order."""
    results = [
        {
            "outcome": each.outcome.value,
            "valid": each.outcome is Outcome.VALID,
            "reasons": list(each.reasons),
            "message": _message(each),
            "certificate": _stated(each),
        }
        for each in checked
    ]
    return {"checked_at": clock.now().isoformat(timespec="seconds"), "results": results}


def _message(checked: Checked) -> str:
    told = "；".join(str(each) for each in labels.reasons(checked.reasons))
    outcome = str(labels.OUTCOMES[checked.outcome])
    return f"{outcome}（{told}）" if told and told != outcome else outcome


def _stated(checked: Checked) -> dict[str, Any] | None:
    stated = checked.stated
    if stated is None:
        return None
    return {**stated, "category": CATEGORY_OF_CODE.get(stated["category"], "other")}


# ---- own staff


def page_of(arguments: Mapping[str, str]) -> tuple[int, int]:
    """Return after which certificate a page begins and how many it has at most.

    Raises: BadInput: a cursor that was not given out, or a limit out of range.
    """
    cursor, limit = arguments.get("cursor", "0"), arguments.get("limit", str(rules.PAGE_SIZE))
    if not all(_is_number(each) for each in (cursor, limit)):
        raise BadInput("cursor-unreadable")
    if not 1 <= int(limit) <= rules.MAX_PAGE_SIZE:
        raise BadInput("cursor-unreadable")
    return int(cursor), int(limit)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _CURSOR_DIGITS


def staff_answer(rows: Sequence[StaffCertificate], limit: int) -> dict[str, Any]:
    """Return a page of certificates; one more row than the limit means that another follows."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {
        "certificates": [_staff(each) for each in shown],
        "next_cursor": str(shown[-1].id) if more else None,
    }


def _staff(row: StaffCertificate) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "id_tail": row.masked_id[-4:],
        "category": row.category,
        "class_name": row.class_name,
        "issued_on": row.issued_on.isoformat(),
        "expires_on": row.expires_on.isoformat(),
        "outcome": row.outcome.value,
        "valid": row.outcome is Outcome.VALID,
    }
