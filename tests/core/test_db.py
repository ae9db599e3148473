"""The one transaction, exact columns and locks, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError, StatementError

from exam_app.access.terms import OrganisationKind
from exam_app.core import clock as exam_clock
from exam_app.core.db import (
    ExactDecimal,
    UtcDateTime,
    lock,
    on_commit,
    rows_of,
    session,
    transaction,
)
from exam_app.people.models import Organisation, PersonTie
from tests.factories.people import make_organisation


class Refusal(BaseException):
    """Anything that ends a block, an interrupt of the process among it."""


def names() -> set[str]:
    return set(session().scalars(sa.select(Organisation.name)))


def refused(name: str) -> None:
    """Make an organisation, then end as a refused service does."""
    make_organisation(name=name)
    raise Refusal


# --- the transaction ----------------------------------------------------------------------------


def test_a_block_commits_all_of_it(app: Flask) -> None:
    """What the block changed is there for everybody after it."""
    with transaction():
        make_organisation(name="甲")
        make_organisation(name="乙")
    session().rollback()
    assert names() == {"甲", "乙"}


def test_an_error_leaves_nothing(app: Flask) -> None:
    """One refusal takes back the whole block, whatever raised it."""
    with pytest.raises(Refusal), transaction():
        refused("甲")
    assert names() == set()
    with transaction():
        make_organisation(name="乙")
    assert names() == {"乙"}


def test_an_inner_block_joins_the_outer_one(app: Flask) -> None:
    """Only the outermost commits; an error after the inner block takes both back."""

    def both() -> None:
        with transaction():
            make_organisation(name="甲")
        refused("乙")

    with pytest.raises(Refusal), transaction():
        both()
    assert names() == set()


def test_what_was_read_before_is_read_afresh(app: Flask) -> None:
    """A block never works on a row as it stood before the block."""
    with transaction():
        row = make_organisation(name="甲")
    assert row.is_active
    with app.app_context(), transaction():
        session().get_one(Organisation, row.id).is_active = False
    with transaction():
        assert not row.is_active


def test_unflushed_changes_before_the_block_are_dropped(app: Flask) -> None:
    """A change outside a transaction is never committed by accident."""
    make_organisation(name="甲")
    with transaction():
        make_organisation(name="乙")
    assert names() == {"乙"}


def test_hooks_run_after_the_commit(app: Flask) -> None:
    """Once, in order, and not at all when the block failed."""
    seen: list[tuple[str, bool]] = []

    def note(text: str) -> None:
        on_commit(lambda: seen.append((text, "甲" in names())))

    with transaction():
        make_organisation(name="甲")
        note("first")
        note("second")
        assert seen == []
    assert seen == [("first", True), ("second", True)]

    def never() -> None:
        note("never")
        refused("乙")

    with pytest.raises(Refusal), transaction():
        never()
    with transaction():
        pass
    assert len(seen) == 2


def test_a_lock_reads_afresh_and_lets_one_pass(app: Flask) -> None:
    """Two threads add one to the same row: none of the two is lost."""
    with transaction():
        row_id = make_organisation(name="0").id
    start, failed = threading.Barrier(2), list[BaseException]()

    def add_one() -> None:
        try:
            with app.app_context():
                start.wait()
                for _ in range(5):
                    with transaction():
                        row = session().get_one(Organisation, row_id)
                        lock(row)
                        row.name = str(int(row.name) + 1)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=add_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session().rollback()
    assert failed == []
    assert names() == {"10"}


# --- columns ------------------------------------------------------------------------------------

PROBE = sa.Table(
    "probe",
    sa.MetaData(),
    sa.Column("number", ExactDecimal()),
    sa.Column("at", UtcDateTime()),
)


@pytest.fixture
def probe(app: Flask) -> sa.Table:
    """Make a table with our own column types."""
    PROBE.create(session().connection())
    return PROBE


@pytest.mark.parametrize(
    ("given", "back"),
    [
        (Decimal("0.1"), "0.1"),
        (Decimal("59.99"), "59.99"),
        (Decimal("80.000"), "80"),
        (Decimal("100"), "100"),
        (Decimal("-0.125"), "-0.125"),
        (7, "7"),
        (Decimal("999999999.999"), "999999999.999"),
    ],
)
def test_decimals_come_back_exactly(probe: sa.Table, given: Decimal | int, back: str) -> None:
    """No float on the way, no trailing zeros on the way back, no exponent."""
    session().execute(probe.insert().values(number=given))
    (found,) = session().scalars(sa.select(probe.c.number))
    assert isinstance(found, Decimal)
    assert str(found) == back


def test_moments_are_aware_and_utc(probe: sa.Table) -> None:
    """A local moment comes back as the same moment in UTC; a naive one is refused."""
    local = dt.datetime(2025, 3, 10, 9, 0, tzinfo=exam_clock.SHANGHAI)
    session().execute(probe.insert().values(at=local))
    (found,) = session().scalars(sa.select(probe.c.at))
    assert found == local
    assert found.tzinfo is dt.UTC
    with pytest.raises(StatementError, match="naive"):
        session().execute(probe.insert().values(at=dt.datetime(2025, 3, 10)))  # noqa: DTZ001


def test_nothing_stays_nothing(probe: sa.Table) -> None:
    """NULL is None for both types."""
    session().execute(probe.insert().values(number=None, at=None))
    assert session().execute(sa.select(probe)).one() == (None, None)


def test_an_unknown_word_is_refused(app: Flask) -> None:
    """Enums are held by Python and, behind its back, by a CHECK."""
    row = make_organisation()
    session().commit()
    assert row.kind is OrganisationKind.CITY_EM
    with pytest.raises(IntegrityError), transaction():
        session().execute(sa.text("UPDATE organisation SET kind = 'friend'"))


def test_foreign_keys_bind(app: Flask) -> None:
    """On SQLite as well: a row cannot point to nowhere."""
    tie = PersonTie(
        person_id=999, organisation_id=999, kind="employee", from_on=dt.date(2025, 1, 1)
    )
    with pytest.raises(IntegrityError), transaction():
        session().add(tie)


def test_rows_in_the_order_they_were_made(app: Flask) -> None:
    """Oldest first."""
    made = [make_organisation().id for _ in range(3)]
    assert [row.id for row in session().scalars(rows_of(Organisation))] == made
