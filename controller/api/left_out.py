"""``/measurement-exclusions``, ``/school-exemptions``: what verdicts leave out, once approved."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from controller.api.calendar_entries import CalendarScope
from controller.api.records import InventoryScope
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.api.target_standards import login_of
from controller.deps import CurrentCaller, DbSession, ReadScope
from inventory.models import MeasurementExclusion, SchoolExemption
from inventory.models.base import utc_now
from inventory.standards.approving import (
    approve_exclusion,
    approve_exemption,
    decline_exemption,
)
from inventory.standards.exclusions import (
    ExclusionRepository,
    end_exemption,
    exclude,
    exempt_school,
    revoke,
)

router = APIRouter(tags=["bandwidth verdict"], responses=PROBLEMS)
_Text = Annotated[str, Field(min_length=1, max_length=500)]
_Code = Annotated[str, Field(max_length=32)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExclusionIn(_Body):
    """Time of a school or a bureau's schools that no verdict counts."""

    school_code: _Code | None = None
    organisation_code: _Code | None = None
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    reason: _Text


class ExclusionOut(Schema):
    """An exclusion, with who asked for it and who approved it; it counts once somebody has."""

    id: str
    school_code: str | None
    organisation_code: str | None
    begins_at: datetime
    ends_at: datetime
    reason: str
    requested_by: str
    requested_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    revoked_by: str
    revoked_at: datetime | None


class ExemptionIn(_Body):
    """Days on which a school is held against nothing."""

    school_code: _Code
    valid_from: date
    valid_until: date | None = None
    reason: _Text


class ExemptionEndIn(_Body):
    """The last day of an exemption; one before its first day undoes it."""

    valid_until: date


class ExemptionOut(Schema):
    """An exemption, with who asked for it and who approved it; it counts once somebody has."""

    id: str
    school_code: str
    valid_from: date
    valid_until: date | None
    reason: str
    requested_by: str
    requested_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    declined_by: str
    declined_at: datetime | None


class WaitingOut(Schema):
    """What waits for approval."""

    exclusions: list[ExclusionOut]
    exemptions: list[ExemptionOut]


@router.get("/measurement-exclusions")
def list_exclusions(
    session: DbSession, scope: ReadScope, begins_at: AwareDatetime, ends_at: AwareDatetime
) -> Listed[ExclusionOut]:
    """Exclusions that were approved, stand and touch a time."""
    rows = ExclusionRepository(session, scope).touching(begins_at, ends_at)
    return Listed(items=[ExclusionOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/measurement-exclusions", status_code=201)
def add_exclusion(
    session: DbSession, scope: CalendarScope, caller: CurrentCaller, body: ExclusionIn
) -> ExclusionOut:
    """Ask that time be left out of verdicts; it counts once somebody else has approved it."""
    row = MeasurementExclusion(id="", requested_by=login_of(caller), **body.model_dump())
    return ExclusionOut.model_validate(exclude(session, scope, row))


@router.get("/measurement-exclusions/waiting")
def list_waiting(session: DbSession, scope: ReadScope) -> WaitingOut:
    """Exclusions and exemptions nobody has approved or declined yet."""
    exclusions, exemptions = ExclusionRepository(session, scope).waiting()
    return WaitingOut(
        exclusions=[ExclusionOut.model_validate(row) for row in exclusions],
        exemptions=[ExemptionOut.model_validate(row) for row in exemptions],
    )


@router.post("/measurement-exclusions/{exclusion_id}/approve")
def approve_one(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, exclusion_id: str
) -> ExclusionOut:
    """Leave out what somebody else has asked for; the approver stands on every report."""
    row = approve_exclusion(session, scope, exclusion_id, by=login_of(caller), at=utc_now())
    return ExclusionOut.model_validate(row)


@router.post("/measurement-exclusions/{exclusion_id}/revoke")
def revoke_exclusion(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, exclusion_id: str
) -> ExclusionOut:
    """Count time again that was left out by mistake, or decline what waits."""
    row = revoke(session, scope, exclusion_id, by=login_of(caller), at=utc_now())
    return ExclusionOut.model_validate(row)


@router.get("/school-exemptions")
def list_exemptions(session: DbSession, scope: ReadScope) -> Listed[ExemptionOut]:
    """Schools that are or were held against nothing."""
    rows = ExclusionRepository(session, scope).exemptions()
    return Listed(items=[ExemptionOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/school-exemptions/{exemption_id}/end")
def end_school_exemption(
    session: DbSession, scope: InventoryScope, exemption_id: str, body: ExemptionEndIn
) -> ExemptionOut:
    """Hold a school against its targets again after a day."""
    row = end_exemption(session, scope, exemption_id, body.valid_until)
    return ExemptionOut.model_validate(row)


@router.post("/school-exemptions", status_code=201)
def add_exemption(
    session: DbSession, scope: CalendarScope, caller: CurrentCaller, body: ExemptionIn
) -> ExemptionOut:
    """Ask that a school be held against nothing; it counts once somebody else has approved it."""
    row = SchoolExemption(id="", requested_by=login_of(caller), **body.model_dump())
    return ExemptionOut.model_validate(exempt_school(session, scope, row))


@router.post("/school-exemptions/{exemption_id}/approve")
def approve_school_exemption(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, exemption_id: str
) -> ExemptionOut:
    """Exempt a school as somebody else has asked; the approver stands on every report."""
    row = approve_exemption(session, scope, exemption_id, by=login_of(caller), at=utc_now())
    return ExemptionOut.model_validate(row)


@router.post("/school-exemptions/{exemption_id}/decline")
def decline_school_exemption(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, exemption_id: str
) -> ExemptionOut:
    """Leave a school held against its targets."""
    row = decline_exemption(session, scope, exemption_id, by=login_of(caller), at=utc_now())
    return ExemptionOut.model_validate(row)
