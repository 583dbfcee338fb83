"""Questions about deliveries, their recipients and their messages."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from inventory.errors import NotFound, OutOfScope
from inventory.models import (
    Organisation,
    ReportDelivery,
    ReportRecipient,
    ReportSending,
    School,
    SendingState,
    User,
)
from inventory.repositories.scoped import Repository


class Placed(NamedTuple):
    """A delivery with the path of its place."""

    row: ReportDelivery
    path: str


class DeliveryRepository(Repository):
    """Deliveries of places within the caller's scope; what was taken away is not among them."""

    def get(self, delivery_id: str) -> Placed | None:
        found = self._session.exec(
            self._visible().where(col(ReportDelivery.id) == delivery_id)
        ).one_or_none()
        return None if found is None else Placed(found, self.path_of(found))

    def all(self) -> Sequence[Placed]:
        """All of them, the oldest first."""
        rows = self._session.exec(self._visible().order_by(col(ReportDelivery.id))).all()
        return [Placed(row, self.path_of(row)) for row in rows]

    def running(self) -> Sequence[Placed]:
        """Those that are not paused."""
        return [one for one in self.all() if one.row.paused_at is None]

    def recipients(self, delivery: ReportDelivery) -> Sequence[User]:
        """Whom it goes to, by log-in."""
        return self._session.exec(
            select(User)
            .join(ReportRecipient, col(ReportRecipient.user_id) == col(User.id))
            .where(ReportRecipient.delivery_id == delivery.id)
            .order_by(col(User.login))
        ).all()

    def log(self, delivery: ReportDelivery, limit: int) -> Sequence[tuple[ReportSending, str]]:
        """Messages with the log-ins they are for, the newest first."""
        found = self._session.exec(
            select(ReportSending, User.login)
            .join(User, col(User.id) == col(ReportSending.user_id))
            .where(ReportSending.delivery_id == delivery.id)
            .order_by(col(ReportSending.id).desc())
            .limit(limit)
        )
        return [(row, login) for row, login in found]

    def written_for(self, delivery: ReportDelivery, period: date) -> set[str]:
        """Ids of users a message of that period was written for."""
        return set(
            self._session.exec(
                select(ReportSending.user_id).where(
                    ReportSending.delivery_id == delivery.id, ReportSending.period == period
                )
            )
        )

    def due(self, now: datetime, limit: int) -> Sequence[ReportSending]:
        """Messages that are to be tried now, of deliveries that run, those of one report together.

        A test goes out whether its delivery is paused or not.
        """
        return self._session.exec(
            select(ReportSending)
            .join(ReportDelivery, col(ReportDelivery.id) == col(ReportSending.delivery_id))
            .where(
                col(ReportDelivery.id).in_(
                    self._visible().with_only_columns(col(ReportDelivery.id))
                ),
                col(ReportDelivery.paused_at).is_(None) | col(ReportSending.period).is_(None),
                ReportSending.state == SendingState.waiting,
                col(ReportSending.next_at) <= now,
            )
            .order_by(
                col(ReportSending.delivery_id), col(ReportSending.period), col(ReportSending.id)
            )
            .limit(limit)
        ).all()

    def keep(self, delivery: ReportDelivery) -> ReportDelivery:
        """Keep a delivery (:func:`save_delivery` checks its values first).

        Raises:
            NotFound, OutOfScope: of its place.
        """
        with self._session.no_autoflush:
            path = self.path_of(delivery)
        if not self._scope.covers(path):
            raise OutOfScope(key=delivery.school_code or delivery.organisation_code or "")
        return self._save(delivery)

    def set_recipients(self, delivery: ReportDelivery, users: Sequence[User]) -> None:
        """Let it go to these and nobody else.

        Raises:
            OutOfScope: the place is outside the scope.
        """
        self.keep(delivery)
        wanted = {one.id for one in users}
        known = {one.id for one in self.recipients(delivery)}
        self._session.exec(
            delete(ReportRecipient).where(
                col(ReportRecipient.delivery_id) == delivery.id,
                col(ReportRecipient.user_id).in_(known - wanted),
            )
        )
        for user_id in sorted(wanted - known):
            self._session.add(ReportRecipient(delivery_id=delivery.id, user_id=user_id))
        self._session.flush()

    def write(self, sending: ReportSending) -> ReportSending:
        """Keep a message, new or tried once more."""
        return self._save(sending)

    def path_of(self, delivery: ReportDelivery) -> str:
        """The path of its place.

        Raises:
            NotFound: there is no such place.
        """
        if delivery.school_code is not None:
            school = self._session.get(School, delivery.school_code)
            found = school.path if school is not None else None
        else:
            bureau = self._session.get(Organisation, delivery.organisation_code or "")
            found = bureau.path if bureau is not None else None
        if found is None:
            code = delivery.school_code or delivery.organisation_code or ""
            raise NotFound(what="organisation", key=code)
        return found

    def _visible(self) -> SelectOfScalar[ReportDelivery]:
        path = func.coalesce(col(School.path), col(Organisation.path))
        return (
            select(ReportDelivery)
            .outerjoin(School, col(School.code) == col(ReportDelivery.school_code))
            .outerjoin(
                Organisation, col(Organisation.code) == col(ReportDelivery.organisation_code)
            )
            .where(col(ReportDelivery.removed_at).is_(None), self._scope.condition(path))
        )
