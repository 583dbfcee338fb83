"""The job that counts ahead what pages over a whole city show."""

from collections.abc import Callable
from datetime import datetime, timedelta

from controller.jobs import Transactions
from controller.last_tests import chief_lines, last_tests
from controller.metrics.store import MetricStore
from inventory.days import day_of
from inventory.pauses import Piece, let_others_run
from inventory.repositories.lines import LineRepository
from inventory.scope import Scope
from inventory.speedtest_servers import outside_addresses
from inventory.summaries import (
    LineTest,
    changed_ranks,
    count_schools,
    counted_at,
    forget_figures,
    keep_figures,
    with_tests,
    worth_counting,
    write_ranks,
)

#: Between two counts.
COUNT_SECONDS = 15.0
#: Devices whose rows are written, and locked, in one transaction. Each changes pages of three
#: indices: more at once, and batches would wait long behind them when half a city goes silent.
_AT_ONCE = 200


def count_ahead(store: MetricStore, cadence: timedelta) -> Callable[[Transactions, datetime], None]:
    """The job, by the cadence of reachability; see :mod:`inventory.summaries`."""

    def run(transactions: Transactions, now: datetime) -> None:
        with transactions.reading() as session:
            wanted = worth_counting(session)
            kept = counted_at(session, now) is not None
            changed = changed_ranks(session, now, cadence=cadence) if wanted else []
        if not wanted:
            if kept:
                with transactions.writing() as session:
                    forget_figures(session)
            return
        for start in range(0, len(changed), _AT_ONCE):
            with Piece(), transactions.writing() as session:
                write_ranks(session, changed[start : start + _AT_ONCE])
        with transactions.reading() as session:
            counted = count_schools(session)
            lines = LineRepository(session, Scope.everything()).contracts(day_of(now))
            beyond = outside_addresses(session, day_of(now))
        chief = chief_lines(lines)
        tests = last_tests(store, [line.id for line in chief.values()], now, beyond)
        by_school = {
            code: LineTest(line.id, test.at, test.download, test.upload)
            for code, line in chief.items()
            if (test := tests.get(line.id)) is not None
        }
        figures = with_tests(counted, by_school)
        let_others_run()
        with transactions.writing() as session:
            keep_figures(session, figures, now)

    return run
