"""Photos of one ticket, and its repair sheet."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from controller.api.attachments import folder_of
from controller.auth.permissions import Permission
from controller.pages.look import Looking
from controller.printing.repair_sheet import as_file, repair_sheet
from controller.ticket_photos import add_photo, photo_of, remove_photo, shown

router = APIRouter(prefix="/tickets/{ticket_id}")


@router.post("/photos")
def add(
    *, ticket_id: str, request: Request, look: Looking, file: Annotated[UploadFile, File()]
) -> Response:
    """Keep a photo of the repair.

    Raises:
        NotFound: no such ticket where this person repairs.
        FileUnfit: it is no photo, or too large.
        TooManyFiles: the ticket has as many as it may have.
    """
    scope = look.caller.require(Permission.work_tickets)
    actor = (look.caller.id, look.caller.login)
    photo = (file.filename or "", file.file.read())
    add_photo(folder_of(request), look.session, scope, ticket_id, photo, actor=actor, now=look.now)
    return _to(ticket_id)


@router.get("/photos/{photo_id}")
def content(ticket_id: str, photo_id: str, request: Request, look: Looking) -> Response:
    """A photo, or the signature under a repair.

    Raises:
        NotFound: none within the person's scope.
    """
    scope = look.caller.require(Permission.read_tickets)
    return shown(request, photo_of(look.session, scope, ticket_id, photo_id))


@router.post("/photos/{photo_id}/remove")
def remove(ticket_id: str, photo_id: str, look: Looking) -> Response:
    """Take it away: somebody may be seen on it who should not be."""
    scope = look.caller.require(Permission.work_tickets)
    remove_photo(look.session, scope, ticket_id, photo_id, look.caller.id)
    return _to(ticket_id)


@router.get("/sheet")
def sheet(ticket_id: str, request: Request, look: Looking) -> Response:
    """The repair sheet (维修单), to be printed and signed."""
    scope = look.caller.require(Permission.read_tickets)
    return as_file(*repair_sheet(request, look.session, scope, look.lang, ticket_id, now=look.now))


def _to(ticket_id: str) -> Response:
    return RedirectResponse(f"/tickets/{ticket_id}#photos", 303)
