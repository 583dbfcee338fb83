"""Repair logs of schools from before: each line a closed ticket, with what the repair cost.

A line is known by its school and its number there, so that the same log again changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlmodel import Session, col

from alerts.models import Severity, Ticket, TicketEvent, TicketState
from alerts.numbers import take_numbers
from inventory.days import ZONE, day_of
from inventory.exchange.devices import devices_numbered
from inventory.exchange.faults import Why
from inventory.exchange.order import Order, Progress
from inventory.exchange.outcome import MOST_SHOWN, Change, Comparison
from inventory.exchange.parsing import Findings, Parsed
from inventory.exchange.places import Schools
from inventory.exchange.register import Wanted
from inventory.exchange.values import Unfit
from inventory.ids import new_id
from inventory.models import Device, School
from inventory.models.base import utc_now
from inventory.page_changes import note_schools
from inventory.repositories.scoped import Repository, within
from inventory.scope import Scope

#: A log tells days; they are days of China, and a repair of a day is one of its working hours.
_REPORTED, _REPAIRED = time(9, tzinfo=ZONE), time(17, tzinfo=ZONE)
_AT_ONCE = 500
_EVERY = 1_000
#: What a line that is there already may change.
_TOLD = ("device_id", "title", "description", "opened_at", "closed_at", "cost_cny")


class PastRepairRepository(Repository):
    """Tickets that were brought from repair logs, within the caller's scope."""

    def numbered(self, numbers: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Those of these numbers, of every visible school."""
        columns = [getattr(Ticket, name) for name in ("id", "school_code", "record_number", *_TOLD)]
        for begin in range(0, len(numbers), _AT_ONCE):
            query = select(*columns).where(
                self._at_visible_school(Ticket.school_code),
                col(Ticket.record_number).in_(numbers[begin : begin + _AT_ONCE]),
            )
            for row in self._session.execute(query):
                yield dict(row._mapping)

    def rows(
        self, fields: Sequence[str], wanted: Wanted, priced: Scope
    ) -> Iterator[Sequence[object]]:
        """All of them as rows of the layout ``repairs``, in the order of schools."""
        query = (
            select(Ticket, col(School.name), col(School.path), col(Device.asset_number))
            .join(School, col(School.code) == Ticket.school_code)
            .outerjoin(Device, col(Device.id) == Ticket.device_id)
            .where(*self._wanted(wanted))
            .order_by(col(School.path), col(Ticket.opened_at), col(Ticket.id))
        )
        for ticket, school, path, asset in self._session.execute(
            query.execution_options(yield_per=_AT_ONCE)
        ):
            values = {
                "record_number": ticket.record_number,
                "school": ticket.school_code,
                "school_name": school,
                "asset_number": asset,
                "title": ticket.title,
                "solution": ticket.description,
                "opened_on": _day(ticket.opened_at),
                "closed_on": _day(ticket.closed_at),
                "cost_cny": ticket.cost_cny if priced.covers(path) else None,
            }
            yield [values[name] for name in fields]

    def count(self, wanted: Wanted) -> int:
        """How many rows there are."""
        query = (
            select(func.count())
            .select_from(Ticket)
            .join(School, col(School.code) == Ticket.school_code)
            .where(*self._wanted(wanted))
        )
        return int(self._session.execute(query).scalar_one())

    def _wanted(self, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
        yield self._scope.condition(col(School.path))
        yield within(col(School.path), wanted.under)
        yield col(Ticket.record_number).is_not(None)
        if wanted.school is not None:
            yield col(School.code) == wanted.school


class PastRepairImporter:
    """Compares first, writes afterwards; one for each file.

    Args:
        session: of one transaction.
        scope: where its owner may bring repairs.
        order: what is to be done.
    """

    only_reads = True

    def __init__(self, session: Session, scope: Scope, order: Order) -> None:
        self._session = session
        self._scope = scope
        self._school = order.school
        self._schools = Schools(session, scope)
        self._made: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        self._touched: set[str] = set()
        self._now = utc_now()

    def compare(self, rows: Sequence[Parsed], findings: Findings, progress: Progress) -> Comparison:
        """Hold lines against the tickets there are; what does not fit goes to ``findings``."""
        numbers = _all(rows, "record_number")
        known = {
            (row["school_code"], row["record_number"]): row
            for row in PastRepairRepository(self._session, self._scope).numbered(numbers)
        }
        devices = devices_numbered(self._session, self._scope, _all(rows, "asset_number"))
        seen: dict[tuple[str, str], int] = {}
        shown: list[Change] = []
        counts = {"created": 0, "changed": 0, "unchanged": 0}
        for done, row in enumerate(rows, start=1):
            if done % _EVERY == 0:
                progress("compare", done, len(rows))
            told = None if row.line in findings.lines else self._told(row, devices, findings)
            if told is None:
                continue
            key = (told["school_code"], told["record_number"])
            if key in seen:
                findings.add(row.line, "record_number", key[1], Why.repeated, line=seen[key])
                continue
            seen[key] = row.line
            before = known.get(key)
            fields = _differences(before, told)
            counts["created" if before is None else "changed" if fields else "unchanged"] += 1
            if fields:
                self._touched.add(told["school_code"])
            if before is None:
                self._made.append(told)
            elif fields:
                changes = {name: told[name] for name in fields}
                self._changed.append({"id": before["id"], **_with_end(changes)})
            if fields and len(shown) < MOST_SHOWN:
                shown.append(Change(row.line, " ".join(key), before is None, _shown(fields)))
        return Comparison(**counts, shown=shown, also={})

    def write(self, progress: Progress) -> None:
        """Write what ``compare`` found; the caller commits."""
        total, done = len(self._made) + len(self._changed), 0
        for begin in range(0, len(self._made), _AT_ONCE):
            part = self._made[begin : begin + _AT_ONCE]
            self._make(part)
            progress("write", done := done + len(part), total)
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for change in self._changed:
            by_columns.setdefault(tuple(change), []).append(change)
        for changes in by_columns.values():
            for begin in range(0, len(changes), _AT_ONCE):
                part = changes[begin : begin + _AT_ONCE]
                self._session.execute(update(Ticket), part)
                progress("write", done := done + len(part), total)
        # What plans and pages count of these schools is counted anew.
        note_schools(self._session, self._touched, self._now)

    def _make(self, told: Sequence[Mapping[str, Any]]) -> None:
        numbers = take_numbers(self._session, len(told))
        tickets = [
            {
                "description": "",
                "device_id": None,
                "cost_cny": None,
                **_with_end(one),
                "id": new_id("t"),
                "number": number,
                "severity": Severity.warning,
                "state": TicketState.closed,
            }
            for one, number in zip(told, numbers, strict=True)
        ]
        self._session.execute(insert(Ticket), tickets)
        log = [
            {"ticket_id": one["id"], "at": one[at], "kind": kind, "text": text}
            for one in tickets
            for kind, at, text in (
                ("opened", "opened_at", ""),
                ("resolved", "closed_at", one["description"]),
                ("closed", "closed_at", ""),
            )
        ]
        self._session.execute(insert(TicketEvent), log)

    def _told(
        self, row: Parsed, devices: Mapping[str, Sequence[tuple[str, str]]], findings: Findings
    ) -> dict[str, Any] | None:
        """What a line says, as columns of a ticket; ``None`` after a fault."""
        values, before = row.values, findings.total
        named = values.get("school", self._school)
        try:
            if named is None:
                raise Unfit(Why.school_missing)
            school = self._schools.code_of(named)
        except Unfit as unfit:
            findings.add(row.line, "school", named, unfit.why, **unfit.arguments)
            return None
        opened, closed = values["opened_on"], values.get("closed_on", values["opened_on"])
        today = day_of(self._now)
        for name, day in (("opened_on", opened), ("closed_on", closed)):
            if day > today:
                findings.add(row.line, name, day, Why.to_come, today=today)
        if closed < opened:
            findings.add(row.line, "closed_on", closed, Why.ends_early, first=opened)
        told = {
            "school_code": school,
            "record_number": values["record_number"],
            "title": values["title"],
            "opened_at": datetime.combine(opened, _REPORTED),
            "closed_at": datetime.combine(closed, _REPAIRED),
        }
        if "asset_number" in values:
            number = values["asset_number"]
            found = devices.get(number, ())
            here = [device for device, where in found if where == school]
            if len(here) == 1:
                told["device_id"] = here[0]
            elif here:
                findings.add(row.line, "asset_number", number, Why.ambiguous_device)
            else:
                findings.add(row.line, "asset_number", number, Why.unknown_device)
        told |= {name: values[name] for name in ("cost_cny",) if name in values}
        if "solution" in values:
            told["description"] = values["solution"]
        return None if findings.total > before else told


def _all(rows: Sequence[Parsed], field: str) -> list[str]:
    return sorted({value for row in rows if (value := row.values.get(field))})


def _differences(
    before: Mapping[str, Any] | None, told: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    was: Mapping[str, Any] = before or {}
    return {
        name: (was.get(name), told[name])
        for name in _TOLD
        if name in told and was.get(name) != told[name]
    }


def _with_end(values: Mapping[str, Any]) -> dict[str, Any]:
    """A repair that was closed on a day was resolved then."""
    ends = {"resolved_at": values["closed_at"]} if "closed_at" in values else {}
    return {**values, **ends}


def _shown(fields: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Changes by the fields of the layout."""
    names = {"description": "solution", "opened_at": "opened_on", "closed_at": "closed_on"}
    return {
        names.get(name, name): (_told(before), _told(after))
        for name, (before, after) in fields.items()
        if name != "device_id"
    }


def _told(value: Any) -> Any:
    return _day(value) if isinstance(value, datetime) else value


def _day(at: datetime | None) -> date | None:
    return None if at is None else day_of(at)
