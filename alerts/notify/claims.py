"""Notices that are due go to one controller at a time, and come back until they are taken.

A claim counts an attempt and puts the next one off by the window: a controller that dies between
handing a message over and noting it leads to a second one, never to none, and to that not within
the window. What is known to have failed is tried again sooner.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import func, literal_column
from sqlmodel import Session, col, select

from alerts.models import Alert, Ticket
from alerts.notify.holding import undisturbed
from alerts.notify.models import (
    Notice,
    NoticeEvent,
    NoticeKind,
    NoticeState,
    NotifyChannel,
    NotifyPreference,
)
from alerts.notify.planning import WINDOW
from alerts.quiet.silenced import silenced
from alerts.severity import Severity

#: Until a notice that was not taken is tried again; after the last one it is given up.
WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
#: Notices of one receiver that are claimed at once, and receivers looked at in one round.
AT_ONCE, TARGETS = 20, 64
#: A clear waits so long for the alert it belongs to.
_BEHIND = timedelta(seconds=30)
#: How often it is looked whether what is silenced still is.
_AGAIN = timedelta(minutes=2)
#: Why a notice was left out.
OVER, GONE, NOT_ALLOWED = "over", "gone", "not_allowed"


@dataclass(frozen=True, slots=True)
class Claim:
    """Notices of one receiver that one thread tries now, the oldest first."""

    token: str
    target: str
    notices: Sequence[Notice]


class Due(NamedTuple):
    """A receiver for whom something is due, and the way: a service, a host, the mail server."""

    target: str
    way: str


def due_targets(
    session: Session,
    now: datetime,
    *,
    but: Collection[str] = (),
    full: Collection[str] = (),
    most: int = TARGETS,
) -> list[Due]:
    """Receivers for whom something is due, who has waited longest first; keeps nobody waiting.

    Args:
        session: only reads.
        now: the moment.
        but: receivers that are left out.
        full: ways that are left out.
        most: receivers at once.
    """
    # Word for word, so that both mean one column to PostgreSQL; the way to people's mailboxes.
    way = func.coalesce(NotifyChannel.hint, literal_column("'mail'"))
    query = (
        select(Notice.target, way)
        .outerjoin(NotifyChannel, col(NotifyChannel.id) == col(Notice.channel_id))
        .where(Notice.state == NoticeState.waiting, col(Notice.next_at) <= now)
        .group_by(col(Notice.target), way)
        .order_by(func.min(col(Notice.next_at)))
        .limit(most)
    )
    if but:
        query = query.where(col(Notice.target).not_in(sorted(but)))
    if full:
        query = query.where(way.not_in(sorted(full)))
    return [Due(*row) for row in session.exec(query)]


def claim(
    session: Session,
    target: str,
    now: datetime,
    *,
    lease: timedelta = WINDOW,
    most: int = AT_ONCE,
) -> Claim | None:
    """Take what is due for a receiver; what nobody needs any more is left out at that.

    Args:
        session: one that writes; flushed, never committed.
        target: the receiver.
        now: the moment.
        lease: how long nobody else tries these.
        most: notices at once.
    """
    found = session.exec(
        select(Notice)
        .where(
            Notice.target == target,
            Notice.state == NoticeState.waiting,
            col(Notice.next_at) <= now,
        )
        .order_by(col(Notice.id))
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    token = secrets.token_hex(16)
    taken = []
    for notice in found:
        if not _disturbs(session, notice, now) and _is_wanted(session, notice, now):
            notice.attempts += 1
            notice.claim = token
            notice.next_at = now + lease
            taken.append(notice)
        session.add(notice)
    session.flush()
    for notice in taken:
        session.refresh(notice)
        session.expunge(notice)
    return Claim(token, target, taken) if taken else None


def note_sent(session: Session, done: Claim, now: datetime) -> None:
    """They were taken."""
    for notice in _mine(session, done):
        end(session, notice, NoticeState.sent, "", now)


def note_failed(
    session: Session, done: Claim, detail: str, now: datetime, *, for_good: bool
) -> None:
    """They were not taken: each is tried again, or given up."""
    for notice in _mine(session, done):
        is_test = notice.kind is NoticeKind.test
        if for_good or is_test or notice.attempts > len(WAITS):
            end(session, notice, NoticeState.failed, detail, now)
        else:
            notice.detail = detail[:200]
            notice.next_at = now + WAITS[notice.attempts - 1]
            session.add(notice)


def note_left_out(session: Session, done: Claim, why: str, now: datetime) -> None:
    """Their receiver may not have them any more."""
    for notice in _mine(session, done):
        end(session, notice, NoticeState.skipped, why, now)


def end(session: Session, notice: Notice, state: NoticeState, detail: str, now: datetime) -> None:
    """What became of a notice."""
    notice.state, notice.detail, notice.ended_at = state, detail[:200], now
    session.add(notice)


def _mine(session: Session, done: Claim) -> Sequence[Notice]:
    """Those of a claim that nobody else has claimed meanwhile."""
    ids = [one.id for one in done.notices]
    return session.exec(
        select(Notice)
        .where(
            col(Notice.id).in_(ids),
            Notice.claim == done.token,
            Notice.state == NoticeState.waiting,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _disturbs(session: Session, notice: Notice, now: datetime) -> bool:
    """Whether its reader is not to be disturbed now; it is put off by that, right here.

    Asked again of what was planned for another time: it may be tried again at night.
    """
    wishes = session.get(NotifyPreference, notice.user_id) if notice.user_id else None
    if wishes is None or notice.kind is NoticeKind.test:
        return False
    at = undisturbed(wishes, _severity(session, notice), now)
    if at > now:
        notice.held, notice.next_at = True, at
    return at > now


def _severity(session: Session, notice: Notice) -> Severity:
    event = session.get_one(NoticeEvent, notice.event_id)
    alert = session.get(Alert, event.alert_id) if event.alert_id else None
    about = alert or (session.get(Ticket, event.ticket_id) if event.ticket_id else None)
    return about.severity if about is not None else Severity.warning


def _is_wanted(session: Session, notice: Notice, now: datetime) -> bool:
    """Whether it is still to be told; else it is left out, or put off, right here."""
    if notice.kind not in (NoticeKind.alert_opened, NoticeKind.alert_cleared):
        return True
    event = session.get_one(NoticeEvent, notice.event_id)
    if notice.kind is NoticeKind.alert_opened:
        return _stands(session, notice, session.get(Alert, event.alert_id), now)
    opened = _opening(session, event, notice.target)
    if opened is not None and opened.state is NoticeState.waiting:
        # First what happened, then that it is over.
        notice.next_at = now + _BEHIND
        return False
    if opened is None:
        # Who has the ticket is told without having heard of the fault; nobody else was meant to be.
        return True
    if opened.state is NoticeState.sent or opened.attempts > 0:
        return True
    # Nobody heard of the fault.
    end(session, notice, NoticeState.skipped, OVER, now)
    return False


def _stands(session: Session, notice: Notice, alert: Alert | None, now: datetime) -> bool:
    """Whether a fault that is told late still stands, and nobody has silenced it."""
    if alert is None or alert.cleared_at is not None:
        if not notice.held and notice.attempts == 0:
            return True
        end(session, notice, NoticeState.skipped, OVER, now)
        return False
    if alert.storm_id is not None:
        # Its bureau's is told instead; this one, should it outlast that, once more.
        end(session, notice, NoticeState.skipped, OVER, now)
        return False
    quiet = silenced(session, [alert], now).get(alert.id)
    if quiet is None:
        return True
    # It is told of afterwards, if it still stands then; somebody may end the silence early.
    notice.held = True
    notice.next_at = min(max(quiet.told_from, now + _BEHIND), now + _AGAIN)
    return False


def _opening(session: Session, event: NoticeEvent, target: str) -> Notice | None:
    """The notice of the alert that is over by now, to the same receiver."""
    return session.exec(
        select(Notice)
        .join(NoticeEvent, col(NoticeEvent.id) == col(Notice.event_id))
        .where(
            Notice.target == target,
            NoticeEvent.alert_id == event.alert_id,
            NoticeEvent.kind == NoticeKind.alert_opened,
        )
        .order_by(col(Notice.id).desc())
        .limit(1)
    ).first()
