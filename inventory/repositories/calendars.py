"""Questions about calendars of bureaus and schools; what was taken away is not among the answers.

``get`` alone finds it, for it may come back.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from inventory.errors import NotFound, OutOfScope
from inventory.keys import among
from inventory.models import (
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    CalendarRow,
    Organisation,
    Stage,
)
from inventory.repositories.scoped import Repository
from inventory.scope import Scope

_Row = TypeVar("_Row", bound=CalendarRow)


class CalendarRepository(Repository):
    """Rows of schools and bureaus within the caller's scope, and of the bureaus above it.

    Args:
        owners: codes of schools and bureaus; rows of others are left out. Empty for no limit.
    """

    def __init__(self, session: Session, scope: Scope, owners: Collection[str] = ()) -> None:
        super().__init__(session, scope)
        self._owners = sorted(owners)

    def get(self, model: type[_Row], row_id: str) -> _Row | None:
        """One row, be it taken away or not."""
        return self._session.exec(
            select(model).where(model.id == row_id, self._visible(model))
        ).one_or_none()

    def touching(self, first: date, last: date) -> Sequence[CalendarEntry]:
        """Entries with a day from ``first`` to ``last``, by their first day."""
        return self._session.exec(
            select(CalendarEntry)
            .where(
                self._stands(CalendarEntry),
                col(CalendarEntry.last_day) >= first,
                col(CalendarEntry.first_day) <= last,
            )
            .order_by(col(CalendarEntry.first_day), col(CalendarEntry.id))
        ).all()

    def hours_until(self, last: date) -> Sequence[CalendarHours]:
        """School hours that have begun by a day, by their first one."""
        return self._session.exec(
            select(CalendarHours)
            .where(self._stands(CalendarHours), col(CalendarHours.first_day) <= last)
            .order_by(col(CalendarHours.first_day), col(CalendarHours.id))
        ).all()

    def blackouts_between(self, first: date, last: date) -> Sequence[CalendarBlackout]:
        """Blackouts with a day from ``first`` to ``last``, by their first day."""
        return self._session.exec(
            select(CalendarBlackout)
            .where(
                self._stands(CalendarBlackout),
                col(CalendarBlackout.last_day) >= first,
                col(CalendarBlackout.first_day) <= last,
            )
            .order_by(
                col(CalendarBlackout.first_day),
                col(CalendarBlackout.begins_at),
                col(CalendarBlackout.id),
            )
        ).all()

    def beginning(
        self,
        owner: tuple[str | None, str | None],
        kind: CalendarKind,
        first: date,
        stage: Stage | None = None,
    ) -> CalendarEntry | None:
        """The entry of a school or a bureau (codes, one of them) of that kind and first day."""
        school, organisation = owner
        return self._session.exec(
            select(CalendarEntry)
            .where(
                self._stands(CalendarEntry),
                CalendarEntry.school_code == school,
                CalendarEntry.organisation_code == organisation,
                CalendarEntry.kind == kind,
                CalendarEntry.first_day == first,
                CalendarEntry.stage == stage,
            )
            .order_by(col(CalendarEntry.id))
        ).first()

    def term_within(
        self,
        owner: tuple[str | None, str | None],
        stage: Stage | None,
        days: tuple[date, date],
        beside: str,
    ) -> CalendarEntry | None:
        """The first term with one of these days that a school or a bureau has for that stage.

        Args:
            owner: codes of a school and a bureau, one of them.
            stage: of whose schools; none for all of them.
            days: the first and the last of them.
            beside: id of an entry that does not count.
        """
        school, organisation = owner
        return self._session.exec(
            select(CalendarEntry)
            .where(
                self._stands(CalendarEntry),
                CalendarEntry.school_code == school,
                CalendarEntry.organisation_code == organisation,
                CalendarEntry.kind == CalendarKind.term,
                CalendarEntry.stage == stage,
                CalendarEntry.id != beside,
                col(CalendarEntry.first_day) <= days[1],
                col(CalendarEntry.last_day) >= days[0],
            )
            .order_by(col(CalendarEntry.first_day), col(CalendarEntry.id))
        ).first()

    def blackout_beginning(
        self,
        owner: tuple[str | None, str | None],
        name: str,
        first: date,
        begins_at: int,
        stage: Stage | None,
    ) -> CalendarBlackout | None:
        """The blackout of a school or a bureau of that name, first day and minute of the day."""
        school, organisation = owner
        return self._session.exec(
            select(CalendarBlackout)
            .where(
                self._stands(CalendarBlackout),
                CalendarBlackout.school_code == school,
                CalendarBlackout.organisation_code == organisation,
                CalendarBlackout.name == name,
                CalendarBlackout.first_day == first,
                CalendarBlackout.begins_at == begins_at,
                CalendarBlackout.stage == stage,
            )
            .order_by(col(CalendarBlackout.id))
        ).first()

    def hours_beginning(
        self, owner: tuple[str | None, str | None], first: date, stage: Stage | None
    ) -> CalendarHours | None:
        """The hours of a school or a bureau that begin on that day, for that stage."""
        school, organisation = owner
        return self._session.exec(
            select(CalendarHours)
            .where(
                self._stands(CalendarHours),
                CalendarHours.school_code == school,
                CalendarHours.organisation_code == organisation,
                CalendarHours.first_day == first,
                CalendarHours.stage == stage,
            )
            .order_by(col(CalendarHours.id))
        ).first()

    def removed(
        self, model: type[_Row], owner: tuple[str | None, str | None], limit: int
    ) -> Sequence[_Row]:
        """What was taken away from a school or a bureau, the latest first."""
        school, organisation = owner
        return self._session.exec(
            select(model)
            .where(
                self._visible(model),
                col(model.removed_at).is_not(None),
                model.school_code == school,
                model.organisation_code == organisation,
            )
            .order_by(col(model.removed_at).desc(), col(model.id))
            .limit(limit)
        ).all()

    def keep(self, row: _Row) -> _Row:
        """Keep a row, new or changed.

        Raises:
            NotFound: no such school or bureau.
            OutOfScope: it is outside the scope.
        """
        with self._session.no_autoflush:
            self._admit_owner(row)
        return self._save(row)

    def _admit_owner(self, row: CalendarRow) -> None:
        if row.school_code is not None:
            self._admit(row.school_code)
            return
        code = row.organisation_code or ""
        bureau = self._session.get(Organisation, code)
        if bureau is None:
            raise NotFound(what="organisation", key=code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=code)

    def _stands(self, model: type[CalendarRow]) -> ColumnElement[bool]:
        stands = self._visible(model) & col(model.removed_at).is_(None)
        if not self._owners:
            return stands
        of_school = among(self._session, model.school_code, self._owners)
        return stands & (of_school | among(self._session, model.organisation_code, self._owners))

    def _visible(self, model: type[CalendarRow]) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        # A bureau's days hold for everybody below it.
        above = {code for prefix in self._scope.prefixes for code in prefix.strip("/").split("/")}
        below = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        bureau = col(model.organisation_code)
        return (
            self._at_visible_school(model.school_code)
            | bureau.in_(sorted(above))
            | bureau.in_(below)
        )
