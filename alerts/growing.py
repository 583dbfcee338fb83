"""What joins a list whose alert is open: told of once, in the log of the alert's ticket."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from alerts.judgement import school_subject
from alerts.judging.facts import Key
from alerts.judging.lists import MARK, MOST_NAMED, Entry, Grown, Told, mark
from alerts.merged import going_on, take_up
from alerts.models import Alert, Ticket, TicketEvent
from alerts.numbers import lock_judgement
from inventory.models import Device

#: What such a line of a ticket's log is called.
LIST_GREW = "list_grew"


def told_of(session: Session, standing: Mapping[Key, Any]) -> Mapping[Key, Told]:
    """What open alerts of lists have told of; those of before anybody kept that are left out."""
    query = select(Alert).where(
        col(Alert.cleared_at).is_(None), col(Alert.rule).in_(sorted({key.rule for key in standing}))
    )
    alerts = session.exec(query) if standing else ()
    return {
        Key(one.rule, one.subject, one.part): told
        for one in alerts
        if (told := _told(one)) is not None
    }


def named_devices(session: Session, alert: Alert) -> list[Device]:
    """Devices that an alert of a list has told of, by name; those put right since as well."""
    told = _told(alert)
    if told is None:
        return []
    query = select(Device).where(Device.school_code == alert.school_code)
    return [
        one
        for one in session.exec(query.order_by(col(Device.name), col(Device.id)))
        if mark(Entry(one.name, 0.0, subject=one.id)) in told.marks
    ]


def list_alert(session: Session, ticket: Ticket) -> str:
    """Id of the newest alert of a ticket that is about a list; empty for other tickets."""
    query = select(Alert.id).where(
        Alert.ticket_id == ticket.id, Alert.subject == school_subject(ticket.school_code)
    )
    return session.exec(query.order_by(col(Alert.opened_at).desc(), col(Alert.id))).first() or ""


def tell_grown(session: Session, grown: Sequence[Grown], now: datetime) -> None:
    """Keep and tell what has joined open alerts; what another controller told of stays as it is.

    Writes a line to the ticket's log. A ticket somebody has finished is reopened. Flushes, never
    commits.
    """
    if not grown:
        return
    lock_judgement(session)
    for one, alert in _open_ones(session, grown):
        told = _told(alert)
        if told is None or told.marks.issuperset(one.joined):
            continue
        alert.arguments = json.dumps(dict(one.arguments))
        session.add(alert)
        ticket = (
            session.get(Ticket, alert.ticket_id, populate_existing=True, with_for_update=True)
            if alert.ticket_id
            else None
        )
        if ticket is None:
            continue
        about, ticket = ticket, going_on(session, ticket)
        kind = "reopened" if take_up(ticket) else LIST_GREW
        # One it was merged into is about something else.
        about.arguments = alert.arguments
        session.add_all([about, ticket])
        names = _names([name for what, name in one.joined.items() if what not in told.marks])
        session.add(TicketEvent(ticket_id=ticket.id, at=now, kind=kind, text=names))
    session.flush()


def _open_ones(session: Session, grown: Iterable[Grown]) -> Iterator[tuple[Grown, Alert]]:
    for one in grown:
        query = select(Alert).where(
            Alert.subject == one.key.subject,
            Alert.rule == one.key.rule,
            Alert.part == one.key.part,
            col(Alert.cleared_at).is_(None),
        )
        for alert in session.exec(query.execution_options(populate_existing=True)):
            yield one, alert


def _told(alert: Alert) -> Told | None:
    arguments = json.loads(alert.arguments)
    if "told" not in arguments:
        return None
    marks = str(arguments["told"])
    at = float(arguments.get("told_at", alert.opened_at.timestamp()))
    return Told(frozenset(marks[one : one + MARK] for one in range(0, len(marks), MARK)), at)


def _names(joined: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    named = list(dict.fromkeys(joined))
    more = len(named) - MOST_NAMED
    return "、".join(named[:MOST_NAMED]) + (f" +{more}" if more > 0 else "")
