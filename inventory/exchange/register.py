"""The register as rows of a layout, read while they are asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlmodel import col

from drivers.readings import Kind
from inventory.exchange.layout import Layout
from inventory.models import (
    CatalogueModel,
    Device,
    DeviceSearch,
    DeviceState,
    Lifecycle,
    Line,
    Room,
    School,
    SchoolFigures,
)
from inventory.repositories.scoped import Repository, within
from inventory.scope import Scope
from inventory.status import CADENCE, Status, status_expression

#: Rows that are in memory at the same time.
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which devices, as the list of devices is filtered; empty for all.

    Args:
        ids: exactly these, of those that fit the rest.
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
    under: str = "/"
    cadence: timedelta = CADENCE


class RegisterRepository(Repository):
    """Rows of whole tables within the caller's scope, in the order of schools.

    Each row is a mapping of the layout's fields; ``school_name`` comes beside ``school``.
    """

    def rows(self, layout: Layout, wanted: Wanted, priced: Scope) -> Iterator[Mapping[str, Any]]:
        """All rows of a layout, from one look at the database.

        Args:
            layout: which table.
            wanted: which devices; of other tables only ``school`` and ``under`` count.
            priced: where prices may be read; elsewhere they are left out.
        """
        hidden = {column.field for column in layout.columns if column.priced}
        for row in self._streamed(self._query(layout.name, wanted)):
            values = dict(row._mapping)
            path = values.pop("path", "/")
            if hidden and not priced.covers(path):
                values |= dict.fromkeys(hidden)
            yield values

    def count(self, layout: Layout, wanted: Wanted) -> int:
        """How many rows there are."""
        query = self._query(layout.name, wanted).order_by(None)
        count = select(func.count()).select_from(query.subquery())
        return int(self._session.execute(count).scalar_one())

    def _streamed(self, query: Select[Any]) -> Iterator[Row[Any]]:
        # On PostgreSQL a cursor of the server: neither side holds the whole register.
        yield from self._session.execute(query.execution_options(yield_per=_AT_ONCE))

    def _query(self, layout: str, wanted: Wanted) -> Select[Any]:
        if layout == "devices":
            return self._devices(wanted)
        if layout == "catalogue":
            columns = [getattr(CatalogueModel, name) for name in _CATALOGUE]
            return select(*columns).order_by(
                col(CatalogueModel.vendor), col(CatalogueModel.model), col(CatalogueModel.id)
            )
        return self._of_schools(layout, wanted)

    def _of_schools(self, layout: str, wanted: Wanted) -> Select[Any]:
        model, names = _OF_SCHOOLS[layout]
        columns = [getattr(model, name) for name in names]
        query: Select[Any] = select(*columns, col(School.path))
        if model is not School:
            query = select(
                *columns,
                col(School.code).label("school"),
                col(School.name).label("school_name"),
                col(School.path),
            ).join(School, col(School.code) == model.school_code)
        return query.where(*self._places(wanted)).order_by(col(School.path), *columns[:2])

    def _devices(self, wanted: Wanted) -> Select[Any]:
        columns = [getattr(Device, name) for name in _DEVICES]
        query: Select[Any] = (
            select(
                *columns,
                col(School.code).label("school"),
                col(School.name).label("school_name"),
                col(School.path),
                col(Room.building),
                col(Room.name).label("room"),
            )
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
        if wanted.search.strip():
            text = wanted.search.strip()
            escaped = text.replace("/", "//").replace("%", "/%").replace("_", "/_")
            fits = col(DeviceSearch.words).like(func.lower(f"%{escaped}%"), escape="/")
            yield col(Device.id).in_(select(col(DeviceSearch.device_id)).where(fits))


_DEVICES = (
    *("id", "asset_number", "name", "kind", "asset_class", "vendor", "model", "serial"),
    *("custodian", "supplier", "purchased_on", "price_cny", "funding_source", "acquisition"),
    *("warranty_until", "lifecycle", "address", "is_personal"),
)
_CATALOGUE = (
    *("vendor", "model", "kind", "expected_life_months", "end_of_sale", "end_of_support"),
    *("end_of_security_patches", "list_price_cny"),
)
_OF_SCHOOLS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "schools": (
        School,
        (
            *("code", "name", "name_en", "organisation_code", "stage", "setting", "form"),
            *("is_public", "address", "students", "teachers", "classes"),
        ),
    ),
    "rooms": (Room, ("building", "name")),
    "lines": (
        Line,
        (
            *("provider", "circuit", "medium", "down_mbps", "up_mbps", "starts_on", "ends_on"),
            *("yearly_fee_cny", "hotline"),
        ),
    ),
    "figures": (
        SchoolFigures,
        ("school_year", "taken_on", "students", "teachers", "classes", "source"),
    ),
}
