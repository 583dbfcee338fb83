"""``/procurement/quotes``: the file a school puts its request forward with."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session
from starlette.responses import FileResponse

from controller.api.attachments import AttachmentOut, body_of, folder_of, handed_out
from controller.api.schemas import PROBLEMS
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, DbSession
from controller.errors import NotFound
from controller.procuring import actor_of, procurement_scope
from inventory.models import Right
from inventory.models.base import utc_now
from inventory.procurement.quotes import attach_quote, quote_of
from inventory.procurement.request_rows import RequestRepository

router = APIRouter(prefix="/procurement/quotes", tags=["procurement"], responses=PROBLEMS)


@router.post("/{request_id}", status_code=201)
def bring_quote(
    *,
    request: Request,
    session: DbSession,
    caller: CurrentCaller,
    request_id: str,
    content: Annotated[bytes, Depends(body_of)],
    name: Annotated[str, Query(max_length=300)] = "",
) -> AttachmentOut:
    """Keep the body as the quote of a draft: PDF, PNG, JPEG or WebP, at most 8 MB."""
    row = attach_quote(
        session,
        actor_of(caller, Right.request),
        folder_of(request),
        request_id,
        name=name,
        content=content,
        now=utc_now(),
    )
    return AttachmentOut.model_validate(row)


@router.get("/{request_id}", response_class=FileResponse)
def show_quote(
    request: Request, session: DbSession, caller: CurrentCaller, request_id: str
) -> Response:
    """The quote of a request, to be saved."""
    return quote_file(request, session, caller, request_id)


def quote_file(request: Request, session: Session, caller: Caller, request_id: str) -> Response:
    """The quote of a request as a file.

    Raises:
        NotFound: no such request within the caller's scope, or none was brought.
    """
    row = RequestRepository(session, procurement_scope(caller)).row(request_id)
    quote = quote_of(session, row.request) if row else None
    if quote is None:
        raise NotFound
    return handed_out(request, quote)
