"""The job that tells of clocks and of lists somebody is to look through."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from alerts.growing import tell_grown
from alerts.judgement import judge
from alerts.looks.own import Term
from alerts.reminding import to_remind
from alerts.severity import Severity
from controller.jobs import Transactions
from controller.metrics.store import MetricStore
from inventory.scope import Scope

#: New ones of one look: what is due in many schools on one day is told of in the course of it.
MOST_AT_ONCE = 20


def remind(
    store: MetricStore,
    quiet_period: timedelta,
    terms: Callable[[], Sequence[Term] | None] = tuple,
) -> Callable[[Transactions, datetime], None]:
    """Open and clear alerts by what the register holds and boxes tell now and then.

    Args:
        store: the readings.
        quiet_period: a fault that comes back sooner reopens its ticket.
        terms: asks when the controller's own certificates end; ``None``: not known now.
    """
    begun: list[datetime] = []

    def run(transactions: Transactions, now: datetime) -> None:
        if not begun:
            begun.append(now)
        own = terms()
        with transactions.reading() as session:
            news = to_remind(
                session, store, now, Scope.everything(), listening_since=begun[0], terms=own
            )
        if news:
            loudest = sorted(news.findings, key=lambda one: one.severity is not Severity.critical)
            with transactions.writing() as session:
                judge(
                    session,
                    loudest[:MOST_AT_ONCE],
                    news.clears,
                    now,
                    quiet_period=quiet_period,
                )
                tell_grown(session, news.grown[:MOST_AT_ONCE], now)

    return run
