"""The register as rows of a layout, read while they are asked for."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, false, func, or_, select
from sqlmodel import col

from drivers.readings import Kind
from inventory.access import shown
from inventory.calendars.weeks import spans_text, week_kept, week_text
from inventory.exchange.layout import Layout, priced_fields
from inventory.exchange.own_fields import PREFIX
from inventory.keys import among
from inventory.models import (
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CatalogueModel,
    Device,
    DeviceMac,
    DeviceState,
    Lifecycle,
    Line,
    Organisation,
    Outlet,
    Room,
    School,
    SchoolFigures,
    StaffMember,
)
from inventory.repositories.device_list import ANY_DEVICE, DeviceWish
from inventory.repositories.scoped import Repository, within
from inventory.scope import Scope
from inventory.search.in_lists import Words
from inventory.status import CADENCE, Status, status_expression

#: Rows that are in memory at the same time.
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which devices, as the list of devices is filtered; empty for all.

    Args:
        ids: exactly these, of those that fit the rest.
        wish: of the asset ledger.
        under: path prefix of a bureau.
        now: at which a status is told.
    """

    now: datetime
    ids: tuple[str, ...] = ()
    search: str = ""
    kind: Kind | None = None
    status: Status | None = None
    lifecycle: Lifecycle | None = None
    school: str | None = None
    wish: DeviceWish = ANY_DEVICE
    under: str = "/"
    cadence: timedelta = CADENCE


class RegisterRepository(Repository):
    """Rows of whole tables within the caller's scope, in the order of schools."""

    def rows(
        self, layout: Layout, fields: Sequence[str], wanted: Wanted, priced: Scope
    ) -> Iterator[Sequence[Any]]:
        """All rows of a layout, from one look at the database.

        Args:
            layout: which table.
            fields: the values of a row, in this order: those of the layout, ``school_name`` beside
                ``school``, and of devices ``id``; fields of one's own come last.
            wanted: which devices; of other tables only ``school`` and ``under`` count.
            priced: where prices may be read; elsewhere they are left out.
        """
        columns, query = self._table(layout.name, wanted)
        own = [field for field in fields if field.startswith(PREFIX)]
        fields = [field for field in fields if field not in own]
        chosen = [columns[field] for field in (*fields, *(["custom_fields"] if own else []))]
        hidden = [place for place, name in enumerate(fields) if name in priced_fields(layout)]
        if hidden and "path" in columns and not priced.covers("/"):
            chosen.append(columns["path"])
            rows = self._without_prices(query.with_only_columns(*chosen), hidden, priced)
        else:
            rows = self._streamed(query.with_only_columns(*chosen))
        for name, shown_as in _SHOWN_AS.get(layout.name, {}).items():
            if name in fields:
                rows = _with_shown(rows, fields.index(name), shown_as)
        return _with_own_fields(rows, own) if own else rows

    def count(self, layout: Layout, wanted: Wanted) -> int:
        """How many rows there are."""
        _columns, query = self._table(layout.name, wanted)
        counted = select(func.count()).select_from(query.order_by(None).subquery())
        return int(self._session.execute(counted).scalar_one())

    def _streamed(self, query: Select[Any]) -> Iterator[Sequence[Any]]:
        # On PostgreSQL a cursor of the server: neither side holds the whole register.
        yield from self._session.execute(query.execution_options(yield_per=_AT_ONCE))

    def _without_prices(
        self, query: Select[Any], hidden: Sequence[int], priced: Scope
    ) -> Iterator[Sequence[Any]]:
        """Rows that end with a path, without it and, where that is not covered, without prices."""
        for *values, path in self._streamed(query):
            if not priced.covers(path):
                for place in hidden:
                    values[place] = None
            yield values

    def _table(self, layout: str, wanted: Wanted) -> tuple[Mapping[str, Any], Select[Any]]:
        """Columns by field, and a query of the first of them that is filtered and in order."""
        match layout:
            case "devices":
                return _DEVICES, self._devices(wanted)
            case "catalogue":
                order = (col(CatalogueModel.vendor), col(CatalogueModel.model), CatalogueModel.id)
                return _CATALOGUE, select(col(CatalogueModel.id)).order_by(*order)
            case "calendar" | "hours" | "blackouts":
                model, columns = _CALENDARS[layout]
                return columns, self._calendar(model, wanted)
            case "outlets":
                return _OUTLETS, self._outlets(wanted)
        model, columns, sorted_by = _OF_SCHOOLS[layout]
        query: Select[Any] = select(col(School.path))
        if model is not School:
            query = query.join_from(model, School, col(School.code) == model.school_code)
        if model is Line:
            query = query.outerjoin(Device, col(Device.id) == Line.device_id)
        return columns, query.where(*self._places(wanted)).order_by(col(School.path), *sorted_by)

    def _devices(self, wanted: Wanted) -> Select[Any]:
        query: Select[Any] = (
            select(col(Device.id))
            .join(School, col(School.code) == Device.school_code)
            .outerjoin(Room, col(Room.id) == Device.room_id)
            .where(*self._places(wanted), *self._filters(wanted))
            .order_by(col(School.path), col(Device.id))
        )
        if wanted.status is not None:
            query = query.outerjoin(DeviceState, col(DeviceState.device_id) == Device.id).where(
                status_expression(wanted.now, wanted.cadence) == wanted.status.value
            )
        return query

    def _calendar(self, model: Any, wanted: Wanted) -> Select[Any]:
        """What calendars of schools and bureaus within the scope are made of."""
        path = func.coalesce(col(School.path), col(Organisation.path))
        query: Select[Any] = (
            select(col(model.id))
            .outerjoin(School, col(School.code) == model.school_code)
            .outerjoin(Organisation, col(Organisation.code) == model.organisation_code)
            .where(
                col(model.removed_at).is_(None),
                or_(
                    self._scope.condition(col(School.path)),
                    self._scope.condition(col(Organisation.path)),
                ),
            )
            .order_by(path, col(model.first_day), col(model.id))
        )
        if wanted.school is not None:
            query = query.where(col(model.school_code) == wanted.school)
        return query

    def _outlets(self, wanted: Wanted) -> Select[Any]:
        """Outlets of bureaus within the scope; a school has none."""
        query: Select[Any] = (
            select(col(Outlet.id))
            .join(Organisation, col(Organisation.code) == Outlet.organisation_code)
            .where(
                self._scope.condition(col(Organisation.path)),
                within(col(Organisation.path), wanted.under),
            )
            .order_by(col(Organisation.path), col(Outlet.kind), col(Outlet.id))
        )
        return query if wanted.school is None else query.where(false())

    def _places(self, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
        yield self._scope.condition(col(School.path))
        if wanted.under != "/":
            yield within(col(School.path), wanted.under)
        if wanted.school is not None:
            yield col(School.code) == wanted.school

    def _filters(self, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
        if wanted.ids:
            yield col(Device.id).in_(wanted.ids)
        if wanted.kind is not None:
            yield col(Device.kind) == wanted.kind
        if wanted.lifecycle is not None:
            yield col(Device.lifecycle) == wanted.lifecycle
        yield from wanted.wish.conditions()
        if wanted.search.strip():
            words = Words.of("device", wanted.search)
            few = words.few(self._session, paths=self._scope.prefixes)
            if few is None:
                yield words.fit(col(Device.id))
            else:
                yield among(self._session, Device.id, few)


def _with_shown(
    rows: Iterator[Sequence[Any]], place: int, shown_as: Callable[[str], str]
) -> Iterator[Sequence[Any]]:
    """Rows with what people read at that place instead of what is kept."""
    for row in rows:
        kept = row[place]
        yield row if kept is None else [*row[:place], shown_as(kept), *row[place + 1 :]]


def _macs(kept: str) -> str:
    return " ".join(map(shown, sorted(kept.split())))


def _week(kept: str) -> str:
    return week_text(week_kept(kept) or ())


def _span(kept: str) -> str:
    begin, _, end = kept.partition("-")
    return spans_text([(int(begin), int(end))])


#: By layout and field: what is written for people instead of what is kept.
_SHOWN_AS: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "devices": {"macs": _macs},
    "hours": {"lessons": _week, "evenings": _week},
    "blackouts": {"hours": _span},
}


def _with_own_fields(rows: Iterator[Sequence[Any]], own: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Rows that end with a JSON object, with its values by these fields instead."""
    keys = [field.removeprefix(PREFIX) for field in own]
    nothing = [None] * len(keys)
    for *values, text in rows:
        kept = json.loads(text) if text != "{}" else {}
        yield [*values, *(map(kept.get, keys) if kept else nothing)]


def _columns(model: Any, *names: str) -> dict[str, Any]:
    return {name: col(getattr(model, name)) for name in names}


_SCHOOL: dict[str, Any] = {
    "school": col(School.code),
    "school_name": col(School.name),
    "path": col(School.path),
}
_DEVICES: Mapping[str, Any] = {
    **_columns(
        Device,
        *("id", "asset_number", "name", "kind", "asset_class", "vendor", "model", "serial"),
        *("custodian", "supplier", "purchased_on", "price_cny", "funding_source", "acquisition"),
        *("warranty_until", "lifecycle", "address", "is_personal", "custom_fields"),
    ),
    **_SCHOOL,
    "macs": select(func.aggregate_strings(col(DeviceMac.mac), " "))
    .where(col(DeviceMac.device_id) == Device.id)
    .correlate(Device)
    .scalar_subquery(),
    "building": col(Room.building),
    "room": col(Room.name),
}
_CATALOGUE: Mapping[str, Any] = _columns(
    CatalogueModel,
    *("vendor", "model", "kind", "expected_life_months", "end_of_sale", "end_of_support"),
    *("end_of_security_patches", "list_price_cny"),
)


_OUTLETS: Mapping[str, Any] = _columns(
    Outlet,
    *("organisation_code", "kind", "provider", "circuit", "down_mbps", "up_mbps"),
    *("starts_on", "ends_on", "note"),
)


def _owned(model: Any, *names: str) -> dict[str, Any]:
    owner = func.coalesce(col(model.school_code), col(model.organisation_code))
    return {"owner": owner, **_columns(model, *names)}


_CALENDARS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "calendar": (
        CalendarEntry,
        _owned(CalendarEntry, "kind", "name", "first_day", "last_day", "stage"),
    ),
    "hours": (
        CalendarHours,
        _owned(CalendarHours, "first_day", "stage", "lessons", "evenings", "boards"),
    ),
    "blackouts": (
        CalendarBlackout,
        _owned(CalendarBlackout, "kind", "name", "first_day", "last_day", "weekdays", "stage")
        | {
            "hours": cast(col(CalendarBlackout.begins_at), String)
            + "-"
            + cast(col(CalendarBlackout.ends_at), String)
        },
    ),
}
#: By layout: the model, columns by field, and the order within a school.
_OF_SCHOOLS: Mapping[str, tuple[Any, Mapping[str, Any], Sequence[Any]]] = {
    "schools": (
        School,
        {
            **_columns(
                School,
                *("code", "name", "name_en", "organisation_code", "stage", "setting", "form"),
                *("is_public", "address", "students", "teachers", "classes"),
            ),
            "path": col(School.path),
        },
        (),
    ),
    "rooms": (
        Room,
        _columns(Room, "building", "name", "kind") | _SCHOOL,
        (col(Room.building), col(Room.name), col(Room.id)),
    ),
    "lines": (
        Line,
        _columns(
            Line,
            *("provider", "circuit", "medium", "down_mbps", "up_mbps", "starts_on", "ends_on"),
            *("yearly_fee_cny", "hotline", "port_name"),
        )
        | {"device": col(Device.asset_number)}
        | _SCHOOL,
        (col(Line.provider), col(Line.circuit), col(Line.id)),
    ),
    "figures": (
        SchoolFigures,
        _columns(
            SchoolFigures, "school_year", "taken_on", "students", "teachers", "classes", "source"
        )
        | _SCHOOL,
        (col(SchoolFigures.school_year), col(SchoolFigures.taken_on)),
    ),
    "staff": (
        StaffMember,
        _columns(
            StaffMember,
            *("role", "name", "phone", "certificate_name", "certificate_level"),
            *("certificate_number", "certificate_expires_on", "starts_on", "ends_on"),
        )
        | _SCHOOL,
        (col(StaffMember.role), col(StaffMember.name), col(StaffMember.id)),
    ),
}
