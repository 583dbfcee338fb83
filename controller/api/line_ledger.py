"""Changes of ``/lines``, and the contracts that end (线路台账)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from controller.api.conditional import IfMatch, require_match
from controller.api.places import shown_line
from controller.api.records import InventoryScope, Said, applied, corrected, there
from controller.api.schemas import PROBLEMS, Limit, LineOut, Listed, Offset, Schema
from controller.deps import CurrentCaller, DbSession, ReadScope
from inventory import lines
from inventory.days import day_of
from inventory.models import Line, Medium
from inventory.models.base import utc_now
from inventory.repositories import LineRepository
from inventory.repositories.scoped import MAX_PAGE

router = APIRouter(prefix="/lines", tags=["lines"], responses=PROBLEMS)
_Text = Annotated[str, Field(max_length=lines.LONGEST_TEXT)]
_Mbps = Annotated[Decimal, Field(gt=0, lt=lines.MAX_MBPS, decimal_places=3)]
_Fee = Annotated[Decimal, Field(ge=0, lt=lines.MAX_FEE, decimal_places=2)]


class LinePatch(Said):
    """What of a line is to change; the fee is CNY a year."""

    provider: _Text | None = None
    circuit: _Text | None = None
    medium: Medium | None = None
    down_mbps: _Mbps | None = None
    up_mbps: _Mbps | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    yearly_fee_cny: _Fee | None = None
    hotline: _Text | None = None
    device_id: Annotated[str, Field(max_length=20)] | None = None
    port_name: Annotated[str, Field(max_length=255)] | None = None


class LineIn(LinePatch):
    """A line of a school."""

    school_code: Annotated[str, Field(max_length=32)]
    provider: _Text
    down_mbps: _Mbps
    up_mbps: _Mbps


class RenewalOut(Schema):
    """A contract to renew; ``days_left`` is below 0 when it has ended."""

    line: LineOut
    days_left: int


@router.get("/renewals")
def list_renewals(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: ReadScope,
    days: Annotated[int, Query(ge=0, le=3_660)] = lines.REMINDER_DAYS,
    offset: Offset = 0,
    limit: Limit = MAX_PAGE,
) -> Listed[RenewalOut]:
    """Contracts that end within so many days, and those that ended with no other line since."""
    page = lines.renewals(session, scope, day_of(utc_now()), days, offset=offset, limit=limit)
    items = [
        RenewalOut(line=shown_line(session, caller, one.line), days_left=one.days_left)
        for one in page.items
    ]
    return Listed(items=items, total=page.total)


@router.post("", status_code=201)
def add_line(
    session: DbSession, caller: CurrentCaller, scope: InventoryScope, body: LineIn
) -> LineOut:
    """Note a line."""
    row = Line(
        id="",
        school_code=body.school_code,
        provider=body.provider,
        down_mbps=body.down_mbps,
        up_mbps=body.up_mbps,
    )
    return shown_line(session, caller, lines.save_line(session, scope, applied(row, body)))


@router.patch("/{line_id}")
def change_line(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: InventoryScope,
    line_id: str,
    body: LinePatch,
    if_match: IfMatch = None,
) -> LineOut:
    """Correct a line, or note that its contract goes on."""
    row = corrected(session, there(LineRepository(session, scope).get(line_id)), body, if_match)
    return shown_line(session, caller, lines.save_line(session, scope, row))


@router.delete("/{line_id}", status_code=204)
def remove_line(
    session: DbSession, scope: InventoryScope, line_id: str, if_match: IfMatch = None
) -> None:
    """Forget a line that was a mistake; one with alerts or tickets is kept."""
    repository = LineRepository(session, scope)
    row = there(repository.get(line_id))
    require_match(session, row, if_match)
    repository.remove(row)
