"""Printed sheets: what stands on them, how many pages, what must not."""

from __future__ import annotations

import pypdfium2
import pytest
import zxingcpp
from flask import Flask

from exam_app.core import clock as time
from exam_app.core.db import transaction
from exam_app.core.fonts import Fonts, PrintingRefused
from exam_app.people import queries as people
from exam_app.sittings import printing, queries, service, sheets
from exam_app.sittings.terms import IncidentKind
from tests.conftest import Clock
from tests.factories.sittings import (
    World,
    enter,
    let_in,
    make_sitting,
    make_world,
    staff,
)


def texts(content: bytes) -> list[str]:
    """Return the text of each page."""
    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def planned(people_in: int = 5, rooms: tuple[int, ...] = (30,)) -> World:
    """Return a world with everybody entered and posted."""
    world = make_world(people_in, rooms=rooms)
    make_sitting(world)
    enter(world)
    staff(world)
    return world


def test_tickets_stand_two_on_a_page(app: Flask, clock: Clock, fonts: Fonts) -> None:
    """Each candidate's ticket is there once, the ID number masked."""
    world = planned(5)
    assert world.sitting is not None
    pages = texts(printing.tickets_pdf(sheets.tickets(world.sitting), fonts))
    assert len(pages) == 3
    whole = "".join(pages)
    for entry in world.entries:
        person = entry.enrolment.person
        assert whole.count(entry.ticket_number) == 1
        assert person.name in whole
        assert people.id_number_of(person) not in whole
        assert "*" * 14 + person.id_tail in whole
    assert "开考 30 分钟后停止入场" in whole
    assert "08:00—09:30" in whole


def test_the_square_holds_the_ticket_number_alone(app: Flask, clock: Clock, fonts: Fonts) -> None:
    """A scanner at the door reads the ticket's number and nothing of the person."""
    world = planned(2)
    assert world.sitting is not None
    content = printing.tickets_pdf(sheets.tickets(world.sitting), fonts)
    image = pypdfium2.PdfDocument(content)[0].render(scale=3).to_pil()
    found = {each.text for each in zxingcpp.read_barcodes(image)}
    assert found == {entry.ticket_number for entry in world.entries}


def test_seats_and_signatures_are_printed_by_room(app: Flask, clock: Clock, fonts: Fonts) -> None:
    """Chart and sign-in sheet of each room; labels for the doors name nobody."""
    world = planned(6, rooms=(3, 3))
    assert world.sitting is not None
    held = sheets.room_sheets(world.sitting)
    pages = texts(printing.seating_pdf(held, fonts))
    assert len(pages) == 4
    assert "座次表" in pages[0]
    assert "签到表" in pages[1]
    assert world.chief.person.name in pages[0]
    for entry in world.entries:
        room = 0 if entry.room_id == world.rooms[0].id else 2
        assert entry.enrolment.person.name in pages[room]
        assert entry.ticket_number in pages[room + 1]
    labels = texts(printing.door_labels_pdf(held, fonts))
    assert len(labels) == 2
    assert "第2考场" in labels[1]
    assert not any(entry.enrolment.person.name in "".join(labels) for entry in world.entries)


def test_the_record_says_what_happened(opened: World, clock: Clock, fonts: Fonts) -> None:
    """Counts, the absent, incidents with both names, the count of scripts, the handing over."""
    assert opened.sitting is not None
    let_in(opened, *opened.entries[:4])
    with transaction():
        incident = service.report_incident(
            opened.sitting,
            kind=IncidentKind.PHONE,
            description="9时20分使用手机。",
            entry=opened.entries[0],
            actor=opened.actor(opened.invigilators[0]),
        )
    with transaction():
        service.countersign_incident(incident, actor=opened.actor(opened.chief))
    clock.at = opened.sitting.ends_at
    with transaction():
        service.close_sitting(
            opened.sitting,
            scripts=4,
            second=opened.actor(opened.invigilators[0]),
            actor=opened.actor(opened.chief),
        )
    with transaction():
        service.hand_over(
            opened.sitting,
            scripts=4,
            received_by=opened.actor(opened.admin),
            actor=opened.actor(opened.chief),
        )
    (record,) = sheets.room_records(opened.sitting)
    assert (record.entered, record.present) == (6, 4)
    assert (len(record.absent), len(record.disqualified)) == (2, 1)
    (page,) = texts(printing.room_record_pdf([record], fonts))
    for part in (
        "考 场 记 录", "9时20分使用手机。", "取消资格", opened.chief.person.name,
        opened.admin.person.name, opened.entries[5].ticket_number, "4 份", "11:00",
    ):  # fmt: skip
        assert part in page.replace("\r\n", ""), part  # names may run on to the next line
    assert f"{time.local(opened.sitting.opened_at):%H:%M}" in page  # type: ignore[arg-type]


def test_an_unknown_character_stops_the_print(app: Flask, clock: Clock, fonts: Fonts) -> None:
    """A name that can't be drawn is not printed with a hole in it."""
    world = planned(1)
    assert world.sitting is not None
    world.entries[0].enrolment.person.name = "王\U000e0041"
    with pytest.raises(PrintingRefused):
        printing.tickets_pdf(sheets.tickets(world.sitting), fonts)


def test_the_door_is_the_same_in_every_language(app: Flask, clock: Clock) -> None:
    """Official papers are Chinese whatever the reader's language."""
    world = planned(1)
    assert world.sitting is not None
    with app.test_request_context("/", headers={"Cookie": "language=en"}):
        assert sheets.tickets(world.sitting)[0].kind == "首次考试"
        assert queries.entries_of(world.sitting.id)
