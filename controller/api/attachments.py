"""``/attachments``: invoices, photos and other files of devices."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session
from starlette.responses import FileResponse

from controller.api.assets import EditScope, found_device, reads_price
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, DbSession, ReadScope
from controller.errors import NotFound, PermissionDenied
from controller.settings import Settings
from inventory.assets.attachments import (
    KEPT_DELETED,
    FileFolder,
    attach_to_device,
    attachments_of,
    bring_back,
    remove_attachment,
)
from inventory.models import Attachment, AttachmentPurpose, Device
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
    session: DbSession, scope: ReadScope, caller: CurrentCaller, device: _Device
) -> Listed[AttachmentOut]:
    """Files of a device, the oldest first; those that tell prices for who may read prices."""
    owner = found_device(session, scope, device)
    priced = reads_price(session, caller, owner)
    rows = attachments_of(session, "device", owner.id)
    found = [one for one in rows if priced or not one.tells_price]
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
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    caller: CurrentCaller,
    attachment_id: str,
) -> Response:
    """Its bytes, to be saved and never shown as a page of ours."""
    row = attachment_of(session, scope, attachment_id)
    require_price(session, caller, row)
    return handed_out(request, row)


def require_price(session: Session, caller: Caller, row: Attachment) -> None:
    """Let who reads prices have a file that tells one.

    Raises:
        PermissionDenied: the caller does not.
    """
    if row.tells_price and not reads_price(session, caller, session.get_one(Device, row.owner_id)):
        raise PermissionDenied


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
def remove(session: DbSession, scope: EditScope, attachment_id: str) -> None:
    """Delete a file; it can be brought back for thirty days."""
    remove_attachment(session, attachment_of(session, scope, attachment_id), utc_now())


@router.post("/{attachment_id}/restore")
def restore(session: DbSession, scope: EditScope, attachment_id: str) -> AttachmentOut:
    """Bring a deleted file back."""
    row = attachment_of(session, scope, attachment_id, removed=True)
    bring_back(session, row)
    return AttachmentOut.model_validate(row)


def attachment_of(
    session: Session, scope: Scope, attachment_id: str, *, removed: bool = False
) -> Attachment:
    """A file of a device within a scope; ``removed``: deleted, and not too long ago.

    Raises:
        NotFound: none.
    """
    row = session.get(Attachment, attachment_id)
    if row is None or row.owner_table != "device" or (row.removed_at is not None) is not removed:
        raise NotFound
    if row.removed_at is not None and row.removed_at < utc_now() - KEPT_DELETED:
        raise NotFound
    found_device(session, scope, row.owner_id)
    return row


def folder_of(request: Request) -> FileFolder:
    """Where files of the register lie."""
    settings: Settings = request.app.state.settings
    return file_folder(settings)


def file_folder(settings: Settings) -> FileFolder:
    """Where files of the register lie: as set, else beside the key."""
    return FileFolder(settings.attachments_dir or settings.secret_key_file.parent / "attachments")
