"""Proposals of who takes a ticket, and giving them out where the bureau wishes so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.assignment.people import Workforce, needs_of, workforce_of
from alerts.assignment.ranking import Worker, ranked
from alerts.models import ServiceAgreement, Ticket, TicketEvent
from alerts.sla.agreements import Agreements
from alerts.sla.keeping import count_clocks
from alerts.sla.terms import read_terms
from alerts.states import TicketState
from inventory.days import day_of
from inventory.models import Grant, Organisation, School
from inventory.scope import Scope

#: Tickets of one transaction.
AT_ONCE = 200
_UNTAKEN = (TicketState.new, TicketState.reopened)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who might take a ticket, and whether it is their trade."""

    worker: Worker
    fits: bool


def proposals(session: Session, ticket: Ticket, now: datetime) -> Sequence[Proposal]:
    """Who might take a ticket, the best choice first."""
    force = workforce_of(session, [ticket], day_of(now))
    need = needs_of(session, [ticket])[ticket.id]
    return [Proposal(one, one.fits(need)) for one in ranked(_workers(session, force, ticket), need)]


def _workers(session: Session, force: Workforce, ticket: Ticket) -> Sequence[Worker]:
    """Who might take a ticket; a bureau's own only those of the bureau."""
    workers = force.of(ticket.school_code)
    if ticket.organisation_code is None:
        return workers
    path = session.get_one(Organisation, ticket.organisation_code).path
    ids = [one.user_id for one in workers]
    grants: dict[str, list[str]] = {}
    for one in session.exec(select(Grant).where(col(Grant.user_id).in_(ids))):
        grants.setdefault(one.user_id, []).append(one.scope_path)
    return [one for one in workers if Scope.of(grants.get(one.user_id, ())).covers(path)]


def hand(session: Session, ticket: Ticket, worker: Worker, now: datetime) -> None:
    """Give somebody a ticket in nobody's name; its clocks are counted by whoever calls."""
    ticket.state, ticket.assignee_id = TicketState.assigned, worker.user_id
    session.add(ticket)
    session.add(
        TicketEvent(
            ticket_id=ticket.id,
            at=now,
            kind="assigned",
            text=worker.name,
            assignee_id=worker.user_id,
        )
    )
    session.flush()


def automatic_paths(session: Session) -> Sequence[str]:
    """Where tickets may be given out without anybody's doing: paths of bureaus that wish so."""
    rows = session.exec(
        select(ServiceAgreement.terms, Organisation.path).join(
            Organisation, col(Organisation.code) == col(ServiceAgreement.organisation_code)
        )
    )
    return [path for terms, path in rows if read_terms(terms).automatic]


def give_out(session: Session, now: datetime, paths: Sequence[str], after: str = "") -> str | None:
    """Give new tickets that nobody has to the best choice; flushes, never commits.

    Args:
        session: one that writes.
        now: when.
        paths: of ``automatic_paths``.
        after: the last ticket that was looked at before.

    Returns:
        the last ticket that was looked at; ``None`` when there are no more.
    """
    if not paths:
        return None
    below = select(School.code).where(Scope.of(paths).condition(col(School.path)))
    tickets = session.exec(
        select(Ticket)
        .where(
            col(Ticket.state).in_(_UNTAKEN),
            col(Ticket.assignee_id).is_(None),
            col(Ticket.id) > after,
            col(Ticket.school_code).in_(below),
        )
        .order_by(col(Ticket.id))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    _give(session, tickets, now)
    return tickets[-1].id if len(tickets) == AT_ONCE else None


def _give(session: Session, tickets: Sequence[Ticket], now: datetime) -> None:
    if not tickets:
        return
    force, needs = workforce_of(session, tickets, day_of(now)), needs_of(session, tickets)
    codes = sorted({ticket.school_code for ticket in tickets})
    rows = session.exec(select(School.code, School.path).where(col(School.code).in_(codes)))
    schools = dict(rows.all())
    agreements = Agreements(session, schools.values())
    given = []
    for ticket in tickets:
        if not agreements.of(schools[ticket.school_code]).automatic:
            continue  # a nearer bureau wishes otherwise
        best = ranked(_workers(session, force, ticket), needs[ticket.id])[:1]
        for worker in best:
            hand(session, ticket, worker, now)
            force.gave(worker.user_id)
            given.append(ticket)
    count_clocks(session, given, now)
