"""Mending what is registered of a person (更正人员登记): a misspelt name, a wrong ID number."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from exam_app import audit
from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import Action
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.people import queries, rules
from exam_app.people.models import Person


def mend_person(
    person: Person, *, name: str, id_number: str = "", reason: str, actor: Actor
) -> Person:
    """Return a person whose name or ID number was registered wrongly, put right.

    Certificates keep what was signed; they are corrected by two persons of their own.
    Args: id_number: empty: it stays as it is.
    Raises: DutyConflict: the actor, or no reason. BadInput: name or number. RuleBroken: nothing
        would change, or the number is somebody else's.
    Locks: the person.
    Records: PERSON_MENDED, without name or number.
    """
    duties.require(Permission.PERSON_EDIT, actor, reason=bool(rules.check_reason(reason)))
    lock(person)
    changed = []
    name = rules.check_name(name)
    if name != person.name:
        person.name = name
        changed.append("name")
    number = rules.check_id_number(id_number, on=clock.today()) if id_number else ""
    if number and number != queries.id_number_of(person):
        _set_number(person, number)
        changed.append("id_number")
    if not changed:
        raise RuleBroken("people-nothing-mended", field="name")
    audit.record(Action.PERSON_MENDED, actor, person, changed=changed, reason=reason.strip())
    return person


def _set_number(person: Person, number: str) -> None:
    index = keyring().blind_index(number)
    person.id_number = keyring().encrypt_field("person", "id_number", index.hex(), number)
    person.id_index, person.id_tail = index, number[-4:]
    try:
        with session().begin_nested():
            session().flush()
    except IntegrityError as taken:
        raise RuleBroken("people-number-taken", field="id_number") from taken
