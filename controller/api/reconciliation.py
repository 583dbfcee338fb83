"""``/reconciliation``: where network and register contradict each other, and what is said to it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, Reader, Within
from controller.errors import NotFound
from controller.reconciling import resolve
from inventory.models import Contradiction, ItemState, Lifecycle, Resolution
from inventory.models.base import utc_now
from inventory.reconciliation.desk import MAX_NOTE, OFFERED, Said
from inventory.reconciliation.repository import ItemRow, ReconciliationRepository
from inventory.scope import Scope

router = APIRouter(tags=["reconciliation"], responses=PROBLEMS)
AccessScope = Annotated[Scope, Depends(Within(Permission.manage_access))]


class ContradictionOut(Schema):
    """One contradiction: what the register says, what the network shows, when and who saw it.

    ``device_id`` is left out where the device belongs to a school the caller may not see.
    """

    id: str
    kind: Contradiction
    state: ItemState
    school_code: str
    school_name: str
    device_id: str | None
    device_name: str | None
    proposal_id: str | None
    registered: str
    shown: str
    source: str
    place: str
    room_id: str | None
    other_school_code: str | None
    seen_at: datetime
    first_at: datetime
    offered: list[Resolution]
    resolution: Resolution | None
    note: str
    ignored_until: datetime | None
    ticket_id: str | None
    decided_by: str | None
    decided_at: datetime | None


class ResolutionIn(BaseModel):
    """What is said.

    ``room_id`` goes with ``accept`` (of a wrong room, or a device to put in service),
    ``lifecycle`` with ``correct`` of a missing device, ``until`` with ``ignore``.
    """

    model_config = ConfigDict(extra="forbid")

    resolution: Resolution
    note: str = Field(default="", max_length=MAX_NOTE)
    room_id: Annotated[str, Field(max_length=20)] | None = None
    lifecycle: Lifecycle | None = None
    until: AwareDatetime | None = None


@router.get("/reconciliation")
def list_contradictions(
    *,
    session: DbSession,
    scope: AccessScope,
    state: ItemState | None = ItemState.open,
    kind: Contradiction | None = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ContradictionOut]:
    """Contradictions, those seen last first; those to decide unless another state is asked for."""
    page = ReconciliationRepository(session, scope).page(
        state=state, kind=kind, school=school, offset=offset, limit=limit
    )
    return Listed(items=[_shown(row) for row in page.items], total=page.total)


@router.get("/reconciliation/counts")
def count_contradictions(session: DbSession, scope: AccessScope) -> dict[Contradiction, int]:
    """How many of each kind are to be decided."""
    return dict(ReconciliationRepository(session, scope).count_open())


@router.get("/reconciliation/{item_id}")
def show_contradiction(session: DbSession, scope: AccessScope, item_id: str) -> ContradictionOut:
    """One contradiction."""
    row = ReconciliationRepository(session, scope).row(item_id)
    if row is None:
        raise NotFound
    return _shown(row)


@router.post("/reconciliation/{item_id}")
def resolve_contradiction(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: AccessScope,
    lang: Reader,
    item_id: str,
    body: ResolutionIn,
) -> ContradictionOut:
    """Say who is right, open a ticket, or wait."""
    said = Said(**body.model_dump())
    resolve(session, caller, item_id, said, now=utc_now(), lang=lang)
    return show_contradiction(session, scope, item_id)


def _shown(row: ItemRow) -> ContradictionOut:
    return ContradictionOut.model_validate(
        {
            **row.item.model_dump(),
            "device_id": row.device.id if row.device else None,
            "device_name": row.device.name if row.device else None,
            "school_name": row.school.name,
            "offered": sorted(OFFERED[row.item.kind]),
        }
    )
