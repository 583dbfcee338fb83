"""Bureaus and standards as figures need them."""

from functools import lru_cache

from sqlmodel import Session

from controller.compliance.district.counting import Bureau
from inventory.errors import NotFound
from inventory.models import KeptStandard
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope
from inventory.standards.documents import from_text
from inventory.standards.model import Standard
from inventory.standards.repository import StandardRepository

#: Versions whose documents stay read; there are a handful.
_KEPT = 64


def bureaus_of(session: Session, scope: Scope) -> list[Bureau]:
    """Every visible bureau, the one above before those below it."""
    return [
        Bureau(one.code, one.path, one.level, one.name, one.name_en)
        for one in OrganisationRepository(session, scope).all()
    ]


class Place:
    """What is looked at: a bureau, a school, or everything one may see.

    Raises:
        NotFound: no such bureau or school within the scope.
    """

    def __init__(self, session: Session, scope: Scope, code: str) -> None:
        self.code, self.path, self.name, self.name_en, self.level = code, "/", "", "", ""
        if not code:
            return
        bureau = OrganisationRepository(session, scope).get(code)
        if bureau is not None:
            self.path, self.level = bureau.path, bureau.level.value
            self.name, self.name_en = bureau.name, bureau.name_en
            return
        school = SchoolRepository(session, scope).get(code)
        if school is None:
            raise NotFound(what="organisation", key=code)
        self.path, self.name, self.name_en = school.path, school.name, school.name_en


def standards_in_use(
    session: Session, scope: Scope, used: set[tuple[str, int]]
) -> dict[tuple[str, int], Standard]:
    """Documents of these codes and versions."""
    rows = StandardRepository(session, scope).kept() if used else ()
    return {
        (row.code, row.version): standard_of(row) for row in rows if (row.code, row.version) in used
    }


def standard_of(row: KeptStandard) -> Standard:
    """The document of a version, read once."""
    return _read(row.fingerprint, row.document)


@lru_cache(maxsize=_KEPT)
def _read(_fingerprint: str, document: str) -> Standard:
    return from_text(document)
