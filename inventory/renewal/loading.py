"""A fleet to plan for, from the devices of a scope and what the catalogue says of their models."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select as columns
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.models import CatalogueModel, School, SchoolForm, Setting
from inventory.money.amounts import to_fen
from inventory.packed.equipment import Equipment
from inventory.packed.reading import NO_FAILURES, Failures, RecordRepository
from inventory.packed.records import KINDS, PLANNED, key_of
from inventory.renewal.fleet import UNKNOWN, Flags, Fleet, Ints, month_of
from inventory.repositories.schools import SchoolRepository
from inventory.repositories.scoped import Repository

#: A school is weak too where so many times as many students share a terminal as at the median.
_CROWDED = 1.5


class RenewalRepository(Repository):
    """Devices to plan for, within the caller's scope."""

    def fleet(
        self,
        *,
        under: str = "/",
        failures: Failures = NO_FAILURES,
        hours: Mapping[str, float] | None = None,
        device_id: str | None = None,
        on: date | None = None,
    ) -> Fleet:
        """Every device that is planned for, as the register has it now.

        Args:
            under: only of schools whose path begins so.
            failures: what tickets tell, by device.
            hours: hours of use a week by device, before those that a job has counted.
            device_id: this device alone.
            on: the day it is planned on; without one, schools that have closed are planned for.
        """
        records = RecordRepository(self._session, self._scope).records(
            under=under, failures=failures, hours=hours, device_id=device_id
        )
        schools = SchoolRepository(self._session, self._scope)
        closed = () if on is None else {one.code for one in schools.facts(on, closed=True)}
        return self.fleet_of(Equipment.of(records), closed=closed)

    def fleet_of(
        self,
        equipment: Equipment,
        models: Sequence[Any] | None = None,
        *,
        closed: Collection[str] = (),
    ) -> Fleet:
        """Those devices that are planned for.

        Args:
            equipment: devices of any state.
            models: what :meth:`models` said just now.
            closed: schools for which nothing is bought any more.
        """
        planned = equipment.having(PLANNED).without(closed)
        records, school = planned.records, planned.school
        models = self.models() if models is None else models
        known = tuple(sorted((KINDS[one] for one in np.unique(records["kind"])), key=_value))
        places = np.zeros(len(KINDS), dtype=np.int64)
        for place, one in enumerate(known):
            places[KINDS.index(one)] = place
        kind = places[records["kind"]]
        model = _model_places(records["catalogue"], [one.id for one in models])
        price = _ints(records["price"])
        cost, is_estimated = _costs(kind, len(known), price, _per_model(models, _list_price), model)
        return Fleet(
            ids=np.ascontiguousarray(records["id"]),
            kinds=known,
            schools=planned.codes,
            models=tuple(f"{one.vendor} {one.model}" for one in models),
            kind=kind,
            school=school,
            model=model,
            bought=_ints(records["bought"]),
            life=_first_known(_per_model(models, _life), model, _ints(records["life"])),
            support=_per_model(models, _support)[model],
            warranty=_ints(records["warranty"]),
            price=price,
            cost=cost,
            is_estimated=is_estimated,
            failures=_ints(records["failures"]),
            repairs=_ints(records["repairs"]),
            hours=records["hours"].astype(np.float64),
            weak=self._weak(planned.codes, known, kind, school)[school],
        )

    def models(self) -> Sequence[Any]:
        """What the catalogue says of every model, in the order of the names."""
        query = columns(
            col(CatalogueModel.id),
            col(CatalogueModel.vendor),
            col(CatalogueModel.model),
            col(CatalogueModel.expected_life_months),
            col(CatalogueModel.end_of_support),
            col(CatalogueModel.end_of_security_patches),
            col(CatalogueModel.list_price_cny),
        ).order_by(col(CatalogueModel.vendor), col(CatalogueModel.model))
        return self._session.execute(query).all()

    def _weak(self, codes: Sequence[str], kinds: Sequence[Kind], kind: Ints, school: Ints) -> Flags:
        """Rural schools, village schools, teaching points, and where most share a terminal."""
        rows = self._session.exec(
            select(School.code, School.form, School.setting, School.students).where(
                self._scope.condition(col(School.path))
            )
        )
        facts = {code: rest for code, *rest in rows}
        schools = [facts[code] for code in codes]
        weak = np.array(
            [
                setting is Setting.rural
                or form in (SchoolForm.village_school, SchoolForm.teaching_point)
                for form, setting, _ in schools
            ],
            dtype=np.bool_,
        )
        if Kind.terminal not in kinds:
            return weak
        terminals = np.bincount(school[kind == kinds.index(Kind.terminal)], minlength=len(schools))
        students = np.array([one[2] for one in schools], dtype=np.int64)
        share = students / np.maximum(terminals, 1)
        with_students = share[students > 0]
        if len(with_students):
            weak |= (students > 0) & (share > _CROWDED * np.median(with_students))
        return weak


def year_before(today: date) -> date:
    """The day from which tickets count as failures of the last year."""
    return today - timedelta(days=365)


def _value(kind: Kind) -> str:
    return kind.value


def _ints(values: Any) -> Ints:
    return np.asarray(values).astype(np.int64)


def _model_places(keys: Ints, ids: Sequence[str]) -> Ints:
    """Of each key the place of its model in ``ids``, ``UNKNOWN`` where it has none there."""
    if not ids:
        return np.full(len(keys), UNKNOWN, dtype=np.int64)
    known = np.array([key_of(one) for one in ids], dtype=np.int64)
    order = np.argsort(known)
    at = np.minimum(np.searchsorted(known[order], keys), len(ids) - 1)
    return np.where(known[order][at] == keys, order[at], UNKNOWN)


def _life(model: Any) -> int:
    return model.expected_life_months or UNKNOWN


def _support(model: Any) -> int:
    ends = [day for day in (model.end_of_support, model.end_of_security_patches) if day]
    return month_of(min(ends)) if ends else UNKNOWN


def _list_price(model: Any) -> int:
    return UNKNOWN if model.list_price_cny is None else to_fen(model.list_price_cny)


def _per_model(models: Sequence[Any], value: Any) -> Ints:
    """One value a model, and ``UNKNOWN`` at the end: the place of devices without a model."""
    return np.array([*(value(model) for model in models), UNKNOWN], dtype=np.int64)


def _first_known(values: Ints, model: Ints, otherwise: Ints) -> Ints:
    found = values[model]
    return np.where(found == UNKNOWN, otherwise, found)


def _costs(
    kind: Ints, kinds: int, price: Ints, list_prices: Ints, model: Ints
) -> tuple[Ints, Flags]:
    """What successors cost: list price, else price, else the median price of the kind."""
    cost = _first_known(list_prices, model, price)
    unknown = cost == UNKNOWN
    for number in range(kinds):
        priced = cost[(kind == number) & ~unknown]
        if len(priced):
            # The lower of the two in the middle: an amount that somebody did pay.
            lower = (len(priced) - 1) // 2
            middle = int(np.partition(priced, lower)[lower])
            cost = np.where(unknown & (kind == number), middle, cost)
    return cost, unknown & (cost != UNKNOWN)
