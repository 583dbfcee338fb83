"""``/school-figures``: students, teachers and classes, year by year."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from controller.api.conditional import IfMatch, require_match
from controller.api.records import (
    InventoryScope,
    Said,
    SchoolCode,
    Tagged,
    applied,
    corrected,
    there,
)
from controller.api.schemas import PROBLEMS, Listed
from controller.deps import DbSession, ReadScope
from inventory.models import SchoolFigures
from inventory.repositories import SchoolFiguresRepository
from inventory.schools import figures

router = APIRouter(prefix="/school-figures", tags=["schools"], responses=PROBLEMS)
_Year = Annotated[int, Field(ge=figures.FIRST_YEAR, le=figures.LAST_YEAR)]
_People = Annotated[int, Field(ge=0, le=figures.MOST_PEOPLE)]


class FiguresPatch(Said):
    """What of a snapshot is to be corrected; ``school_year`` is the year it begins in."""

    school_year: _Year | None = None
    students: _People | None = None
    teachers: _People | None = None
    classes: _People | None = None
    source: Annotated[str, Field(max_length=figures.LONGEST_SOURCE)] | None = None
    taken_on: date | None = None


class FiguresIn(FiguresPatch):
    """What the school statistics said on one day."""

    school_code: Annotated[str, Field(max_length=32)]
    school_year: _Year
    students: _People
    teachers: _People
    classes: _People
    taken_on: date


class FiguresOut(Tagged):
    """One snapshot; the newest by ``taken_on`` is what the school is counted by."""

    id: str
    school_code: str
    school_year: int
    students: int
    teachers: int
    classes: int
    source: str
    taken_on: date


@router.get("")
def list_figures(session: DbSession, scope: ReadScope, school: SchoolCode) -> Listed[FiguresOut]:
    """Snapshots of a school, the newest first."""
    rows = SchoolFiguresRepository(session, scope).at_school(school)
    return Listed(items=[FiguresOut.model_validate(row) for row in rows], total=len(rows))


@router.post("", status_code=201)
def add_figures(session: DbSession, scope: InventoryScope, body: FiguresIn) -> FiguresOut:
    """Keep a snapshot; the school is counted by it if it is the newest."""
    row = SchoolFigures(id="", **body.model_dump(exclude={"source"}))
    return FiguresOut.model_validate(figures.save_figures(session, scope, applied(row, body)))


@router.patch("/{figures_id}")
def change_figures(
    *,
    session: DbSession,
    scope: InventoryScope,
    figures_id: str,
    body: FiguresPatch,
    if_match: IfMatch = None,
) -> FiguresOut:
    """Correct a snapshot."""
    row = corrected(
        session, there(SchoolFiguresRepository(session, scope).get(figures_id)), body, if_match
    )
    return FiguresOut.model_validate(figures.save_figures(session, scope, row))


@router.delete("/{figures_id}", status_code=204)
def remove_figures(
    session: DbSession, scope: InventoryScope, figures_id: str, if_match: IfMatch = None
) -> None:
    """Forget a snapshot; the one before it counts again."""
    row = there(SchoolFiguresRepository(session, scope).get(figures_id))
    require_match(session, row, if_match)
    figures.remove_figures(session, scope, row)
