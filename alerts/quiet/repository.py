"""Maintenance windows and silences within a scope."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import col, select

from alerts.quiet.models import MaintenanceWindow, Silence
from inventory.errors import NotFound, OutOfScope
from inventory.models import Organisation
from inventory.repositories.scoped import Page, Repository, window


class MaintenanceRepository(Repository):
    """Windows of the schools within the scope; those of bureaus above are told, and not changed."""

    def get(self, window_id: str) -> MaintenanceWindow:
        """One that may be seen.

        Raises:
            NotFound: no such window.
        """
        row = self._session.exec(
            select(MaintenanceWindow).where(MaintenanceWindow.id == window_id, self._visible())
        ).one_or_none()
        if row is None:
            raise NotFound(what="maintenance window", key=window_id)
        return row

    def page(
        self, *, is_over: bool | None, now: datetime, offset: int = 0, limit: int = 50
    ) -> Page[MaintenanceWindow]:
        """Those that hold or are to come, by their beginning; or what is over, the newest first.

        Args:
            is_over: ``None`` for both, as for what is over.
            now: aware.
            offset: rows before the page.
            limit: rows of a page.
        """
        ended, ends = col(MaintenanceWindow.ended_at), col(MaintenanceWindow.ends_at)
        query = select(MaintenanceWindow).where(self._visible())
        if is_over is not None:
            query = query.where(_over(ends, ended, now) if is_over else ~_over(ends, ended, now))
        begins = col(MaintenanceWindow.begins_at)
        order = begins if is_over is False else begins.desc()
        rows = query.order_by(order, col(MaintenanceWindow.id))
        found = self._session.exec(window(rows, offset, limit)).all()
        return Page(found, self._count(query))

    def keep(self, row: MaintenanceWindow) -> MaintenanceWindow:
        """Keep a window, new or changed.

        Raises:
            NotFound, OutOfScope: of the school or bureau.
        """
        with self._session.no_autoflush:
            if row.school_code is not None:
                self._admit(row.school_code)
            else:
                self._admit_bureau(row.organisation_code or "")
        return self._save(row)

    def may_change(self, row: MaintenanceWindow) -> bool:
        """Whether the place of a window lies within the scope."""
        try:
            if row.school_code is not None:
                self._admit(row.school_code)
            else:
                self._admit_bureau(row.organisation_code or "")
        except (NotFound, OutOfScope):
            return False
        return True

    def _admit_bureau(self, code: str) -> None:
        bureau = self._session.get(Organisation, code)
        if bureau is None:
            raise NotFound(what="organisation", key=code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=code)

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        above = {code for prefix in self._scope.prefixes for code in prefix.strip("/").split("/")}
        below = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        bureau = col(MaintenanceWindow.organisation_code)
        return (
            self._at_visible_school(MaintenanceWindow.school_code)
            | bureau.in_(sorted(above))
            | bureau.in_(below)
        )


class SilenceRepository(Repository):
    """Silences of the schools within the scope."""

    def get(self, silence_id: str) -> Silence:
        """One of a visible school.

        Raises:
            NotFound: no such silence.
        """
        row = self._session.exec(
            select(Silence).where(
                Silence.id == silence_id, self._at_visible_school(Silence.school_code)
            )
        ).one_or_none()
        if row is None:
            raise NotFound(what="silence", key=silence_id)
        return row

    def page(
        self, *, is_over: bool | None, now: datetime, offset: int = 0, limit: int = 50
    ) -> Page[Silence]:
        """Those that hold, by their end; or what is over, or all, the latest end first."""
        ended, ends = col(Silence.ended_at), col(Silence.ends_at)
        query = select(Silence).where(self._at_visible_school(Silence.school_code))
        if is_over is not None:
            query = query.where(_over(ends, ended, now) if is_over else ~_over(ends, ended, now))
        rows = query.order_by(ends if is_over is False else ends.desc(), col(Silence.id))
        found = self._session.exec(window(rows, offset, limit)).all()
        return Page(found, self._count(query))

    def keep(self, row: Silence) -> Silence:
        """Keep a silence, new or ended.

        Raises:
            NotFound, OutOfScope: of the school.
        """
        with self._session.no_autoflush:
            self._admit(row.school_code)
        return self._save(row)


def _over(ends: Any, ended: Any, now: datetime) -> ColumnElement[bool]:
    return or_(ends <= now, ended.is_not(None))
