"""``/recognitions``: campus programmes schools have been recognised in (创建认定)."""

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
from inventory.models import CampusProgramme, Recognition
from inventory.repositories.recognitions import RecognitionRepository
from inventory.schools import recognitions

router = APIRouter(prefix="/recognitions", tags=["schools"], responses=PROBLEMS)
_Level = Annotated[int, Field(ge=recognitions.LOWEST_LEVEL, le=recognitions.HIGHEST_LEVEL)]


class RecognitionPatch(Said):
    """What of a recognition is to be corrected; ``ends_on`` is its last day."""

    programme: CampusProgramme | None = None
    level: _Level | None = None
    recognised_on: date | None = None
    ends_on: date | None = None
    document: Annotated[str, Field(max_length=recognitions.LONGEST_DOCUMENT)] | None = None


class RecognitionIn(RecognitionPatch):
    """One school in one programme, from a day on."""

    school_code: Annotated[str, Field(max_length=32)]
    programme: CampusProgramme
    recognised_on: date


class RecognitionOut(Tagged):
    """One recognition; ``document`` is the notice it was published in."""

    id: str
    school_code: str
    programme: CampusProgramme
    level: int | None
    recognised_on: date
    ends_on: date | None
    document: str


@router.get("")
def list_recognitions(
    session: DbSession, scope: ReadScope, school: SchoolCode
) -> Listed[RecognitionOut]:
    """Recognitions of a school, ended ones too."""
    rows = RecognitionRepository(session, scope).at_school(school)
    return Listed(items=[RecognitionOut.model_validate(row) for row in rows], total=len(rows))


@router.post("", status_code=201)
def add_recognition(
    session: DbSession, scope: InventoryScope, body: RecognitionIn
) -> RecognitionOut:
    """Note that a school has been recognised."""
    row = Recognition(
        id="",
        school_code=body.school_code,
        programme=body.programme,
        recognised_on=body.recognised_on,
    )
    return RecognitionOut.model_validate(
        recognitions.save_recognition(session, scope, applied(row, body))
    )


@router.patch("/{recognition_id}")
def change_recognition(
    *,
    session: DbSession,
    scope: InventoryScope,
    recognition_id: str,
    body: RecognitionPatch,
    if_match: IfMatch = None,
) -> RecognitionOut:
    """Correct a recognition, or withdraw it by its last day."""
    row = corrected(
        session, there(RecognitionRepository(session, scope).get(recognition_id)), body, if_match
    )
    return RecognitionOut.model_validate(recognitions.save_recognition(session, scope, row))


@router.delete("/{recognition_id}", status_code=204)
def remove_recognition(
    session: DbSession, scope: InventoryScope, recognition_id: str, if_match: IfMatch = None
) -> None:
    """Forget a recognition that was a mistake."""
    row = there(RecognitionRepository(session, scope).get(recognition_id))
    require_match(session, row, if_match, {})
    recognitions.remove_recognition(session, scope, row)
