"""The jobs that give tickets to people, and late ones to those above them."""

from datetime import datetime

from alerts.assignment.escalation import AT_ONCE, any_late, escalate
from alerts.assignment.giving import automatic_paths, give_out
from controller.jobs import Transactions

GIVING_SECONDS = 15.0
ESCALATION_SECONDS = 30.0
#: Transactions of one run.
_MOST = 40


def give_out_tickets(transactions: Transactions, now: datetime) -> None:
    """Give new tickets to somebody where the bureau wishes so."""
    with transactions.reading() as session:
        paths = automatic_paths(session)
    last: str | None = ""
    for _ in range(_MOST if paths else 0):
        with transactions.writing() as session:
            last = give_out(session, now, paths, last or "")
        if last is None:
            return


def escalate_tickets(transactions: Transactions, now: datetime) -> None:
    """Take the steps of escalation that are due."""
    with transactions.reading() as session:
        if not any_late(session, now):
            return
    for _ in range(_MOST):
        with transactions.writing() as session:
            done = escalate(session, now)
        if done < AT_ONCE:
            return
