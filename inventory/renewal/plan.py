"""What a yearly budget replaces: the most pressing first, and never more than the budget.

A plan is greedy and deterministic. In each year the devices that are due by then are gone through
in one order - weak schools first where wished, then by score, then by how long they have been due,
then by school and id - and each is taken whose cost still fits. What does not fit waits for the
next year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from drivers.readings import Kind
from inventory.errors import Invalid
from inventory.money.amounts import from_fen, to_fen
from inventory.renewal.fleet import (
    AS_IT_IS,
    NEVER,
    UNKNOWN,
    Fleet,
    Ints,
    WhatIf,
    due_months,
    due_years,
)

MOST_YEARS = 15
#: More than any score.
_SCORES = 1_000
#: Runs of devices that fit one behind the other; real prices need a few dozen.
_RUNS = 100


@dataclass(frozen=True, slots=True)
class PlannedYear:
    """One year of a plan: what may be spent, what is, and what waits at its end (yuan)."""

    year: int
    budget_cny: Decimal
    spent_cny: Decimal
    devices: int
    waiting: int
    waiting_cny: Decimal

    @property
    def left_cny(self) -> Decimal:
        return self.budget_cny - self.spent_cny


@dataclass(frozen=True, slots=True)
class PlannedKind:
    """What one year replaces of one kind."""

    year: int
    kind: Kind
    devices: int
    cost_cny: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """Which device is replaced in which year.

    Args:
        year_of: of every device of the fleet; 0 for those that are not replaced.
        order: places of the devices that are due within it and have a price, the most pressing
            first.
        without_price: due within the plan, but nobody knows what its successor costs.
    """

    years: Sequence[PlannedYear]
    by_kind: Sequence[PlannedKind]
    year_of: Ints
    order: Ints
    without_price: int

    @property
    def chosen(self) -> Ints:
        """Places of the devices that are replaced: by year, the most pressing first."""
        ranked = self.order[self.year_of[self.order] > 0]
        return ranked[np.argsort(self.year_of[ranked], kind="stable")]


def plan(
    fleet: Fleet,
    scores: Ints,
    budgets: Mapping[int, Decimal],
    *,
    weak_first: bool = False,
    question: WhatIf = AS_IT_IS,
) -> Plan:
    """Spread replacements over years.

    Args:
        fleet: the devices.
        scores: of each of them, 0 to 100.
        budgets: yuan by fiscal year, each at least 0.
        weak_first: devices of weak schools come before all others.
        question: another age of replacement.

    Raises:
        Invalid: no years, too many, or a budget below zero.
        NotAnAmount: a budget that is no amount.
    """
    if not 1 <= len(budgets) <= MOST_YEARS:
        raise Invalid(field="years", reason=f"{len(budgets)} (1-{MOST_YEARS})")
    if min(budgets.values()) < 0:
        raise Invalid(field="budget", reason=str(min(budgets.values())))
    due = due_years(fleet, question)
    weak = fleet.weak if weak_first else np.zeros(len(fleet), dtype=np.bool_)
    priced = fleet.cost != UNKNOWN
    last = max(budgets)
    places = np.flatnonzero((due != UNKNOWN) & (due <= last) & priced)
    # One number to sort by, and a stable sort: places stand in the order of schools and ids.
    rank = ((~weak).astype(np.int64) * _SCORES - scores) * NEVER + due_months(fleet, question)
    order = places[np.argsort(rank[places], kind="stable")]
    year_of = np.zeros(len(fleet), dtype=np.int64)
    years = []
    for year in sorted(budgets):
        waiting = order[(due[order] <= year) & (year_of[order] == 0)]
        budget = to_fen(budgets[year])
        taken = _affordable(fleet.cost[waiting], budget)
        year_of[waiting[taken]] = year
        spent = int(fleet.cost[waiting[taken]].sum())
        years.append(
            PlannedYear(
                year=year,
                budget_cny=from_fen(budget),
                spent_cny=from_fen(spent),
                devices=int(taken.sum()),
                waiting=int((~taken).sum()),
                waiting_cny=from_fen(int(fleet.cost[waiting].sum()) - spent),
            )
        )
    return Plan(
        years=years,
        by_kind=_by_kind(fleet, year_of, sorted(budgets)),
        year_of=year_of,
        order=order,
        without_price=int(((due != UNKNOWN) & (due <= last) & ~priced).sum()),
    )


def _affordable(costs: Ints, budget: int) -> "np.typing.NDArray[np.bool_]":
    """Which of the costs, gone through in their order, fit into what is left of the budget."""
    taken = np.zeros(len(costs), dtype=np.bool_)
    left = budget
    ahead = np.flatnonzero(costs <= left)
    for _ in range(_RUNS):
        if not len(ahead):
            return taken
        sums = np.cumsum(costs[ahead])
        fit = int(np.searchsorted(sums, left, side="right"))
        taken[ahead[:fit]] = True
        left -= int(sums[fit - 1])
        # What does not fit now never will; the next one that does begins another run.
        ahead = ahead[fit:][costs[ahead[fit:]] <= left]
    for place in ahead.tolist():
        if costs[place] <= left:
            taken[place] = True
            left -= int(costs[place])
    return taken


def _by_kind(fleet: Fleet, year_of: Ints, years: Sequence[int]) -> Sequence[PlannedKind]:
    found = []
    for year in years:
        for number, kind in enumerate(fleet.kinds):
            here = (year_of == year) & (fleet.kind == number)
            if devices := int(here.sum()):
                found.append(
                    PlannedKind(year, kind, devices, from_fen(int(fleet.cost[here].sum())))
                )
    return found
