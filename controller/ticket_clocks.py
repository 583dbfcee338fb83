"""The jobs that count clocks of tickets."""

from datetime import datetime

from sqlmodel import Session

from alerts.sla.keeping import AT_ONCE, any_stale, count_stale, renew_clocks
from controller.jobs import Transactions

CLOCK_SECONDS = 5.0
#: Holidays of a year come with a release, and the horizon moves on with the days.
RENEWAL_SECONDS = 24 * 3600.0
#: Transactions of one run; a register that has just been migrated takes several runs.
_MOST = 40


def keep_clocks(transactions: Transactions, now: datetime) -> None:
    """Count the clocks of tickets that rules, calendars and agreements have changed."""
    with transactions.reading() as session:
        if not any_stale(session):
            return
    for _ in range(_MOST):
        with transactions.writing() as session:
            done = count_stale(session, now)
        if done < AT_ONCE:
            return


def renew_all_clocks(session: Session, _now: datetime) -> None:
    """Have the clocks of all open tickets counted anew."""
    renew_clocks(session)
