"""``/tickets/{id}/photos``, ``reports`` and ``sheet``: what is seen and told of a repair."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import FileResponse

from alerts.reporting.desk import reports_of
from alerts.repositories import TicketRepository
from controller.api.attachments import AttachmentOut, body_of, folder_of
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.permissions import Permission
from controller.deps import AnyReader, CurrentCaller, DbSession, TicketScope, Within
from controller.errors import NotFound
from controller.printing.repair_sheet import as_file, repair_sheet
from controller.ticket_photos import add_photo, photo_of, photos_of, remove_photo, shown
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"], responses=PROBLEMS)
WorkScope = Annotated[Scope, Depends(Within(Permission.work_tickets))]


class TicketReportOut(Schema):
    """What one person told by a label; name and number are empty where they said none."""

    id: str
    at: datetime
    kind: str
    words: str
    name: str
    phone: str
    room_id: str | None
    confirmed_at: datetime | None
    satisfaction: int | None
    signature_id: str | None


@router.get("/reports")
def list_reports(session: DbSession, scope: TicketScope, ticket_id: str) -> Listed[TicketReportOut]:
    """Who reported it by its label, the first one first."""
    if TicketRepository(session, scope).get(ticket_id) is None:
        raise NotFound
    rows = [TicketReportOut.model_validate(one) for one in reports_of(session, ticket_id)]
    return Listed(items=rows, total=len(rows))


@router.get("/photos")
def list_photos(session: DbSession, scope: TicketScope, ticket_id: str) -> Listed[AttachmentOut]:
    """Photos of a ticket, the oldest first."""
    if TicketRepository(session, scope).get(ticket_id) is None:
        raise NotFound
    rows = [AttachmentOut.model_validate(one) for one in photos_of(session, ticket_id)]
    return Listed(items=rows, total=len(rows))


@router.post("/photos", status_code=201)
def attach_photo(
    *,
    request: Request,
    session: DbSession,
    scope: WorkScope,
    caller: CurrentCaller,
    ticket_id: str,
    content: Annotated[bytes, Depends(body_of)],
    name: Annotated[str, Query(max_length=300)] = "",
) -> AttachmentOut:
    """Keep the body as a photo: JPEG, PNG, WebP or HEIC, at most 8 MB; it is drawn anew as JPEG."""
    actor = (caller.id, caller.login)
    row = add_photo(
        folder_of(request), session, scope, ticket_id, (name, content), actor=actor, now=utc_now()
    )
    return AttachmentOut.model_validate(row)


@router.get("/photos/{photo_id}/content", response_class=FileResponse)
def photo_content(
    request: Request, session: DbSession, scope: TicketScope, ticket_id: str, photo_id: str
) -> Response:
    """The photo, or the signature under a repair."""
    return shown(request, photo_of(session, scope, ticket_id, photo_id))


@router.delete("/photos/{photo_id}", status_code=204)
def delete_photo(
    session: DbSession, scope: WorkScope, caller: CurrentCaller, ticket_id: str, photo_id: str
) -> None:
    """Take a photo away; the log says so."""
    remove_photo(session, scope, ticket_id, photo_id, caller.id)


@router.get(
    "/sheet",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def print_sheet(
    request: Request, session: DbSession, scope: TicketScope, lang: AnyReader, ticket_id: str
) -> Response:
    """The repair sheet (维修单) as PDF."""
    return as_file(*repair_sheet(request, session, scope, lang, ticket_id, now=utc_now()))
