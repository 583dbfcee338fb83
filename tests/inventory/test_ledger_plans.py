"""Lists of a city's ledgers on both databases: large tables are read by their indices.

SQLite plans without looking at the rows. PostgreSQL reads small tables from one end to the other
whatever indices there are; told not to, it does so only where no index serves the question.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from inventory.models import Decision, Found
from inventory.money.repository import MoneyRepository
from inventory.money.table import totals
from inventory.packed.reading import RecordRepository
from inventory.reconciliation.repository import ReconciliationRepository
from inventory.scope import Scope
from inventory.stocktaking.repository import StockRepository
from tests.register import Size, fill
from tests.register_ledger import fill_ledger

CITY, COUNTY = Scope.everything(), Scope.of(["/3300/3303C/"])
SMALL = Size(schools=20, ports=1, past_alerts=20, past_tickets=20, events=20, proposals=20)
#: Tables of which a city has tens of thousands of rows.
LARGE = frozenset({"stock_room", "stock_expected", "stock_observation", "stock_result"})
LARGE |= {"budget_entry", "budget_line", "reconciliation_item", "device"}
Ask = Callable[[Session, Scope], object]


def _budgets(session: Session, scope: Scope) -> object:
    repository = MoneyRepository(session, scope)
    return totals(repository, repository.programmes().items)


QUESTIONS: Mapping[str, Ask] = {
    "progress of a count": lambda s, c: StockRepository(s, c).progress("k0000"),
    "schools of a count": lambda s, c: StockRepository(s, c).progress("k0000", search="school 1"),
    "rooms left": lambda s, c: StockRepository(s, c).rooms_left("k0000"),
    "results": lambda s, c: StockRepository(s, c).results("k0001", outcome=Found.missing),
    "open results": lambda s, c: StockRepository(s, c).results("k0001", decision=Decision.open),
    "counts of results": lambda s, c: StockRepository(s, c).count_results("k0001"),
    "budgets": _budgets,
    "contradictions": lambda s, c: ReconciliationRepository(s, c).page(),
    "devices of schools": lambda s, c: RecordRepository(s, c).records(schools=["S0003", "S0004"]),
}


@pytest.fixture
def ledgers(session: Session) -> Session:
    connection = session.connection()
    now = datetime.now(UTC)
    fill(connection, SMALL, now)
    fill_ledger(connection, SMALL, now)
    if connection.dialect.name == "postgresql":
        session.execute(text("SET LOCAL enable_seqscan = off"))
    return session


@contextmanager
def _through(session: Session) -> Iterator[list[tuple[str, str]]]:
    """Large tables that are read from one end to the other, with the statement that does."""
    found: list[tuple[str, str]] = []
    connection = session.connection()
    postgres = connection.dialect.name == "postgresql"
    ask, scan = (
        ("EXPLAIN", re.compile(r"Seq Scan on (\w+)"))
        if postgres
        else ("EXPLAIN QUERY PLAN", re.compile(r"^SCAN (\w+)\b(?! USING)", re.MULTILINE))
    )

    def before(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked = connection.connection.cursor()
            asked.execute(f"{ask} {statement}", values)
            steps = "\n".join(str(row[-1]) for row in asked.fetchall())
            found.extend((table, statement) for table in scan.findall(steps) if table in LARGE)
            asked.close()

    event.listen(connection, "before_cursor_execute", before)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", before)


def test_no_list_of_a_ledger_goes_through_a_large_table(ledgers: Session) -> None:
    wrong = []
    for name, ask in QUESTIONS.items():
        for scope in (CITY, COUNTY):
            with _through(ledgers) as found:
                ask(ledgers, scope)
            wrong += [(name, scope.prefixes, *one) for one in found]
    assert wrong == []
    [progress] = StockRepository(ledgers, COUNTY).progress("k0000", limit=1).items
    assert (progress.rooms, progress.rooms_done, progress.expected) == (20, 10, 100)
