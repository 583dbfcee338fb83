"""Who sees which editions, and as whom a caller takes a step."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.errors import NotFound
from inventory.editions.desk import Person
from inventory.editions.parts import Part, PartRepository
from inventory.editions.repository import EditionRepository
from inventory.models import ReportEdition
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees.

    Args:
        work: where they prepare or sign reports: every edition.
        own: where they appeal for schools.
        parts: where they see what drafts say of schools.
        reads: where they read what is frozen.
    """

    work: Scope
    own: Scope
    parts: Scope
    reads: Scope

    def editions(self, session: Session) -> EditionRepository:
        """Questions about the editions they see."""
        return EditionRepository(session, self.work, self.reads)

    def schools(self, session: Session) -> PartRepository:
        """Questions about what editions say of the schools they see."""
        return PartRepository(session, self.parts, self.reads)

    def waiting(self, session: Session, today: date) -> int:
        """How much waits for them: editions and appeals they work on, or drafts open to them."""
        if self.work.prefixes:
            editions = self.editions(session)
            return editions.count_waiting(today) + editions.count_open_appeals()
        return PartRepository(session, self.own).count_open(today) if self.own.prefixes else 0

    def edition(self, session: Session, edition_id: str) -> ReportEdition:
        """An edition they see as a whole.

        Raises:
            NotFound: none.
        """
        row = self.editions(session).get(edition_id)
        if row is None:
            raise NotFound
        return row

    def part(self, session: Session, edition_id: str, school_code: str) -> Part:
        """What an edition says of a school they see.

        Raises:
            NotFound: nothing.
        """
        part = self.schools(session).get(edition_id, school_code)
        if part is None:
            raise NotFound
        return part


def sight_of(caller: Caller) -> Sight:
    """What a caller sees.

    Raises:
        PermissionDenied: they read nothing at all.
    """
    work = (
        *caller.scope(Permission.manage_reports).prefixes,
        *caller.scope(Permission.sign_reports).prefixes,
    )
    own = caller.scope(Permission.appeal_reports)
    reads = caller.require(Permission.read)
    return Sight(Scope.of(work), own, Scope.of((*work, *own.prefixes)), reads)


def person_of(caller: Caller, permission: Permission) -> Person:
    """The caller as somebody who takes a step.

    Raises:
        PermissionDenied: they may take it nowhere.
    """
    return Person(caller.id, caller.name or caller.login, caller.require(permission))
