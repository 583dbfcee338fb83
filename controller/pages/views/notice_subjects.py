"""What messages of the log are about, as far as the reader may see it."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlmodel import col, select

from alerts.messages import alert_title, ticket_title
from alerts.notify.keeping import LogRow
from alerts.notify.models import NoticeEvent
from alerts.repositories import AlertRepository, TicketRepository
from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.alerts import subject_address, subject_of


class Subject(NamedTuple):
    """A ticket or an alert in the reader's words, and where its page is."""

    text: str
    href: str


def subjects(look: Look, rows: Sequence[LogRow]) -> Mapping[int, Subject]:
    """By events of the notices; what the reader may not see is left out."""
    ids = {row.notice.event_id for row in rows}
    events = look.session.exec(select(NoticeEvent).where(col(NoticeEvent.id).in_(ids))).all()
    tickets = _tickets(look, {one.ticket_id for one in events if one.ticket_id})
    alerts = _alerts(look, {one.alert_id for one in events if one.alert_id})
    return {
        one.id or 0: found
        for one in events
        if (found := tickets.get(one.ticket_id or "") or alerts.get(one.alert_id or ""))
    }


def _tickets(look: Look, ids: Collection[str]) -> Mapping[str, Subject]:
    rows = TicketRepository(look.session, look.caller.scope(Permission.read_tickets)).named(ids)
    found = {}
    for row in rows:
        title = ticket_title(row.ticket, subject_of(look, row), look.lang.gettext)
        found[row.ticket.id] = Subject(f"#{row.ticket.number} {title}", f"/tickets/{row.ticket.id}")
    return found


def _alerts(look: Look, ids: Collection[str]) -> Mapping[str, Subject]:
    rows = AlertRepository(look.session, look.caller.scope(Permission.read_alerts)).named(ids)
    found = {}
    for row in rows:
        alert = row.alert
        title = alert_title(alert, subject_of(look, row), look.lang.gettext)
        ticket = f"/tickets/{alert.ticket_id}" if alert.ticket_id else ""
        found[alert.id] = Subject(title, ticket or subject_address(alert))
    return found
