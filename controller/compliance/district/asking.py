"""A bureau's figures in one question: read from the kept verdicts, counted, ranked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from controller.compliance.district.counting import (
    Bureau,
    Placed,
    Tree,
    counts_of,
    groups_of,
)
from controller.compliance.district.figures import (
    DistrictFigures,
    MonthFigures,
    Outlets,
    TargetCounts,
    WeakSchool,
    YearFigures,
)
from controller.compliance.district.months import last_day, month_of, months_up_to
from controller.compliance.district.outlets import outlets_of
from controller.compliance.district.ranking import weakest_of, year_of
from controller.compliance.district.register import Place, bureaus_of, standards_in_use
from controller.compliance.district.remembering import trend_below
from inventory.days import day_of
from inventory.errors import Invalid
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.standards.model import Measure, Standard
from inventory.verdicts.keeping import MonthVerdictRepository
from inventory.verdicts.rows import SchoolFacts, TargetCount

#: A month and the same one a year before.
TREND_MONTHS = 13
#: No trend is longer.
MOST_MONTHS = 60
WEAKEST = 10
MOST_WEAKEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which figures.

    Args:
        at: code of a bureau or school; empty is everything one may see.
        month: any day of it; ``None`` is the newest of which verdicts are kept.
        months: of the trend, this one included.
        weakest: schools of the ranking.
    """

    at: str = ""
    month: date | None = None
    months: int = TREND_MONTHS
    weakest: int = WEAKEST


def district(session: Session, scope: Scope, wanted: Wanted) -> DistrictFigures:
    """All that is said of a bureau's month.

    Raises:
        NotFound: no such place within the scope.
        Invalid: too many months or schools.
    """
    asked = _Asked(session, scope, wanted)
    repository, place, month = asked.repository, asked.place, asked.month
    schools = repository.schools(place.path)
    by_code = {one.code: one for one in schools}
    kept = {one.school_code: one for one in repository.of_month(month, place.path)}
    # In the order of the tree; a school that moved out of sight since has no facts.
    placed = [Placed(by_code[code], kept[code]) for code in by_code if code in kept]
    tree = Tree(asked.bureaus)
    counted = repository.target_counts(month, place.path)
    standards = standards_in_use(session, scope, {(one.standard, one.version) for one in counted})
    months = months_up_to(month, wanted.months)
    trend = asked.trend(schools, months)
    computed = repository.computed(month, place.path)
    return DistrictFigures(
        bureau=place.code,
        name=place.name,
        name_en=place.name_en,
        level=place.level,
        month=month,
        counts=counts_of(one.kept.standing for one in placed),
        groups=groups_of(placed, tree),
        targets=targets_of_month(counted, standards),
        trend=trend,
        equity=trend[-1].equity,
        weakest=weakest_of(placed, tree, _newest(standards), wanted.weakest),
        outlets=asked.outlets(),
        is_final=0 < computed.schools == computed.final,
        frozen=computed.frozen,
        computed_from=computed.first,
        computed_to=computed.last,
    )


def trend(session: Session, scope: Scope, wanted: Wanted) -> tuple[MonthFigures, ...]:
    """Months up to the one that is wanted, the earliest first.

    Raises:
        NotFound, Invalid: as :func:`district`.
    """
    asked = _Asked(session, scope, wanted)
    months = months_up_to(asked.month, wanted.months)
    return asked.trend(asked.repository.schools(asked.place.path), months)


def weakest(session: Session, scope: Scope, wanted: Wanted) -> tuple[WeakSchool, ...]:
    """The weakest schools of a month.

    Raises:
        NotFound, Invalid: as :func:`district`.
    """
    asked = _Asked(session, scope, wanted)
    path, month = asked.place.path, asked.month
    schools = {one.code: one for one in asked.repository.schools(path)}
    kept = asked.repository.of_month(month, path)
    placed = [Placed(schools[one.school_code], one) for one in kept if one.school_code in schools]
    counted = asked.repository.target_counts(month, path)
    used = {(one.standard, one.version) for one in counted}
    standards = _newest(standards_in_use(session, scope, used))
    return weakest_of(placed, Tree(asked.bureaus), standards, wanted.weakest)


def outlets(session: Session, scope: Scope, wanted: Wanted) -> Outlets:
    """Outlets below a place on the last day of a month, or today if it runs.

    Raises:
        NotFound, Invalid: as :func:`district`.
    """
    return _Asked(session, scope, wanted).outlets()


def year(session: Session, scope: Scope, at: str, first: date, last: date) -> YearFigures:
    """Schools below a place over the months from one day's to another's.

    Raises:
        NotFound: no such place within the scope.
        Invalid: days in the wrong order, or too many months.
    """
    start, end = month_of(first), month_of(last)
    number = (end.year - start.year) * 12 + end.month - start.month + 1
    if not 1 <= number <= MOST_MONTHS:
        raise Invalid(field="to", reason=f"{first} – {last}")
    place = Place(session, scope, at)
    repository = MonthVerdictRepository(session, scope)
    rows = repository.between(start, end, place.path)
    return year_of(rows, repository.schools(place.path), months_up_to(end, number))


def targets_of_month(
    counted: list[TargetCount], standards: Mapping[tuple[str, int], Standard]
) -> tuple[TargetCounts, ...]:
    """Targets with their plan's words, and schools by state under each."""
    states: dict[tuple[str, int, str, str, str], list[str]] = {}
    for one in counted:
        key = (one.standard, one.version, one.target, one.fingerprint, one.measure)
        states.setdefault(key, []).extend([one.state] * one.schools)
    found = []
    for (code, version, target_id, fingerprint, measure), some in states.items():
        standard = standards.get((code, version))
        target = standard.target(target_id) if standard else None
        if standard is None or target is None:
            # Another bureau's own standard: its schools are counted, its words are not ours.
            continue
        found.append(
            TargetCounts(
                standard=code,
                version=version,
                target=target_id,
                plan=standard.plan,
                plan_translation=standard.plan_translation,
                quote=target.quote,
                translation=target.translation,
                measure=Measure(measure),
                value=float(target.value),
                unit=target.unit.value,
                fingerprint=fingerprint,
                counts=counts_of(some),
            )
        )
    return tuple(found)


class _Asked:
    """What every question about a month begins with."""

    def __init__(self, session: Session, scope: Scope, wanted: Wanted) -> None:
        if not 1 <= wanted.months <= MOST_MONTHS:
            raise Invalid(field="months", reason=f"{wanted.months} (1-{MOST_MONTHS})")
        if not 0 <= wanted.weakest <= MOST_WEAKEST:
            raise Invalid(field="weakest", reason=f"{wanted.weakest} (0-{MOST_WEAKEST})")
        self._session, self._scope = session, scope
        self.repository = MonthVerdictRepository(session, scope)
        self.place = Place(session, scope, wanted.at)
        self.month = self._month(wanted.month)
        self.bureaus: list[Bureau] = bureaus_of(session, scope)

    def trend(
        self, schools: Sequence[SchoolFacts], months: Sequence[date]
    ) -> tuple[MonthFigures, ...]:
        return trend_below(
            self._session,
            self.repository,
            schools,
            months,
            under=self.place.path,
            seen=self._scope.prefixes,
        )

    def outlets(self) -> Outlets:
        below = [one for one in self.bureaus if one.path.startswith(self.place.path)]
        on = min(last_day(self.month), max(self.month, day_of(utc_now())))
        return outlets_of(self._session, self._scope, below, self.place.path, on)

    def _month(self, wanted: date | None) -> date:
        if wanted is not None:
            return month_of(wanted)
        newest = self.repository.newest(self.place.path)
        return newest or month_of(day_of(utc_now()))


def _newest(standards: Mapping[tuple[str, int], Standard]) -> dict[str, Standard]:
    return {code: standards[code, version] for code, version in sorted(standards)}
