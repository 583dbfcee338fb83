"""Questions about bandwidth targets."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, false, or_, true
from sqlalchemy import select as sa_select
from sqlmodel import col, select

from inventory.errors import OutOfScope
from inventory.models import (
    BandwidthTarget,
    Organisation,
    SchoolForm,
    Setting,
    TargetMetric,
)
from inventory.repositories.scoped import Repository


class AccessTarget(NamedTuple):
    """What a plan demands of the access of schools; empty fields: of all of them."""

    mbps: Decimal
    setting: Setting | None
    form: SchoolForm | None
    organisation_code: str | None
    effective_from: date
    effective_until: date | None


#: Built once: it is asked for every plan of every box.
_OF_ACCESS = sa_select(
    *(BandwidthTarget.__table__.c[name] for name in AccessTarget._fields)  # type: ignore[attr-defined]
).where(
    col(BandwidthTarget.metric) == TargetMetric.access,
    col(BandwidthTarget.effective_until).is_(None)
    | (col(BandwidthTarget.effective_until) >= bindparam("since")),
)


class TargetRepository(Repository):
    """Targets that bind somebody within the caller's scope, those of bureaus above included."""

    def get(self, target_id: str) -> BandwidthTarget | None:
        return self._session.exec(
            select(BandwidthTarget).where(BandwidthTarget.id == target_id, self._visible())
        ).one_or_none()

    def all(self) -> Sequence[BandwidthTarget]:
        return self._session.exec(
            select(BandwidthTarget)
            .where(self._visible())
            .order_by(col(BandwidthTarget.plan), col(BandwidthTarget.id))
        ).all()

    def in_force(self, on: date) -> Sequence[BandwidthTarget]:
        """Targets whose dates include that day."""
        return self._session.exec(
            select(BandwidthTarget)
            .where(self._visible(), _in_force(on))
            .order_by(col(BandwidthTarget.plan), col(BandwidthTarget.id))
        ).all()

    def of_access(self, since: date) -> Sequence[AccessTarget]:
        """Demands on schools' access that end on that day at the earliest, begun or not."""
        self._session.flush()
        query = _OF_ACCESS if self._sees_everything else _OF_ACCESS.where(self._visible())
        rows = self._session.connection().execute(query, {"since": since})
        return [AccessTarget._make(row) for row in rows]

    def add(self, target: BandwidthTarget) -> BandwidthTarget:
        """Keep a target.

        Raises:
            OutOfScope: it would bind schools outside the scope.
        """
        if target.organisation_code is None:
            if not self._sees_everything:
                raise OutOfScope(key=target.plan)
        else:
            organisation = self._session.get(Organisation, target.organisation_code)
            if organisation is None or not self._scope.covers(organisation.path):
                raise OutOfScope(key=target.organisation_code)
        return self._save(target)

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        above = {code for prefix in self._scope.prefixes for code in prefix.split("/") if code}
        below = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        return or_(
            col(BandwidthTarget.organisation_code).is_(None) if self._scope.prefixes else false(),
            col(BandwidthTarget.organisation_code).in_(above),
            col(BandwidthTarget.organisation_code).in_(below),
        )


def _in_force(on: date) -> ColumnElement[bool]:
    return (col(BandwidthTarget.effective_from) <= on) & (
        col(BandwidthTarget.effective_until).is_(None)
        | (col(BandwidthTarget.effective_until) >= on)
    )
