"""Yearly figures of a school; what pages and rules count by are those of the newest snapshot."""

from sqlmodel import Session

from inventory.errors import Conflict
from inventory.ids import new_id
from inventory.models import School, SchoolFigures
from inventory.repositories.school_records import SchoolFiguresRepository
from inventory.schools.checks import check_number, check_text
from inventory.scope import Scope

FIRST_YEAR, LAST_YEAR = 1950, 2200
MOST_PEOPLE = 1_000_000
LONGEST_SOURCE = 200


def save_figures(session: Session, scope: Scope, figures: SchoolFigures) -> SchoolFigures:
    """Keep a snapshot, new or corrected.

    Raises:
        Invalid: a negative figure, a year beyond reason.
        Conflict: the school has a snapshot of that school year and day.
        NotFound, OutOfScope: of the school.
    """
    repository = SchoolFiguresRepository(session, scope)
    with session.no_autoflush:
        check_number("school_year", figures.school_year, FIRST_YEAR, LAST_YEAR)
        for name in ("students", "teachers", "classes"):
            check_number(name, getattr(figures, name), 0, MOST_PEOPLE)
        figures.source = check_text("source", figures.source, LONGEST_SOURCE)
        same = repository.taken(figures.school_code, figures.school_year, figures.taken_on)
        if same is not None and same.id != figures.id:
            raise Conflict(key=f"{figures.school_year} {figures.taken_on}")
    figures.id = figures.id or new_id("sf")
    repository.keep(figures)
    _follow(session, repository, figures.school_code)
    return figures


def remove_figures(session: Session, scope: Scope, figures: SchoolFigures) -> None:
    """Forget a snapshot; the school is counted by the one before, or stays as it is.

    Raises:
        OutOfScope: the school is outside the scope.
    """
    repository = SchoolFiguresRepository(session, scope)
    repository.remove(figures)
    _follow(session, repository, figures.school_code)


def _follow(session: Session, repository: SchoolFiguresRepository, code: str) -> None:
    snapshots = repository.at_school(code)
    if not snapshots:
        return
    school, newest = session.get_one(School, code), snapshots[0]
    school.students, school.teachers = newest.students, newest.teachers
    school.classes = newest.classes
    session.flush()
