"""What technicians repair, said by those who give tickets out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import col, select

from alerts.assignment.models import TechnicianProfile
from alerts.assignment.people import WORKERS, open_tickets_of
from inventory.errors import Invalid, NotFound
from inventory.models import Grant, User
from inventory.repositories.scoped import Repository


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody who works on tickets, what is known of them, their roles and their load."""

    user: User
    row: TechnicianProfile
    grants: Sequence[Grant] = ()
    open: int = 0


class ProfileRepository(Repository):
    """Profiles of people whose roles are all within the caller's scope."""

    def all(self) -> Sequence[Profile]:
        """Everybody who works on tickets, by login."""
        users = self._session.exec(
            select(User)
            .where(
                col(User.disabled_at).is_(None),
                col(User.id).in_(select(Grant.user_id).where(col(Grant.role).in_(WORKERS))),
            )
            .order_by(col(User.login))
        ).all()
        grants = defaultdict[str, list[Grant]](list)
        for grant in self._session.exec(select(Grant)):
            grants[grant.user_id].append(grant)
        load = open_tickets_of(self._session, [user.id for user in users])
        rows = {row.user_id: row for row in self._session.exec(select(TechnicianProfile))}
        return [
            Profile(
                user,
                rows.get(user.id) or TechnicianProfile(user_id=user.id),
                grants[user.id],
                load.get(user.id, 0),
            )
            for user in users
            if all(self._scope.covers(grant.scope_path) for grant in grants[user.id])
        ]

    def get(self, user_id: str) -> Profile:
        """One of them.

        Raises:
            NotFound: nobody of that id works on tickets within the scope.
        """
        found = next((one for one in self.all() if one.user.id == user_id), None)
        if found is None:
            raise NotFound(what="user", key=user_id)
        return found

    def forget(self, user_id: str) -> None:
        """Say nothing of them: they repair anything, any number, always.

        Raises:
            NotFound: nobody of that id works on tickets within the scope.
        """
        row = self._session.get(TechnicianProfile, self.get(user_id).user.id)
        if row is not None:
            self._session.delete(row)
            self._session.flush()

    def save(
        self,
        user_id: str,
        *,
        kinds: Sequence[str],
        categories: Sequence[str],
        most_open: int | None,
        away_from: date | None,
        away_until: date | None,
    ) -> Profile:
        """Say it anew.

        Raises:
            NotFound: nobody of that id works on tickets within the scope.
            Invalid: an absence ends before it begins, or never began.
        """
        if away_until is not None and (away_from is None or away_until < away_from):
            raise Invalid(field="away_until", reason=away_until.isoformat())
        found = self.get(user_id)
        row = found.row
        row.kinds, row.categories = " ".join(kinds), " ".join(categories)
        row.most_open, row.away_from, row.away_until = most_open, away_from, away_until
        return replace(found, row=self._save(row))
