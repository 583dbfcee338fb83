"""What happened, written in the very transaction that decided it (transactional outbox).

Whoever opens an alert or writes a line of a ticket's log knows nothing of notices: sessions of a
factory that :func:`note_what_happens` listens to write them. A transaction that is rolled back
leaves nothing behind, one that is committed is told of even if its process ends right after.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session

from alerts.models import Alert, Ticket, TicketEvent
from alerts.notify.models import NoticeEvent, NoticeKind
from inventory.database import SessionFactory

#: Lines of a ticket's log that are told when a person wrote them.
_BY_PEOPLE = {
    "opened": NoticeKind.ticket_opened,
    "assigned": NoticeKind.ticket_assigned,
    "put_back": NoticeKind.ticket_put_back,
    "prioritised": NoticeKind.ticket_prioritised,
    "waiting": NoticeKind.ticket_waiting,
    "resolved": NoticeKind.ticket_resolved,
    "reopened": NoticeKind.ticket_reopened,
    "unmerged": NoticeKind.ticket_reopened,
    "closed": NoticeKind.ticket_closed,
    "merged": NoticeKind.ticket_closed,
    "commented": NoticeKind.ticket_commented,
}
#: And those that are told whoever wrote them: people without a log-in among them. What else rules
#: do, the alert tells of.
_BY_ANYBODY = {
    "assigned": NoticeKind.ticket_assigned,
    "escalated": NoticeKind.ticket_escalated,
    "reopened": NoticeKind.ticket_reopened,
    "closed": NoticeKind.ticket_closed,
    "merged": NoticeKind.ticket_closed,
    "joined": NoticeKind.ticket_commented,
    "list_grew": NoticeKind.list_grown,
}


def note_what_happens(factory: SessionFactory) -> None:
    """Let sessions of this factory write down what is to be told."""

    @event.listens_for(factory, "after_flush")
    def _flushed(session: Session, _context: UOWTransaction) -> None:
        rows = [*_of_new(session), *_of_changed(session)]
        if rows:
            session.connection().execute(insert(NoticeEvent), rows)


def _of_new(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.new:
        # An alert that is over when it is made tells of a past that came late.
        if isinstance(row, Alert) and row.cleared_at is None and row.storm_id is None:
            yield _of_alert(row, NoticeKind.alert_opened, row.opened_at)
        elif isinstance(row, TicketEvent) and (kind := _kind(session, row)) is not None:
            yield {
                "kind": kind,
                "school_code": None,
                "alert_id": None,
                "ticket_id": row.ticket_id,
                "ticket_event_id": row.id,
                "at": row.at,
                "planned_at": None,
            }


def _of_changed(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.dirty:
        if isinstance(row, Alert) and row.cleared_at is not None:
            before = inspect(row).attrs.cleared_at.history.deleted
            if before and before[0] is None:
                yield _of_alert(row, NoticeKind.alert_cleared, row.cleared_at)
        # One that was held back behind a bureau's, and stands for itself from now on.
        elif (
            isinstance(row, Alert)
            and row.released_at is not None
            and inspect(row).attrs.released_at.history.added
        ):
            yield _of_alert(row, NoticeKind.alert_opened, row.released_at)


def _of_alert(alert: Alert, kind: NoticeKind, at: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "school_code": alert.school_code,
        "alert_id": alert.id,
        "ticket_id": alert.ticket_id,
        "ticket_event_id": None,
        "at": at,
        "planned_at": None,
    }


def _kind(session: Session, line: TicketEvent) -> NoticeKind | None:
    """What a line of a log is told as; nothing: to nobody."""
    if line.actor_id is not None:
        return _BY_PEOPLE.get(line.kind) or _BY_ANYBODY.get(line.kind)
    ticket = session.get(Ticket, line.ticket_id)
    if ticket is None or ticket.record_number is not None:
        return None  # of a repair log that was brought from elsewhere
    if line.kind == "opened" and not ticket.rule:
        # Of somebody without a log-in, from a code on a device say.
        return NoticeKind.ticket_opened
    return _BY_ANYBODY.get(line.kind)
