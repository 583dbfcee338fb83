"""A bureau's figures as flat tables: one fact a column, for spreadsheets and scripts.

Rates are bit/s, shares 0 to 1, months ``2026-09``. Headings are names, the same in every language.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import Session

from controller.compliance.district.asking import (
    Wanted,
    district,
    outlets,
    trend,
    weakest,
    year,
)
from controller.compliance.district.figures import Counts, Standing
from inventory.scope import Scope


class DistrictTable(StrEnum):
    """Tables there are of a bureau."""

    groups = "groups"
    targets = "targets"
    trend = "trend"
    equity = "equity"
    weakest = "weakest"
    year = "year"
    outlets = "outlets"
    outlet_targets = "outlet-targets"


class Table(NamedTuple):
    """Headings, and rows of as many values."""

    head: Sequence[str]
    rows: Iterable[Sequence[object]]


_STANDINGS = tuple(one for one in Standing if one is not Standing.compliant)
_COUNTS = ("compliant_share", "compliant", "judged", "unknown", *map(str, _STANDINGS))
_ENDS = ("better", "worse", "ratio", "gap", "better_schools", "worse_schools")


def table_of(session: Session, scope: Scope, wanted: Wanted, table: DistrictTable) -> Table:
    """One table of a bureau's month.

    Raises:
        NotFound, Invalid: as :func:`controller.compliance.district.asking.district`.
    """
    return _TABLES[table](session, scope, wanted)


def _groups(session: Session, scope: Scope, wanted: Wanted) -> Table:
    figures = district(session, scope, replace(wanted, months=1, weakest=0))
    head = ("by", "key", "name", *_COUNTS, "median_down", "median_up", "measured")
    rows = [
        (
            one.by.value,
            one.key,
            one.name,
            *_counted(one.counts),
            one.median_down,
            one.median_up,
            one.measured,
        )
        for one in figures.groups
    ]
    return Table(head, rows)


def _targets(session: Session, scope: Scope, wanted: Wanted) -> Table:
    figures = district(session, scope, replace(wanted, months=1, weakest=0))
    head = ("standard", "version", "target", "plan", "quote", "value", "unit", *_COUNTS)
    rows = [
        (
            one.standard,
            one.version,
            one.target,
            one.plan,
            one.quote,
            one.value,
            one.unit,
            *_counted(one.counts),
        )
        for one in figures.targets
    ]
    return Table(head, rows)


def _trend(session: Session, scope: Scope, wanted: Wanted) -> Table:
    rows = [
        (f"{one.month:%Y-%m}", one.is_final, *_counted(one.counts))
        for one in trend(session, scope, wanted)
    ]
    return Table(("month", "is_final", *_COUNTS), rows)


def _equity(session: Session, scope: Scope, wanted: Wanted) -> Table:
    head = ("month", "between", "direction", "per_student", *_ENDS, "measured", "unmeasured")
    rows = [
        (
            f"{one.month:%Y-%m}",
            between,
            spread.flow.value,
            spread.per_student,
            *(getattr(spread, name) for name in _ENDS),
            one.equity.measured,
            one.equity.unmeasured,
        )
        for one in trend(session, scope, wanted)
        for between, spreads in (
            ("urban and rural", one.equity.settings),
            ("strongest and weakest tenth", one.equity.tenths),
        )
        for spread in spreads
    ]
    return Table(head, rows)


def _weakest(session: Session, scope: Scope, wanted: Wanted) -> Table:
    head = (
        "rank", "code", "name", "county", "standing", "share", "reached_down", "reached_up",
        "asked", "availability", "tests", "passed", "provider", "standard", "target", "quote",
        "notes",
    )  # fmt: skip
    rows = [
        (
            rank,
            *(getattr(one, name) for name in head[1:-1]),
            " ".join(one.notes),
        )
        for rank, one in enumerate(weakest(session, scope, wanted), start=1)
    ]
    return Table(head, rows)


def _year(session: Session, scope: Scope, wanted: Wanted) -> Table:
    months = [one.month for one in trend(session, scope, wanted)]
    found = year(session, scope, wanted.at, months[0], months[-1])
    head = (
        "code", "name", "worst", "worst_month", "middle", "compliant", "judged", "median_down",
        "median_up",
    )  # fmt: skip
    rows = [
        (
            one.code,
            one.name,
            one.worst,
            f"{one.worst_month:%Y-%m}" if one.worst_month else None,
            one.middle,
            one.compliant,
            one.judged,
            one.median_down,
            one.median_up,
            *one.standings,
        )
        for one in found.schools
    ]
    return Table((*head, *(f"{month:%Y-%m}" for month in months)), rows)


def _outlets(session: Session, scope: Scope, wanted: Wanted) -> Table:
    head = (
        "organisation", "organisation_name", "kind", "provider", "circuit", "down", "up",
        "starts_on", "ends_on",
    )  # fmt: skip
    found = outlets(session, scope, wanted)
    return Table(head, [[getattr(one, name) for name in head] for one in found.outlets])


def _outlet_targets(session: Session, scope: Scope, wanted: Wanted) -> Table:
    head = (
        "organisation", "organisation_name", "standard", "version", "target", "plan", "quote",
        "measure", "value", "unit", "found", "met", "baseline",
    )  # fmt: skip
    found = outlets(session, scope, wanted)
    rows = [
        (*(getattr(one, name) for name in head), " ".join(one.pending)) for one in found.targets
    ]
    return Table((*head, "pending"), rows)


def _counted(counts: Counts) -> Sequence[object]:
    numbers = (counts.of(one) for one in _STANDINGS)
    return (counts.share, counts.compliant, counts.judged, counts.unknown, *numbers)


_TABLES: Mapping[DistrictTable, Callable[[Session, Scope, Wanted], Table]] = {
    DistrictTable.groups: _groups,
    DistrictTable.targets: _targets,
    DistrictTable.trend: _trend,
    DistrictTable.equity: _equity,
    DistrictTable.weakest: _weakest,
    DistrictTable.year: _year,
    DistrictTable.outlets: _outlets,
    DistrictTable.outlet_targets: _outlet_targets,
}
