"""The database: the base of all models, its column types and the one transaction."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from decimal import Decimal
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Enum,
    Integer,
    MetaData,
    Numeric,
    String,
    event,
    select,
)
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)
BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware moment, stored in UTC; a naive one is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Return the naive UTC value that is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Return the aware UTC moment."""
        return None if value is None else value.replace(tzinfo=dt.UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal number kept exactly on both databases (text on SQLite)."""

    impl = Numeric(12, 3)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return NUMERIC on PostgreSQL, text on SQLite, which has no exact type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(20))
        return dialect.type_descriptor(Numeric(12, 3))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        """Return what is stored, always with three decimals."""
        if value is None:
            return None
        exact = Decimal(value).quantize(Decimal("0.001"))
        return str(exact) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the number without trailing zeros."""
        if value is None:
            return None
        number = Decimal(value).normalize()
        return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def enum_type(kind: type[enum.StrEnum], length: int = 40) -> Enum:
    """Return the column type of a StrEnum: stored by value, held by a CHECK."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=length,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


class Model(DeclarativeBase):
    """The base of all rows."""

    __abstract__ = True
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            dt.datetime: UtcDateTime(),
            Decimal: ExactDecimal(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
        },
    )
    # Rows whose content the trail vouches for; see audit.trail.
    __protected__ = False


class Row(Model):
    """A row with a plain number as its identity."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True, sort_order=-10)


db = SQLAlchemy(model_class=Model, disable_autonaming=True)


def session() -> Session:
    """Return the session of this request or command."""
    return db.session()


_AFTER, _HELD = "after_commit_hooks", "held_to_the_end"


def on_commit(hook: Callable[[], None]) -> None:
    """Run the hook after the transaction has committed; it takes ids, never rows."""
    session().info.setdefault(_AFTER, []).append(hook)


def hold(context: AbstractContextManager[None]) -> None:
    """Enter a context that ends with the transaction: its hooks have run, or it was undone."""
    held: ExitStack = session().info[_HELD]
    held.enter_context(context)


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the block changed, or nothing of it; the only place that commits.

    An inner transaction joins the outer one: only the outermost commits.
    """
    current = session()
    if current.info.get("in_transaction_block"):
        yield current
        return
    current.rollback()  # reads before this block must not leave a stale snapshot
    current.info["in_transaction_block"] = True
    current.info[_AFTER] = []
    with ExitStack() as held:
        current.info[_HELD] = held
        yield from _committed(current)
        for hook in current.info.pop(_AFTER, []):
            hook()


def _committed(current: Session) -> Iterator[Session]:
    try:
        if current.get_bind().dialect.name == "sqlite":
            current.connection(execution_options={"writes": True})
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info["in_transaction_block"] = False


def end_read() -> None:
    """Let go of what was read, so that another connection may write or be read afresh."""
    session().rollback()


def lock(row: Row) -> None:
    """Hold the row until the transaction ends and read it afresh (check after locking)."""
    session().flush()
    session().refresh(row, with_for_update={"of": type(row)})


def rows_of(kind: type[Row]) -> Any:
    """Return a SELECT of the kind's rows in the order they were made."""
    return select(kind).order_by(kind.id)


def install_sqlite(engine: Engine) -> None:
    """Set up SQLite connections: WAL, full syncs, foreign keys, explicit BEGIN."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=15000",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
