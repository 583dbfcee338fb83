"""What of calendars travels over the API: days, hours by weekday, times without tests."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from controller.api.records import Said, Tagged
from controller.api.schemas import Schema
from inventory.calendars import Reason
from inventory.calendars.days import DayKind
from inventory.calendars.keeping import LONGEST_NAME
from inventory.calendars.weeks import (
    clock,
    kept_week,
    read_clock,
    read_week,
    spans_text,
    week_kept,
)
from inventory.models import BlackoutKind, CalendarKind, Stage

Name = Annotated[str, Field(max_length=LONGEST_NAME)]
OwnerCode = Annotated[str, Field(max_length=32)]
Weekday = Annotated[int, Field(ge=1, le=7, description="1 Monday to 7 Sunday.")]
DayText = Annotated[str, Field(max_length=200)]
WeekTexts = Annotated[
    list[DayText],
    Field(
        min_length=7, max_length=7, description="Monday to Sunday, such as 8:20-11:40, 13:40-16:10."
    ),
]
TimeText = Annotated[str, Field(max_length=5, pattern=r"^\d{1,2}:\d{2}$")]
Columns = Mapping[str, Any]


def _texts(kept: Any) -> Any:
    week = week_kept(kept) if isinstance(kept, str) else None
    return kept if week is None else [spans_text(day) for day in week]


def _digits(kept: Any) -> Any:
    return [int(digit) for digit in kept] if isinstance(kept, str) else kept


def _time(kept: Any) -> Any:
    return clock(kept) if isinstance(kept, int) else kept


_WeekOut = Annotated[list[str] | None, BeforeValidator(_texts)]
_WeekdaysOut = Annotated[list[int], BeforeValidator(_digits)]
_TimeOut = Annotated[str, BeforeValidator(_time)]


class OwnedIn(Said):
    """Whose something is: a school's, or all schools' of a bureau; one of the two codes."""

    school_code: OwnerCode | None = None
    organisation_code: OwnerCode | None = None


class OwnedOut(Tagged):
    """Whose something is, and who said so last; ``removed_at`` is set when it was taken away."""

    id: str
    school_code: str | None
    organisation_code: str | None
    stage: Stage | None
    entered_by: str
    entered_at: datetime | None
    removed_at: datetime | None
    revision: int


class CalendarEntryPatch(Said):
    """What of an entry is to change; ``follows`` is the weekday whose hours a make-up day has."""

    kind: CalendarKind | None = None
    name: Name | None = None
    first_day: date | None = None
    last_day: date | None = None
    stage: Stage | None = None
    follows: Weekday | None = None


class CalendarEntryIn(CalendarEntryPatch, OwnedIn):
    """Days of a bureau's or a school's calendar; without ``last_day`` it is one."""

    kind: CalendarKind
    first_day: date


class CalendarEntryOut(OwnedOut):
    """Days of a school, or of a bureau above it."""

    kind: CalendarKind
    name: str
    first_day: date
    last_day: date
    follows: int | None


class CalendarHoursPatch(Said):
    """What of school hours is to change; null leaves it to the next owner above."""

    first_day: date | None = None
    stage: Stage | None = None
    lessons: WeekTexts | None = None
    evenings: WeekTexts | None = None
    boards: bool | None = None


class CalendarHoursIn(CalendarHoursPatch, OwnedIn):
    """School hours that hold from a day on."""

    first_day: date


class CalendarHoursOut(OwnedOut):
    """School hours that hold from a day on, by weekday; null is left to the next owner above."""

    first_day: date
    lessons: _WeekOut
    evenings: _WeekOut
    boards: bool | None


class CalendarBlackoutPatch(Said):
    """What of a time without tests is to change; no weekdays are all of them."""

    kind: BlackoutKind | None = None
    name: Name | None = None
    first_day: date | None = None
    last_day: date | None = None
    stage: Stage | None = None
    weekdays: Annotated[list[Weekday], Field(max_length=7)] | None = None
    begins: TimeText | None = None
    ends: TimeText | None = None


class CalendarBlackoutIn(CalendarBlackoutPatch, OwnedIn):
    """Hours of some days in which no line is tested; without ``last_day`` it is one day."""

    kind: BlackoutKind
    first_day: date
    begins: TimeText
    ends: TimeText


class CalendarBlackoutOut(OwnedOut):
    """Hours of some days in which no line is tested and whose minutes do not count."""

    kind: BlackoutKind
    name: str
    first_day: date
    last_day: date
    weekdays: _WeekdaysOut
    begins: _TimeOut = Field(validation_alias="begins_at")
    ends: _TimeOut = Field(validation_alias="ends_at")


class CalendarRowsOut(Schema):
    """What was entered for a school or a bureau, and by the bureaus above it."""

    entries: list[CalendarEntryOut]
    hours: list[CalendarHoursOut]
    blackouts: list[CalendarBlackoutOut]


class SchoolCalendarOut(Schema):
    """What a school does on each day, and the entries that were looked at."""

    days: dict[date, DayKind]
    entries: list[CalendarEntryOut]
    years_without_holidays: list[int]


class HoursWindowOut(Schema):
    """From a moment until just before another."""

    begins_at: datetime
    ends_at: datetime


class CutWindowOut(HoursWindowOut):
    """School hours that a blackout took out."""

    kind: BlackoutKind
    name: str
    owner: str


class ExcludedDayOut(Schema):
    """A day without school hours that count; ``owner`` is the code of who entered why."""

    day: date
    reason: Reason
    name: str
    owner: str


class SchoolHoursOut(Schema):
    """When a school teaches; ``sha256`` is that of the calendar's document."""

    windows: list[HoursWindowOut]
    seconds: int
    excluded: list[ExcludedDayOut]
    cuts: list[CutWindowOut]
    unknown: list[HoursWindowOut]
    sha256: str


class CalendarDocumentOut(Schema):
    """A calendar written down; it can be read back and gives the same hours."""

    sha256: str
    document: dict[str, Any]


def columns_of(body: CalendarEntryPatch | CalendarHoursPatch | CalendarBlackoutPatch) -> Columns:
    """What was said, as the columns of a row keep it.

    Raises:
        Invalid: a time or a span is none.
    """
    said = {name: getattr(body, name) for name in body.model_fields_set}
    for name in ("lessons", "evenings"):
        if said.get(name) is not None:
            said[name] = kept_week(read_week(name, said[name]))
    if said.get("weekdays") is not None:
        said["weekdays"] = "".join(map(str, sorted(set(said["weekdays"]))))
    for name in ("begins", "ends"):
        if (text := said.pop(name, None)) is not None:
            said[f"{name}_at"] = read_clock(name, text)
    return said
