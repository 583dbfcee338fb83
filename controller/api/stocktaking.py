"""``/stocktaking``: campaigns, what phones count, differences, signed reports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session
from starlette.responses import Response

from controller.api.schemas import PROBLEMS, Limit, Listed, Offset
from controller.api.stocktaking_schemas import (
    AnswerOut,
    CampaignDetail,
    CampaignIn,
    CampaignOut,
    FinishIn,
    NoteIn,
    ResultOut,
    RoomDoneIn,
    RoomDoneOut,
    SchoolProgressOut,
    SheetOut,
    SightingsIn,
)
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, Within
from controller.errors import NotFound
from inventory.models import CampaignState, Decision, Found, StockCampaign
from inventory.models.base import utc_now
from inventory.repositories.scoped import MAX_PAGE
from inventory.scope import Scope
from inventory.stocktaking.campaigns import CampaignStart, Where
from inventory.stocktaking.closing import ClosingDesk
from inventory.stocktaking.counting import CountDesk, Sighting
from inventory.stocktaking.report import report_csv
from inventory.stocktaking.repository import StockRepository
from inventory.stocktaking.sheets import Sheet, sheet_of

router = APIRouter(tags=["stocktaking"], responses=PROBLEMS)
CountScope = Annotated[Scope, Depends(Within(Permission.count_stock))]
#: Who begins, ends, corrects and signs.
AnswerScope = Annotated[Scope, Depends(Within(Permission.manage_access))]


@router.get("/stocktaking")
def list_campaigns(
    session: DbSession,
    scope: CountScope,
    state: CampaignState | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[CampaignOut]:
    """Campaigns that touch a school of the caller's, the newest first."""
    page = StockRepository(session, scope).page(state=state, offset=offset, limit=limit)
    return Listed(items=[CampaignOut.model_validate(row) for row in page.items], total=page.total)


@router.post("/stocktaking", status_code=201)
def start_campaign(
    session: DbSession, caller: CurrentCaller, scope: AnswerScope, body: CampaignIn
) -> CampaignDetail:
    """Freeze what should stand where, and begin to count."""
    where = Where(body.bureau, frozenset(body.schools), frozenset(body.rooms))
    campaign = CampaignStart(session, scope).start(
        body.name, where, actor=caller.id, now=utc_now(), due_on=body.due_on
    )
    return _detail(session, scope, campaign)


@router.get("/stocktaking/{campaign_id}")
def show_campaign(
    session: DbSession,
    scope: CountScope,
    campaign_id: str,
    offset: Offset = 0,
    limit: Limit = MAX_PAGE,
) -> CampaignDetail:
    """How far a campaign is; ``offset`` and ``limit`` are of its schools."""
    campaign = _campaign(session, scope, campaign_id)
    return _detail(session, scope, campaign, offset=offset, limit=limit)


@router.get("/stocktaking/{campaign_id}/schools/{code}")
def show_sheet(session: DbSession, scope: CountScope, campaign_id: str, code: str) -> SheetOut:
    """Rooms of a school with what should stand in them, for a phone to take along."""
    return shown_sheet(sheet_of(session, scope, campaign_id, code, utc_now()))


@router.post("/stocktaking/{campaign_id}/observations")
def take_observations(
    session: DbSession,
    caller: CurrentCaller,
    scope: CountScope,
    campaign_id: str,
    body: SightingsIn,
) -> Listed[AnswerOut]:
    """Keep what a phone has seen. What is sent twice is kept once and answered again."""
    desk = CountDesk(session, scope, caller.id, utc_now())
    seen = [Sighting(**one.model_dump()) for one in body.observations]
    answers = desk.take(campaign_id, body.phone, body.sent_at, seen)
    return Listed(items=[AnswerOut.model_validate(one) for one in answers], total=len(answers))


@router.put("/stocktaking/{campaign_id}/rooms/{room_id}")
def finish_room(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: CountScope,
    campaign_id: str,
    room_id: str,
    body: RoomDoneIn,
) -> RoomDoneOut:
    """Say that one has been everywhere in a room, or not yet after all."""
    desk = CountDesk(session, scope, caller.id, utc_now())
    return RoomDoneOut.model_validate(desk.finish_room(campaign_id, room_id, done=body.done))


@router.post("/stocktaking/{campaign_id}/finish")
def finish_campaign(
    session: DbSession,
    caller: CurrentCaller,
    scope: AnswerScope,
    campaign_id: str,
    body: FinishIn,
) -> CampaignDetail:
    """Count no more; every device has its line from now on."""
    campaign = ClosingDesk(session, scope, caller.id, utc_now()).finish(
        campaign_id, anyway=body.anyway
    )
    return _detail(session, scope, campaign)


@router.get("/stocktaking/{campaign_id}/results")
def list_results(
    *,
    session: DbSession,
    scope: CountScope,
    campaign_id: str,
    outcome: Found | None = None,
    decision: Annotated[Decision | None, Query(description="Of differences only.")] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ResultOut]:
    """Lines of a finished campaign, in the order of its report."""
    _campaign(session, scope, campaign_id)
    page = StockRepository(session, scope).results(
        campaign_id, outcome=outcome, decision=decision, offset=offset, limit=limit
    )
    return Listed(items=[ResultOut.model_validate(row) for row in page.items], total=page.total)


@router.post("/stocktaking/{campaign_id}/results/{result_id}/confirm")
def confirm_result(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: AnswerScope,
    campaign_id: str,
    result_id: str,
    body: NoteIn,
) -> ResultOut:
    """Let the register follow the count: the device moves to that room, or is lost."""
    desk = ClosingDesk(session, scope, caller.id, utc_now())
    return ResultOut.model_validate(desk.confirm(campaign_id, result_id, body.note))


@router.post("/stocktaking/{campaign_id}/results/{result_id}/dismiss")
def dismiss_result(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: AnswerScope,
    campaign_id: str,
    result_id: str,
    body: NoteIn,
) -> ResultOut:
    """Leave the register as it is."""
    desk = ClosingDesk(session, scope, caller.id, utc_now())
    return ResultOut.model_validate(desk.dismiss(campaign_id, result_id, body.note))


@router.post("/stocktaking/{campaign_id}/sign")
def sign_campaign(
    session: DbSession, caller: CurrentCaller, scope: AnswerScope, campaign_id: str
) -> CampaignDetail:
    """Put one's name under the report; nothing of it changes any more."""
    campaign = ClosingDesk(session, scope, caller.id, utc_now()).sign(campaign_id)
    return _detail(session, scope, campaign)


@router.get(
    "/stocktaking/{campaign_id}/report.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "The report; times are UTC."}},
)
def report(session: DbSession, scope: CountScope, campaign_id: str) -> Response:
    """The lines the caller may see; for who sees all of them, the file that was signed."""
    campaign = _campaign(session, scope, campaign_id)
    return csv_of(session, scope, campaign)


def csv_of(session: Session, scope: Scope, campaign: StockCampaign) -> Response:
    """The report of a campaign as a file to keep."""
    body = report_csv(StockRepository(session, scope).all_results(campaign.id))
    name = f"stocktaking-{campaign.id}.csv"
    return Response(
        body,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def shown_sheet(sheet: Sheet) -> SheetOut:
    """A sheet as phones take it."""
    return SheetOut.model_validate(sheet)


def _campaign(session: Session, scope: Scope, campaign_id: str) -> StockCampaign:
    campaign = StockRepository(session, scope).get(campaign_id)
    if campaign is None:
        raise NotFound
    return campaign


def _detail(
    session: Session,
    scope: Scope,
    campaign: StockCampaign,
    *,
    offset: int = 0,
    limit: int = MAX_PAGE,
) -> CampaignDetail:
    stock = StockRepository(session, scope)
    page = stock.progress(campaign.id, offset=offset, limit=limit)
    return CampaignDetail.model_validate(
        {
            **campaign.model_dump(),
            "schools": [
                SchoolProgressOut(
                    school_code=one.school.code,
                    school_name=one.school.name,
                    rooms=one.rooms,
                    rooms_done=one.rooms_done,
                    expected=one.expected,
                    seen=one.seen,
                )
                for one in page.items
            ],
            "schools_total": page.total,
            "results": stock.count_results(campaign.id),
        }
    )
