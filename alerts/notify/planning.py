"""From what happened to who is told: one notice for each receiver, written once.

Rows of the outbox are taken by one controller each (``SKIP LOCKED``; SQLite has one writer
anyway), and are done in the transaction that writes their notices.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from alerts.models import Alert, Ticket, TicketEvent
from alerts.notify.audience import Audience, Matter, Receiver
from alerts.notify.concerned import concerned, is_private
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
        if event.kind is NoticeKind.alert_cleared:
            # Who heard of a fault hears that it is over, whoever is on duty by then; and who has
            # its ticket by now.
            both = [*audience.concerned(matter), *_told(session, event)]
            receivers = list({one.target: one for one in both}.values())
        else:
            receivers = audience.of(matter, now)
        for receiver in receivers:
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
    if event.alert_id is not None:
        alert = session.get(Alert, event.alert_id)
        if alert is None:
            return None
        holder = ticket.assignee_id if ticket is not None else None
        found = Matter(
            event.kind,
            alert.severity,
            *_place(session, alert),
            concerned=frozenset([holder] if holder else []),
        )
        return found, f"{alert.subject}|{alert.rule}|{alert.part}"
    line = session.get(TicketEvent, event.ticket_event_id)
    if ticket is None or line is None or _is_told_by_alert(session, line):
        return None
    log = session.exec(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(col(TicketEvent.id))
    ).all()
    found = Matter(
        event.kind,
        ticket.severity,
        *_place(session, ticket),
        concerned=concerned(log, line),
        actor=line.actor_id,
        is_private=is_private(line),
    )
    return found, f"{ticket.id}|{line.id}"


def _place(session: Session, about: Alert | Ticket) -> tuple[str, str]:
    """Code of its school and path; of a bureau's no code: it is told to none of its schools."""
    if about.organisation_code is not None:
        return "", session.get_one(Organisation, about.organisation_code).path
    return about.school_code, session.get_one(School, about.school_code).path


def _is_told_by_alert(session: Session, line: TicketEvent) -> bool:
    """Whether a ticket was reopened by an alert, which is told itself, and not by people."""
    if line.kind != "reopened" or line.actor_id is not None:
        return False
    query = select(Alert.id).where(
        Alert.ticket_id == line.ticket_id,
        or_(col(Alert.opened_at) == line.at, col(Alert.released_at) == line.at),
    )
    return session.exec(query.limit(1)).first() is not None
