"""Sheets (打印内容): what the printed papers of a sitting say, as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby

from flask_babel import force_locale

from exam_app.core import clock
from exam_app.people import queries as people
from exam_app.sittings import queries, rules
from exam_app.sittings.labels import INCIDENT_LABELS, KIND_LABELS, MODE_LABELS
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.printing import (
    Occurrence,
    RoomRecord,
    RoomSheet,
    Sitter,
    Ticket,
)
from exam_app.sittings.terms import EntryState, InvigilationRole, SittingMode

CHINESE = "zh_Hans_CN"


def tickets(sitting: Sitting, entries: Sequence[Entry] | None = None) -> list[Ticket]:
    """Return the tickets of these entries, or of the whole sitting, by seat."""
    settings = queries.settings_of(sitting)
    held = queries.entries_of(sitting.id) if entries is None else entries
    doors = rules.checkin_window(sitting.starts_at, settings)
    notes = ticket_rules(sitting, settings)
    with force_locale(CHINESE):
        return [
            Ticket(
                number=entry.ticket_number,
                name=entry.enrolment.person.name,
                masked_id=people.masked_id(entry.enrolment.person),
                class_name=sitting.training_class.name,
                kind=str(KIND_LABELS[sitting.kind]),
                site=sitting.site.name,
                address=sitting.site.address,
                room=entry.room.name,
                seat=entry.seat,
                when=span(sitting.starts_at, sitting.ends_at),
                doors=span(doors.from_at, doors.until_at),
                rules=notes,
            )
            for entry in held
        ]


def ticket_rules(sitting: Sitting, settings: rules.Settings) -> tuple[str, ...]:
    """Return the rules a candidate is told, with the numbers of the class's profile."""
    opens, closes = settings.checkin_before, settings.entry_closes
    desk = (
        "交卷后经监考人员确认方可离场"
        if sitting.mode is SittingMode.COMPUTER
        else "交卷时试卷、答题卡、草稿纸一律不得带出考场"
    )
    return (
        "凭本人居民身份证原件和本准考证入场，对号入座，配合核验身份和拍照。",
        f"开考前 {opens} 分钟起入场，开考 {closes} 分钟后停止入场。",
        f"开考 {settings.no_leaving} 分钟内不得离场。",
        "考试闭卷，不得携带手机等通讯设备、书籍、资料进入座位。",
        f"{desk}。",
        "抄袭、夹带、使用通讯设备、代考的，取消考试资格。",
    )


def room_sheets(sitting: Sitting) -> list[RoomSheet]:
    """Return seats and names of each room in use."""
    posted = queries.posted_at(sitting.id)
    return [
        RoomSheet(
            title=title_of(sitting),
            site=sitting.site.name,
            room=held[0].room.name,
            when=span(sitting.starts_at, sitting.ends_at),
            invigilators=tuple(each.name for each in posted if each.room.id == room_id),
            sitters=tuple(_sitter(entry) for entry in held),
        )
        for room_id, held in _by_room(sitting)
    ]


def room_records(sitting: Sitting) -> list[RoomRecord]:
    """Return what is known of each room in use, as it stands now."""
    return [_record(sitting, room_id, held) for room_id, held in _by_room(sitting)]


def title_of(sitting: Sitting) -> str:
    """Return the class's name with the kind of exam."""
    with force_locale(CHINESE):
        return f"{sitting.training_class.name}{KIND_LABELS[sitting.kind]}"


def span(from_at: dt.datetime, until_at: dt.datetime) -> str:
    """Return a local day with the times from and until."""
    first, last = clock.local(from_at), clock.local(until_at)
    return f"{first:%Y}年{first.month}月{first.day}日 {first:%H:%M}—{last:%H:%M}"


def _by_room(sitting: Sitting) -> list[tuple[int, list[Entry]]]:
    entries = queries.entries_of(sitting.id)
    return [(key, list(held)) for key, held in groupby(entries, key=lambda each: each.room_id)]


def _sitter(entry: Entry) -> Sitter:
    return Sitter(
        seat=entry.seat,
        number=entry.ticket_number,
        name=entry.enrolment.person.name,
        masked_id=people.masked_id(entry.enrolment.person),
        enterprise=entry.enrolment.enterprise.name,
    )


def _who(entry: Entry) -> str:
    return f"{entry.enrolment.person.name}（{entry.ticket_number}）"


def _seated(entry: Entry) -> str:
    return f"{entry.enrolment.person.name}（{entry.seat} 号座位）"


def _record(sitting: Sitting, room_id: int, held: list[Entry]) -> RoomRecord:
    def named(state: EntryState) -> tuple[str, ...]:
        return tuple(_who(entry) for entry in held if entry.state is state)

    posted = queries.posted_at(sitting.id)
    chiefs = [each.name for each in posted if each.duty.role is InvigilationRole.CHIEF]
    ids = {entry.id for entry in held}
    with force_locale(CHINESE):
        return RoomRecord(
            title=title_of(sitting),
            site=f"{sitting.site.name}（{sitting.site.address}）",
            room=held[0].room.name,
            mode=str(MODE_LABELS[sitting.mode]),
            planned=span(sitting.starts_at, sitting.ends_at),
            opened=moment(sitting.opened_at),
            closed=moment(sitting.closed_at),
            entered=len(held),
            present=queries.present(held),
            absent=named(EntryState.ABSENT),
            disqualified=named(EntryState.DISQUALIFIED),
            not_in=named(EntryState.ENTERED),
            chief="、".join(chiefs),
            invigilators=tuple(
                each.name
                for each in posted
                if each.room.id == room_id and each.duty.role is InvigilationRole.INVIGILATOR
            ),
            scripts=_scripts(sitting),
            handed_over=_handed_over(sitting),
            occurrences=tuple(
                _occurrence(noted)
                for noted in queries.incidents_of(sitting.id)
                if noted.entry is None or noted.entry.id in ids
            ),
        )


def moment(at: dt.datetime | None) -> str:
    """Return a local moment to the minute, a dash for none."""
    return f"{clock.local(at):%Y-%m-%d %H:%M}" if at else "—"


def _scripts(sitting: Sitting) -> str:
    held = sitting.handover
    if not held:
        return ""
    second = queries.account_name(held.get("closed_second_id"))
    closed = queries.account_name(sitting.closed_by_id)
    return f"{held['scripts']} 份（{closed}、{second}）"


def _handed_over(sitting: Sitting) -> str:
    if sitting.handed_over_at is None or not sitting.handover:
        return ""
    giver = queries.account_name(sitting.handover.get("handed_by_id"))
    taker = queries.account_name(sitting.handover.get("received_by_id"))
    return f"{moment(sitting.handed_over_at)} {giver}交，{taker}收"


def _occurrence(noted: queries.Noted) -> Occurrence:
    incident = noted.incident
    outcome = "待会签"
    if incident.agreed is not None:
        outcome = "会签人有异议" if not incident.agreed else "已记录"
    return Occurrence(
        at=f"{clock.local(incident.reported_at):%H:%M}",
        kind=str(INCIDENT_LABELS[incident.kind]),
        candidate=_seated(noted.entry) if noted.entry else "—",
        description=incident.description,
        reporter=noted.reporter,
        second=noted.second or "—",
        outcome="取消资格" if incident.disqualifies else outcome,
    )
