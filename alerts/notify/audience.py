"""Who is to be told of something: channels of the bureaus above, people on duty, who asked to."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from alerts.notify.models import (
    ChannelKind,
    Follow,
    NoticeKind,
    NotifyChannel,
    NotifyPreference,
)
from alerts.notify.shifts import on_duty_at
from alerts.severity import Severity
from inventory.models import Grant, Role, User
from inventory.scope import Scope

_ALERTS = frozenset({NoticeKind.alert_opened, NoticeKind.alert_cleared, NoticeKind.list_grown})
#: Steps of tickets that concern who is on duty, not only who works on them.
_CALLS = frozenset(
    {
        NoticeKind.ticket_opened,
        NoticeKind.ticket_reopened,
        NoticeKind.ticket_put_back,
        NoticeKind.ticket_escalated,
    }
)
_LOUDNESS = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be told.

    Args:
        path: of its school.
        concerned: ids of those it concerns, whoever else is told.
        actor: who did it; told by nobody.
        is_private: it is told to nobody else.
    """

    kind: NoticeKind
    severity: Severity
    school_code: str
    path: str
    concerned: frozenset[str] = frozenset()
    actor: str | None = None
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Receiver:
    """A channel, or a person's mailbox; the wishes are the person's."""

    channel_id: str | None
    user_id: str | None
    wishes: NotifyPreference | None = None

    @property
    def target(self) -> str:
        return self.channel_id or self.user_id or ""


class Audience:
    """Who may be told.

    Args:
        session: one that reads.
        roles: whose holders may read alerts.
        mails: whether people can be told by e-mail.
    """

    def __init__(self, session: Session, roles: frozenset[Role], *, mails: bool) -> None:
        self._session, self._roles, self._mails = session, roles, mails

    def of(self, matter: Matter, now: datetime) -> list[Receiver]:
        """All of them, each once."""
        if matter.is_private:
            return self.concerned(matter)
        return [*self._channels(matter), *self._people(matter, now)]

    def concerned(self, matter: Matter) -> list[Receiver]:
        """Those it concerns."""
        return [*self._those(matter, matter.concerned, frozenset())]

    def may_see(self, user: User | None, path: str) -> bool:
        """Whether somebody may read alerts there now."""
        if user is None or user.disabled_at is not None:
            return False
        grants = self._session.exec(select(Grant).where(Grant.user_id == user.id))
        prefixes = [one.scope_path for one in grants if one.role in self._roles]
        return Scope.of(prefixes).covers(path)

    def on_duty(self, path: str, now: datetime) -> set[str]:
        """Ids of people on duty in a bureau above a path."""
        shifts = on_duty_at(self._session, _codes(path), now)
        return {user for users in shifts.values() for user in users}

    def _channels(self, matter: Matter) -> Iterator[Receiver]:
        found = self._session.exec(
            select(NotifyChannel)
            .where(
                or_(
                    col(NotifyChannel.organisation_code).in_(_codes(matter.path)),
                    col(NotifyChannel.school_code) == matter.school_code,
                ),
                col(NotifyChannel.paused_at).is_(None),
                col(NotifyChannel.removed_at).is_(None),
            )
            .order_by(col(NotifyChannel.id))
        )
        for channel in found:
            # What Alertmanager sends are alerts; a step of a ticket would never be resolved.
            tickets = channel.tickets and channel.kind is not ChannelKind.alertmanager
            if (matter.kind in _ALERTS or tickets) and _is_loud(matter, channel.least):
                yield Receiver(channel.id, None)

    def _people(self, matter: Matter, now: datetime) -> Iterator[Receiver]:
        duty = self.on_duty(matter.path, now)
        eager = self._session.exec(
            select(NotifyPreference.user_id).where(NotifyPreference.follow == Follow.everything)
        )
        return self._those(matter, matter.concerned.union(duty, eager), duty)

    def _those(self, matter: Matter, some: Set[str], duty: Set[str]) -> Iterator[Receiver]:
        for user_id in sorted(some - {matter.actor or ""}):
            user = self._session.get(User, user_id)
            wishes = self._session.get(NotifyPreference, user_id) or NotifyPreference(
                user_id=user_id
            )
            is_theirs = user_id in matter.concerned
            if user is None or not _wants(wishes, matter, is_theirs, user_id in duty):
                continue
            if self.may_see(user, matter.path):
                yield from self._of_person(user, wishes)

    def _of_person(self, user: User, wishes: NotifyPreference) -> Iterator[Receiver]:
        for channel in self._own(user.id):
            yield Receiver(channel, user.id, wishes)
        if wishes.by_mail and user.email and self._mails:
            yield Receiver(None, user.id, wishes)

    def _own(self, user_id: str) -> Sequence[str]:
        return self._session.exec(
            select(NotifyChannel.id)
            .where(
                NotifyChannel.user_id == user_id,
                col(NotifyChannel.paused_at).is_(None),
                col(NotifyChannel.removed_at).is_(None),
            )
            .order_by(col(NotifyChannel.id))
        ).all()


def _wants(wishes: NotifyPreference, matter: Matter, is_theirs: bool, on_duty: bool) -> bool:
    if wishes.follow is Follow.nothing:
        return False
    if is_theirs:
        return True
    calls = matter.kind in _ALERTS or matter.kind in _CALLS
    if not _is_loud(matter, wishes.least):
        return False
    return wishes.follow is Follow.everything or (
        wishes.follow is Follow.duty and on_duty and calls
    )


def _is_loud(matter: Matter, least: Severity) -> bool:
    return _LOUDNESS[matter.severity] >= _LOUDNESS[least]


def _codes(path: str) -> list[str]:
    """Codes of all bureaus above a path, and its own."""
    return [code for code in path.split("/") if code]
