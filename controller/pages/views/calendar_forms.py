"""Forms of what calendars are made of: days, hours by weekday, times without tests."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from controller.api.calendar_entries import CalendarTable
from controller.api.calendar_schemas import (
    CalendarBlackoutPatch,
    CalendarEntryPatch,
    CalendarHoursPatch,
    Columns,
    Weekday,
    columns_of,
)
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.record_form import Field, body_of, choices_of
from controller.words.calendars import WEEKDAYS
from controller.words.terms import BLACKOUT_KINDS, CALENDAR_KINDS, STAGES
from inventory.calendars.calendar import Span
from inventory.calendars.keeping import LONGEST_NAME
from inventory.calendars.weeks import clock, spans_text, week_kept
from inventory.errors import Invalid
from inventory.models import (
    BlackoutKind,
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    CalendarRow,
    Stage,
)

_DAYS = range(1, 8)
_SPANS_HINT = N_("Such as 8:20-11:40, 13:40-16:10.")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a calendar is.

    Args:
        code: of the school or bureau.
        name: in the reader's language.
        path: of the school or bureau.
        stage: of the school; none of a bureau.
    """

    code: str
    name: str
    path: str
    stage: Stage | None

    @property
    def is_school(self) -> bool:
        return self.stage is not None

    @property
    def page(self) -> str:
        """Address of its calendar."""
        return f"/schools/{self.code}/calendar" if self.is_school else f"/calendar/{self.code}"

    @property
    def codes(self) -> tuple[str | None, str | None]:
        """School and bureau, as rows keep them."""
        return (self.code, None) if self.is_school else (None, self.code)


@dataclass(frozen=True, slots=True)
class CalendarForm:
    """How rows of one table are entered.

    Args:
        adds, changes: what the empty and the filled form are called, message ids.
        fields: of the form, for an owner.
        columns: what a filled form says, as columns of the row.
        new: an empty row.
    """

    adds: str
    changes: str
    fields: Callable[[Look, Owner], Sequence[Field]]
    columns: Callable[[Sequence[Field], Mapping[str, str]], Columns]
    new: Callable[[], CalendarRow]


def _weekdays_read(text: Any) -> Any:
    return sorted({int(digit) for digit in re.findall(r"[0-9]", text or "")})


class _BlackoutForm(CalendarBlackoutPatch):
    """Weekdays as they are typed: ``1, 3`` or ``13``; nothing is every day."""

    weekdays: Annotated[list[Weekday], BeforeValidator(_weekdays_read)] | None = None


class _HoursForm(BaseModel):
    """What of hours is no span."""

    first_day: date
    stage: Stage | None = None
    boards: bool | None = None


def _stage_field(look: Look, owner: Owner) -> Sequence[Field]:
    if owner.is_school:
        return ()
    every = look.lang.gettext(N_("All stages"))
    return (Field("stage", N_("Stage"), "choice", choices=choices_of(look, STAGES, empty=every)),)


def _entry_fields(look: Look, owner: Owner) -> Sequence[Field]:
    monday = look.lang.gettext(N_("Not said: Monday"))
    return (
        Field("kind", N_("Kind"), "choice", choices=choices_of(look, CALENDAR_KINDS)),
        Field("name", N_("Name"), longest=LONGEST_NAME),
        Field("first_day", N_("First day"), "date", needed=True),
        Field("last_day", N_("Last day"), "date", needed=True),
        *_stage_field(look, owner),
        Field(
            "follows",
            N_("Make-up days are taught by the hours of"),
            "choice",
            choices=choices_of(look, WEEKDAYS, empty=monday),
        ),
    )


def _blackout_fields(look: Look, owner: Owner) -> Sequence[Field]:
    return (
        Field("kind", N_("Kind"), "choice", choices=choices_of(look, BLACKOUT_KINDS)),
        Field("name", N_("Name"), longest=LONGEST_NAME),
        Field("first_day", N_("First day"), "date", needed=True),
        Field("last_day", N_("Last day"), "date", needed=True),
        Field(
            "weekdays",
            N_("Weekdays"),
            longest=20,
            hint=N_("1 is Monday, 7 is Sunday, such as 1, 3. Leave it empty for every day."),
            read=lambda row: ", ".join(row.weekdays),
        ),
        Field("begins", N_("From"), "time", needed=True, read=lambda row: clock(row.begins_at)),
        Field(
            "ends",
            N_("Until"),
            needed=True,
            longest=5,
            hint=N_("24:00 is midnight."),
            read=lambda row: clock(row.ends_at),
        ),
        *_stage_field(look, owner),
    )


def _hours_fields(look: Look, owner: Owner) -> Sequence[Field]:
    above = look.lang.gettext(N_("Not said: as the bureau above has it"))
    yes, no = look.lang.gettext(N_("Yes")), look.lang.gettext(N_("No"))
    choices = [("", above), ("true", yes), ("false", no)]
    return (
        Field(
            "first_day",
            N_("Hold from"),
            "date",
            needed=True,
            hint=N_("Until hours that begin later take their place."),
        ),
        *_stage_field(look, owner),
        Field("boards", N_("Students board"), "choice", choices=choices, read=_boards),
        *(_day_field("lessons", day) for day in _DAYS),
        *(_day_field("evenings", day) for day in _DAYS),
    )


def _boards(row: Any) -> str:
    return "" if row.boards is None else str(row.boards).lower()


_LABELS = {
    "lessons": (
        N_("Lessons on Mondays"),
        N_("Lessons on Tuesdays"),
        N_("Lessons on Wednesdays"),
        N_("Lessons on Thursdays"),
        N_("Lessons on Fridays"),
        N_("Lessons on Saturdays"),
        N_("Lessons on Sundays"),
    ),
    "evenings": (
        N_("Boarding evening of Mondays"),
        N_("Boarding evening of Tuesdays"),
        N_("Boarding evening of Wednesdays"),
        N_("Boarding evening of Thursdays"),
        N_("Boarding evening of Fridays"),
        N_("Boarding evening of Saturdays"),
        N_("Boarding evening of Sundays"),
    ),
}


def _day_field(column: str, day: int) -> Field:
    def read(row: Any) -> str:
        week: Sequence[Sequence[Span]] | None = week_kept(getattr(row, column))
        return spans_text(week[day - 1]) if week else ""

    hint = _SPANS_HINT if (column, day) == ("lessons", 1) else ""
    return Field(f"{column}_{day}", _LABELS[column][day - 1], longest=200, hint=hint, read=read)


def _entry_columns(fields: Sequence[Field], said: Mapping[str, str]) -> Columns:
    body = body_of(CalendarEntryPatch, fields, said)
    return columns_of(CalendarEntryPatch.model_validate(body, from_attributes=True))


def _blackout_columns(fields: Sequence[Field], said: Mapping[str, str]) -> Columns:
    body = body_of(_BlackoutForm, fields, said)
    if not isinstance(body, CalendarBlackoutPatch):
        raise Invalid(field="kind", reason="-")
    return columns_of(body)


def _hours_columns(fields: Sequence[Field], said: Mapping[str, str]) -> Columns:
    plain = [field for field in fields if "_" not in field.name or field.name == "first_day"]
    body = body_of(_HoursForm, plain, said)
    weeks = {}
    for column in ("lessons", "evenings"):
        texts = [said.get(f"{column}_{day}", "").strip() for day in _DAYS]
        # A week without any hours says nothing: what the bureau above says of it holds.
        weeks[column] = texts if any(texts) else None
    told = {name: getattr(body, name) for name in body.model_fields_set}
    return columns_of(CalendarHoursPatch.model_validate({**told, **weeks}))


FORMS: Mapping[CalendarTable, CalendarForm] = {
    CalendarTable.entries: CalendarForm(
        N_("Enter days"),
        N_("Days of the calendar"),
        _entry_fields,
        _entry_columns,
        lambda: CalendarEntry(
            id="", kind=CalendarKind.term, name="", first_day=date.min, last_day=date.min
        ),
    ),
    CalendarTable.hours: CalendarForm(
        N_("Enter school hours"),
        N_("School hours"),
        _hours_fields,
        _hours_columns,
        lambda: CalendarHours(id="", first_day=date.min),
    ),
    CalendarTable.blackouts: CalendarForm(
        N_("Enter exams or live lessons"),
        N_("Exams or live lessons"),
        _blackout_fields,
        _blackout_columns,
        lambda: CalendarBlackout(
            id="",
            kind=BlackoutKind.exam,
            name="",
            first_day=date.min,
            last_day=date.min,
            begins_at=0,
            ends_at=0,
        ),
    ),
}
