"""Who may log in to the city, and who works on its tickets."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from controller.auth.passwords import hash_password
from controller.seed.bulk import BulkWriter
from controller.seed.chance import Ids, chance
from controller.seed.desk import Staff
from controller.seed.names import person
from controller.seed.places import City
from inventory.models import Grant, Role, User

_TECHNICIANS = 3


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody with one role at one place."""

    id: str
    login: str
    name: str
    role: Role
    path: str
    place: str


def logins_of(city: City, ids: Ids, taken: Collection[str]) -> list[Login]:
    """One person a role for the city, and those who work in each county.

    Args:
        city: theirs.
        ids: where their ids come from.
        taken: log-ins that others have; the city's code makes new ones of them.
    """
    code = city.spec.city_code
    is_taken = not set(taken).isdisjoint(login for login, *_ in _people(city))
    dice = chance(city.spec.seed, "people")
    return [
        Login(
            ids.new("u", city.spec.begin),
            f"{login}-{code}" if is_taken else login,
            person(dice),
            role,
            path,
            place,
        )
        for login, role, path, place in _people(city)
    ]


def _people(city: City) -> Iterator[tuple[str, Role, str, str]]:
    whole = city.bureau.path, city.bureau.name
    yield "admin", Role.admin, "/", "/"
    for login, role in (
        ("city", Role.city_it), ("procurement", Role.procurement), ("auditor", Role.auditor),
        ("viewer", Role.viewer),
    ):  # fmt: skip
        yield login, role, *whole
    school = city.schools[0]
    yield "school", Role.school_admin, school.path, school.name
    for number, county in enumerate(city.counties, 1):
        suffix = str(number) if len(city.counties) > 1 else ""
        yield f"county{suffix}", Role.county_it, county.path, county.name
        for rank in range(1, _TECHNICIANS + 1):
            login = f"technician{suffix}-{rank}" if suffix else f"technician{rank}"
            yield login, Role.technician, county.path, county.name


def staff_of(logins: Collection[Login], city: City) -> Mapping[str, Staff]:
    """By county, who works on its tickets."""
    [speaker] = [one.id for one in logins if one.role is Role.school_admin]
    return {
        county.code: Staff(
            technicians=[
                (one.id, one.name)
                for one in logins
                if one.role is Role.technician and one.path == county.path
            ],
            county_it=next(
                one.id for one in logins if one.role is Role.county_it and one.path == county.path
            ),
            school_admin=speaker,
        )
        for county in city.counties
    }


def write_people(
    writer: BulkWriter, logins: Collection[Login], password: str, at: datetime
) -> None:
    """Add them; all have the same password."""
    # One hash for all: a hundred would take a minute, and hide nothing that is not printed.
    hashed = hash_password(password)
    for one in logins:
        writer.add(
            User,
            id=one.id,
            login=one.login,
            name=one.name,
            password_hash=hashed,
            created_at=at,
        )
        writer.add(Grant, user_id=one.id, role=one.role, scope_path=one.path)
