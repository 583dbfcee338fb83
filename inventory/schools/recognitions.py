"""What schools have been recognised as: digital campus, smart campus, a level of management."""

from sqlmodel import Session

from inventory.errors import N_, Invalid
from inventory.ids import new_id
from inventory.models import CampusProgramme, Recognition
from inventory.repositories.recognitions import RecognitionRepository
from inventory.schools.checks import check_number, check_text
from inventory.scope import Scope

LOWEST_LEVEL, HIGHEST_LEVEL = 1, 5
LONGEST_DOCUMENT = 200


class LevelMissing(Invalid):
    """Management without its level."""

    code = "level_missing"
    message = N_("Informatisation of management is recognised in levels: name the level.")


def save_recognition(session: Session, scope: Scope, row: Recognition) -> Recognition:
    """Keep a recognition, new or corrected.

    Raises:
        Invalid: a level that is none, an end before the beginning.
        LevelMissing: management without a level.
        NotFound, OutOfScope: of the school.
    """
    with session.no_autoflush:
        row.document = check_text("document", row.document, LONGEST_DOCUMENT)
        check_number("level", row.level, LOWEST_LEVEL, HIGHEST_LEVEL)
        if row.programme is CampusProgramme.management and row.level is None:
            raise LevelMissing
        if row.ends_on is not None and row.ends_on < row.recognised_on:
            raise Invalid(field="ends_on", reason=f"{row.ends_on} < {row.recognised_on}")
    row.id = row.id or new_id("rg")
    return RecognitionRepository(session, scope).keep(row)


def remove_recognition(session: Session, scope: Scope, row: Recognition) -> None:
    """Forget an entry that was a mistake; what is withdrawn gets a last day instead.

    Raises:
        OutOfScope: the school is outside the scope.
    """
    RecognitionRepository(session, scope).remove(row)
