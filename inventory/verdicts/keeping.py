"""Kept verdicts of months: written school by school, read for a whole bureau in few questions.

Nothing in here knows what a standing means: it is a text that whoever computed it chose.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, case, delete, func, or_, true
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from inventory.models import (
    MonthTargetVerdict,
    MonthVerdict,
    School,
    SchoolForm,
    Setting,
    Stage,
)
from inventory.repositories.scoped import Page, Repository, admit_window, within
from inventory.verdicts.rows import (
    Computed,
    KeptMonth,
    KeptSchool,
    SchoolFacts,
    Stamp,
    TargetCount,
)

#: The table and not the model: thousands of rows are read at a time.
_ROWS: Table = MonthVerdict.__table__  # type: ignore[attr-defined]
_SCHOOLS: Table = School.__table__  # type: ignore[attr-defined]
#: Which standing comes before which in a list: the first named, then all others.
Order = Sequence[str]


class MonthOrder(StrEnum):
    """What schools of a month are listed by."""

    standing = "standing"
    name = "name"
    download = "download"
    upload = "upload"
    availability = "availability"
    tests = "tests"


_ORDERED: Mapping[MonthOrder, Any] = {
    MonthOrder.name: col(School.name),
    MonthOrder.download: col(MonthVerdict.median_down),
    MonthOrder.upload: col(MonthVerdict.median_up),
    MonthOrder.availability: col(MonthVerdict.availability),
    MonthOrder.tests: col(MonthVerdict.tests),
}


class SchoolMonth(NamedTuple):
    """A school of a list, with its month."""

    school: SchoolFacts
    verdict: KeptSchool


class MonthVerdictRepository(Repository):
    """Kept verdicts of schools within the caller's scope."""

    def keep(
        self,
        verdicts: Sequence[Mapping[str, Any]],
        targets: Sequence[Mapping[str, Any]],
        month: date,
    ) -> int:
        """Write verdicts of one month in place of those that were there; returns how many.

        Months that a report has signed, and schools outside the scope, are left as they are.

        Args:
            verdicts: columns of :class:`MonthVerdict`, one row a school.
            targets: columns of :class:`MonthTargetVerdict` of the same schools.
            month: of all of them.
        """
        codes = self._visible_codes([row["school_code"] for row in verdicts])
        self._session.execute(
            delete(MonthVerdict).where(
                col(MonthVerdict.month) == month,
                col(MonthVerdict.school_code).in_(codes),
                col(MonthVerdict.frozen_at).is_(None),
            )
        )
        # Those that are still there are frozen: asked only now, when the rows of others are ours.
        frozen = self._session.execute(
            columns(col(MonthVerdict.school_code)).where(
                col(MonthVerdict.month) == month, col(MonthVerdict.school_code).in_(codes)
            )
        )
        open_to = set(codes).difference(code for (code,) in frozen)
        self._session.execute(
            delete(MonthTargetVerdict).where(
                col(MonthTargetVerdict.month) == month,
                col(MonthTargetVerdict.school_code).in_(open_to),
            )
        )
        written = [row for row in verdicts if row["school_code"] in open_to]
        insert_rows(self._session, MonthVerdict, written)
        some = [row for row in targets if row["school_code"] in open_to]
        insert_rows(self._session, MonthTargetVerdict, some)
        return len(written)

    def computed(self, month: date, under: str = "/") -> Computed:
        """When the verdicts of a month were computed, and how many are final or frozen."""
        final = func.sum(case((col(MonthVerdict.is_final), 1), else_=0))
        row = self._session.execute(
            columns(
                func.count(),
                func.coalesce(final, 0),
                func.count(col(MonthVerdict.frozen_at)),
                func.min(col(MonthVerdict.computed_at)),
                func.max(col(MonthVerdict.computed_at)),
            ).where(col(MonthVerdict.month) == month, self._below(MonthVerdict.school_code, under))
        ).one()
        return Computed(int(row[0]), int(row[1]), int(row[2]), row[3], row[4])

    def months(self, under: str = "/") -> list[date]:
        """Months of which verdicts are kept, the newest first."""
        rows = self._session.execute(
            columns(col(MonthVerdict.month))
            .where(self._below(MonthVerdict.school_code, under))
            .distinct()
            .order_by(col(MonthVerdict.month).desc())
        )
        return [month for (month,) in rows]

    def newest(self, under: str = "/") -> date | None:
        """The newest month of which verdicts are kept."""
        found = self._session.execute(
            columns(func.max(col(MonthVerdict.month))).where(
                self._below(MonthVerdict.school_code, under)
            )
        )
        newest: date | None = found.scalar_one()
        return newest

    def schools(self, under: str = "/") -> list[SchoolFacts]:
        """Schools below a path, closed ones included, in the order of the tree."""
        rows = self._session.execute(
            columns(*(_SCHOOLS.c[name] for name in SchoolFacts._fields))
            .where(self._scope.condition(col(School.path)), within(col(School.path), under))
            .order_by(col(School.path))
        )
        return [SchoolFacts(*row) for row in rows]

    def between(self, first: date, last: date, under: str = "/") -> list[KeptMonth]:
        """What trends are made of, of every month from ``first`` to ``last``, by month."""
        rows = self._session.execute(
            columns(*(_ROWS.c[name] for name in KeptMonth._fields))
            .where(
                _ROWS.c.month >= first,
                _ROWS.c.month <= last,
                self._below(_ROWS.c.school_code, under),
            )
            .order_by(_ROWS.c.month, _ROWS.c.school_code)
        )
        return list(map(KeptMonth._make, rows))

    def stamps(self, first: date, last: date, under: str = "/") -> Mapping[date, Stamp]:
        """Of every month from ``first`` to ``last`` what changes when any verdict of it does."""
        at, frozen = _ROWS.c.computed_at, _ROWS.c.frozen_at
        rows = self._session.execute(
            columns(_ROWS.c.month, func.count(), func.min(at), func.max(at), func.max(frozen))
            .where(
                _ROWS.c.month >= first,
                _ROWS.c.month <= last,
                self._below(_ROWS.c.school_code, under),
            )
            .group_by(_ROWS.c.month)
        )
        return {month: Stamp(*stamp) for month, *stamp in rows}

    def standings(self, month: date, under: str = "/") -> Mapping[str, int]:
        """How many schools of a month stand how."""
        rows = self._session.execute(
            columns(col(MonthVerdict.standing), func.count())
            .where(col(MonthVerdict.month) == month, self._below(MonthVerdict.school_code, under))
            .group_by(col(MonthVerdict.standing))
        )
        return {standing: int(number) for standing, number in rows}

    def of_month(self, month: date, under: str = "/") -> list[KeptSchool]:
        """Every verdict of a month, by school code."""
        rows = self._session.execute(
            _whole()
            .where(col(MonthVerdict.month) == month, self._below(MonthVerdict.school_code, under))
            .order_by(col(MonthVerdict.school_code))
        )
        return [KeptSchool(*row) for row in rows]

    def page(
        self,
        month: date,
        *,
        under: str = "/",
        standings: Sequence[str] = (),
        search: str = "",
        stage: Stage | None = None,
        setting: Setting | SchoolForm | None = None,
        provider: str | None = None,
        target: tuple[str, int, str] | None = None,
        by: MonthOrder = MonthOrder.standing,
        descending: bool = False,
        first: Order = (),
        offset: int = 0,
        limit: int = 50,
    ) -> Page[SchoolMonth]:
        """Schools of a month: those whose standing is named first come first, then by path.

        Args:
            month: its first day.
            under: path of a bureau.
            standings: only these; empty is all.
            search: part of a school's name or code.
            stage: only schools of this one.
            setting: likewise; teaching points stand by themselves, as in figures.
            provider: of the line that was tested; an empty one is not known.
            target: standard, version and id; then ``standings`` are those under this target.
            by: what is listed in which order; those of which it is not known come last.
            descending: the greatest first; of standings nothing turns.
            first: standings in the order they are listed in.
            offset: rows left out.
            limit: rows of the page.

        Raises:
            Invalid: an impossible page.
        """
        admit_window(offset, limit)
        wanted = [
            col(MonthVerdict.month) == month,
            self._scope.condition(col(School.path)),
            within(col(School.path), under),
        ]
        if target is not None:
            wanted += [_under_target(month, target, standings), _judged()]
        elif standings:
            wanted.append(col(MonthVerdict.standing).in_(list(standings)))
        if provider is not None:
            wanted.append(col(MonthVerdict.provider) == provider)
        if isinstance(setting, SchoolForm):
            wanted.append(col(School.form) == setting)
        elif setting is not None:
            wanted.append(col(School.setting) == setting)
            wanted.append(col(School.form) != SchoolForm.teaching_point)
        if search.strip():
            names = (School.name, School.name_en, School.code)
            wanted.append(
                or_(*(col(name).icontains(search.strip(), autoescape=True) for name in names))
            )
        if stage is not None:
            wanted.append(col(School.stage) == stage)
        facts = [getattr(School, name) for name in SchoolFacts._fields]
        joined = col(School.code) == col(MonthVerdict.school_code)
        total = self._session.execute(
            columns(func.count()).select_from(MonthVerdict).join(School, joined).where(*wanted)
        ).scalar_one()
        order = _order(by, first, descending=descending)
        rows = self._session.execute(
            _whole()
            .add_columns(*facts)
            .join(School, joined)
            .where(*wanted)
            .order_by(*order, col(School.path))
            .offset(offset)
            .limit(limit)
        )
        width = len(KeptSchool._fields)
        items = [SchoolMonth(SchoolFacts(*row[width:]), KeptSchool(*row[:width])) for row in rows]
        return Page(items, int(total))

    def of_school(self, code: str, first: date, last: date) -> Mapping[date, KeptSchool]:
        """Months of one school from ``first`` to ``last``."""
        rows = self._session.execute(
            _whole()
            .add_columns(col(MonthVerdict.month))
            .where(
                col(MonthVerdict.school_code) == code,
                col(MonthVerdict.month) >= first,
                col(MonthVerdict.month) <= last,
                self._at_visible_school(MonthVerdict.school_code),
            )
            .order_by(col(MonthVerdict.month))
        )
        return {row[-1]: KeptSchool(*row[:-1]) for row in rows}

    def targets_of(self, code: str, month: date) -> Sequence[MonthTargetVerdict]:
        """Targets of one school's month, by standard and name."""
        return self._session.exec(
            select(MonthTargetVerdict)
            .where(
                MonthTargetVerdict.school_code == code,
                MonthTargetVerdict.month == month,
                self._at_visible_school(MonthTargetVerdict.school_code),
            )
            .order_by(col(MonthTargetVerdict.standard), col(MonthTargetVerdict.target))
        ).all()

    def target_counts(
        self, month: date, under: str = "/", *, without: str = "exempt"
    ) -> list[TargetCount]:
        """Schools by state under each target; those whose standing is ``without`` are left out."""
        key = (
            col(MonthTargetVerdict.standard),
            col(MonthTargetVerdict.version),
            col(MonthTargetVerdict.target),
            col(MonthTargetVerdict.fingerprint),
            col(MonthTargetVerdict.measure),
            col(MonthTargetVerdict.state),
        )
        rows = self._session.execute(
            columns(*key, func.count())
            .join(
                MonthVerdict,
                (col(MonthVerdict.month) == col(MonthTargetVerdict.month))
                & (col(MonthVerdict.school_code) == col(MonthTargetVerdict.school_code)),
            )
            .where(
                col(MonthTargetVerdict.month) == month,
                col(MonthVerdict.standing) != without,
                self._below(MonthTargetVerdict.school_code, under),
            )
            .group_by(*key)
            .order_by(*key)
        )
        return [TargetCount(*row) for row in rows]

    def _visible_codes(self, codes: Sequence[str]) -> list[str]:
        if self._sees_everything:
            return list(codes)
        found = self._session.execute(
            columns(col(School.code)).where(
                col(School.code).in_(codes), self._scope.condition(col(School.path))
            )
        )
        return [code for (code,) in found]

    def _below(self, school_code: Any, under: str) -> ColumnElement[bool]:
        """SQL for "this school is within the scope and below a path"."""
        if self._sees_everything and under == "/":
            return true()
        return col(school_code).in_(
            select(School.code).where(
                self._scope.condition(col(School.path)), within(col(School.path), under)
            )
        )


def insert_rows(session: Session, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; one that somebody else wrote meanwhile is as new as ours."""
    if rows:
        name = session.connection().dialect.name
        made: Any = postgresql if name == "postgresql" else sqlite
        session.execute(made.insert(model).on_conflict_do_nothing(), list(rows))


def _order(by: MonthOrder, first: Order, *, descending: bool) -> list[Any]:
    if by is MonthOrder.standing:
        ranks = {name: rank for rank, name in enumerate(first)}
        return [case(ranks, value=col(MonthVerdict.standing), else_=len(ranks))] if ranks else []
    column: Any = _ORDERED[by]
    return [column.is_(None), column.desc() if descending else column.asc()]


def _whole() -> Any:
    return columns(*(_ROWS.c[name] for name in KeptSchool._fields))


def _judged(without: str = "exempt") -> ColumnElement[bool]:
    return col(MonthVerdict.standing) != without


def _under_target(
    month: date, target: tuple[str, int, str], states: Sequence[str]
) -> ColumnElement[bool]:
    """SQL for "it was judged under this target, and stands so under it"."""
    standard, version, name = target
    judged = columns(col(MonthTargetVerdict.school_code)).where(
        col(MonthTargetVerdict.month) == month,
        col(MonthTargetVerdict.standard) == standard,
        col(MonthTargetVerdict.version) == version,
        col(MonthTargetVerdict.target) == name,
    )
    if states:
        judged = judged.where(col(MonthTargetVerdict.state).in_(list(states)))
    return col(MonthVerdict.school_code).in_(judged)
