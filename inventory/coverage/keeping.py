"""Figures as they are kept: a row a school, month and measure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import delete, func, insert
from sqlalchemy import select as columns
from sqlmodel import col, select

from inventory.coverage.counting import Tallies
from inventory.coverage.tally import Stand, Tally
from inventory.models import School, SchoolForm, SchoolMeasure, Setting, Stage
from inventory.repositories.scoped import Repository, within
from inventory.standards.model import Measure

#: Measures of which what is not known would come into the denominator.
_UNKNOWN_BELOW = frozenset(
    {Measure.students_per_computer, Measure.whiteboard_hours, Measure.terminal_hours}
)


class SchoolGroup(NamedTuple):
    """What a school is listed and grouped by."""

    code: str
    path: str
    name: str
    name_en: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    is_public: bool


class KeptTally(NamedTuple):
    """One figure of one school."""

    school: SchoolGroup
    tally: Tally


class MeasureRepository(Repository):
    """Kept figures of schools within the caller's scope."""

    def keep(
        self,
        tallies: Tallies,
        stands: Mapping[tuple[str, Measure], Stand],
        codes: Sequence[str],
        *,
        month: date,
        counted_at: datetime,
    ) -> None:
        """Write the figures of these schools for a month in place of those that were there.

        What closed before it was counted again goes with them: a month tells of its last count.
        """
        chosen = set(codes)
        self._session.execute(
            delete(SchoolMeasure).where(
                col(SchoolMeasure.school_code).in_(chosen), col(SchoolMeasure.month) == month
            )
        )
        rows = [
            {
                "school_code": school,
                "month": month,
                "measure": measure.value,
                "numerator": tally.numerator,
                "denominator": tally.denominator,
                "unknown": tally.unknown,
                "stand": stands.get((school, measure)),
                "counted_at": counted_at,
            }
            for (school, measure), tally in tallies.items()
            if school in chosen
        ]
        if rows:
            self._session.execute(insert(SchoolMeasure), rows)

    def counted_at(self, month: date) -> datetime | None:
        """When a month was counted last, anywhere within the scope."""
        return self._session.exec(
            select(func.max(col(SchoolMeasure.counted_at))).where(
                col(SchoolMeasure.month) == month,
                self._at_visible_school(SchoolMeasure.school_code),
            )
        ).one()

    def months(self, under: str = "/") -> list[date]:
        """Months that have been counted, the newest first."""
        rows = self._session.execute(
            columns(col(SchoolMeasure.month))
            .join(School, col(School.code) == col(SchoolMeasure.school_code))
            .where(self._scope.condition(col(School.path)), within(col(School.path), under))
            .distinct()
            .order_by(col(SchoolMeasure.month).desc())
        )
        return [month for (month,) in rows]

    def totals(
        self, months: Iterable[date], under: str = "/"
    ) -> Mapping[date, Mapping[Measure, Tally]]:
        """Every figure of all schools below a path together, month by month."""
        rows = self._session.execute(
            columns(
                col(SchoolMeasure.month),
                col(SchoolMeasure.measure),
                func.sum(col(SchoolMeasure.numerator)),
                func.sum(col(SchoolMeasure.denominator)),
                func.sum(col(SchoolMeasure.unknown)),
            )
            .join(School, col(School.code) == col(SchoolMeasure.school_code))
            .where(
                col(SchoolMeasure.month).in_(list(months)),
                self._scope.condition(col(School.path)),
                within(col(School.path), under),
            )
            .group_by(col(SchoolMeasure.month), col(SchoolMeasure.measure))
        )
        found: dict[date, dict[Measure, Tally]] = {}
        for month, measure, *numbers in rows:
            found.setdefault(month, {})[Measure(measure)] = tally_of(Measure(measure), *numbers)
        return found

    def stands(self, month: date, under: str = "/") -> Mapping[Measure, Mapping[Stand, int]]:
        """How many schools below a path stood how under their targets, when they were counted."""
        rows = self._session.execute(
            columns(col(SchoolMeasure.measure), col(SchoolMeasure.stand), func.count())
            .join(School, col(School.code) == col(SchoolMeasure.school_code))
            .where(
                col(SchoolMeasure.month) == month,
                col(SchoolMeasure.stand).is_not(None),
                self._scope.condition(col(School.path)),
                within(col(School.path), under),
            )
            .group_by(col(SchoolMeasure.measure), col(SchoolMeasure.stand))
        )
        found: dict[Measure, dict[Stand, int]] = {}
        for measure, stand, schools in rows:
            found.setdefault(Measure(measure), {})[Stand(stand)] = schools
        return found

    def of_measure(self, measure: Measure, month: date, under: str = "/") -> list[KeptTally]:
        """One figure of every school below a path, in the order of the tree."""
        rows = self._session.execute(
            columns(
                *(getattr(School, name) for name in SchoolGroup._fields),
                col(SchoolMeasure.numerator),
                col(SchoolMeasure.denominator),
                col(SchoolMeasure.unknown),
            )
            .join(School, col(School.code) == col(SchoolMeasure.school_code))
            .where(
                col(SchoolMeasure.month) == month,
                col(SchoolMeasure.measure) == measure.value,
                self._scope.condition(col(School.path)),
                within(col(School.path), under),
            )
            .order_by(col(School.path))
        )
        return [
            KeptTally(SchoolGroup(*facts), tally_of(measure, above, below, unknown))
            for *facts, above, below, unknown in rows
        ]

    def of_school(self, code: str, month: date) -> Mapping[Measure, Tally]:
        """Every figure of one school."""
        rows = self._session.execute(
            columns(
                col(SchoolMeasure.measure),
                col(SchoolMeasure.numerator),
                col(SchoolMeasure.denominator),
                col(SchoolMeasure.unknown),
            ).where(
                col(SchoolMeasure.school_code) == code,
                col(SchoolMeasure.month) == month,
                self._at_visible_school(SchoolMeasure.school_code),
            )
        )
        return {Measure(name): tally_of(Measure(name), *numbers) for name, *numbers in rows}


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def tally_of(measure: Measure, numerator: int, denominator: int, unknown: int) -> Tally:
    """A tally from what is kept of it."""
    below = measure in _UNKNOWN_BELOW
    return Tally(int(numerator), int(denominator), int(unknown), below)
