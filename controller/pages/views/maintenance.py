"""Maintenance windows and silences as lists, and the forms that enter them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, StringConstraints
from sqlmodel import col, select

from alerts.messages import rule_name
from alerts.models import MaintenanceWindow, Silence
from alerts.quiet.recurring import Stretch, following
from alerts.quiet.repository import MaintenanceRepository, SilenceRepository
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureau_options, bureaus_known
from controller.pages.views.names import line_name, names_of_logins, room_name, school_name
from controller.pages.views.record_form import Field
from controller.pages.views.typed_time import moment_text, typed_moment
from inventory.models import Device, Line, Room
from inventory.repositories import SchoolRepository
from inventory.scope import Scope

#: What is over, of either kind, that the page shows.
_MOST_OVER = 20
_MOST = 200
#: Schools that are offered in a list; of more the code is typed.
_MOST_OFFERED = 400
_MINUTES = 60
DAYS: Mapping[str, str] = {
    "1234567": N_("Every day"),
    "12345": N_("Monday to Friday"),
    "67": N_("Saturday and Sunday"),
    "1": N_("Mondays"),
    "2": N_("Tuesdays"),
    "3": N_("Wednesdays"),
    "4": N_("Thursdays"),
    "5": N_("Fridays"),
    "6": N_("Saturdays"),
    "7": N_("Sundays"),
}
_Text = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]


def _minute(text: Any) -> Any:
    """Minutes of the day of a time as it is typed; what is none is left to be refused."""
    try:
        at = time.fromisoformat(str(text))
    except ValueError:
        return text
    return at.hour * _MINUTES + at.minute


_Moment = Annotated[datetime, BeforeValidator(typed_moment)]
_Minute = Annotated[int | None, BeforeValidator(lambda text: text and _minute(text))]


class TimesForm(BaseModel):
    """When a window is, as it is typed."""

    begins_at: _Moment
    ends_at: _Moment
    weekdays: Annotated[str, BeforeValidator(lambda text: text or "")] = ""
    from_minute: _Minute = None
    until_minute: _Minute = None
    reason: Annotated[str, StringConstraints(max_length=500)]


class WindowForm(TimesForm):
    """A window as it is typed: a school's code comes before the bureau that is chosen."""

    bureau: str | None = None
    school: _Text = ""
    room: _Text = ""
    device: _Text = ""


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window; its place and days in the reader's language.

    Args:
        stretch: the one that holds now, or comes next.
        holds: now.
        is_over: it has ended, or was ended or undone.
    """

    row: MaintenanceWindow
    place: str
    part: str
    days: str
    stretch: Stretch | None
    holds: bool
    is_over: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence; what it is about in the reader's language."""

    row: Silence
    place: str
    subject: str
    rule: str
    is_over: bool
    may_end: bool


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """Everything on the page: what holds or is to come, and what is over."""

    windows: Sequence[WindowRow]
    silences: Sequence[SilenceRow]
    past_windows: Sequence[WindowRow]
    past_silences: Sequence[SilenceRow]
    may_plan: bool
    #: Names by log-in of who planned or ended any of them.
    people: Mapping[str, str]


def maintenance_view(look: Look) -> MaintenanceView:
    """Windows and silences of the schools one may read alerts of.

    Raises:
        PermissionDenied: this person reads no alerts.
    """
    scope = look.caller.require(Permission.read_alerts)
    windows, silences = (
        MaintenanceRepository(look.session, scope),
        SilenceRepository(look.session, scope),
    )
    coming = windows.page(is_over=False, now=look.now, limit=_MOST).items
    past = windows.page(is_over=True, now=look.now, limit=_MOST_OVER).items
    holding = silences.page(is_over=False, now=look.now, limit=_MOST).items
    ended = silences.page(is_over=True, now=look.now, limit=_MOST_OVER).items
    names = _Names(look, [*coming, *past], [*holding, *ended])
    entries: list[Any] = [*coming, *past, *holding, *ended]
    return MaintenanceView(
        windows=[names.window(one, is_over=False) for one in coming],
        silences=[names.silence(one, is_over=False) for one in holding],
        past_windows=[names.window(one, is_over=True) for one in past],
        past_silences=[names.silence(one, is_over=True) for one in ended],
        may_plan=look.caller.may(Permission.manage_calendars),
        people=names_of_logins(
            look, [login for row in entries for login in (row.entered_by, row.ended_by)]
        ),
    )


class _Names:
    """What the places and subjects of some rows are called, in a handful of queries."""

    def __init__(
        self, look: Look, windows: Sequence[MaintenanceWindow], silences: Sequence[Silence]
    ) -> None:
        self._look = look
        rows: list[Any] = [*windows, *silences]
        codes = {one.school_code for one in rows if one.school_code}
        found = SchoolRepository(look.session, look.scope).named(sorted(codes))
        self._schools = {one.code: one for one in found}
        self._bureaus = bureaus_known(look)
        self._devices = self._known(Device, (one.device_id for one in rows))
        self._rooms = self._known(Room, (one.room_id for one in windows))
        self._lines = self._known(Line, (one.line_id for one in silences))
        self._plans = MaintenanceRepository(
            look.session, look.caller.scope(Permission.manage_calendars)
        )
        self._hushes = look.caller.scope(Permission.acknowledge_alerts)

    def window(self, row: MaintenanceWindow, *, is_over: bool) -> WindowRow:
        stretch = None if is_over else following(row, self._look.now)
        translate = self._look.lang.gettext
        days = DAYS.get(row.weekdays)
        return WindowRow(
            row=row,
            place=self._school(row.school_code) if row.school_code else self._bureau(row),
            part=self._part(row),
            days=translate(days) if days else self._list(row.weekdays),
            stretch=stretch,
            holds=stretch is not None and stretch.begin <= self._look.now,
            is_over=is_over,
            may_change=not is_over and self._plans.may_change(row),
        )

    def silence(self, row: Silence, *, is_over: bool) -> SilenceRow:
        device, line = self._devices.get(row.device_id), self._lines.get(row.line_id)
        subject = device.name if device else line_name(self._look, line) if line else ""
        school = self._schools.get(row.school_code)
        return SilenceRow(
            row=row,
            place=self._school(row.school_code),
            subject=subject,
            rule=rule_name(row.rule, self._look.lang.gettext) if row.rule else "",
            is_over=is_over,
            may_end=not is_over and school is not None and self._hushes.covers(school.path),
        )

    def _school(self, code: str) -> str:
        school = self._schools.get(code)
        return school_name(self._look, school) if school else code

    def _bureau(self, row: MaintenanceWindow) -> str:
        known = self._bureaus.get(row.organisation_code or "")
        return known.name if known else row.organisation_code or ""

    def _part(self, row: MaintenanceWindow) -> str:
        if row.room_id is not None:
            return room_name(self._rooms.get(row.room_id))
        device = self._devices.get(row.device_id)
        return device.name if device else ""

    def _list(self, weekdays: str) -> str:
        words = [self._look.lang.gettext(DAYS[day]) for day in weekdays]
        return self._look.lang.gettext(N_(", ")).join(words)

    def _known(self, model: Any, ids: Iterable[str | None]) -> dict[str | None, Any]:
        wanted = sorted({one for one in ids if one is not None})
        query = select(model).where(col(model.id).in_(wanted))
        return {one.id: one for one in self._look.session.exec(query)} if wanted else {}


def window_fields(look: Look, scope: Scope) -> Sequence[Field]:
    """The form of a new window."""
    return (
        *_places(look, scope),
        Field("room", N_("One room of it only"), hint=N_("Its name; empty for all rooms.")),
        Field("device", N_("or one device of it only"), hint=N_("Its name.")),
        *time_fields(look),
    )


def _places(look: Look, scope: Scope) -> Sequence[Field]:
    """Whose schools, or which one: chosen from a list as long as somebody looks through it."""
    bureaus = bureau_options(look, scope)
    offered = SchoolRepository(look.session, scope).offered(_MOST_OFFERED)
    schools = [
        (one.code, (look.lang.code != "zh_CN" and one.name_en) or one.name) for one in offered
    ]
    if not bureaus:
        label = N_("School")
        return (Field("school", label, "choice", needed=True, choices=schools),) if schools else ()
    bureau = Field("bureau", N_("Schools below the bureau"), "choice", choices=bureaus)
    if schools:
        every = ("", look.lang.gettext(N_("All schools of the bureau")))
        return bureau, Field("school", N_("or one school"), "choice", choices=[every, *schools])
    hint = N_("Its code; leave it empty for the bureau's schools.")
    return bureau, Field("school", N_("or one school"), longest=32, hint=hint)


def time_fields(look: Look) -> Sequence[Field]:
    """When a window is, and why."""
    translate = look.lang.gettext
    days = [("", translate(N_("Once"))), *((key, translate(text)) for key, text in DAYS.items())]
    return (
        Field(
            "begins_at",
            N_("Begins"),
            "datetime-local",
            needed=True,
            hint=N_("Beijing time."),
            read=lambda row: moment_text(row.begins_at),
        ),
        Field(
            "ends_at",
            N_("Ends"),
            "datetime-local",
            needed=True,
            hint=N_("Not included."),
            read=lambda row: moment_text(row.ends_at),
        ),
        Field(
            "weekdays",
            N_("Repeated"),
            "choice",
            choices=days,
            hint=N_("Between the two, on these days at the times below."),
        ),
        Field(
            "from_minute",
            N_("Daily from"),
            "time",
            nullable=True,
            read=lambda row: clock_text(row.from_minute),
        ),
        Field(
            "until_minute",
            N_("Daily until"),
            "time",
            nullable=True,
            hint=N_("Earlier than the beginning: on the next day."),
            read=lambda row: clock_text(row.until_minute),
        ),
        Field("reason", N_("Reason"), needed=True, longest=500),
    )


def clock_text(minute: int | None) -> str:
    """Minutes of the day as an input of times shows them."""
    return "" if minute is None else f"{minute // _MINUTES:02}:{minute % _MINUTES:02}"
