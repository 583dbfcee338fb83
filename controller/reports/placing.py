"""Verdicts with what the register says of their schools: names, bureaus, providers, months."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from controller.compliance.district.counting import Tree
from controller.compliance.district.figures import Standing
from controller.compliance.district.register import Place, bureaus_of
from controller.compliance.register import lines_at
from controller.compliance.results import SchoolVerdict
from controller.compliance.states import State
from controller.reports.content import MonthState, Name
from controller.reports.lines import Placed
from inventory.models import Level
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.verdicts.keeping import MonthVerdictRepository

_BY_COUNTY = ("", Level.city.value)


def placed_of(
    session: Session,
    scope: Scope,
    place: Place,
    days: tuple[date, date],
    found: Sequence[SchoolVerdict],
    *,
    of_year: bool,
) -> list[Placed]:
    """Verdicts with their schools; one whose school is out of sight by now is left out.

    Args:
        session: to read with.
        scope: of who asks.
        place: that the report is of; schools of a city are told by county, others by township.
        days: first and last one of the period.
        found: verdicts, in the order of the tree.
        of_year: whether kept states of months go with each.
    """
    first, last = days
    by_code = {one.code: one for one in SchoolRepository(session, scope).under(place.path, last)}
    lines = lines_at(session, scope, first, last)
    tree = Tree(bureaus_of(session, scope))
    near = tree.county if place.level in _BY_COUNTY else tree.township
    months = _months(session, scope, place.path, first, last) if of_year else {}
    placed = []
    for verdict in found:
        school = by_code.get(verdict.school)
        if school is None:
            continue
        code = near(school.path)
        name, name_en = tree.named(code)
        chief = max(
            (line.facts for line in lines.get(school.code, ())),
            key=lambda line: (line.down, line.id),
            default=None,
        )
        placed.append(
            Placed(
                verdict,
                school,
                Name(code=code, name=name, name_en=name_en),
                chief.provider if chief else "",
                tuple(months.get(school.code, ())),
            )
        )
    return placed


def state_of(standing: Standing) -> State | None:
    """How a school stood, as a verdict has it."""
    return None if standing is Standing.no_target else State(standing.value)


def _months(
    session: Session, scope: Scope, path: str, first: date, last: date
) -> dict[str, list[MonthState]]:
    """States of schools month by month, as they were kept."""
    rows = MonthVerdictRepository(session, scope).between(
        first.replace(day=1), last.replace(day=1), path
    )
    found: dict[str, list[MonthState]] = {}
    for row in rows:
        told = MonthState(month=row.month, state=state_of(Standing(row.standing)))
        found.setdefault(row.school_code, []).append(told)
    return found
