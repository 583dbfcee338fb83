"""What messages of the log are about, as far as the reader may see it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlmodel import col, select

from alerts.messages import alert_title, ticket_title
from alerts.models import Alert, Ticket
from alerts.notify.keeping import LogRow
from alerts.notify.models import NoticeEvent
from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.alerts import subject_name
from inventory.models import Device, Line, School


class Subject(NamedTuple):
    """A ticket or an alert in the reader's words, and where its page is."""

    text: str
    href: str


def subjects(look: Look, rows: Sequence[LogRow]) -> Mapping[int, Subject]:
    """By events of the notices; what the reader may not see is left out."""
    ids = {row.notice.event_id for row in rows}
    events = look.session.exec(select(NoticeEvent).where(col(NoticeEvent.id).in_(ids))).all()
    tickets = _tickets(look, (one.ticket_id for one in events))
    alerts = _alerts(look, (one.alert_id for one in events))
    return {
        one.id or 0: found
        for one in events
        if (found := tickets.get(one.ticket_id or "") or alerts.get(one.alert_id or ""))
    }


def _tickets(look: Look, ids: Iterable[str | None]) -> Mapping[str, Subject]:
    query = (
        select(Ticket, Device, Line)
        .join(School, col(School.code) == Ticket.school_code)
        .outerjoin(Device, col(Device.id) == Ticket.device_id)
        .outerjoin(Line, col(Line.id) == Ticket.line_id)
        .where(
            col(Ticket.id).in_({one for one in ids if one}),
            look.caller.scope(Permission.read_tickets).condition(col(School.path)),
        )
    )
    found = {}
    for row, device, line in look.session.exec(query):
        title = ticket_title(row, subject_name(look, device, line), look.lang.gettext)
        found[row.id] = Subject(f"#{row.number} {title}", f"/tickets/{row.id}")
    return found


def _alerts(look: Look, ids: Iterable[str | None]) -> Mapping[str, Subject]:
    query = (
        select(Alert, Device, Line)
        .join(School, col(School.code) == Alert.school_code)
        .outerjoin(Device, col(Device.id) == Alert.device_id)
        .outerjoin(Line, col(Line.id) == Alert.line_id)
        .where(
            col(Alert.id).in_({one for one in ids if one}),
            look.caller.scope(Permission.read_alerts).condition(col(School.path)),
        )
    )
    found = {}
    for row, device, line in look.session.exec(query):
        title = alert_title(row, subject_name(look, device, line), look.lang.gettext)
        where = f"/devices/{row.device_id}" if row.device_id else ""
        found[row.id] = Subject(title, f"/tickets/{row.ticket_id}" if row.ticket_id else where)
    return found
