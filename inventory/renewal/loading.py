"""Read a fleet from the register in a handful of statements, however many devices it has."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, cast, func
from sqlalchemy import select as columns
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.models import (
    BudgetEntry,
    CatalogueModel,
    Device,
    Lifecycle,
    School,
    SchoolForm,
    Setting,
)
from inventory.money.amounts import to_fen
from inventory.money.depreciation import terms_for
from inventory.money.rules import depreciation_terms
from inventory.renewal.fleet import UNKNOWN, Flags, Fleet, Ints, month_of
from inventory.repositories.scoped import Repository, within

#: Devices that a school has; what is on its way, gone or a person's own is not planned for.
PLANNED = (Lifecycle.in_service, Lifecycle.in_repair, Lifecycle.lent, Lifecycle.in_stock)
#: A school is weak too where so many times as many students share a terminal as at the median.
_CROWDED = 1.5
_FEN = 100


class RenewalRepository(Repository):
    """Devices to plan for, within the caller's scope."""

    def fleet(
        self,
        *,
        under: str = "/",
        failures: Mapping[str, int] | None = None,
        hours: Mapping[str, float] | None = None,
        device_id: str | None = None,
    ) -> Fleet:
        """Every device that is planned for.

        Args:
            under: only of schools whose path begins so.
            failures: tickets of the last year by device.
            hours: hours of use a week by device, where something is known.
            device_id: this device alone.
        """
        schools = self._schools(under)
        places = {code: place for place, (code, *_) in enumerate(schools)}
        rows = self._rows(under, device_id)
        models = self._models()
        model_places = {model.id: place for place, model in enumerate(models)}
        # Columns, each as long as there are devices.
        ids, codes, kinds, bought, fen, warranties, classes, catalogued = _columns(rows)
        known = tuple(sorted(set(kinds), key=lambda kind: kind.value))
        kind = _ints([known.index(one) for one in kinds])
        model = _ints([model_places.get(one, UNKNOWN) for one in catalogued])
        price = _ints([UNKNOWN if one is None else one for one in fen])
        cost, is_estimated = _costs(kind, len(known), price, _per_model(models, _list_price), model)
        school = _ints([places[code] for code in codes])
        repairs = self._repairs(under)
        return Fleet(
            ids=tuple(ids),
            kinds=known,
            schools=tuple(code for code, *_ in schools),
            models=tuple(f"{one.vendor} {one.model}" for one in models),
            kind=kind,
            school=school,
            model=model,
            bought=_months(bought),
            life=_first_known(_per_model(models, _life), model, self._lives(classes)),
            support=_per_model(models, _support)[model],
            warranty=_months(warranties),
            price=price,
            cost=cost,
            is_estimated=is_estimated,
            failures=_ints([(failures or {}).get(one, 0) for one in ids]),
            repairs=_ints([repairs.get(one, 0) for one in ids]),
            hours=np.array([(hours or {}).get(one, np.nan) for one in ids], dtype=np.float64),
            weak=_weak(schools, known, kind, school)[school],
        )

    def _schools(self, under: str) -> Sequence[Any]:
        return self._session.exec(
            select(School.code, School.form, School.setting, School.students)
            .where(self._scope.condition(col(School.path)), within(col(School.path), under))
            .order_by(col(School.path))
        ).all()

    def _rows(self, under: str, device_id: str | None) -> Sequence[Any]:
        query = (
            columns(
                col(Device.id),
                col(Device.school_code),
                col(Device.kind),
                col(Device.purchased_on),
                cast(func.round(col(Device.price_cny) * _FEN), BigInteger),
                col(Device.warranty_until),
                col(Device.asset_class),
                col(Device.catalogue_id),
            )
            .join(School, col(School.code) == col(Device.school_code))
            .where(
                self._scope.condition(col(School.path)),
                within(col(School.path), under),
                col(Device.lifecycle).in_(PLANNED),
                col(Device.is_personal).is_(False),
            )
            .order_by(col(Device.id))
        )
        if device_id is not None:
            query = query.where(col(Device.id) == device_id)
        return self._session.execute(query).all()

    def _models(self) -> Sequence[CatalogueModel]:
        return self._session.exec(
            select(CatalogueModel).order_by(col(CatalogueModel.vendor), col(CatalogueModel.model))
        ).all()

    def _repairs(self, under: str) -> Mapping[str, int]:
        """Fen spent on repairs by device, counter-entries taken off."""
        rows = self._session.exec(
            select(BudgetEntry.device_id, func.sum(col(BudgetEntry.amount_cny)))
            .join(School, col(School.code) == col(BudgetEntry.school_code))
            .where(
                col(BudgetEntry.device_id).is_not(None),
                self._scope.condition(col(School.path)),
                within(col(School.path), under),
            )
            .group_by(col(BudgetEntry.device_id))
        ).all()
        return {device: to_fen(amount) for device, amount in rows if device is not None}

    def _lives(self, classes: Sequence[str | None]) -> Ints:
        terms = depreciation_terms(self._session)
        months = {one: terms_for(one, terms).life_months for one in set(classes)}
        return _ints([months[one] for one in classes])


def year_before(today: date) -> date:
    """The day from which tickets count as failures of the last year."""
    return today - timedelta(days=365)


def _columns(rows: Sequence[Any]) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * 8


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _months(days: Sequence[date | None]) -> Ints:
    return _ints([UNKNOWN if day is None else month_of(day) for day in days])


def _life(model: CatalogueModel) -> int:
    return model.expected_life_months or UNKNOWN


def _support(model: CatalogueModel) -> int:
    ends = [day for day in (model.end_of_support, model.end_of_security_patches) if day]
    return month_of(min(ends)) if ends else UNKNOWN


def _list_price(model: CatalogueModel) -> int:
    return UNKNOWN if model.list_price_cny is None else to_fen(model.list_price_cny)


def _per_model(models: Sequence[CatalogueModel], value: Any) -> Ints:
    """One value a model, and ``UNKNOWN`` at the end: the place of devices without a model."""
    return _ints([*(value(model) for model in models), UNKNOWN])


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
            middle = int(np.sort(priced)[(len(priced) - 1) // 2])
            cost = np.where(unknown & (kind == number), middle, cost)
    return cost, unknown & (cost != UNKNOWN)


def _weak(schools: Sequence[Any], kinds: Sequence[Kind], kind: Ints, school: Ints) -> Flags:
    """Rural schools, village schools, teaching points, and those whose students share most."""
    weak = np.array(
        [
            setting is Setting.rural
            or form in (SchoolForm.village_school, SchoolForm.teaching_point)
            for _, form, setting, _ in schools
        ],
        dtype=np.bool_,
    )
    if Kind.terminal not in kinds:
        return weak
    terminals = np.bincount(school[kind == kinds.index(Kind.terminal)], minlength=len(schools))
    students = _ints([one[3] for one in schools])
    share = students / np.maximum(terminals, 1)
    with_students = share[students > 0]
    if len(with_students):
        weak |= (students > 0) & (share > _CROWDED * np.median(with_students))
    return weak
