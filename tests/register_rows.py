"""How large a register is, and rows by the million: for ``tests.register`` and what adds to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from inventory.models.base import UtcDateTime

COUNTIES, TOWNSHIPS = 10, 10
_MANY = 100_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows: of schools, of devices a school, and of what they leave behind."""

    schools: int = 2_000
    devices: int = 100
    ports: int = 24
    past_alerts: int = 200_000
    past_tickets: int = 60_000
    events: int = 200_000
    proposals: int = 20_000

    @property
    def all_devices(self) -> int:
        return self.schools * self.devices


#: What a city has after a year.
CITY = Size()
#: As many devices and less of the rest: a planner chooses as it would in a city.
FOR_PLANS = Size(ports=4, past_alerts=40_000, past_tickets=10_000, events=20_000)


class Rows:
    """Rows numbered from 0, made by ``INSERT … SELECT``; a few words differ by database."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._postgres = self.trusting = connection.dialect.name == "postgresql"

    def trust(self) -> None:
        """References are right by the way the rows are made; looking each one up takes longer.

        Triggers are left out as well then: ``tests.register_devices`` does their work.
        """
        if self.trusting:
            self._connection.execute(text("SET LOCAL session_replication_role = replica"))

    def add(self, table: str, count: int, columns: dict[str, str], where: str = "true") -> None:
        """Insert rows; ``columns`` are names and SQL over the number ``i``."""
        names = ", ".join(f'"{name}"' for name in columns)
        numbers = (
            "FROM generate_series(0, :last) AS n(i)"
            if self._postgres
            else "FROM (WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < :last) SELECT i FROM n)"
        )
        statement = text(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())} {numbers}"
            f" WHERE {where}"
        )
        values: dict[str, object] = {"last": count - 1}
        if ":now" in statement.text:
            statement = statement.bindparams(bindparam("now", type_=UtcDateTime()))
            values["now"] = self._now
        with self._indexed_at_the_end(table, count):
            self._connection.execute(statement, values)

    @contextmanager
    def _indexed_at_the_end(self, table: str, count: int) -> Iterator[None]:
        """Indexes of many rows at once take a fifth of what they take row by row."""
        if not self._postgres or count < _MANY:
            yield
            return
        found = self._connection.execute(
            text(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
                " WHERE indrelid = CAST(:table AS regclass) AND NOT EXISTS"
                " (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
            ),
            {"table": table},
        )
        indexes = found.all()
        for name, _ in indexes:
            self._connection.execute(text(f"DROP INDEX {name}"))
        yield
        for _, definition in indexes:
            self._connection.exec_driver_sql(definition)

    def ago(self, seconds: str) -> str:
        """SQL for so many seconds before now."""
        if self._postgres:
            return f"CAST(:now AS timestamptz) - ({seconds}) * interval '1 second'"
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', :now, (-({seconds})) || ' seconds')"

    def days_ago(self, days: str) -> str:
        """SQL for a day so many before today."""
        if self._postgres:
            return f"CURRENT_DATE - CAST({days} AS integer)"
        return f"date('now', (-({days})) || ' days')"

    def numbered(self, letter: str, number: str = "i", digits: int = 6) -> str:
        """SQL for a letter and a number of fixed length."""
        if self._postgres:
            return f"'{letter}' || to_char({number}, 'FM{'0' * digits}')"
        return f"printf('{letter}%0{digits}d', {number})"

    def analyse(self) -> None:
        """Let PostgreSQL's planner know what is there, which in service it finds out by itself."""
        if self._postgres:
            self._connection.execute(text("ANALYZE"))
