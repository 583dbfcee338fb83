"""Late tickets go to who is on duty, else to the next tier and who leads; each step once."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.assignment.giving import hand
from alerts.assignment.people import Workforce, needs_of, workforce_of
from alerts.assignment.ranking import Tier, Worker, ranked
from alerts.models import Ticket, TicketEvent
from alerts.sla.agreements import Agreements
from alerts.sla.keeping import count_clocks
from alerts.sla.steps import Step, step_of
from alerts.states import TicketState
from inventory.days import day_of
from inventory.models import School

#: Tickets of one transaction.
AT_ONCE = 100
#: States in which nobody's work is taken away by handing a ticket on.
_NOT_BEGUN = (TicketState.new, TicketState.assigned, TicketState.reopened)


def any_late(session: Session, now: datetime) -> bool:
    """Whether a step is due; keeps nobody waiting."""
    due = select(Ticket.id).where(col(Ticket.escalate_at) <= now).limit(1)
    return session.exec(due).first() is not None


def escalate(session: Session, now: datetime, *, most: int = AT_ONCE) -> int:
    """Take one step with each ticket that is due one; how many were looked at.

    Flushes, never commits. Whoever does the same at the same time takes other tickets, and the
    database refuses the second line of one step.
    """
    tickets = session.exec(
        select(Ticket)
        .where(col(Ticket.escalate_at) <= now)
        .order_by(col(Ticket.escalate_at), col(Ticket.id))
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    # A calendar may have changed since the step was foreseen.
    count_clocks(session, tickets, now)
    late = [one for one in tickets if one.escalate_at is not None and one.escalate_at <= now]
    if late:
        force = workforce_of(session, late, day_of(now))
        for ticket in late:
            _escalate(session, ticket, force, now)
        count_clocks(session, late, now)
    return len(tickets)


def _escalate(session: Session, ticket: Ticket, force: Workforce, now: datetime) -> None:
    name = ticket.escalate_step or ""
    heard = _heard(session, ticket, step_of(name), force, now)
    told = heard[0] if heard else None
    session.add(
        TicketEvent(
            ticket_id=ticket.id,
            at=now,
            kind="escalated",
            text=", ".join(one.name for one in heard),
            assignee_id=told.user_id if told else None,
            step=name,
        )
    )
    session.flush()
    if told is not None and _hands_on(session, ticket, told):
        hand(session, ticket, told, now)
        force.gave(told.user_id)


def _heard(
    session: Session, ticket: Ticket, step: Step, force: Workforce, now: datetime
) -> Sequence[Worker]:
    """Who hears of a step, the one it goes to first.

    Whoever is on duty; while nobody is, near the end the next tier or whoever has the ticket, and
    at the end who leads.
    """
    need = needs_of(session, [ticket])[ticket.id]
    if duty := force.on_duty(ticket.school_code, now):
        best = {one.user_id: place for place, one in enumerate(ranked(duty, need))}
        return sorted(
            duty,
            key=lambda one: (
                one.user_id != ticket.assignee_id,
                best.get(one.user_id, len(best)),
                one.user_id,
            ),
        )
    leader = force.leader(ticket.school_code)
    fallback = [leader] if leader else []
    if step in (Step.answer_over, Step.repair_over):
        return fallback
    workers = force.of(ticket.school_code)
    holder = next((one for one in workers if one.user_id == ticket.assignee_id), None)
    if holder is not None and holder.tier is not Tier.school:
        return [holder]
    return ranked((one for one in workers if one.tier is Tier.district), need)[:1] or fallback


def _hands_on(session: Session, ticket: Ticket, told: Worker) -> bool:
    if told.tier is not Tier.district or told.user_id == ticket.assignee_id:
        return False
    path = session.get_one(School, ticket.school_code).path
    return ticket.state in _NOT_BEGUN and Agreements(session, [path]).of(path).automatic
