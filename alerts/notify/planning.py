"""From what happened to who is told: one notice for each receiver, written once.

Rows of the outbox are taken by one controller each (``SKIP LOCKED``; SQLite has one writer
anyway), and are done in the transaction that writes their notices.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from alerts.models import Alert, Ticket, TicketEvent
from alerts.notify.audience import Audience, Matter, Receiver
from alerts.notify.holding import told_at
from alerts.notify.models import (
    Notice,
    NoticeEvent,
    NoticeKind,
    NoticeState,
    NotifyPreference,
)
from alerts.severity import Severity
from inventory.ids import new_id
from inventory.models import Organisation, Role, School

#: What is older when somebody comes to tell it is news no more.
STALE = timedelta(hours=24)
#: Two notices to one receiver that say the same of one fault are at least as far apart.
WINDOW = timedelta(minutes=10)
#: Rows of the outbox planned in one transaction.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Planner:
    """Writes notices.

    Args:
        roles: whose holders may be told.
        mails: whether people can be told by e-mail.
        window: see :data:`WINDOW`.
    """

    roles: frozenset[Role]
    mails: bool = False
    window: timedelta = WINDOW

    def plan(self, session: Session, now: datetime, *, most: int = AT_ONCE) -> int:
        """Write the notices of what happened; how many rows of the outbox are done by that.

        Args:
            session: one that writes; flushed, never committed.
            now: the moment.
            most: rows at once.
        """
        events = session.exec(
            select(NoticeEvent)
            .where(col(NoticeEvent.planned_at).is_(None))
            .order_by(col(NoticeEvent.id))
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        audience = Audience(session, self.roles, mails=self.mails)
        for event in events:
            event.planned_at = now
            session.add(event)
            if now - event.at < STALE:
                self._tell(session, audience, event, now)
        session.flush()
        return len(events)

    def _tell(
        self, session: Session, audience: Audience, event: NoticeEvent, now: datetime
    ) -> None:
        found = _matter(session, event)
        if found is None:
            return
        matter, fault = found
        # Who heard of a fault hears that it is over, whoever is on duty by then.
        is_end = event.kind is NoticeKind.alert_cleared
        for receiver in _told(session, event) if is_end else audience.of(matter, now):
            at = _wanted(receiver, matter.severity, now)
            last = _last(session, receiver.target, fault, event.kind)
            if last is not None:
                at = max(at, (last.ended_at or last.next_at) + self.window)
            session.add(
                Notice(
                    id=new_id("n"),
                    event_id=event.id or 0,
                    target=receiver.target,
                    channel_id=receiver.channel_id,
                    user_id=receiver.user_id,
                    kind=event.kind,
                    fault=fault,
                    held=at > now,
                    next_at=at,
                    made_at=now,
                )
            )
            # The next one of this round has to see it.
            session.flush()


def anything_happened(session: Session) -> bool:
    """Whether there is something to plan; keeps nobody waiting."""
    query = select(NoticeEvent.id).where(col(NoticeEvent.planned_at).is_(None)).limit(1)
    return session.exec(query).first() is not None


def _wanted(receiver: Receiver, severity: Severity, now: datetime) -> datetime:
    return now if receiver.wishes is None else told_at(receiver.wishes, severity, now)


def _told(session: Session, event: NoticeEvent) -> list[Receiver]:
    """Who was told, or is to be, of the alert that is over now."""
    found = session.exec(
        select(Notice)
        .join(NoticeEvent, col(NoticeEvent.id) == col(Notice.event_id))
        .where(
            NoticeEvent.alert_id == event.alert_id,
            NoticeEvent.kind == NoticeKind.alert_opened,
        )
        .order_by(col(Notice.id))
    ).all()
    return [
        Receiver(
            one.channel_id,
            one.user_id,
            session.get(NotifyPreference, one.user_id) if one.user_id else None,
        )
        for one in found
    ]


def _last(session: Session, target: str, fault: str, kind: NoticeKind) -> Notice | None:
    """The last notice to a receiver that says the same."""
    return session.exec(
        select(Notice)
        .where(
            Notice.target == target,
            Notice.fault == fault,
            Notice.kind == kind,
            col(Notice.state).in_([NoticeState.waiting, NoticeState.sent]),
        )
        .order_by(col(Notice.made_at).desc(), col(Notice.id).desc())
        .limit(1)
    ).first()


def _matter(session: Session, event: NoticeEvent) -> tuple[Matter, str] | None:
    """What it is about, and the key of the fault; nothing of what has gone."""
    ticket = session.get(Ticket, event.ticket_id) if event.ticket_id else None
    heard: str | None = None
    alert: Alert | None = None
    if event.alert_id is not None:
        alert = session.get(Alert, event.alert_id)
        if alert is None:
            return None
        code, severity = alert.school_code, alert.severity
        fault = f"{alert.subject}|{alert.rule}|{alert.part}"
        actor = None
    else:
        line = session.get(TicketEvent, event.ticket_event_id)
        if ticket is None or line is None:
            return None
        code, severity = ticket.school_code, ticket.severity
        fault, actor = f"{ticket.id}|{line.id}", line.actor_id
        if event.kind is NoticeKind.ticket_escalated:
            # Who hears of it is said by the step.
            heard = line.assignee_id
    about = alert or ticket
    bureau = about.organisation_code if about is not None else None
    if bureau is not None:
        # Told above its bureau only: to none of its schools.
        path = session.get_one(Organisation, bureau).path
        code = ""
    else:
        path = session.get_one(School, code).path
    assignee = heard or (ticket.assignee_id if ticket is not None else None)
    return Matter(event.kind, severity, code, path, assignee, actor), fault
