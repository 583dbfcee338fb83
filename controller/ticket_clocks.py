"""The jobs that count clocks of tickets."""

from datetime import datetime

from sqlmodel import Session

from alerts.sla.keeping import (
    AT_ONCE,
    any_stale,
    any_unkept,
    count_stale,
    keep_unkept,
    renew_clocks,
)
from controller.jobs import Transactions

CLOCK_SECONDS = 5.0
#: Holidays of a year come with a release, and the horizon moves on with the days.
RENEWAL_SECONDS = 24 * 3600.0
#: Transactions of one run; a register that has just been migrated takes several runs.
_MOST = 40


def keep_clocks(transactions: Transactions, now: datetime) -> None:
    """Count the clocks of tickets that rules, calendars and agreements have changed.

    Then what figures count of tickets of before it was kept.
    """
    for is_due, count in ((any_stale, count_stale), (any_unkept, keep_unkept)):
        with transactions.reading() as session:
            if not is_due(session):
                continue
        for _ in range(_MOST):
            with transactions.writing() as session:
                done = count(session, now)
            if done < AT_ONCE:
                break


def renew_all_clocks(session: Session, _now: datetime) -> None:
    """Have the clocks of all open tickets counted anew."""
    renew_clocks(session)
