"""A report's content out of verdicts, the register, kept months and figures of coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from controller.compliance.asking import Asked, verdicts
from controller.compliance.district.asking import Wanted, outlets, trend
from controller.compliance.district.figures import MonthFigures, Spread, Standing
from controller.compliance.district.register import Place
from controller.compliance.evidence import COMMAND
from controller.compliance.inputs import Method
from controller.compliance.results import SchoolVerdict
from controller.metrics.store import MetricStore
from controller.reports.chapters import Chapter
from controller.reports.content import (
    Bundle,
    Count,
    EquityLine,
    Evidence,
    GroupKind,
    Head,
    Name,
    OutletLine,
    ReportContent,
    ReportKind,
    TrendLine,
)
from controller.reports.covering import coverage_of
from controller.reports.grouping import equity_of, groups_of, weakest_of
from controller.reports.lines import (
    calendars_of,
    counts_of,
    exclusions_of,
    exemptions_of,
    school_line,
    standards_of,
    tolerances_of,
)
from controller.reports.placing import placed_of, state_of
from controller.reports.year import YearAsked, chapters_of
from controller.version import VERSION
from inventory.models import Level
from inventory.scope import Scope
from inventory.standards.keeping import known_standards

#: Months of a trend: this one and the same one a year before.
_MONTHS = 13
_YEAR_MONTHS = 12
_BELOW = {Level.city: GroupKind.county, Level.county: GroupKind.township}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAsked:
    """Which report.

    Args:
        at: code of a bureau or a school.
        kind: a month's or a year's.
        first: day of the period; ``last`` is its last one.
        made_on: day on which it is drawn up.
        internet: test servers outside the education network.
        money: whether a year's amounts are told.
    """

    at: str
    kind: ReportKind
    first: date
    last: date
    made_on: date
    internet: frozenset[str] = frozenset()
    money: bool = True


def report_of(
    session: Session, store: MetricStore, scope: Scope, asked: ReportAsked
) -> ReportContent:
    """A report with the verdicts as they come out now: a draft nobody has signed.

    Raises:
        NotFound: no such place within the scope.
        Invalid: days in the wrong order, or too many.
    """
    question = Asked(at=asked.at, first=asked.first, last=asked.last, internet=asked.internet)
    return content_of(session, scope, asked, verdicts(session, store, scope, question))


def content_of(
    session: Session,
    scope: Scope,
    asked: ReportAsked,
    found: Sequence[SchoolVerdict],
    bundles: Mapping[str, str] | None = None,
) -> ReportContent:
    """A report of verdicts that were made before; its head is that of a first draft.

    Args:
        session: to read the register with.
        scope: of who asks; bureaus above it are not named.
        asked: the place and its period.
        found: verdicts on its schools.
        bundles: SHA-256 that each bundle of evidence bears, by the place it is of.

    Raises:
        NotFound: no such place within the scope.
        Invalid: too long a period.
    """
    place = Place(session, scope, asked.at)
    level = Level(place.level) if place.level else None
    of_year = asked.kind is ReportKind.year
    placed = placed_of(session, scope, place, (asked.first, asked.last), found, of_year=of_year)
    schools = tuple(school_line(one, days=level is None) for one in placed)
    month = asked.last.replace(day=1)
    before = trend(
        session,
        scope,
        Wanted(
            at=asked.at,
            month=month,
            months=_YEAR_MONTHS if asked.kind is ReportKind.year else _MONTHS,
        ),
    )
    own = equity_of(schools, month) if asked.kind is ReportKind.month else ()
    counts = counts_of(one.state for one in schools)
    known = {
        (one.standard.code, one.standard.version): one.standard
        for one in known_standards(session, scope)
    }
    of_many = len(schools) > 1
    return ReportContent(
        head=Head(
            kind=asked.kind,
            place=Name(code=place.code, name=place.name, name_en=place.name_en),
            level=level,
            first=asked.first,
            last=asked.last,
            made_on=asked.made_on,
            tells_amounts=asked.money if of_year else None,
        ),
        counts=counts,
        tolerances=tolerances_of(found),
        schools=schools,
        groups=groups_of(schools, _BELOW.get(level) if level else None) if of_many else (),
        trend=_trend(before, month, counts if asked.kind is ReportKind.month else None),
        equity=_equity(before, month, own) if of_many else (),
        weakest=weakest_of(schools) if of_many else (),
        outlets=_outlets(session, scope, asked.at, month),
        exclusions=exclusions_of(placed),
        exemptions=exemptions_of(placed),
        standards=standards_of(found, known),
        calendars=calendars_of(found),
        coverage=coverage_of(session, scope, place.path, asked.first, asked.last),
        chapters=_chapters(session, scope, asked, place.path),
        evidence=_evidence(bundles or {}),
    )


def _chapters(session: Session, scope: Scope, asked: ReportAsked, path: str) -> tuple[Chapter, ...]:
    if asked.kind is not ReportKind.year:
        return ()
    year = YearAsked(
        path=path, first=asked.first, last=asked.last, on=asked.made_on, money=asked.money
    )
    return chapters_of(session, scope, year)


def _trend(
    before: Sequence[MonthFigures], month: date, own: tuple[Count, ...] | None
) -> tuple[TrendLine, ...]:
    """Kept months, and the report's own month as the report counts it."""
    found = [
        TrendLine(
            month=one.month,
            counts=tuple(
                Count(state=state_of(standing), schools=one.counts.of(standing))
                for standing in Standing
                if one.counts.of(standing)
            ),
        )
        for one in before
        if one.is_computed and (own is None or one.month != month)
    ]
    if own:
        found.append(TrendLine(month=month, counts=own))
    return tuple(found)


def _equity(
    before: Sequence[MonthFigures], month: date, own: tuple[EquityLine, ...]
) -> tuple[EquityLine, ...]:
    found = [
        _spread(kind, one.month, spread)
        for one in before
        if one.is_computed and (not own or one.month != month)
        for kind, spreads in (("settings", one.equity.settings), ("tenths", one.equity.tenths))
        for spread in spreads
        if not spread.per_student
    ]
    return tuple(sorted((*found, *own), key=lambda one: (one.kind, one.flow, one.month)))


def _spread(kind: str, month: date, spread: Spread) -> EquityLine:
    return EquityLine(
        kind=kind,
        month=month,
        flow=spread.flow,
        upper=spread.better,
        lower=spread.worse,
        upper_schools=spread.better_schools,
        lower_schools=spread.worse_schools,
    )


def _outlets(session: Session, scope: Scope, at: str, month: date) -> tuple[OutletLine, ...]:
    return tuple(
        OutletLine(
            bureau=Name(
                code=one.organisation,
                name=one.organisation_name,
                name_en=one.organisation_name_en,
            ),
            measure=one.measure,
            has=one.found,
            asked=one.value,
            unit=one.unit,
            met=one.met,
            quote=one.quote,
            quote_en=one.translation,
        )
        for one in outlets(session, scope, Wanted(at=at, month=month)).targets
    )


def _evidence(bundles: Mapping[str, str]) -> Evidence:
    method = Method()
    return Evidence(
        method=method.version,
        command=COMMAND,
        fewest_tests=method.fewest_tests,
        fewest_days=method.fewest_days,
        presence=str(method.presence),
        availability=str(method.availability),
        latency=method.latency,
        latency_share=str(method.latency_share),
        bundles=tuple(Bundle(place=name, sha256=text) for name, text in bundles.items()),
        controller=VERSION,
    )
