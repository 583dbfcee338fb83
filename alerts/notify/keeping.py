"""Channels, wishes and rosters as people keep them, each within a scope."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select

from alerts.notify import service
from alerts.notify.addresses import parsed
from alerts.notify.channels import NoticeRefused
from alerts.notify.errors import ChannelUnfit, TooManyChannels
from alerts.notify.models import (
    ChannelKind,
    DutyShift,
    Follow,
    Notice,
    NoticeEvent,
    NoticeKind,
    NotifyChannel,
    NotifyPreference,
)
from alerts.severity import Severity
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.models import Organisation, School, User
from inventory.repositories.scoped import Repository
from inventory.scope import Scope
from inventory.secrets import SecretBox

#: More channels of one owner than anybody reads.
MOST_CHANNELS = 20
MOST_SHIFTS = 500
LONGEST_DIGEST = 24 * 60
_DAY = 24 * 60
_WEEK = 7
_LOG = 100


class Owner(NamedTuple):
    """Whose a channel is: one of the three."""

    organisation_code: str | None = None
    school_code: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A channel as somebody describes it; ``secret`` empty: one is made up."""

    name: str
    kind: ChannelKind
    url: str
    secret: str = ""
    language: str = "zh_CN"
    least: Severity = Severity.warning
    tickets: bool = True


class LogRow(NamedTuple):
    """A notice with its channel, if it has one, and the place it is about."""

    notice: Notice
    channel: NotifyChannel | None
    login: str | None


class ChannelDesk(Repository):
    """Channels of bureaus and schools within the scope, and those of one person.

    Args:
        session: in a transaction that writes, where something is to change.
        scope: where the person may keep channels.
        user_id: the person.
    """

    def __init__(self, session: Session, scope: Scope, user_id: str) -> None:
        super().__init__(session, scope)
        self._user_id = user_id

    def get(self, channel_id: str) -> NotifyChannel:
        """One of them.

        Raises:
            NotFound: no such channel, or it is another one's.
        """
        found = self._session.get(NotifyChannel, channel_id)
        if found is None or found.removed_at is not None or not self._may(found):
            raise NotFound(what="channel", key=channel_id)
        return found

    def own(self) -> Sequence[NotifyChannel]:
        """The person's own."""
        return self._of(col(NotifyChannel.user_id) == self._user_id)

    def of_places(self) -> Sequence[NotifyChannel]:
        """Those of bureaus and schools within the scope."""
        return self._of(self._placed())

    def add(
        self, owner: Owner, wanted: Wanted, box: SecretBox, now: datetime
    ) -> tuple[NotifyChannel, str]:
        """Keep a new one; with it the secret its messages are signed with, told only now.

        Raises:
            ChannelUnfit: nothing can be sent to such an address.
            Invalid: a name that is missing.
            NotFound, OutOfScope: of its place.
            TooManyChannels: see :data:`MOST_CHANNELS`.
        """
        self._admit_owner(owner)
        if not wanted.name.strip():
            raise Invalid(field="name", reason="-")
        siblings = self._of(
            col(NotifyChannel.organisation_code) == owner.organisation_code
            if owner.organisation_code
            else col(NotifyChannel.school_code) == owner.school_code
            if owner.school_code
            else col(NotifyChannel.user_id) == owner.user_id
        )
        if len(siblings) >= MOST_CHANNELS:
            raise TooManyChannels(count=len(siblings))
        hint = hint_of(wanted.kind, wanted.url)
        is_signed = wanted.kind is not ChannelKind.service
        secret = (wanted.secret.strip() or secrets.token_urlsafe(32)) if is_signed else ""
        user = self._session.get(User, self._user_id)
        row = NotifyChannel(
            id=new_id("nc"),
            **owner._asdict(),
            name=wanted.name.strip(),
            kind=wanted.kind,
            sealed=box.seal(wanted.url.strip()),
            sealed_secret=box.seal(secret) if secret else "",
            hint=hint,
            language=wanted.language,
            least=wanted.least,
            tickets=wanted.tickets,
            made_by=user.login if user is not None else "",
            made_at=now,
        )
        return self._save(row), secret

    def pause(self, channel: NotifyChannel, now: datetime) -> None:
        """Tell nothing there until it is resumed."""
        channel.paused_at = channel.paused_at or now
        self._save(channel)

    def resume(self, channel: NotifyChannel) -> None:
        """Go on."""
        channel.paused_at = None
        self._save(channel)

    def remove(self, channel: NotifyChannel, now: datetime) -> None:
        """Take it away, and forget its address; its log stays."""
        channel.removed_at = now
        channel.sealed = channel.sealed_secret = ""
        self._save(channel)

    def test(self, channel: NotifyChannel, now: datetime) -> Notice:
        """Have a test message sent there within seconds; tried once."""
        event = self._save(NoticeEvent(kind=NoticeKind.test, at=now, planned_at=now))
        return self._save(
            Notice(
                id=new_id("n"),
                event_id=event.id or 0,
                target=channel.id,
                channel_id=channel.id,
                user_id=channel.user_id,
                kind=NoticeKind.test,
                fault="test",
                next_at=now,
                made_at=now,
            )
        )

    def log(self, *, own: bool, limit: int = _LOG) -> Sequence[LogRow]:
        """The newest notices: of the person, or of the channels of places."""
        query = (
            select(Notice, NotifyChannel, User.login)
            .outerjoin(NotifyChannel, col(NotifyChannel.id) == col(Notice.channel_id))
            .outerjoin(User, col(User.id) == col(Notice.user_id))
            .order_by(col(Notice.made_at).desc(), col(Notice.id).desc())
            .limit(limit)
        )
        wanted = col(Notice.user_id) == self._user_id if own else self._placed()
        return [LogRow(*row) for row in self._session.exec(query.where(wanted))]

    def _of(self, condition: ColumnElement[bool]) -> Sequence[NotifyChannel]:
        return self._session.exec(
            select(NotifyChannel)
            .where(col(NotifyChannel.removed_at).is_(None), condition)
            .order_by(col(NotifyChannel.id))
        ).all()

    def _placed(self) -> ColumnElement[bool]:
        bureaus = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        schools = select(School.code).where(self._scope.condition(col(School.path)))
        return col(NotifyChannel.organisation_code).in_(bureaus) | col(
            NotifyChannel.school_code
        ).in_(schools)

    def _may(self, channel: NotifyChannel) -> bool:
        if channel.user_id is not None:
            return channel.user_id == self._user_id
        place = (
            self._session.get(School, channel.school_code)
            if channel.school_code is not None
            else self._session.get(Organisation, channel.organisation_code)
        )
        return place is not None and self._scope.covers(place.path)

    def _admit_owner(self, owner: Owner) -> None:
        if owner.user_id is not None:
            if owner.user_id != self._user_id:
                raise OutOfScope(key=owner.user_id)
        elif owner.school_code is not None:
            self._admit(owner.school_code)
        else:
            admit_bureau(self._session, self._scope, owner.organisation_code or "")


def owner_of(session: Session, at: str) -> Owner:
    """Of a bureau or a school by its code; an unknown one is a bureau's that is not there."""
    if session.get(School, at) is not None:
        return Owner(school_code=at)
    return Owner(organisation_code=at)


def admit_bureau(session: Session, scope: Scope, code: str) -> Organisation:
    """A bureau whose rows may be written.

    Raises:
        NotFound: no such bureau.
        OutOfScope: it lies outside the scope.
    """
    bureau = session.get(Organisation, code)
    if bureau is None:
        raise NotFound(what="organisation", key=code)
    if not scope.covers(bureau.path):
        raise OutOfScope(key=code)
    return bureau


def hint_of(kind: ChannelKind, url: str) -> str:
    """What may be shown of an address.

    Raises:
        ChannelUnfit: nothing can be sent there.
    """
    try:
        if kind is ChannelKind.service:
            service.opened(url)
            return service.scheme_of(url)
        parts = parsed(url.strip())
    except NoticeRefused as error:
        raise ChannelUnfit(reason=str(error)) from None
    return f"{parts.scheme}://{parts.hostname}"[:200]


def wishes_of(session: Session, user_id: str) -> NotifyPreference:
    """What somebody wants to be told; as it is for whoever has said nothing."""
    return session.get(NotifyPreference, user_id) or NotifyPreference(user_id=user_id)


def keep_wishes(session: Session, wishes: NotifyPreference) -> NotifyPreference:
    """Keep what somebody wants to be told.

    Raises:
        Invalid: a time that is none, quiet hours with one end, a digest of more than a day.
    """
    ends = (wishes.quiet_from, wishes.quiet_to)
    if (ends[0] is None) != (ends[1] is None):
        raise Invalid(field="quiet_to", reason="-")
    for minute in ends:
        if minute is not None and not 0 <= minute < _DAY:
            raise Invalid(field="quiet_from", reason=str(minute))
    if not 0 <= wishes.digest_minutes <= LONGEST_DIGEST:
        raise Invalid(field="digest_minutes", reason=str(wishes.digest_minutes))
    wishes.follow, wishes.least = Follow(wishes.follow), Severity(wishes.least)
    session.add(wishes)
    session.flush()
    return wishes


class Shift(NamedTuple):
    """One shift of every week: weekday from 0 (Monday), minutes of the day."""

    weekday: int
    starts: int
    ends: int
    user_id: str


def roster_of(session: Session, code: str) -> Sequence[DutyShift]:
    """Shifts of a bureau in the order of the week."""
    return session.exec(
        select(DutyShift)
        .where(DutyShift.organisation_code == code)
        .order_by(col(DutyShift.weekday), col(DutyShift.starts), col(DutyShift.id))
    ).all()


def set_roster(session: Session, scope: Scope, code: str, shifts: Sequence[Shift]) -> None:
    """Let these be a bureau's shifts and no others.

    Raises:
        Invalid: a day or a time that is none, or too many.
        NotFound, OutOfScope: of the bureau.
    """
    admit_bureau(session, scope, code)
    if len(shifts) > MOST_SHIFTS:
        raise Invalid(field="shifts", reason=f"{len(shifts)} > {MOST_SHIFTS}")
    session.exec(delete(DutyShift).where(col(DutyShift.organisation_code) == code))
    for shift in dict.fromkeys(shifts):
        fits = 0 <= shift.weekday < _WEEK and 0 <= shift.starts < shift.ends <= _DAY
        if not fits:
            raise Invalid(field="shifts", reason=str(shift[:3]))
        session.add(DutyShift(organisation_code=code, **shift._asdict()))
    session.flush()
