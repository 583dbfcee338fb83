"""How often devices failed and what that cost: tickets by device."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from alerts.models import Ticket
from inventory.repositories.scoped import Repository


class FailureRepository(Repository):
    """Tickets of devices of the schools within the caller's scope."""

    def since(self, at: datetime, schools: Sequence[str] | None = None) -> Mapping[str, int]:
        """Tickets opened from then on, by device; devices without one are left out.

        Args:
            at: a time.
            schools: codes of schools, to ask of these alone.
        """
        rows = self._session.exec(
            select(Ticket.device_id, func.count())
            .where(
                col(Ticket.device_id).is_not(None),
                Ticket.opened_at >= at,
                *self._at(schools),
            )
            .group_by(col(Ticket.device_id))
        ).all()
        return {device: count for device, count in rows if device is not None}

    def costs(self, schools: Sequence[str] | None = None) -> Mapping[str, Decimal]:
        """What repairs in logs of the past have cost, in yuan by device; others are left out."""
        rows = self._session.exec(
            select(Ticket.device_id, func.sum(col(Ticket.cost_cny)))
            .where(
                col(Ticket.device_id).is_not(None),
                col(Ticket.cost_cny).is_not(None),
                *self._at(schools),
            )
            .group_by(col(Ticket.device_id))
        ).all()
        return {device: cost for device, cost in rows if device is not None and cost is not None}

    def _at(self, schools: Sequence[str] | None) -> Iterator[ColumnElement[bool]]:
        yield self._at_visible_school(Ticket.school_code)
        if schools is not None:
            yield col(Ticket.school_code).in_(schools)
