"""How long there is left for tickets, in words: counted in the hours of their schools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.models import Ticket
from alerts.repositories import ACTIVE
from alerts.repositories import TicketRow as Found
from alerts.sla.hours import MINUTE, SECOND, moment
from alerts.sla.keeping import SchoolClocks
from controller.language import N_
from controller.pages.look import Look
from inventory.days import day_of

#: Below this share of the promised time a ticket is told in a warning tone.
_NEAR = 0.25
_HOUR = 60


@dataclass(frozen=True, slots=True)
class Countdown:
    """One clock as it is told.

    Args:
        words: what is left, in the reader's language; empty where nothing is promised any more.
        tone: ``bad`` overdue, ``warn`` soon due, ``good`` in time, ``idle`` standing or over.
        due: when it falls due; ``None`` while it stands.
    """

    words: str
    tone: str
    due: datetime | None = None


def countdowns(look: Look, found: Sequence[Found]) -> Mapping[str, Countdown]:
    """The clocks of tickets by their ids."""
    running = [one for one in found if one.ticket.state in ACTIVE]
    told = {
        one.ticket.id: _judged(look, one.ticket) for one in found if one.ticket.state not in ACTIVE
    }
    if running:
        dues = [one.ticket.due_at for one in running if one.ticket.due_at is not None]
        last = max([look.now, *dues]) + timedelta(days=1)
        schools = {one.school.code: one.school for one in running}
        clocks = SchoolClocks(look.session, schools, day_of(look.now), day_of(last))
        told |= {one.ticket.id: _told(look, one.ticket, clocks) for one in running}
    return told


def _told(look: Look, ticket: Ticket, clocks: SchoolClocks) -> Countdown:
    _ = look.lang.gettext
    if ticket.due_at is None:
        if ticket.clock_left is None:
            return Countdown(_(N_("Being counted")), "idle")
        rest = length(look, ticket.clock_left * SECOND)
        return Countdown(_(N_("The clock stands, {left} left")).format(left=rest), "idle")
    if ticket.due_at <= look.now:
        gone = look.lang.span((look.now - ticket.due_at).total_seconds())
        return Countdown(_(N_("Overdue by {time}")).format(time=gone), "bad", ticket.due_at)
    left = clocks.hours(ticket.school_code).between(moment(look.now), moment(ticket.due_at))
    target = clocks.terms(ticket.school_code).targets[ticket.priority].resolution * MINUTE
    words = _(N_("{left} of school hours left")).format(left=length(look, left))
    return Countdown(words, "warn" if left < _NEAR * target else "good", ticket.due_at)


def _judged(look: Look, ticket: Ticket) -> Countdown:
    if ticket.due_at is None or ticket.resolved_at is None:
        return Countdown("", "idle")
    if ticket.resolved_at <= ticket.due_at:
        return Countdown(look.lang.gettext(N_("Repaired in time")), "good", ticket.due_at)
    return Countdown(look.lang.gettext(N_("Repaired too late")), "bad", ticket.due_at)


def length(look: Look, microseconds: int) -> str:
    """Business time in hours and minutes: it is no time of a clock on the wall."""
    hours, minutes = divmod(microseconds // MINUTE, _HOUR)
    if not hours:
        return look.lang.gettext(N_("{minutes} min")).format(minutes=minutes)
    words = N_("{hours} h {minutes} min") if minutes else N_("{hours} h")
    return look.lang.gettext(words).format(hours=hours, minutes=minutes)
