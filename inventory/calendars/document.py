"""A calendar as a JSON document with a hash, and back: the evidence of a verdict holds it."""

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from inventory.calendars.calendar import (
    BlackoutEntry,
    DayEntry,
    HoursEntry,
    Layer,
    SchoolCalendar,
    StatutoryDays,
    Week,
)
from inventory.models.calendar import BlackoutKind, CalendarKind
from inventory.models.organisation import Stage

FORMAT = "campus-fleet/calendar/1"


def document(calendar: SchoolCalendar) -> dict[str, Any]:
    """Everything the calendar says, as JSON values: texts, whole numbers, lists, objects."""
    statutory = calendar.statutory
    return {
        "format": FORMAT,
        "zone": calendar.zone,
        "stage": calendar.stage.value,
        "first_day": calendar.first_day.isoformat(),
        "last_day": calendar.last_day.isoformat(),
        "statutory": {
            "source": statutory.source,
            "version": statutory.version,
            "years": list(statutory.years),
            "off": [[day.isoformat(), name] for day, name in statutory.off],
            "worked": [day.isoformat() for day in statutory.worked],
        },
        "layers": [
            {
                "owner": layer.owner,
                "days": [_day(one) for one in layer.days],
                "hours": [_hours(one) for one in layer.hours],
                "blackouts": [_blackout(one) for one in layer.blackouts],
            }
            for layer in calendar.layers
        ],
    }


def digest(written: Mapping[str, Any]) -> str:
    """The SHA-256 of a document in hex digits; the order of its keys and its spacing are nothing.

    Args:
        written: what ``document`` made, or the same read from a file.
    """
    text = json.dumps(written, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def read_document(written: Mapping[str, Any]) -> SchoolCalendar:
    """The calendar that was written down.

    Raises:
        ValueError: it is no calendar of this format.
    """
    if written.get("format") != FORMAT:
        raise ValueError(f"not a calendar: {written.get('format')!r}")
    try:
        return _read(written)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a whole calendar: {error}") from error


def _read(written: Mapping[str, Any]) -> SchoolCalendar:
    statutory = written["statutory"]
    return SchoolCalendar(
        stage=Stage(written["stage"]),
        first_day=date.fromisoformat(written["first_day"]),
        last_day=date.fromisoformat(written["last_day"]),
        zone=written["zone"],
        statutory=StatutoryDays(
            source=statutory["source"],
            version=statutory["version"],
            years=tuple(statutory["years"]),
            off=tuple((date.fromisoformat(day), name) for day, name in statutory["off"]),
            worked=tuple(date.fromisoformat(day) for day in statutory["worked"]),
        ),
        layers=tuple(
            Layer(
                owner=layer["owner"],
                days=tuple(_read_day(one) for one in layer["days"]),
                hours=tuple(_read_hours(one) for one in layer["hours"]),
                blackouts=tuple(_read_blackout(one) for one in layer["blackouts"]),
            )
            for layer in written["layers"]
        ),
    )


def _day(one: DayEntry) -> dict[str, Any]:
    return {
        "id": one.id,
        "revision": one.revision,
        "kind": one.kind.value,
        "name": one.name,
        "first_day": one.first_day.isoformat(),
        "last_day": one.last_day.isoformat(),
        "follows": one.follows,
    }


def _read_day(one: Mapping[str, Any]) -> DayEntry:
    return DayEntry(
        id=one["id"],
        revision=one["revision"],
        kind=CalendarKind(one["kind"]),
        name=one["name"],
        first_day=date.fromisoformat(one["first_day"]),
        last_day=date.fromisoformat(one["last_day"]),
        follows=one["follows"],
    )


def _hours(one: HoursEntry) -> dict[str, Any]:
    return {
        "id": one.id,
        "revision": one.revision,
        "first_day": one.first_day.isoformat(),
        "lessons": _week(one.lessons),
        "evenings": _week(one.evenings),
        "boards": one.boards,
    }


def _read_hours(one: Mapping[str, Any]) -> HoursEntry:
    return HoursEntry(
        id=one["id"],
        revision=one["revision"],
        first_day=date.fromisoformat(one["first_day"]),
        lessons=_read_week(one["lessons"]),
        evenings=_read_week(one["evenings"]),
        boards=one["boards"],
    )


def _blackout(one: BlackoutEntry) -> dict[str, Any]:
    return {
        "id": one.id,
        "revision": one.revision,
        "kind": one.kind.value,
        "name": one.name,
        "first_day": one.first_day.isoformat(),
        "last_day": one.last_day.isoformat(),
        "weekdays": list(one.weekdays),
        "span": list(one.span),
    }


def _read_blackout(one: Mapping[str, Any]) -> BlackoutEntry:
    begin, end = one["span"]
    return BlackoutEntry(
        id=one["id"],
        revision=one["revision"],
        kind=BlackoutKind(one["kind"]),
        name=one["name"],
        first_day=date.fromisoformat(one["first_day"]),
        last_day=date.fromisoformat(one["last_day"]),
        weekdays=tuple(one["weekdays"]),
        span=(begin, end),
    )


def _week(week: Week | None) -> list[list[list[int]]] | None:
    return None if week is None else [[list(span) for span in day] for day in week]


def _read_week(week: list[list[list[int]]] | None) -> Week | None:
    if week is None:
        return None
    return tuple(tuple((begin, end) for begin, end in day) for day in week)
