"""What is due by year and kind, before any budget: numbers and costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from drivers.readings import Kind
from inventory.money.amounts import from_fen
from inventory.renewal.fleet import (
    AS_IT_IS,
    UNKNOWN,
    Flags,
    Fleet,
    Ints,
    WhatIf,
    due_months,
    due_years,
    month_of,
)

#: Months ahead that people ask for.
AHEAD = (3, 6, 12)
#: Ages in years of the histogram: each bar is one year, the last one all that are older.
OLDEST_BAR = 12
_MONTHS = 12
_MOST_MODELS = 10


@dataclass(frozen=True, slots=True)
class Due:
    """Devices that are due, and what their successors cost in yuan.

    ``without_price``: of how many neither price nor a price of their kind is known; they are in
    ``devices`` and not in ``cost_cny``.
    """

    devices: int
    cost_cny: Decimal
    without_price: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """By year and kind.

    Args:
        years: the first one also holds what was due before it.
        cells: ``cells[year][kind]``.
        overdue: of the first year, what was due before.
        unknown: devices of which neither age nor end of support is known.
        estimated: how many costs are the median of their kind.
    """

    years: Sequence[int]
    kinds: Sequence[Kind]
    cells: Sequence[Sequence[Due]]
    overdue: Due
    unknown: int
    estimated: int

    @property
    def of_years(self) -> Sequence[Due]:
        return [together(row) for row in self.cells]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Devices past something already, and in the next months (each counts the one before)."""

    past: int
    within: Sequence[int]
    unknown: int


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """How often a model fails: tickets of the last year a device, and repairs in yuan."""

    name: str
    devices: int
    failures: int
    repairs_cny: Decimal

    @property
    def failures_each(self) -> float:
        return self.failures / self.devices


def together(row: Sequence[Due]) -> Due:
    """The sum of what is due."""
    return Due(
        sum(one.devices for one in row),
        sum((one.cost_cny for one in row), Decimal("0.00")),
        sum(one.without_price for one in row),
    )


def forecast(fleet: Fleet, first_year: int, years: int, question: WhatIf = AS_IT_IS) -> Forecast:
    """What is due in each of so many fiscal years; each device once, when it is due first."""
    due = due_years(fleet, question)
    overdue = (due != UNKNOWN) & (due < first_year)
    row = np.where(overdue, 0, due - first_year)
    counted = (due != UNKNOWN) & (row >= 0) & (row < years)
    wide = len(fleet.kinds)
    place = (row * wide + fleet.kind)[counted]
    cost = np.maximum(fleet.cost, 0)
    devices, fen, missing = (
        _summed(place, weights[counted], years * wide)
        for weights in (np.ones(len(fleet), dtype=np.int64), cost, fleet.cost == UNKNOWN)
    )
    cells = [
        [
            Due(int(devices[at]), from_fen(int(fen[at])), int(missing[at]))
            for at in range(year * wide, (year + 1) * wide)
        ]
        for year in range(years)
    ]
    return Forecast(
        years=range(first_year, first_year + years),
        kinds=fleet.kinds,
        cells=cells,
        overdue=Due(
            int(overdue.sum()),
            from_fen(int(cost[overdue].sum())),
            int((fleet.cost[overdue] == UNKNOWN).sum()),
        ),
        unknown=int((due == UNKNOWN).sum()),
        estimated=int(fleet.is_estimated[counted].sum()),
    )


def past_life(fleet: Fleet, today: date, question: WhatIf = AS_IT_IS) -> Ahead:
    """Devices past the end of their life (or support), and in the next 3, 6, 12 months."""
    return _ahead(last_months(fleet, question), today)


def last_months(fleet: Fleet, question: WhatIf = AS_IT_IS) -> Ints:
    """The last month of each device's life or support, or ``UNKNOWN``."""
    due = due_months(fleet, question)
    return np.where(due_years(fleet, question) == UNKNOWN, UNKNOWN, due - 1)


def ends_within(last: Ints, today: date, months: int | None) -> Flags:
    """Whose ``last`` good month is one of the next ones, this one included; ``None``: is over."""
    left = last - month_of(today)
    ends = left < 0 if months is None else (left >= 0) & (left < months)
    return np.asarray((last != UNKNOWN) & ends, dtype=np.bool_)


def past_warranty(fleet: Fleet, today: date) -> Ahead:
    """Devices whose warranty has ended, or ends in the next 3, 6, 12 months."""
    return _ahead(fleet.warranty, today)


def ages(fleet: Fleet, today: date) -> tuple[Sequence[int], int]:
    """Devices by age in whole years, ``OLDEST_BAR`` and more together; and of unknown age."""
    months = fleet.age(today)
    known = months[months != UNKNOWN]
    bars = np.bincount(np.minimum(known // _MONTHS, OLDEST_BAR), minlength=OLDEST_BAR + 1)
    return [int(bar) for bar in bars], int((months == UNKNOWN).sum())


def worst_models(fleet: Fleet, least: int = 3) -> Sequence[ModelFigures]:
    """Models of the catalogue with the most tickets a device; of ``least`` devices or more."""
    of_model = fleet.model != UNKNOWN
    place, wide = fleet.model[of_model], len(fleet.models)
    devices = np.bincount(place, minlength=wide)
    failures = _summed(place, fleet.failures[of_model], wide)
    repairs = _summed(place, fleet.repairs[of_model], wide)
    found = [
        ModelFigures(name, int(devices[at]), int(failures[at]), from_fen(int(repairs[at])))
        for at, name in enumerate(fleet.models)
        if devices[at] >= least and (failures[at] or repairs[at])
    ]
    found.sort(key=lambda one: (-one.failures_each, -one.repairs_cny, one.name))
    return found[:_MOST_MODELS]


def _ahead(last: Ints, today: date) -> Ahead:
    """``last``: the last good month."""
    within = [int(ends_within(last, today, months).sum()) for months in AHEAD]
    past = int(ends_within(last, today, None).sum())
    return Ahead(past, within, int((last == UNKNOWN).sum()))


def _summed(place: Ints, weights: "Ints | np.typing.NDArray[np.bool_]", wide: int) -> Ints:
    """Exact sums by place; ``bincount`` with weights would add floating point numbers."""
    sums = np.zeros(wide, dtype=np.int64)
    np.add.at(sums, place, weights.astype(np.int64))
    return sums
