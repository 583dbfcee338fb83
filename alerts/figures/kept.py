"""Keeps beside a ticket what figures count of it, so that those of a city's year add up columns.

What is kept holds from ``settled_at`` on, and is told anew whenever the ticket's clocks are. A
ticket that went on after it had been done is read from its log by who asks about the time before.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.figures.repairs import SchoolClock, repair_of, settled
from alerts.models import Ticket
from alerts.sla.log import Line


def keep_repair(ticket: Ticket, log: Sequence[Line], clock: SchoolClock, end: datetime) -> None:
    """Say on the ticket what its log says of the repair.

    Args:
        ticket: changed, not flushed.
        log: all of it, in order.
        clock: of its school, until ``end``.
        end: after the last line.
    """
    told, counts = settled(log), repair_of(log, end) is not None
    # Until it was merged, it was a repair that somebody may have answered.
    own = log if counts else [line for line in log if line.kind != "merged"]
    repair = repair_of(own, end, clock=clock)
    ticket.settled_at = told.at or ticket.opened_at
    ticket.repair_turned = told.turned
    ticket.repair_counts = counts
    ticket.repaired_at = ticket.answer_seconds = ticket.repair_seconds = None
    ticket.answer_worked_seconds = ticket.repair_worked_seconds = None
    ticket.fixed_at_once = ticket.gone_by_itself = False
    if repair is None:
        return
    if repair.answered is not None:
        ticket.answer_seconds = (repair.answered - repair.opened).total_seconds()
    if repair.done is not None:
        ticket.repair_seconds = (repair.done - repair.opened).total_seconds()
    ticket.repaired_at = repair.done
    ticket.fixed_at_once, ticket.gone_by_itself = repair.at_once, repair.by_itself
    ticket.answer_worked_seconds = repair.worked_answer
    ticket.repair_worked_seconds = repair.worked


def unkept(session: Session, most: int) -> Sequence[Ticket]:
    """Tickets of which nothing is kept yet: those of before there was such a thing."""
    found: Sequence[Ticket] = session.exec(
        select(Ticket)
        .where(col(Ticket.settled_at).is_(None))
        .order_by(col(Ticket.id))
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return found
