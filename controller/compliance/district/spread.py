"""How evenly measured rates are spread over schools, month by month. Pure.

Urban schools are held against rural ones, teaching points among these; schools of towns (镇区) are
in neither, since the plans leave open where they belong. The strongest tenth of the schools that
were measured is held against the weakest tenth, one school at least. Medians throughout: one
school with a very fast line moves nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from controller.compliance.district.figures import (
    Counts,
    Equity,
    MonthFigures,
    Spread,
    Standing,
)
from inventory.models import Setting
from inventory.standards.model import Flow
from inventory.verdicts.rows import KeptMonth, SchoolFacts

_Rates = NDArray[np.float64]
_STANDINGS = tuple(Standing)
_NUMBERS = {one.value: number for number, one in enumerate(_STANDINGS)}
_SETTINGS = {Setting.urban: 0, Setting.rural: 1}
_NEITHER = 2
#: Fewer measured schools have no two ends.
_FEWEST = 2


def trend_of(
    rows: Sequence[KeptMonth], schools: Sequence[SchoolFacts], months: Sequence[date]
) -> tuple[MonthFigures, ...]:
    """Figures of every month asked for; those of which nothing is kept are empty.

    Args:
        rows: of these months, by month.
        schools: at least those the rows are of.
        months: in order.
    """
    setting = {one.code: _SETTINGS.get(one.setting, _NEITHER) for one in schools}
    by_month = _parted(rows)
    return tuple(_month(month, by_month.get(month, ()), setting) for month in months)


def spread_of(better: _Rates, worse: _Rates, flow: Flow, *, per_student: bool) -> Spread:
    """Two ends, from the rates of the schools at each."""
    return Spread(
        flow=flow,
        better=float(np.median(better)) if len(better) else None,
        worse=float(np.median(worse)) if len(worse) else None,
        better_schools=len(better),
        worse_schools=len(worse),
        per_student=per_student,
    )


def tenths(rates: _Rates) -> tuple[_Rates, _Rates]:
    """The strongest and the weakest tenth; both empty where fewer than two were measured."""
    if len(rates) < _FEWEST:
        return rates[:0], rates[:0]
    ordered = np.sort(rates)
    size = max(1, len(ordered) // 10)
    return ordered[-size:], ordered[:size]


def _parted(rows: Sequence[KeptMonth]) -> Mapping[date, Sequence[KeptMonth]]:
    """Rows of each month; they come by month."""
    found: dict[date, Sequence[KeptMonth]] = {}
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end][0] != rows[start][0]:
            found[rows[start][0]] = rows[start:end]
            start = end
    return found


def _month(month: date, rows: Sequence[KeptMonth], setting: Mapping[str, int]) -> MonthFigures:
    if not rows:
        nothing = Equity(month=month, settings=(), tenths=(), measured=0, unmeasured=0)
        return MonthFigures(month=month, counts=Counts(), equity=nothing)
    _, codes, standings, down, up, students, final = zip(*rows, strict=True)
    numbers = np.bincount([_NUMBERS[one] for one in standings], minlength=len(_STANDINGS))
    counts = Counts(
        **{one.value: int(number) for one, number in zip(_STANDINGS, numbers, strict=True)}
    )
    return MonthFigures(
        month=month,
        counts=counts,
        equity=_equity(
            month,
            np.array([setting.get(code, _NEITHER) for code in codes]),
            {Flow.down: np.array(down, dtype=float), Flow.up: np.array(up, dtype=float)},
            np.array(students, dtype=float),
        ),
        is_final=all(final),
    )


def _equity(
    month: date, setting: NDArray[np.int64], rates: Mapping[Flow, _Rates], students: _Rates
) -> Equity:
    settings, ends = [], []
    for flow, found in rates.items():
        for per_student in (False, True):
            known = ~np.isnan(found)
            values = found
            if per_student:
                known &= students > 0
                values = found / np.where(students > 0, students, 1.0)
            urban, rural = (values[known & (setting == number)] for number in (0, 1))
            settings.append(spread_of(urban, rural, flow, per_student=per_student))
            ends.append(spread_of(*tenths(values[known]), flow, per_student=per_student))
    measured = int((~np.isnan(rates[Flow.down])).sum())
    return Equity(
        month=month,
        settings=tuple(settings),
        tenths=tuple(ends),
        measured=measured,
        unmeasured=len(setting) - measured,
    )
