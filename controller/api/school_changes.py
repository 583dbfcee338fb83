"""``/school-changes``: schools close, merge and move on a date."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from controller.api.records import InventoryScope, Said, SchoolCode, there
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.deps import CurrentCaller, DbSession, ReadScope
from inventory.days import day_of
from inventory.models import SchoolChange, SchoolChangeKind
from inventory.models.base import utc_now
from inventory.repositories import SchoolChangeRepository
from inventory.schools.changes import LONGEST_REASON, decide_change, take_back

router = APIRouter(prefix="/school-changes", tags=["schools"], responses=PROBLEMS)
_Code = Annotated[str, Field(max_length=32)]


class SchoolChangeBody(Said):
    """A step; a merger names ``successor_code``, a move ``to_organisation_code``."""

    kind: SchoolChangeKind
    takes_effect_on: date
    successor_code: _Code | None = None
    to_organisation_code: _Code | None = None
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class SchoolChangeIn(SchoolChangeBody):
    """A step of a school."""

    school_code: _Code


class SchoolChangeOut(Schema):
    """A step; ``done_at`` is when it was carried out, null while its day has not come."""

    id: str
    school_code: str
    kind: SchoolChangeKind
    takes_effect_on: date
    successor_code: str | None
    from_organisation_code: str | None
    to_organisation_code: str | None
    reason: str
    decided_by: str | None
    decided_at: datetime
    done_at: datetime | None


@router.get("")
def list_changes(
    session: DbSession, scope: ReadScope, school: SchoolCode
) -> Listed[SchoolChangeOut]:
    """What became of a school and what is planned, by date."""
    rows = SchoolChangeRepository(session, scope).at_school(school)
    return Listed(items=[SchoolChangeOut.model_validate(row) for row in rows], total=len(rows))


@router.post("", status_code=201)
def add_change(
    session: DbSession, caller: CurrentCaller, scope: InventoryScope, body: SchoolChangeIn
) -> SchoolChangeOut:
    """Close, merge or move a school; today and earlier at once, later on its day."""
    now = utc_now()
    change = SchoolChange(id="", decided_by=caller.id, **body.model_dump())
    today = day_of(now)
    return SchoolChangeOut.model_validate(decide_change(session, scope, change, now, today))


@router.delete("/{change_id}", status_code=204)
def remove_change(session: DbSession, scope: InventoryScope, change_id: str) -> None:
    """Take back a step whose day has not come."""
    take_back(session, scope, there(SchoolChangeRepository(session, scope).get(change_id)))
