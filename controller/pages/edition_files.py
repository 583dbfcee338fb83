"""A school's own part of a report edition with its appeals; and forms that bring files."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import Response

from controller.api.attachments import folder_of, handed_out
from controller.auth.permissions import Permission
from controller.editions.sight import person_of, sight_of
from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.procurement_forms import taken
from controller.pages.views.edition import edition_view
from controller.pages.views.edition_part import part_view
from inventory.editions.appeals import MAX_TEXT, AppealDesk, file_of
from inventory.editions.signing import SigningDesk

router = APIRouter(prefix="/reports")
_File = Annotated[UploadFile | None, File()]


@router.get("/{edition_id}/schools/{code}")
def part_page(edition_id: str, code: str, look: Looking) -> Response:
    """What an edition says of one school.

    Raises:
        NotFound: nothing that this person sees.
    """
    return look.show("edition_part", part_view(look, edition_id, code))


@router.post("/{edition_id}/schools/{code}/appeals")
def file_appeal(
    *,
    edition_id: str,
    code: str,
    request: Request,
    look: Looking,
    text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
    file: _File = None,
) -> Response:
    """Appeal for a school, with a file or without."""

    def act() -> str:
        desk = AppealDesk(look.session, person_of(look.caller, Permission.appeal_reports), look.now)
        row = desk.file(edition_id, code, text)
        if file is not None and file.filename:
            content = file.file.read()
            desk.attach(row.id, folder_of(request), name=file.filename, content=content)
        return f"/reports/{edition_id}/schools/{code}"

    def again(fault: str) -> Response:
        view = part_view(look, edition_id, code)
        return look.show("edition_part", replace(view, fault=fault, text=text))

    return taken(look, act, again)


@router.post("/{edition_id}/schools/{code}/files/{appeal_id}")
def hand_in(
    *, edition_id: str, code: str, appeal_id: str, request: Request, look: Looking, file: _File
) -> Response:
    """Hand a file in with an appeal that waits."""

    def act() -> str:
        desk = AppealDesk(look.session, person_of(look.caller, Permission.appeal_reports), look.now)
        content = file.file.read() if file else b""
        name = (file.filename if file else "") or ""
        desk.attach(appeal_id, folder_of(request), name=name, content=content)
        return f"/reports/{edition_id}/schools/{code}"

    def again(fault: str) -> Response:
        view = part_view(look, edition_id, code)
        return look.show("edition_part", replace(view, fault=fault))

    return taken(look, act, again)


@router.get("/appeals/{appeal_id}/{file_id}")
def appeal_file(appeal_id: str, file_id: str, request: Request, look: Looking) -> Response:
    """A file that was handed in, to be saved.

    Raises:
        NotFound: no such file that this person sees.
    """
    appeal = sight_of(look.caller).schools(look.session).appeal(appeal_id)
    row = file_of(look.session, appeal_id, file_id) if appeal else None
    if row is None:
        raise NotFound
    return handed_out(request, row)


@router.post("/{edition_id}/scans")
def bring_scan(edition_id: str, look: Looking, file: _File = None) -> Response:
    """Put a scan of the stamped paper beside a frozen edition."""

    def act() -> str:
        desk = SigningDesk(
            look.session, person_of(look.caller, Permission.manage_reports), look.now
        )
        name = (file.filename if file else "") or ""
        desk.add_scan(edition_id, name=name, content=file.file.read() if file else b"")
        return f"/reports/{edition_id}"

    def again(fault: str) -> Response:
        return look.show("edition", replace(edition_view(look, edition_id), fault=fault))

    return taken(look, act, again)
