"""Every device of a scope as columns: what renewal planning knows of 200,000 of them at once."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.readings import Kind

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
#: Of a month or an amount nobody knows.
UNKNOWN = -1
_MONTHS = 12
#: A month so far away that nothing is due in it.
NEVER = 9_999 * _MONTHS


def month_of(on: date) -> int:
    """Months since year 0: 2026-03 is 24314."""
    return on.year * _MONTHS + on.month - 1


@dataclass(frozen=True, slots=True)
class Fleet:
    """Columns of equal length, one place a device, by the code of their school and their id.

    Args:
        ids: of the devices, as bytes of ASCII.
        kinds: their kinds; ``kind`` holds indices into it.
        schools: codes of their schools; ``school`` holds indices into it.
        models: vendor and model of the catalogue; ``model`` holds indices, ``UNKNOWN`` for none.
        bought: month of the purchase, or ``UNKNOWN``.
        life: expected life in months, of the catalogue's model or of the asset class.
        support: the month in which support or security patches end, or ``UNKNOWN``.
        warranty: the last month of the warranty, or ``UNKNOWN``.
        price: what it cost, in fen, or ``UNKNOWN``.
        cost: what its successor costs, in fen: the list price, else the price, else the median of
            its kind, else ``UNKNOWN``.
        is_estimated: the cost is such a median.
        failures: tickets of the last year.
        repairs: spent on its repair, in fen.
        hours: hours of use a week, ``nan`` where nothing is known.
        weak: of a school that is to come first where somebody wishes so.
    """

    ids: npt.NDArray[np.bytes_]
    kinds: tuple[Kind, ...]
    schools: tuple[str, ...]
    models: tuple[str, ...]
    kind: Ints
    school: Ints
    model: Ints
    bought: Ints
    life: Ints
    support: Ints
    warranty: Ints
    price: Ints
    cost: Ints
    is_estimated: Flags
    failures: Ints
    repairs: Ints
    hours: Floats
    weak: Flags

    def __len__(self) -> int:
        return len(self.ids)

    def id_of(self, place: int) -> str:
        """Id of the device at a place."""
        return bytes(self.ids[place]).decode()

    def age(self, today: date) -> Ints:
        """Months since the purchase, or ``UNKNOWN``."""
        months = np.maximum(month_of(today) - self.bought, 0)
        return np.where(self.bought == UNKNOWN, UNKNOWN, months)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Questions: what if devices were replaced at another age?

    Args:
        life_months: for every device, in place of what the catalogue or its class says.
        by_kind: for the devices of a kind, before ``life_months``.
        heed_support: what loses its support is due then, however young it is.
    """

    life_months: int | None = None
    by_kind: tuple[tuple[Kind, int], ...] = ()
    heed_support: bool = True


AS_IT_IS = WhatIf()


def lives(fleet: Fleet, question: WhatIf = AS_IT_IS) -> Ints:
    """Months after which each device is to be replaced."""
    found = (
        fleet.life
        if question.life_months is None
        else np.full(len(fleet), question.life_months, dtype=np.int64)
    )
    for kind, months in question.by_kind:
        if kind in fleet.kinds:
            found = np.where(fleet.kind == fleet.kinds.index(kind), months, found)
    return found


def due_months(fleet: Fleet, question: WhatIf = AS_IT_IS) -> Ints:
    """The month in which each device is due, or ``NEVER`` where neither age nor support tells."""
    by_age = np.where(fleet.bought == UNKNOWN, NEVER, fleet.bought + lives(fleet, question))
    if not question.heed_support:
        return by_age
    by_support = np.where(fleet.support == UNKNOWN, NEVER, fleet.support)
    return np.minimum(by_age, by_support)


def due_years(fleet: Fleet, question: WhatIf = AS_IT_IS) -> Ints:
    """The fiscal year of that month, or ``UNKNOWN``."""
    due = due_months(fleet, question)
    return np.where(due == NEVER, UNKNOWN, due // _MONTHS)
