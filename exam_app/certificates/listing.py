"""How places of the status lists stand (名单位置): by the rows, the trail, and what was signed.

Revoked and replaced are final. The rows say so, the entry of the decision names the place in the
trail, what was revoked also by its result, and the revocation list that was signed last lies as a
file. A place that fell by any of the three stays fallen: who changes a row changes no list, who
breaks the trail is found by its check and changes none either, and who removes the file leaves
what the trail says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import false, func, select

from exam_app.audit import AccessKind, note_access
from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.certificates import jws, keys, record, registry, rules, status
from exam_app.certificates.models import Certificate
from exam_app.certificates.record import Listed
from exam_app.certificates.terms import UNSIGNED, CertificateState, Standing
from exam_app.core import alone as folders
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people.models import Organisation

DECISIONS: Mapping[Action, Standing] = {
    Action.CERTIFICATE_REVOKED: Standing.REVOKED,
    Action.SITTING_VOIDED: Standing.REVOKED,
    Action.CERTIFICATE_REPLACED: Standing.REPLACED,
}
FINAL = frozenset({CertificateState.REVOKED, CertificateState.REPLACED})
_ACTIONS = tuple(action.value for action in DECISIONS)
_READ, _SIGNED = "exam_fallen_places", "exam_signed_places"
Place = tuple[int, int]


@dataclass(frozen=True)
class _Told:
    """What the decisions in the trail tell: how places stand; results revoked → enrolment."""

    places: Mapping[int, dict[int, Standing]]
    results: Mapping[int, int]


def place_of(certificate: Certificate) -> Place:
    """Return list and index of a certificate: of its record where it has one, else of its row."""
    stated = record.stated(certificate.record or b"")
    return stated.status if stated else (certificate.status_list, certificate.status_index)


def revoked_facts(certificates: Iterable[Certificate]) -> dict[str, Any]:
    """Return what the entry of a decision says of the certificates it took back."""
    rows = list(certificates)
    return {
        "places": [place_of(each) for each in rows],
        "holders": [(each.enrolment_id, each.result_id) for each in rows],
    }


def issuers_of(number: int) -> list[int]:
    """Return whose certificates have a place in a list, the owner first: who began it.

    A list has one owner; those made before lists were kept apart may hold others' places too.
    """
    query = (
        select(Organisation.division_code)
        .join(Certificate, Certificate.authority_id == Organisation.id)
        .where(Certificate.status_list == number)
        .group_by(Organisation.division_code)
        .order_by(func.min(Certificate.id))
    )
    return [int(code) for code in session().scalars(query)]


def numbers() -> list[int]:
    """Return the numbers of the lists in which a certificate has its place."""
    query = select(Certificate.status_list).distinct().order_by(Certificate.status_list)
    return list(session().scalars(query))


def has_room(number: int, authority_id: int) -> bool:
    """Return whether a list is an authority's alone and less than half of it is taken."""
    query = select(func.count(Certificate.id)).where(Certificate.status_list == number)
    others = session().scalar(query.where(Certificate.authority_id != authority_id))
    return not others and (session().scalar(query) or 0) < rules.STATUS_LIST_LIMIT


def is_free(place: Place) -> bool:
    """Return whether a place was never given out, as far as rows and signed lists tell."""
    number, index = place
    query = select(Certificate.id).where(
        Certificate.status_list == number, Certificate.status_index == index
    )
    return session().scalar(query) is None and index not in fallen_for_good(number)


# ---- how a place stands 一个位置的状态


def standing(number: int, index: int, _issuer: int = 0) -> Listed | None:
    """Return how the certificate at this place of the status lists stands now.

    Returns: None where nothing was signed for the place: then the status is not known.
    """
    query = select(Certificate.state).where(
        Certificate.status_list == number, Certificate.status_index == index
    )
    state = session().scalar(query)
    fallen = fallen_for_good(number).get(index)
    if fallen is None or state in FINAL:
        if state is None or state in UNSIGNED:
            return None
        fallen = Standing.GOOD if state is CertificateState.VALID else Standing(state.value)
    return Listed(fallen, clock.now())


def fallen_places(number: int) -> dict[int, Standing]:
    """Return the places of a list that are not good, and how each stands."""
    by_rows = _by_rows(number)
    for_good = fallen_for_good(number)
    final = {index for index, each in by_rows.items() if each in status.PURPOSES["revocation"]}
    return by_rows | {index: for_good[index] for index in for_good.keys() - final}


def _by_rows(number: int) -> dict[int, Standing]:
    query = select(Certificate.status_index, Certificate.state).where(
        Certificate.status_list == number,
        Certificate.state.not_in([*UNSIGNED, CertificateState.VALID]),
    )
    return {index: Standing(state.value) for index, state in session().execute(query)}


def fallen_for_good(number: int) -> dict[int, Standing]:
    """Return the places of a list that were revoked or replaced, whatever their rows say."""
    told = _told().places.get(number, {})
    return dict.fromkeys(_signed(number), Standing.REVOKED) | told


def results_revoked() -> Mapping[int, int]:
    """Return result → enrolment of the certificates that were revoked, as the trail tells."""
    return _told().results


def told_otherwise(certificates: Iterable[Certificate]) -> dict[int, Standing | None]:
    """Return id → how a certificate stands, of those whose row says less than what was decided.

    None: nothing was decided, but its columns are not what was signed.
    """
    rows = [each for each in certificates if each.state not in FINAL]
    places = {each.id: place_of(each) for each in rows}
    fallen = {number: fallen_for_good(number) for number in {each for each, _ in places.values()}}
    revoked = results_revoked() if rows else {}
    found: dict[int, Standing | None] = {}
    for each in rows:
        number, index = places[each.id]
        standing = fallen[number].get(index)
        if each.result_id in revoked and each.state is not CertificateState.CANCELLED:
            standing = standing or Standing.REVOKED
        if standing or not _is_as_signed(each):
            found[each.id] = standing
    return found


def _is_as_signed(certificate: Certificate) -> bool:
    """Return whether the columns say what the record states; so where there is none to read."""
    stated = record.stated(certificate.record or b"")
    return stated is None or (
        stated.number == certificate.number
        and stated.status == (certificate.status_list, certificate.status_index)
        and stated.issued_on == certificate.issued_on
        and stated.expires_on == certificate.expires_on
    )


def contradicted(certificates: Iterable[Certificate]) -> list[Certificate]:
    """Return the certificates whose row says less than what was decided, or was signed."""
    rows = list(certificates)
    found = told_otherwise(rows)
    return [each for each in rows if each.id in found]


def check_not_fallen(*certificates: Certificate) -> None:
    """Pass certificates that never were revoked or replaced.

    Raises: RuleBroken: one was, and its row was changed since (``certificate-fallen``).
    """
    for each in contradicted(certificates):
        raise RuleBroken("certificate-fallen", number=each.number)


def note_contradictions(number: int) -> None:
    """Write once of each certificate of a list that its row says less than what was decided."""
    fallen, results = fallen_for_good(number), results_revoked()
    by_place = Certificate.status_index.in_(fallen) if fallen else false()
    by_result = Certificate.result_id.in_(results) if results else false()
    query = select(Certificate).where(
        Certificate.status_list == number, Certificate.state.not_in(FINAL), by_place | by_result
    )
    rows = contradicted(session().scalars(query))
    known = audit.facts_noted(AccessKind.CONTRADICTION) if rows else []
    for each in rows:
        facts = {"number": each.number}
        if facts not in known:
            note_access(AccessKind.CONTRADICTION, actor=None, outcome="certificate-fallen", **facts)


# ---- what the trail tells 痕迹所载


def _told() -> _Told:
    """Return what the decisions in the trail tell, read again when it grew."""
    count = audit.count_of(_ACTIONS)
    held = current_app.extensions.get(_READ)
    if held is None or held[0] != count:
        held = current_app.extensions[_READ] = (count, _read())
    told: _Told = held[1]
    return told


def _read() -> _Told:
    places: dict[int, dict[int, Standing]] = {}
    results: dict[int, int] = {}
    for action, detail in audit.details_of(_ACTIONS):
        for number, index in detail.get("places", ()):
            places.setdefault(number, {})[index] = DECISIONS[Action(action)]
        results |= {result: enrolment for enrolment, result in detail.get("holders", ())}
    return _Told(places, results)


# ---- what was signed last 上次签发的名单


def alone() -> AbstractContextManager[None]:
    """Let one process at a time read what was signed last and sign anew."""
    return folders.alone(_folder())


def keep(number: int, issuer: int, text: str) -> None:
    """Keep the revocation list that was just signed, in the place of the one before."""
    keys.write_whole(_folder() / f"{number}-{issuer:06}.jws", text)


def _signed(number: int) -> frozenset[int]:
    """Return the places of a list whose bits were set in what was signed last.

    A file that cannot be read, or whose signature does not hold, counts as none.
    """
    found: frozenset[int] = frozenset()
    for path in sorted(_folder().glob(f"{number}-*.jws")):
        found |= _places_in(path, number)
    return found


def _places_in(path: Path, number: int) -> frozenset[int]:
    read: dict[str, tuple[object, frozenset[int]]]
    read = current_app.extensions.setdefault(_SIGNED, {})
    try:
        about = path.stat()
    except OSError:
        return frozenset()
    mark = about.st_ino, about.st_size, about.st_mtime_ns
    if path.name not in read or read[path.name][0] != mark:
        read[path.name] = mark, _verified(path, number)
    return read[path.name][1]


def _verified(path: Path, number: int) -> frozenset[int]:
    config = current_app.extensions["exam"]
    known = keys.load_published(config.keys, registry.pinned(config.registry_root))
    try:
        told = jws.verify(path.read_text(encoding="utf-8"), known, typ=jws.STATUS_LIST)
        subject = told["credentialSubject"]
        if told["id"].endswith(f"/status/{number}") and subject["statusPurpose"] == "revocation":
            return frozenset(status.set_places(status.decoded(subject["encodedList"])))
    except (BadInput, KeyError, OSError, ValueError):
        return frozenset()
    return frozenset()


def _folder() -> Path:
    instance: Path = current_app.extensions["exam"].instance
    return instance / "status"
