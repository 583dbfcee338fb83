"""Importers of what calendars are made of: days, school hours, times without tests."""

from typing import Any, ClassVar

from sqlmodel import Session

from inventory.calendars.keeping import save_blackout, save_entry, save_hours
from inventory.calendars.weeks import (
    EVENINGS,
    LESSONS,
    kept_week,
    read_spans,
    read_week_text,
    read_weekdays,
    spans_text,
    week_kept,
    week_text,
)
from inventory.errors import Invalid
from inventory.exchange.order import Order
from inventory.exchange.places import Schools
from inventory.exchange.row_importer import Fields, RowImporter, made
from inventory.models import (
    BlackoutKind,
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    Stage,
)
from inventory.repositories import OrganisationRepository
from inventory.repositories.calendars import CalendarRepository
from inventory.scope import Scope

#: Codes of a school and of a bureau, one of them.
_Owner = tuple[str | None, str | None]


class _OwnedImporter(RowImporter):
    """Rows that hold for one school, or for a bureau and every school below it."""

    whose: ClassVar = "owner"

    def __init__(self, session: Session, scope: Scope, order: Order) -> None:
        super().__init__(session, scope, order)
        self._schools = Schools(session, scope)
        self._bureaus = {one.code for one in OrganisationRepository(session, scope).all()}
        self._calendars = CalendarRepository(session, scope)

    def place(self, values: dict[str, Any]) -> None:
        values.pop("school", None)
        code = values["owner"].upper()
        known = code in self._bureaus
        values["owner"] = code if known else self._schools.code_of(values["owner"])

    def _owner(self, code: str) -> _Owner:
        return (None, code) if code in self._bureaus else (code, None)


class CalendarImporter(_OwnedImporter):
    """Days by the school or bureau they hold for, their kind and the first of them."""

    types: ClassVar = {"kind": CalendarKind, "stage": Stage}
    key: ClassVar = ("owner", "kind", "first_day", "stage")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        told = dict(values)
        school, bureau = self._owner(told.pop("owner"))
        told.setdefault("last_day", told["first_day"])
        entry = self._calendars.beginning(
            (school, bureau), told["kind"], told["first_day"], told.get("stage")
        )
        if entry is None:
            entry = CalendarEntry(
                id="", school_code=school, organisation_code=bureau, **({"name": ""} | told)
            )
            save_entry(self._session, self._scope, entry)
            return made(values)
        fields = self.differences(entry, told)
        save_entry(self._session, self._scope, entry)
        return False, fields


class HoursImporter(_OwnedImporter):
    """School hours by the school or bureau they hold for, their first day and the stage."""

    types: ClassVar = {"stage": Stage}
    key: ClassVar = ("owner", "first_day", "stage")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        told = dict(values)
        school, bureau = self._owner(told.pop("owner"))
        for name, days in (("lessons", LESSONS), ("evenings", EVENINGS)):
            if name in told:
                told[name] = kept_week(read_week_text(name, told[name], days))
        hours = self._calendars.hours_beginning(
            (school, bureau), told["first_day"], told.get("stage")
        )
        if hours is None:
            hours = CalendarHours(id="", school_code=school, organisation_code=bureau, **told)
            save_hours(self._session, self._scope, hours)
            return made(values)
        fields = self.differences(hours, told)
        save_hours(self._session, self._scope, hours)
        weeks = fields.keys() & {"lessons", "evenings"}
        for name in weeks:
            before, after = (week_text(week_kept(kept) or ()) for kept in fields[name])
            fields[name] = (before, after)
        return False, fields


class BlackoutImporter(_OwnedImporter):
    """Exams and live lessons by whom they hold for, name, first day, hours and stage."""

    types: ClassVar = {"kind": BlackoutKind, "stage": Stage}
    key: ClassVar = ("owner", "name", "first_day", "hours", "stage")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        told = dict(values)
        school, bureau = self._owner(told.pop("owner"))
        spans = read_spans("hours", told.pop("hours"))
        if len(spans) != 1:
            raise Invalid(field="hours", reason=values["hours"])
        told["begins_at"], told["ends_at"] = spans[0]
        told.setdefault("last_day", told["first_day"])
        if "weekdays" in told:
            told["weekdays"] = read_weekdays("weekdays", told["weekdays"])
        blackout = self._calendars.blackout_beginning(
            (school, bureau), told["name"], told["first_day"], spans[0][0], told.get("stage")
        )
        if blackout is None:
            blackout = CalendarBlackout(id="", school_code=school, organisation_code=bureau, **told)
            save_blackout(self._session, self._scope, blackout)
            return made(values)
        fields = self.differences(blackout, told)
        save_blackout(self._session, self._scope, blackout)
        if "ends_at" in fields:
            begin, (before, after) = told["begins_at"], fields.pop("ends_at")
            fields["hours"] = (spans_text([(begin, before)]), spans_text([(begin, after)]))
        return False, fields
