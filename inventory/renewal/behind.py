"""The devices behind each number of a refresh plan: places of a fleet, the most pressing first."""

from datetime import date
from typing import Any

import numpy as np

from drivers.readings import Kind
from inventory.renewal.fleet import UNKNOWN, Flags, Fleet, Ints, WhatIf, due_years
from inventory.renewal.forecast import OLDEST_BAR, ends_within, last_months
from inventory.renewal.plan import Plan

_MONTHS = 12


def life_ends(fleet: Fleet, today: date, question: WhatIf, months: int | None) -> Flags:
    """Whose life or support ends within so many months; ``None``: has ended."""
    return ends_within(last_months(fleet, question), today, months)


def warranty_ends(fleet: Fleet, today: date, months: int | None) -> Flags:
    """Whose warranty ends within so many months; ``None``: has ended."""
    return ends_within(fleet.warranty, today, months)


def aged(fleet: Fleet, today: date, years: int | None) -> Flags:
    """Of an age in whole years, from ``OLDEST_BAR`` on all that are older; ``None``: unknown."""
    months = fleet.age(today)
    whole = np.where(months == UNKNOWN, UNKNOWN, np.minimum(months // _MONTHS, OLDEST_BAR))
    return _flags(whole == (UNKNOWN if years is None else years))


def due_in(fleet: Fleet, question: WhatIf, year: int, first: int, kind: Kind | None) -> Flags:
    """Due in a fiscal year (in the first one also before it), of a kind or of any."""
    due = due_years(fleet, question)
    found = (due != UNKNOWN) & (np.maximum(due, first) == year)
    if kind is None:
        return _flags(found)
    if kind not in fleet.kinds:
        return np.zeros(len(fleet), dtype=np.bool_)
    return _flags(found & (fleet.kind == fleet.kinds.index(kind)))


def never_due(fleet: Fleet, question: WhatIf) -> Flags:
    """Neither age nor end of support is known."""
    return _flags(due_years(fleet, question) == UNKNOWN)


def of_model(fleet: Fleet, name: str) -> Flags:
    """Of a model of the catalogue, by vendor and model."""
    if name not in fleet.models:
        return np.zeros(len(fleet), dtype=np.bool_)
    return _flags(fleet.model == fleet.models.index(name))


def replaced_in(made: Plan, year: int) -> Flags:
    """What a plan replaces in a year."""
    return _flags(made.year_of == year)


def waiting_after(fleet: Fleet, made: Plan, question: WhatIf, year: int) -> Flags:
    """What is due by the end of a year, and for which the budget was too small until then."""
    due = due_years(fleet, question)
    found = np.zeros(len(fleet), dtype=np.bool_)
    found[made.order] = True
    later = (made.year_of == 0) | (made.year_of > year)
    return _flags(found & (due != UNKNOWN) & (due <= year) & later)


def pressing_first(found: Flags, total: Ints) -> Ints:
    """Places of these devices by score; equals in the order of the fleet."""
    places = np.flatnonzero(found)
    return places[np.argsort(-total[places], kind="stable")]


def _flags(found: Any) -> Flags:
    """What a comparison of columns is; its types do not say so."""
    return np.asarray(found, dtype=np.bool_)
