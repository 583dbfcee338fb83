"""Column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Dialect, Enum, MetaData, String
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

#: Constraint names are the same on every database, so that migrations can name them.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no zone, so it is put back when read.

    Ingest reads and writes ten of them a device and beat. SQLAlchemy's own conversion for SQLite
    costs 3 us a value, so both directions are done here: the same text, by datetime itself.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object] | None:
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[str | None], datetime | None] | None:
        if dialect.name == "sqlite":
            return _from_text
        return super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: ``2026-09-01 08:00:00.000000``, as SQLAlchemy writes it: always as long, so that it sorts.
_TEXT_LENGTH = 26


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("naive datetime; times are aware and UTC")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    return None if value is None else _utc(value).isoformat(" ", "microseconds")[:_TEXT_LENGTH]


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


#: Paths compare byte by byte everywhere, or a scope's range would depend on the server's locale.
PATH = String(255).with_variant(String(255, collation="C"), "postgresql")


def text_enum(values: type[StrEnum]) -> Enum:
    """A ``VARCHAR`` holding the values of an enumeration: a new member needs no migration."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def code_constraint(shortest: int) -> CheckConstraint:
    """Column ``code`` is ``shortest`` to 32 of ``A-Z 0-9 -``, on any database."""
    allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
    return CheckConstraint(
        f"length(code) BETWEEN {shortest} AND 32 AND ltrim(code, '{allowed}') = ''", name="code"
    )


def utc_now() -> datetime:
    """The time a row is made; everything else takes time as an argument."""
    return datetime.now(UTC)
