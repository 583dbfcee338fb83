"""Who may log in to the demonstration: one person a role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from controller.auth.passwords import hash_password
from controller.auth.tokens import new_token, token_hash
from controller.demo.county import CITY, COUNTY, TOWNSHIP
from drivers.simulate.campus import CENTRAL, URBAN
from inventory.ids import new_id
from inventory.models import ApiToken, Role, User
from inventory.repositories.people import ApiTokenRepository, UserRepository
from inventory.scope import Scope

#: One password for all of them: the demonstration listens on this machine only, and ends.
PASSWORD: Final = "campus-demo"  # noqa: S105 - printed on the screen, opens nothing but the demo

_CITY: Final = f"/{CITY}/"
_COUNTY: Final = f"{_CITY}{COUNTY}/"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one role at one place."""

    login: str
    name: str
    role: Role
    path: str


PEOPLE: Final = (
    Person("county", "林晓", Role.county_it, _COUNTY),
    Person("city", "周岚", Role.city_it, _CITY),
    Person("school", "陈明", Role.school_admin, f"{_COUNTY}{TOWNSHIP}/{URBAN.code}/"),
    Person("central", "赵海", Role.school_admin, f"{_COUNTY}{CENTRAL.code}/"),
    Person("technician", "王工", Role.technician, _COUNTY),
    Person("procurement", "刘芳", Role.procurement, _COUNTY),
    Person("auditor", "孙正", Role.auditor, _COUNTY),
    Person("viewer", "何静", Role.viewer, _COUNTY),
    Person("admin", "管理员", Role.admin, "/"),
)


def register_people(session: Session, now: datetime) -> tuple[str, Mapping[str, str]]:
    """Write the users; flushed, not committed.

    Returns:
        A bearer token of the administrator, for the demonstration's own use of the API, and the
        users' ids by log-in.
    """
    users = UserRepository(session, Scope.everything())
    token = new_token()
    ids = {}
    for person in PEOPLE:
        user = User(
            id=new_id("u"),
            login=person.login,
            name=person.name,
            password_hash=hash_password(PASSWORD),
            created_at=now,
        )
        users.add(user, [(person.role, person.path)])
        ids[person.login] = user.id
        if person.role is Role.admin:
            ApiTokenRepository(session, Scope.everything()).add(
                ApiToken(
                    token_hash=token_hash(token),
                    user_id=user.id,
                    name="demo",
                    created_at=now,
                    expires_at=now + timedelta(days=1),
                )
            )
    return token, ids
