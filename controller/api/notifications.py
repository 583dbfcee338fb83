"""``/notifications``: what people and systems are told, by which channels, what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from alerts.models import Severity
from alerts.notify.keeping import (
    LONGEST_DIGEST,
    MOST_SHIFTS,
    ChannelDesk,
    LogRow,
    Owner,
    Wanted,
    keep_wishes,
    owner_of,
    wishes_of,
)
from alerts.notify.models import (
    ChannelKind,
    Follow,
    NoticeKind,
    NoticeState,
    NotifyChannel,
    NotifyPreference,
)
from alerts.notify.times import clock_of, minutes_of
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession
from controller.duty import DutyDesk, ShiftOf
from controller.language import DEFAULT_LANGUAGE, LANGUAGES
from inventory.errors import Invalid
from inventory.models.base import utc_now

router = APIRouter(tags=["notifications"], responses=PROBLEMS)
_CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d$"
Clock = Annotated[str, Field(pattern=_CLOCK, description="Time of the day, ``22:00``.")]


class Wishes(Schema):
    """What somebody wants to be told, and when; times are those of the bureau's zone."""

    follow: Follow = Follow.duty
    least: Severity = Severity.warning
    by_mail: bool = True
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    loud_at_night: bool = Field(
        default=False, description="What is critical is told in quiet hours and at once."
    )
    digest_minutes: int = Field(
        default=0, ge=0, le=LONGEST_DIGEST, description="Told together so often; 0: at once."
    )


class ChannelIn(BaseModel):
    """A channel of a bureau or a school; without ``at`` one's own.

    ``url`` of a service is Apprise's: ``wecombot://KEY``. It is kept sealed and never told again.
    """

    at: str | None = Field(default=None, max_length=32)
    name: str = Field(min_length=1, max_length=100)
    kind: ChannelKind
    url: str = Field(min_length=1, max_length=2_000)
    secret: str = Field(
        default="", max_length=200, description="Signs webhooks; without one it is made up."
    )
    language: str = DEFAULT_LANGUAGE
    least: Severity = Severity.warning
    tickets: bool = Field(default=True, description="Steps of tickets are told, too.")


class ChannelPatch(BaseModel):
    """What is to change."""

    paused: bool


class ChannelOut(Schema):
    """A channel; ``hint`` is the service, or the host."""

    id: str
    at: str | None
    own: bool
    name: str
    kind: ChannelKind
    hint: str
    language: str
    least: Severity
    tickets: bool
    paused_at: datetime | None
    made_by: str
    made_at: datetime


class NewChannelOut(ChannelOut):
    """A channel that was made; ``secret`` of webhooks is told this once."""

    secret: str


class NoticeOut(Schema):
    """One message and what became of it."""

    id: str
    kind: NoticeKind
    channel: str | None
    login: str | None
    fault: str
    state: NoticeState
    attempts: int
    made_at: datetime
    next_at: datetime
    ended_at: datetime | None
    detail: str


class ShiftSchema(Schema):
    """Somebody's duty, every week; ``weekday`` 0 is Monday, ``ends`` may be ``24:00``."""

    weekday: int = Field(ge=0, le=6)
    starts: str = Field(pattern=_CLOCK)
    ends: str = Field(pattern=r"^(([01]?\d|2[0-3]):[0-5]\d|24:00)$")
    login: str = Field(min_length=1, max_length=64)


class RosterIn(BaseModel):
    """All shifts of a bureau's week."""

    shifts: list[ShiftSchema] = Field(max_length=MOST_SHIFTS)


def channel_desk(session: DbSession, caller: CurrentCaller) -> ChannelDesk:
    """Dependency: channels as the caller may keep them; their own everybody may."""
    return ChannelDesk(session, caller.scope(Permission.manage_notifications), caller.id)


def duty_desk(session: DbSession, caller: CurrentCaller) -> DutyDesk:
    """Dependency: rosters as the caller may keep them."""
    return DutyDesk(session, caller.require(Permission.manage_notifications))


Desk = Annotated[ChannelDesk, Depends(channel_desk)]
Duty = Annotated[DutyDesk, Depends(duty_desk)]


@router.get("/notifications/mine")
def show_wishes(session: DbSession, caller: CurrentCaller) -> Wishes:
    """What the caller wants to be told."""
    return _wishes(wishes_of(session, caller.id))


@router.put("/notifications/mine")
def set_wishes(session: DbSession, caller: CurrentCaller, body: Wishes) -> Wishes:
    """Say it anew."""
    row = wishes_of(session, caller.id)
    row.follow, row.least, row.by_mail = body.follow, body.least, body.by_mail
    row.quiet_from, row.quiet_to = _minutes(body.quiet_from), _minutes(body.quiet_to)
    row.loud_at_night, row.digest_minutes = body.loud_at_night, body.digest_minutes
    return _wishes(keep_wishes(session, row))


@router.get("/notifications/mine/log")
def show_own_log(desk: Desk) -> Listed[NoticeOut]:
    """The newest messages to the caller."""
    return _log(desk.log(own=True))


@router.get("/notifications/log")
def show_log(desk: Desk, caller: CurrentCaller) -> Listed[NoticeOut]:
    """The newest messages to channels of bureaus and schools the caller keeps channels of."""
    caller.require(Permission.manage_notifications)
    return _log(desk.log(own=False))


@router.get("/notifications/channels")
def list_channels(desk: Desk) -> Listed[ChannelOut]:
    """The caller's own channels, and those of bureaus and schools they keep channels of."""
    found = [_channel(one) for one in (*desk.own(), *desk.of_places())]
    return Listed(items=found, total=len(found))


@router.post("/notifications/channels", status_code=201)
def add_channel(
    request: Request, desk: Desk, session: DbSession, caller: CurrentCaller, body: ChannelIn
) -> NewChannelOut:
    """Keep a new channel; nothing is sent before something happens or it is tried out."""
    if body.language not in LANGUAGES:
        raise Invalid(field="language", reason=body.language)
    if body.at is None:
        owner = Owner(user_id=caller.id)
    else:
        caller.require(Permission.manage_notifications)
        owner = owner_of(session, body.at)
    wanted = Wanted(**body.model_dump(exclude={"at"}))
    row, secret = desk.add(owner, wanted, request.app.state.secret_box, utc_now())
    return NewChannelOut(**_channel(row).model_dump(), secret=secret)


@router.patch("/notifications/channels/{channel_id}")
def change_channel(desk: Desk, channel_id: str, body: ChannelPatch) -> ChannelOut:
    """Pause it, or go on."""
    found = desk.get(channel_id)
    if body.paused:
        desk.pause(found, utc_now())
    else:
        desk.resume(found)
    return _channel(found)


@router.delete("/notifications/channels/{channel_id}", status_code=204)
def remove_channel(desk: Desk, channel_id: str) -> None:
    """Tell nothing there any more, and forget its address."""
    desk.remove(desk.get(channel_id), utc_now())


@router.post("/notifications/channels/{channel_id}/test", status_code=202)
def test_channel(desk: Desk, channel_id: str) -> NoticeOut:
    """Have a test message sent there within seconds; the log says what became of it."""
    found = desk.get(channel_id)
    return _notice(LogRow(desk.test(found, utc_now()), found, None))


@router.get("/organisations/{code}/duty-roster")
def show_roster(duty: Duty, code: str) -> Listed[ShiftSchema]:
    """Who is on duty in a bureau, in the order of the week."""
    found = [_shift(one) for one in duty.of(code)]
    return Listed(items=found, total=len(found))


@router.put("/organisations/{code}/duty-roster")
def set_roster(duty: Duty, code: str, body: RosterIn) -> Listed[ShiftSchema]:
    """Let these be the shifts of its week, and no others."""
    duty.set(
        code,
        [
            ShiftOf(one.weekday, minutes_of(one.starts), minutes_of(one.ends), one.login)
            for one in body.shifts
        ],
    )
    return show_roster(duty, code)


def _wishes(row: NotifyPreference) -> Wishes:
    return Wishes(
        follow=row.follow,
        least=row.least,
        by_mail=row.by_mail,
        quiet_from=None if row.quiet_from is None else clock_of(row.quiet_from),
        quiet_to=None if row.quiet_to is None else clock_of(row.quiet_to),
        loud_at_night=row.loud_at_night,
        digest_minutes=row.digest_minutes,
    )


def _minutes(clock: str | None) -> int | None:
    return None if clock is None else minutes_of(clock)


def _channel(row: NotifyChannel) -> ChannelOut:
    return ChannelOut(
        at=row.organisation_code or row.school_code,
        own=row.user_id is not None,
        **row.model_dump(include=set(ChannelOut.model_fields) - {"at", "own"}),
    )


def _log(rows: Sequence[LogRow]) -> Listed[NoticeOut]:
    found = [_notice(one) for one in rows]
    return Listed(items=found, total=len(found))


def _notice(row: LogRow) -> NoticeOut:
    told = set(NoticeOut.model_fields) - {"channel", "login"}
    return NoticeOut(
        channel=row.channel.name if row.channel is not None else None,
        login=row.login,
        **row.notice.model_dump(include=told),
    )


def _shift(one: ShiftOf) -> ShiftSchema:
    return ShiftSchema(
        weekday=one.weekday, starts=clock_of(one.starts), ends=clock_of(one.ends), login=one.login
    )
