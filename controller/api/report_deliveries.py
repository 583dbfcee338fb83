"""``/report-deliveries``: reports that are sent by e-mail when a day of the month has come."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.deliveries.desk import MOST_RECIPIENTS, DeliveryDesk
from controller.deps import CurrentCaller, DbSession
from inventory.deliveries.keeping import LAST_DAY
from inventory.deliveries.repository import Placed
from inventory.models import DeliveryKind, ReportSending, SendingState
from inventory.models.base import utc_now

router = APIRouter(prefix="/report-deliveries", tags=["reports"], responses=PROBLEMS)
_Day = Annotated[int, Field(ge=1, le=LAST_DAY)]
_Login = Annotated[str, Field(min_length=1, max_length=64)]
_Logins = Annotated[list[_Login], Field(min_length=1, max_length=MOST_RECIPIENTS)]
_LOG = 200


class ReportDeliveryIn(BaseModel):
    """A report to be sent; ``recipients`` are log-ins of people who may see the place."""

    at: str = Field(min_length=1, max_length=32, description="Code of a bureau or a school.")
    kind: DeliveryKind = DeliveryKind.month
    day: _Day = 5
    recipients: _Logins


class ReportDeliveryPatch(BaseModel):
    """What is to change; what is left out stays."""

    day: _Day | None = None
    recipients: _Logins | None = None
    paused: bool | None = None


class ReportDeliveryOut(Schema):
    """A report that is sent by itself, from ``day`` of the month on."""

    id: str
    at: str
    kind: DeliveryKind
    day: int
    paused_at: datetime | None
    made_by: str
    made_at: datetime
    recipients: list[str]


class ReportSendingOut(Schema):
    """One message; ``period`` is the first day of the report's, none of a test."""

    id: str
    recipient: str
    period: date | None
    state: SendingState
    attempts: int
    next_at: datetime
    ended_at: datetime | None
    detail: str


def delivery_desk(session: DbSession, caller: CurrentCaller) -> DeliveryDesk:
    """Dependency: deliveries as the caller may keep them."""
    return DeliveryDesk(session, caller, utc_now())


Desk = Annotated[DeliveryDesk, Depends(delivery_desk)]


@router.get("")
def list_report_deliveries(desk: Desk) -> Listed[ReportDeliveryOut]:
    """Deliveries of places whose reports the caller manages."""
    found = [_out(desk, one) for one in desk.rows.all()]
    return Listed(items=found, total=len(found))


@router.post("", status_code=201)
def add_report_delivery(desk: Desk, body: ReportDeliveryIn) -> ReportDeliveryOut:
    """Send a place's reports from now on; what was due before today is not sent."""
    return _out(desk, desk.add(body.at, body.kind, body.day, body.recipients))


@router.patch("/{delivery_id}")
def change_report_delivery(
    desk: Desk, delivery_id: str, body: ReportDeliveryPatch
) -> ReportDeliveryOut:
    """Another day, other people, a pause."""
    found = desk.there(delivery_id)
    if body.day is not None:
        desk.change_day(found, body.day)
    if body.recipients is not None:
        desk.address(found, body.recipients)
    if body.paused is not None:
        (desk.pause if body.paused else desk.resume)(found)
    return _out(desk, found)


@router.delete("/{delivery_id}", status_code=204)
def remove_report_delivery(desk: Desk, delivery_id: str) -> None:
    """Send it no more; what was sent stays written down."""
    desk.remove(desk.there(delivery_id))


@router.post("/{delivery_id}/test", status_code=202)
def test_report_delivery(desk: Desk, delivery_id: str) -> ReportSendingOut:
    """Have the newest report sent to the caller alone, within a minute or so."""
    return _sending(desk.test(desk.there(delivery_id)), desk.caller.login)


@router.get("/{delivery_id}/sendings")
def list_report_sendings(desk: Desk, delivery_id: str) -> Listed[ReportSendingOut]:
    """The newest messages, and what became of them."""
    rows = desk.rows.log(desk.there(delivery_id).row, _LOG)
    return Listed(items=[_sending(row, login) for row, login in rows], total=len(rows))


def _out(desk: DeliveryDesk, found: Placed) -> ReportDeliveryOut:
    row = found.row
    return ReportDeliveryOut(
        id=row.id,
        at=row.school_code or row.organisation_code or "",
        kind=row.kind,
        day=row.day,
        paused_at=row.paused_at,
        made_by=row.made_by,
        made_at=row.made_at,
        recipients=[one.login for one in desk.rows.recipients(row)],
    )


def _sending(row: ReportSending, login: str) -> ReportSendingOut:
    return ReportSendingOut(
        id=row.id,
        recipient=login,
        period=row.period,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        ended_at=row.ended_at,
        detail=row.detail,
    )
