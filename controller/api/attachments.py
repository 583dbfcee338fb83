"""``/attachments``: invoices, photos and other files of devices."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session
from starlette.responses import FileResponse

from controller.api.assets import EditScope, found_device
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.deps import CurrentCaller, DbSession, ReadScope
from controller.errors import NotFound
from controller.settings import Settings
from inventory.assets.attachments import FileFolder, attach_to_device, attachments_of
from inventory.models import Attachment, AttachmentPurpose
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(prefix="/attachments", tags=["attachments"], responses=PROBLEMS)
_Device = Annotated[str, Query(max_length=20, description="Id of the device they belong to.")]


class AttachmentOut(Schema):
    """One file; its type was found out from its first bytes."""

    id: str
    purpose: AttachmentPurpose
    name: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    created_by: str


async def body_of(request: Request) -> bytes:
    """The file as it was sent; the limit of bodies holds for it."""
    return await request.body()


@router.get("")
def list_attachments(
    session: DbSession, scope: ReadScope, device: _Device
) -> Listed[AttachmentOut]:
    """Files of a device, the oldest first."""
    found = attachments_of(session, "device", found_device(session, scope, device).id)
    return Listed(items=[AttachmentOut.model_validate(one) for one in found], total=len(found))


@router.post("", status_code=201)
def attach(
    *,
    request: Request,
    session: DbSession,
    scope: EditScope,
    caller: CurrentCaller,
    device: _Device,
    content: Annotated[bytes, Depends(body_of)],
    name: Annotated[str, Query(max_length=300)] = "",
    purpose: AttachmentPurpose = AttachmentPurpose.other,
) -> AttachmentOut:
    """Keep the body as a file of a device: PDF, PNG, JPEG or WebP, at most 8 MB."""
    row = attach_to_device(
        session,
        folder_of(request),
        found_device(session, scope, device),
        name=name,
        purpose=purpose,
        content=content,
        actor=caller.login,
        now=utc_now(),
    )
    return AttachmentOut.model_validate(row)


@router.get("/{attachment_id}/content", response_class=FileResponse)
def content_of(
    request: Request, session: DbSession, scope: ReadScope, attachment_id: str
) -> Response:
    """Its bytes, to be saved and never shown as a page of ours."""
    return handed_out(request, _found(session, scope, attachment_id))


def handed_out(request: Request, row: Attachment) -> FileResponse:
    """The bytes of a file its reader may have, to be saved under its name.

    Raises:
        NotFound: they are gone.
    """
    path = folder_of(request).path(row.stored_as)
    if not path.is_file():
        raise NotFound
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return FileResponse(path, media_type=row.media_type, headers=headers)


@router.delete("/{attachment_id}", status_code=204)
def remove(request: Request, session: DbSession, scope: EditScope, attachment_id: str) -> None:
    """Forget a file; that it was there stays in the audit trail."""
    row = _found(session, scope, attachment_id)
    session.delete(row)
    session.flush()
    folder_of(request).remove(row.stored_as)


def _found(session: Session, scope: Scope, attachment_id: str) -> Attachment:
    row = session.get(Attachment, attachment_id)
    if row is None or row.owner_table != "device":
        raise NotFound
    found_device(session, scope, row.owner_id)
    return row


def folder_of(request: Request) -> FileFolder:
    """Where files of the register lie."""
    settings: Settings = request.app.state.settings
    return FileFolder(settings.attachments_dir or settings.secret_key_file.parent / "attachments")
