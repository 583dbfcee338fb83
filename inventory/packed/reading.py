"""Devices of schools as records, read from the register in a handful of statements."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Integer, String, cast, extract, func, type_coerce
from sqlalchemy import select as columns
from sqlmodel import col, select

from inventory.models import BudgetEntry, Device, DeviceUsage, Room, School
from inventory.money.amounts import to_fen
from inventory.money.depreciation import terms_for
from inventory.money.rules import depreciation_terms
from inventory.packed.records import (
    KINDS,
    MOST_FAILURES,
    RECORD,
    ROOM_KINDS,
    STATES,
    Records,
    key_of,
)
from inventory.repositories.scoped import Repository, within

_FEN = 100
_MONTHS = 12
_KIND = {kind.value: place for place, kind in enumerate(KINDS)}
_ROOM_KIND = {None if kind is None else kind.value: place for place, kind in enumerate(ROOM_KINDS)}
_STATE = {state.value: flags for state, flags in STATES.items()}


class Failures(NamedTuple):
    """What tickets tell of devices: how many there were in the last year, and yuan of repairs."""

    tickets: Mapping[str, int] = MappingProxyType({})
    costs: Mapping[str, Decimal] = MappingProxyType({})


NO_FAILURES = Failures()


class RecordRepository(Repository):
    """Devices that count for plans or standards, within the caller's scope."""

    def records(
        self,
        *,
        under: str = "/",
        schools: Sequence[str] | None = None,
        failures: Failures = NO_FAILURES,
        hours: Mapping[str, float] | None = None,
        device_id: str | None = None,
    ) -> Mapping[str, Records]:
        """Devices by school, in the order of their ids; schools without any are left out.

        Args:
            under: only of schools whose path begins so.
            schools: codes of schools, to read these alone; a scope of as many paths is slow.
            failures: what tickets tell, by device.
            hours: hours of use a week by device, before those that a job has counted.
            device_id: this device alone.
        """
        where = partial(self._where, under, schools)
        rows = self._rows(where(col(Device.school_code)), device_id)
        if not rows:
            return {}
        repairs = self._repairs(where(col(BudgetEntry.school_code)))
        for device, cost in failures.costs.items():
            repairs[device] = repairs.get(device, 0) + to_fen(cost)
        used = {**self._hours(where(col(DeviceUsage.school_code))), **(hours or {})}
        codes, ids, kinds, states, bought, fen, warranties, classes, models, rooms, placed = zip(
            *rows, strict=True
        )
        found = np.zeros(len(rows), dtype=RECORD)
        # Ids are ASCII: ours, or those of an import, which are ours as well.
        found["id"] = ids
        found["catalogue"] = [key_of(one) for one in models]
        found["life"] = self._lives(classes)
        found["room"] = [key_of(one) for one in rooms]
        found["price"] = fen
        found["repairs"] = [repairs.get(one, 0) for one in ids]
        found["bought"] = bought
        found["warranty"] = warranties
        found["hours"] = [used.get(one, np.nan) for one in ids]
        found["failures"] = [min(failures.tickets.get(one, 0), MOST_FAILURES) for one in ids]
        found["kind"] = [_KIND[one] for one in kinds]
        found["room_kind"] = [_ROOM_KIND[one] for one in placed]
        found["state"] = [_STATE[one] for one in states]
        return _by_school(codes, found)

    def _where(
        self, under: str, schools: Sequence[str] | None, school_code: Any
    ) -> Sequence[ColumnElement[bool]]:
        path = col(School.path)
        asked = () if schools is None else (school_code.in_(schools),)
        return self._scope.condition(path), within(path, under), *asked

    def _rows(self, where: Sequence[ColumnElement[bool]], device_id: str | None) -> Sequence[Any]:
        query = (
            columns(
                col(Device.school_code),
                col(Device.id),
                # Words as they are: 200,000 members of an enumeration take longer than the query.
                type_coerce(col(Device.kind), String),
                type_coerce(col(Device.lifecycle), String),
                _month(col(Device.purchased_on)),
                func.coalesce(cast(func.round(col(Device.price_cny) * _FEN), BigInteger), -1),
                _month(col(Device.warranty_until)),
                col(Device.asset_class),
                col(Device.catalogue_id),
                col(Device.room_id),
                type_coerce(col(Room.kind), String).label("room_kind"),
            )
            .join(School, col(School.code) == col(Device.school_code))
            .join(Room, col(Room.id) == col(Device.room_id), isouter=True)
            .where(
                *where,
                type_coerce(col(Device.lifecycle), String).in_(list(_STATE)),
                col(Device.is_personal).is_(False),
            )
            .order_by(col(Device.school_code), col(Device.id))
        )
        if device_id is not None:
            query = query.where(col(Device.id) == device_id)
        return self._session.execute(query).all()

    def _lives(self, classes: Sequence[str | None]) -> Sequence[int]:
        terms = depreciation_terms(self._session)
        months = {one: terms_for(one, terms).life_months for one in set(classes)}
        return [months[one] for one in classes]

    def _repairs(self, where: Sequence[ColumnElement[bool]]) -> dict[str, int]:
        """Fen of budgets spent on repairs by device, counter-entries taken off."""
        rows = self._session.exec(
            select(BudgetEntry.device_id, func.sum(col(BudgetEntry.amount_cny)))
            .join(School, col(School.code) == col(BudgetEntry.school_code))
            .where(col(BudgetEntry.device_id).is_not(None), *where)
            .group_by(col(BudgetEntry.device_id))
        ).all()
        return {device: to_fen(amount) for device, amount in rows if device is not None}

    def _hours(self, where: Sequence[ColumnElement[bool]]) -> Mapping[str, float]:
        rows = self._session.exec(
            select(DeviceUsage.device_id, DeviceUsage.hours_a_week)
            .join(School, col(School.code) == col(DeviceUsage.school_code))
            .where(*where)
        ).all()
        return dict(rows)


def _month(day: Any) -> Any:
    """SQL for the months since year 0, -1 where there is no day."""
    months = extract("year", day) * _MONTHS + extract("month", day) - 1
    return func.coalesce(cast(months, Integer), -1)


def _by_school(schools: Sequence[str], found: Records) -> Mapping[str, Records]:
    """Parts of the array, cut where the school changes."""
    starts = [0, *(at for at in range(1, len(schools)) if schools[at] != schools[at - 1])]
    ends = [*starts[1:], len(schools)]
    return {schools[start]: found[start:end] for start, end in zip(starts, ends, strict=True)}
