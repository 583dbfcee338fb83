"""Files of devices: brought on a form, saved, deleted, brought back."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from controller.api.assets import found_device
from controller.api.attachments import attachment_of, folder_of, handed_out, require_price
from controller.auth.permissions import Permission
from controller.pages.look import Looking
from inventory.assets.attachments import attach_to_device, bring_back, remove_attachment
from inventory.models import AttachmentPurpose

router = APIRouter(prefix="/attachments")


@router.post("/devices/{device_id}")
def attach(
    *,
    device_id: str,
    request: Request,
    look: Looking,
    file: Annotated[UploadFile, File()],
    purpose: Annotated[AttachmentPurpose, Form()],
) -> Response:
    """Keep a file of a device.

    Raises:
        NotFound: no such device where this person edits the ledger.
        FileUnfit: of another type than allowed, empty, or too large.
        TooManyFiles: the device has as many as it may have.
    """
    device = found_device(look.session, look.caller.require(Permission.edit_assets), device_id)
    attach_to_device(
        look.session,
        folder_of(request),
        device,
        name=file.filename or "",
        purpose=purpose,
        content=file.file.read(),
        actor=look.caller.login,
        now=look.now,
    )
    return _to(device_id)


@router.get("/{attachment_id}")
def content(attachment_id: str, request: Request, look: Looking) -> Response:
    """Its bytes, to be saved.

    Raises:
        NotFound: no such file within the person's scope.
    """
    row = attachment_of(look.session, look.scope, attachment_id)
    require_price(look.session, look.caller, row)
    return handed_out(request, row)


@router.post("/{attachment_id}/remove")
def remove(attachment_id: str, look: Looking) -> Response:
    """Delete it; the page of its device offers to bring it back."""
    scope = look.caller.require(Permission.edit_assets)
    row = attachment_of(look.session, scope, attachment_id)
    remove_attachment(look.session, row, look.now)
    return _to(row.owner_id)


@router.post("/{attachment_id}/restore")
def restore(attachment_id: str, look: Looking) -> Response:
    """Bring it back.

    Raises:
        NotFound: it is not deleted, or was too long ago.
        TooManyFiles: the device has as many as it may have.
    """
    scope = look.caller.require(Permission.edit_assets)
    row = attachment_of(look.session, scope, attachment_id, removed=True)
    bring_back(look.session, row)
    return _to(row.owner_id)


def _to(device_id: str) -> Response:
    return RedirectResponse(f"/devices/{device_id}#files", 303)
