"""``/procurement/transfers``, ``/procurement/disposals``: devices that go away."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import Session

from controller.api.procurement_requests import SeenScope, entries_of
from controller.api.procurement_schemas import Body, EntryOut, Id, Money, Text, WordIn
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, DbSession
from controller.errors import NotFound
from controller.procuring import actor_of, procurement_scope
from inventory.models import (
    DisposalState,
    Lifecycle,
    Right,
    Subject,
    TransferState,
    WipeMethod,
)
from inventory.models.base import utc_now
from inventory.procurement.disposals import MOST_DEVICES, DisposalDesk
from inventory.procurement.ledger import MAX_COMMENT
from inventory.procurement.movement_rows import DisposalRepository, TransferRepository
from inventory.procurement.transfers import TransferDesk
from inventory.scope import Scope

router = APIRouter(prefix="/procurement", tags=["procurement"], responses=PROBLEMS)
_Code = Annotated[str, Field(max_length=32)]
_Number = Annotated[str, Field(min_length=1, max_length=200)]
_Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_DEVICES)]


class TransferIn(Body):
    """Devices that one school is to give another, named by id or by the number on their label."""

    from_school_code: _Code
    to_school_code: _Code
    device_ids: list[Id] = Field(default_factory=list, max_length=MOST_DEVICES)
    numbers: list[_Number] = Field(
        default_factory=list,
        max_length=MOST_DEVICES,
        description="Asset or serial numbers, by which a school asks for devices it does not see.",
    )
    reason: Text


class DisposalIn(Body):
    """Devices that a school gives up."""

    school_code: _Code
    device_ids: _Ids
    reason: Text


class AppraisalIn(Body):
    """What a technician found."""

    appraisal: Annotated[str, Field(min_length=1, max_length=4_000)]


class WipeIn(Body):
    """How the data of every device were made unreadable; ``comment`` is needed for lost ones."""

    methods: dict[Id, WipeMethod] = Field(max_length=MOST_DEVICES)
    comment: Annotated[str, Field(max_length=MAX_COMMENT)] = ""


class ResidualIn(Body):
    """What every device still brings in, in CNY."""

    values: dict[Id, Money] = Field(max_length=MOST_DEVICES)


class TransferOut(Schema):
    """One transfer."""

    id: str
    number: str
    from_school_code: str
    to_school_code: str
    reason: str
    state: TransferState
    created_by: str
    created_at: datetime
    given_by: str | None
    given_at: datetime | None
    taken_by: str | None
    taken_at: datetime | None


class TransferDetail(TransferOut):
    """One transfer with its devices and every step."""

    device_ids: list[str]
    entries: list[EntryOut]


class DisposalItemOut(Schema):
    """One device on its way out."""

    device_id: str
    name: str
    lifecycle: Lifecycle
    wipe_method: WipeMethod | None
    residual_value_cny: Decimal | None


class DisposalOut(Schema):
    """One disposal."""

    id: str
    number: str
    school_code: str
    reason: str
    state: DisposalState
    created_by: str
    created_at: datetime
    appraisal: str


class DisposalDetail(DisposalOut):
    """One disposal with its devices and every step."""

    items: list[DisposalItemOut]
    entries: list[EntryOut]


@router.get("/transfers")
def list_transfers(
    *,
    session: DbSession,
    scope: SeenScope,
    state: Annotated[TransferState | None, Query()] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[TransferOut]:
    """Transfers from or to schools within the caller's scope, the youngest first."""
    page = TransferRepository(session, scope).page(state=state, offset=offset, limit=limit)
    return Listed(items=[TransferOut.model_validate(row) for row in page.items], total=page.total)


@router.post("/transfers", status_code=201)
def propose_transfer(session: DbSession, caller: CurrentCaller, body: TransferIn) -> TransferDetail:
    """Propose a transfer from either side; one's own side has agreed by that."""
    row = _transfers(session, caller, Right.request).propose(
        body.from_school_code,
        body.to_school_code,
        body.device_ids,
        body.reason,
        numbers=body.numbers,
    )
    return _transfer(session, procurement_scope(caller), row.id)


@router.get("/transfers/{transfer_id}")
def show_transfer(session: DbSession, scope: SeenScope, transfer_id: str) -> TransferDetail:
    """One transfer."""
    return _transfer(session, scope, transfer_id)


@router.post("/transfers/{transfer_id}/consent")
def consent_to_transfer(
    session: DbSession, caller: CurrentCaller, transfer_id: str, body: WordIn
) -> TransferDetail:
    """Agree for the school that has not agreed yet."""
    _transfers(session, caller, Right.request).consent(transfer_id, body.comment)
    return _transfer(session, procurement_scope(caller), transfer_id)


@router.post("/transfers/{transfer_id}/refuse")
def refuse_transfer(
    session: DbSession, caller: CurrentCaller, transfer_id: str, body: WordIn
) -> TransferDetail:
    """Do not agree; the transfer ends."""
    _transfers(session, caller, Right.request).refuse(transfer_id, body.comment)
    return _transfer(session, procurement_scope(caller), transfer_id)


@router.post("/transfers/{transfer_id}/complete")
def complete_transfer(
    session: DbSession, caller: CurrentCaller, transfer_id: str, body: WordIn
) -> TransferDetail:
    """Take the devices into the store of the school that gets them."""
    _transfers(session, caller, Right.receive).complete(transfer_id, body.comment)
    return _transfer(session, procurement_scope(caller), transfer_id)


@router.get("/disposals")
def list_disposals(
    *,
    session: DbSession,
    scope: SeenScope,
    state: Annotated[DisposalState | None, Query()] = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[DisposalOut]:
    """Disposals, the youngest first."""
    page = DisposalRepository(session, scope).page(
        state=state, school=school, offset=offset, limit=limit
    )
    return Listed(items=[DisposalOut.model_validate(row) for row in page.items], total=page.total)


@router.post("/disposals", status_code=201)
def propose_disposal(session: DbSession, caller: CurrentCaller, body: DisposalIn) -> DisposalDetail:
    """Propose to give devices of a school up."""
    row = _disposals(session, caller, Right.request).propose(
        body.school_code, body.device_ids, body.reason
    )
    return _disposal(session, procurement_scope(caller), row.id)


@router.get("/disposals/{disposal_id}")
def show_disposal(session: DbSession, scope: SeenScope, disposal_id: str) -> DisposalDetail:
    """One disposal."""
    return _disposal(session, scope, disposal_id)


@router.post("/disposals/{disposal_id}/appraise")
def appraise_disposal(
    session: DbSession, caller: CurrentCaller, disposal_id: str, body: AppraisalIn
) -> DisposalDetail:
    """Say what a technician found."""
    _disposals(session, caller, Right.receive).appraise(disposal_id, body.appraisal)
    return _disposal(session, procurement_scope(caller), disposal_id)


@router.post("/disposals/{disposal_id}/approve")
def approve_disposal(
    session: DbSession, caller: CurrentCaller, disposal_id: str, body: WordIn
) -> DisposalDetail:
    """Agree; the devices are retired."""
    _disposals(session, caller, Right.approve).approve(disposal_id, body.comment)
    return _disposal(session, procurement_scope(caller), disposal_id)


@router.post("/disposals/{disposal_id}/reject")
def reject_disposal(
    session: DbSession, caller: CurrentCaller, disposal_id: str, body: WordIn
) -> DisposalDetail:
    """Do not agree; the devices stay as they are."""
    _disposals(session, caller, Right.approve).reject(disposal_id, body.comment)
    return _disposal(session, procurement_scope(caller), disposal_id)


@router.post("/disposals/{disposal_id}/wipe")
def wipe_disposal(
    session: DbSession, caller: CurrentCaller, disposal_id: str, body: WipeIn
) -> DisposalDetail:
    """Confirm how the data of every device went."""
    _disposals(session, caller, Right.receive).wipe(disposal_id, body.methods, body.comment)
    return _disposal(session, procurement_scope(caller), disposal_id)


@router.post("/disposals/{disposal_id}/complete")
def complete_disposal(
    session: DbSession, caller: CurrentCaller, disposal_id: str, body: ResidualIn
) -> DisposalDetail:
    """Let the devices go, each for what it still brings in."""
    _disposals(session, caller, Right.receive).complete(disposal_id, body.values)
    return _disposal(session, procurement_scope(caller), disposal_id)


def _transfers(session: Session, caller: Caller, right: Right) -> TransferDesk:
    return TransferDesk(session, actor_of(caller, right), utc_now())


def _disposals(session: Session, caller: Caller, right: Right) -> DisposalDesk:
    return DisposalDesk(session, actor_of(caller, right), utc_now())


def _transfer(session: Session, scope: Scope, transfer_id: str) -> TransferDetail:
    transfers = TransferRepository(session, scope)
    row = transfers.get(transfer_id)
    if row is None:
        raise NotFound
    return TransferDetail(
        **TransferOut.model_validate(row).model_dump(),
        device_ids=[device.id for device in transfers.devices(transfer_id)],
        entries=entries_of(session, scope, Subject.transfer, transfer_id),
    )


def _disposal(session: Session, scope: Scope, disposal_id: str) -> DisposalDetail:
    disposals = DisposalRepository(session, scope)
    row = disposals.get(disposal_id)
    if row is None:
        raise NotFound
    return DisposalDetail(
        **DisposalOut.model_validate(row).model_dump(),
        items=[
            DisposalItemOut.model_validate(
                {**item.model_dump(), "name": device.name, "lifecycle": device.lifecycle}
            )
            for item, device in disposals.items(disposal_id)
        ],
        entries=entries_of(session, scope, Subject.disposal, disposal_id),
    )
