"""Who takes the steps that the demonstration tells of, and when.

Everything is done through the desks that the API uses, each step by the person whose step it is
and backdated: what a desk refuses cannot be told here either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from controller.auth.permissions import ROLES
from controller.demo.people import PEOPLE
from controller.procuring import PERMISSIONS
from inventory.assets.catalogue import model_named
from inventory.models import Right
from inventory.procurement.actor import Actor

#: UTC hour at which offices open, and hours until they close.
_OPENS, _HOURS = 1, 8
_GRANTS: Final = {person.login: (person.role, person.path) for person in PEOPLE}


@dataclass(frozen=True, slots=True)
class Telling:
    """Who can act, and from which moment days are counted back.

    Args:
        session: flushed, not committed.
        users: ids by log-in.
        now: the moment of the demonstration.
        devices: ids in the register by ids of the simulation.
    """

    session: Session
    users: Mapping[str, str]
    now: datetime
    devices: Mapping[str, str]

    def actor(self, login: str, right: Right) -> Actor:
        """The person, as whoever has a right.

        Raises:
            ValueError: the person's role does not carry it.
        """
        role, path = _GRANTS[login]
        if PERMISSIONS[right] not in ROLES[role]:
            raise ValueError(f"{login}: {right}")
        return Actor(self.users[login], right, ((role, path),))

    def ago(self, days: float) -> datetime:
        """A moment of office hours in China, so many days (one or more) before now."""
        then = self.now - timedelta(days=days)
        return then.replace(hour=_OPENS + int(days) % _HOURS, minute=int(7 * days) % 60)

    def model(self, vendor: str, name: str) -> str | None:
        """Id of a model of the catalogue."""
        found = model_named(self.session, vendor, name)
        return None if found is None else found.id
