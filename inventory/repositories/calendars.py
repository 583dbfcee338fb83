"""Questions about calendars of bureaus and schools."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, true
from sqlmodel import col, select

from inventory.errors import NotFound, OutOfScope
from inventory.models import CalendarEntry, CalendarKind, Organisation
from inventory.repositories.scoped import Repository


class CalendarRepository(Repository):
    """Days of schools and bureaus within the caller's scope, and of the bureaus above it."""

    def get(self, entry_id: str) -> CalendarEntry | None:
        return self._session.exec(
            select(CalendarEntry).where(CalendarEntry.id == entry_id, self._visible())
        ).one_or_none()

    def touching(self, first: date, last: date) -> Sequence[CalendarEntry]:
        """Entries with a day from ``first`` to ``last``, by their first day."""
        return self._session.exec(
            select(CalendarEntry)
            .where(
                self._visible(),
                col(CalendarEntry.last_day) >= first,
                col(CalendarEntry.first_day) <= last,
            )
            .order_by(col(CalendarEntry.first_day), col(CalendarEntry.id))
        ).all()

    def beginning(
        self, owner: tuple[str | None, str | None], kind: CalendarKind, first: date
    ) -> CalendarEntry | None:
        """The entry of a school or a bureau (codes, one of them) of that kind and first day."""
        school, organisation = owner
        return self._session.exec(
            select(CalendarEntry)
            .where(
                self._visible(),
                CalendarEntry.school_code == school,
                CalendarEntry.organisation_code == organisation,
                CalendarEntry.kind == kind,
                CalendarEntry.first_day == first,
            )
            .order_by(col(CalendarEntry.id))
        ).first()

    def keep(self, entry: CalendarEntry) -> CalendarEntry:
        """Keep days, new or changed.

        Raises:
            NotFound: no such school or bureau.
            OutOfScope: it is outside the scope.
        """
        with self._session.no_autoflush:
            self._admit_owner(entry)
        return self._save(entry)

    def remove(self, entry: CalendarEntry) -> None:
        """Forget days that were a mistake.

        Raises:
            OutOfScope: the school or bureau is outside the scope.
        """
        self._admit_owner(entry)
        self._session.delete(entry)
        self._session.flush()

    def _admit_owner(self, entry: CalendarEntry) -> None:
        if entry.school_code is not None:
            self._admit(entry.school_code)
            return
        code = entry.organisation_code or ""
        bureau = self._session.get(Organisation, code)
        if bureau is None:
            raise NotFound(what="organisation", key=code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=code)

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        # A bureau's days hold for everybody below it.
        above = {code for prefix in self._scope.prefixes for code in prefix.strip("/").split("/")}
        below = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        bureau = col(CalendarEntry.organisation_code)
        return (
            self._at_visible_school(CalendarEntry.school_code)
            | bureau.in_(sorted(above))
            | bureau.in_(below)
        )
