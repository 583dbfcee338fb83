"""``/staff``: who answers for a school, and the certificates of its network administrators."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from controller.api.conditional import IfMatch, require_match
from controller.api.records import PlaceScope, Said, SchoolCode, Tagged, applied, corrected, there
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, ReadScope
from inventory.days import day_of
from inventory.models import CertificateLevel, StaffMember, StaffRole
from inventory.models.base import utc_now
from inventory.repositories import SchoolRepository, StaffRepository
from inventory.repositories.scoped import MAX_PAGE
from inventory.schools import staff

router = APIRouter(prefix="/staff", tags=["staff"], responses=PROBLEMS)
_Text = Annotated[str, Field(max_length=200)]
_Short = Annotated[str, Field(max_length=100)]


class StaffPatch(Said):
    """What of somebody's entry is to change; ``user_id`` is that of a log-in, if there is one."""

    role: StaffRole | None = None
    name: _Short | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    user_id: Annotated[str, Field(max_length=20)] | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    certificate_name: _Text | None = None
    certificate_level: CertificateLevel | None = None
    certificate_number: _Short | None = None
    certificate_expires_on: date | None = None


class StaffIn(StaffPatch):
    """Somebody in a role at a school."""

    school_code: Annotated[str, Field(max_length=32)]
    role: StaffRole
    name: _Short


class StaffOut(Tagged):
    """Somebody in a role; the certificate's number is there for those who may change it."""

    id: str
    school_code: str
    role: StaffRole
    name: str
    phone: str
    user_id: str | None
    starts_on: date | None
    ends_on: date | None
    certificate_name: str
    certificate_level: CertificateLevel | None
    certificate_number: str | None
    certificate_expires_on: date | None


class CountyCertificatesOut(Schema):
    """One county: persons counted once; ``unmanned`` are schools nobody looks after."""

    bureau: str
    administrators: int
    certified: int
    advanced: int
    certified_ratio: float | None
    advanced_ratio: float | None
    schools: int
    unmanned: list[str]


@router.get("")
def list_staff(
    session: DbSession, caller: CurrentCaller, scope: ReadScope, school: SchoolCode
) -> Listed[StaffOut]:
    """People of a school by role."""
    rows = StaffRepository(session, scope).at_school(school)
    return Listed(items=_shown(session, caller, rows), total=len(rows))


@router.get("/certificates")
def certificates_by_county(
    session: DbSession, scope: ReadScope, on: date | None = None
) -> Listed[CountyCertificatesOut]:
    """How many network administrators are certified, by county."""
    found = staff.county_certificates(session, scope, on or day_of(utc_now()))
    items = [CountyCertificatesOut.model_validate(county) for county in found]
    return Listed(items=items, total=len(items))


@router.get("/certificates/expiring")
def expiring_certificates(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: ReadScope,
    days: Annotated[int, Query(ge=0, le=3_660)] = staff.REMINDER_DAYS,
    offset: Offset = 0,
    limit: Limit = MAX_PAGE,
) -> Listed[StaffOut]:
    """Who is in office with a certificate that ends within so many days, or has ended."""
    page = staff.expiring_certificates(
        session, scope, day_of(utc_now()), days, offset=offset, limit=limit
    )
    return Listed(items=_shown(session, caller, page.items), total=page.total)


@router.post("", status_code=201)
def add_staff(
    session: DbSession, caller: CurrentCaller, scope: PlaceScope, body: StaffIn
) -> StaffOut:
    """Name somebody."""
    row = StaffMember(id="", school_code=body.school_code, role=body.role, name=body.name)
    saved = staff.save_staff(session, scope, applied(row, body))
    return _shown(session, caller, [saved])[0]


@router.patch("/{staff_id}")
def change_staff(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: PlaceScope,
    staff_id: str,
    body: StaffPatch,
    if_match: IfMatch = None,
) -> StaffOut:
    """Correct an entry, or note a certificate or a last day."""
    row = corrected(session, there(StaffRepository(session, scope).get(staff_id)), body, if_match)
    return _shown(session, caller, [staff.save_staff(session, scope, row)])[0]


@router.delete("/{staff_id}", status_code=204)
def remove_staff(
    session: DbSession, scope: PlaceScope, staff_id: str, if_match: IfMatch = None
) -> None:
    """Forget an entry that was a mistake."""
    row = there(StaffRepository(session, scope).get(staff_id))
    require_match(session, row, if_match)
    staff.remove_staff(session, scope, row)


def _shown(
    session: DbSession, caller: CurrentCaller, rows: Sequence[StaffMember]
) -> list[StaffOut]:
    managed = SchoolRepository(session, caller.scope(Permission.manage_places))
    known = {school.code for school in managed.named([row.school_code for row in rows])}
    return [
        StaffOut.model_validate(row)
        if row.school_code in known
        else StaffOut.model_validate(row).model_copy(update={"certificate_number": None})
        for row in rows
    ]
