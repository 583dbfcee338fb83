"""The quote of a request: brought on a form, handed out as a file."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import Response

from controller.api.attachments import folder_of
from controller.api.procurement_quotes import quote_file
from controller.pages.look import Looking
from controller.pages.procurement_forms import taken
from controller.pages.views.procurement_request import request_document
from controller.procuring import actor_of
from inventory.models import Right
from inventory.procurement.quotes import attach_quote

router = APIRouter(prefix="/procurement/quotes")


@router.get("/{key}")
def quote(key: str, request: Request, look: Looking) -> Response:
    """The quote of a request, to be saved."""
    return quote_file(request, look.session, look.caller, key)


@router.post("/{key}")
def bring_quote(
    key: str, request: Request, look: Looking, file: Annotated[UploadFile, File()]
) -> Response:
    """Keep a file as the quote of a request."""
    content = file.file.read()

    def act() -> str:
        attach_quote(
            look.session,
            actor_of(look.caller, Right.request),
            folder_of(request),
            key,
            name=file.filename or "",
            content=content,
            now=look.now,
        )
        return f"/procurement/requests/{key}"

    href = f"/procurement/quotes/{key}"
    return taken(
        look,
        act,
        lambda fault: look.show("procured", request_document(look, key).refused(fault, href, {})),
    )
