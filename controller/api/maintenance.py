"""``/maintenance-windows``: when what fails somewhere is not told of."""

from datetime import datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import Session

from alerts.models import MaintenanceWindow
from alerts.quiet import desk
from alerts.quiet.recurring import following
from alerts.quiet.repository import MaintenanceRepository
from controller.api.calendar_entries import CalendarScope
from controller.api.conditional import IfMatch, require_match, tag
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.api.target_standards import login_of
from controller.auth.caller import Caller
from controller.deps import AlertScope, CurrentCaller, DbSession
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["maintenance"], responses=PROBLEMS)
_PATH = "/maintenance-windows"
_Reason = Annotated[str, Field(min_length=1, max_length=desk.MAX_REASON)]
_Code = Annotated[str, Field(max_length=32)]
_Id = Annotated[str, Field(max_length=20)]
_Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7)]],
    Field(max_length=7, description="1 is Monday; empty for one stretch."),
]
_Time = Annotated[time, Field(description="Beijing time, to the minute.")]
_MINUTES = 60


class WindowTimes(BaseModel):
    """When a window is.

    One stretch from ``begins_at`` to ``ends_at``; or, with ``weekdays``, between the two every such
    day ``from_time`` to ``until_time``, which is the next day's unless it is later.
    """

    model_config = ConfigDict(extra="forbid")

    begins_at: AwareDatetime
    ends_at: AwareDatetime
    weekdays: _Weekdays = []
    from_time: _Time | None = None
    until_time: _Time | None = None
    reason: _Reason


class WindowIn(WindowTimes):
    """A window of a bureau's schools, of a school, or of one room or device of a school."""

    organisation_code: _Code | None = None
    school_code: _Code | None = None
    room_id: _Id | None = None
    device_id: _Id | None = None


class WindowOut(Schema):
    """A window, and the stretch that holds now or comes next, if any."""

    id: str
    organisation_code: str | None
    school_code: str | None
    room_id: str | None
    device_id: str | None
    begins_at: datetime
    ends_at: datetime
    weekdays: list[int]
    from_time: time | None
    until_time: time | None
    reason: str
    entered_by: str
    entered_at: datetime
    ended_at: datetime | None
    ended_by: str
    is_undone: bool
    next_begins_at: datetime | None
    next_ends_at: datetime | None


@router.get(_PATH)
def list_windows(
    *,
    session: DbSession,
    scope: AlertScope,
    is_over: Annotated[bool | None, Query(alias="over")] = False,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[WindowOut]:
    """Windows that hold or are to come, by their beginning; ``over=true`` for those before."""
    now = utc_now()
    page = MaintenanceRepository(session, scope).page(
        is_over=is_over, now=now, offset=offset, limit=limit
    )
    return Listed(items=[_shown(row, now) for row in page.items], total=page.total)


@router.post(_PATH, status_code=201)
def plan_window(
    session: DbSession,
    scope: CalendarScope,
    caller: CurrentCaller,
    body: WindowIn,
    response: Response,
) -> WindowOut:
    """Plan maintenance: what fails then is told of afterwards, if it still stands."""
    places = body.model_dump(include={"organisation_code", "school_code", "room_id", "device_id"})
    row = MaintenanceWindow(id="", entered_by="", **_columns(body), **places)
    return _told(desk.plan(session, scope, row, by(caller), utc_now()), response)


@router.get(_PATH + "/{window_id}")
def show_window(
    session: DbSession, scope: AlertScope, window_id: str, response: Response
) -> WindowOut:
    """One window."""
    return _told(MaintenanceRepository(session, scope).get(window_id), response)


@router.put(_PATH + "/{window_id}")
def change_window(
    *,
    session: DbSession,
    scope: CalendarScope,
    window_id: str,
    body: WindowTimes,
    response: Response,
    if_match: IfMatch = None,
) -> WindowOut:
    """Change when a window is, or its reason; where it is stays."""
    row = _row(session, scope, window_id, if_match, _columns(body))
    return _told(desk.change(session, scope, row, _columns(body), utc_now()), response)


@router.post(_PATH + "/{window_id}/end")
def end_window(
    *,
    session: DbSession,
    scope: CalendarScope,
    caller: CurrentCaller,
    window_id: str,
    response: Response,
    if_match: IfMatch = None,
) -> WindowOut:
    """End maintenance early, with all that would have been repeated."""
    row = _row(session, scope, window_id, if_match, {})
    return _told(desk.end(session, scope, row, by(caller), utc_now()), response)


@router.delete(_PATH + "/{window_id}", status_code=204)
def undo_window(
    *,
    session: DbSession,
    scope: CalendarScope,
    caller: CurrentCaller,
    window_id: str,
    if_match: IfMatch = None,
) -> None:
    """Take back a window that was a mistake; it is kept as undone."""
    row = _row(session, scope, window_id, if_match, {})
    desk.undo(session, scope, row, by(caller), utc_now())


def by(caller: Caller) -> desk.By:
    """Who is written down."""
    return desk.By(login_of(caller), caller.id or None)


def minutes(at: time | None) -> int | None:
    """Minutes of the day."""
    return None if at is None else at.hour * _MINUTES + at.minute


def clock(minute: int | None) -> time | None:
    """The time of day so many minutes after midnight."""
    return None if minute is None else time(*divmod(minute, _MINUTES))


def _columns(body: WindowTimes) -> dict[str, Any]:
    return {
        "begins_at": body.begins_at,
        "ends_at": body.ends_at,
        "weekdays": "".join(str(day) for day in sorted(set(body.weekdays))),
        "from_minute": minutes(body.from_time),
        "until_minute": minutes(body.until_time),
        "reason": body.reason,
    }


def _row(
    session: Session, scope: Scope, window_id: str, if_match: str | None, wanted: dict[str, Any]
) -> MaintenanceWindow:
    row = MaintenanceRepository(session, scope).get(window_id)
    require_match(session, row, if_match, wanted)
    return row


def _told(row: MaintenanceWindow, response: Response) -> WindowOut:
    tag(response, row)
    return _shown(row, utc_now())


def _shown(row: MaintenanceWindow, now: datetime) -> WindowOut:
    stretch = following(row, now)
    return WindowOut.model_validate(
        {
            **row.model_dump(),
            "weekdays": [int(day) for day in row.weekdays],
            "from_time": clock(row.from_minute),
            "until_time": clock(row.until_minute),
            "next_begins_at": stretch.begin if stretch else None,
            "next_ends_at": stretch.end if stretch else None,
        }
    )
