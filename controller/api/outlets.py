"""``/outlets``: Internet outlets and backbones of bureaus (出口)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from controller.api.conditional import IfMatch, require_match
from controller.api.equipment import path_of
from controller.api.records import InventoryScope, Said, Tagged, applied, corrected, there
from controller.api.schemas import PROBLEMS, Listed
from controller.deps import DbSession, ReadScope
from inventory.lines import MAX_MBPS
from inventory.models import Outlet, OutletKind
from inventory.outlets import LONGEST_NOTE, LONGEST_TEXT, OutletRepository, save_outlet

router = APIRouter(prefix="/outlets", tags=["outlets"], responses=PROBLEMS)
_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
_Mbps = Annotated[Decimal, Field(gt=0, lt=MAX_MBPS, decimal_places=3)]


class OutletPatch(Said):
    """What of an outlet is to change."""

    kind: OutletKind | None = None
    provider: _Text | None = None
    circuit: _Text | None = None
    down_mbps: _Mbps | None = None
    up_mbps: _Mbps | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = None


class OutletIn(OutletPatch):
    """An outlet of a city or county."""

    organisation_code: Annotated[str, Field(max_length=32)]
    provider: _Text
    down_mbps: _Mbps
    up_mbps: _Mbps


class OutletOut(Tagged):
    """An outlet; rates in Mbit/s, as in the contract."""

    id: str
    organisation_code: str
    kind: OutletKind
    provider: str
    circuit: str
    down_mbps: float
    up_mbps: float
    starts_on: date | None
    ends_on: date | None
    note: str


@router.get("")
def list_outlets(
    session: DbSession,
    scope: ReadScope,
    at: Annotated[str, Query(max_length=32, description="Code of a bureau; empty for all.")] = "",
    on: Annotated[date | None, Query(description="Only those that run on this day.")] = None,
) -> Listed[OutletOut]:
    """Outlets of a bureau and those below it."""
    rows = OutletRepository(session, scope).below(path_of(session, scope, at), on)
    return Listed(items=[OutletOut.model_validate(row) for row in rows], total=len(rows))


@router.post("", status_code=201)
def add_outlet(session: DbSession, scope: InventoryScope, body: OutletIn) -> OutletOut:
    """Note an outlet."""
    row = Outlet(
        id="",
        organisation_code=body.organisation_code,
        provider=body.provider,
        down_mbps=body.down_mbps,
        up_mbps=body.up_mbps,
    )
    return OutletOut.model_validate(save_outlet(session, scope, applied(row, body)))


@router.patch("/{outlet_id}")
def change_outlet(
    *,
    session: DbSession,
    scope: InventoryScope,
    outlet_id: str,
    body: OutletPatch,
    if_match: IfMatch = None,
) -> OutletOut:
    """Correct an outlet, or note its last day."""
    row = there(OutletRepository(session, scope).get(outlet_id))
    changed = corrected(session, row, body, if_match)
    return OutletOut.model_validate(save_outlet(session, scope, changed))


@router.delete("/{outlet_id}", status_code=204)
def remove_outlet(
    session: DbSession, scope: InventoryScope, outlet_id: str, if_match: IfMatch = None
) -> None:
    """Forget an outlet that was a mistake; one that ends gets a last day instead."""
    repository = OutletRepository(session, scope)
    row = there(repository.get(outlet_id))
    require_match(session, row, if_match)
    repository.remove(row)
