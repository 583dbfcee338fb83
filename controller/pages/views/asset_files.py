"""Files of a device on its page: what there is, what may be brought, what may come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.api.assets import reads_price
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from inventory.assets.attachments import KEPT_DELETED, MAX_BYTES, MAX_FILES, attachments_of
from inventory.models import Attachment, AttachmentPurpose, Device

PURPOSES: Mapping[AttachmentPurpose, str] = {
    AttachmentPurpose.photo: N_("Photo"),
    AttachmentPurpose.invoice: N_("Invoice"),
    AttachmentPurpose.contract: N_("Contract"),
    AttachmentPurpose.quote: N_("Quotation"),
    AttachmentPurpose.acceptance: N_("Acceptance sheet"),
    AttachmentPurpose.other: N_("Other document"),
}
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One file; ``removed_at`` where it is deleted and may come back."""

    href: str
    name: str
    purpose: str
    size: str
    at: datetime
    by: str
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class FilesView:
    """Files of a device.

    Args:
        files: that are there.
        removed: deleted ones that may come back; for who edits the ledger.
        room: how many more it may have.
        megabytes: the most of one.
    """

    files: Sequence[ShownFile]
    removed: Sequence[ShownFile]
    purposes: Sequence[Option]
    may_edit: bool
    room: int
    megabytes: int = MAX_BYTES // _MEGABYTE
    days: int = KEPT_DELETED.days


def files_view(look: Look, device: Device, *, may_edit: bool) -> FilesView:
    """Files of a device; those that tell prices only for who may read them."""
    session, translate = look.session, look.lang.gettext
    priced = reads_price(session, look.caller, device)
    found = attachments_of(session, "device", device.id)
    since = look.now - KEPT_DELETED
    removed = attachments_of(session, "device", device.id, removed_after=since) if may_edit else ()
    return FilesView(
        files=[_shown(look, one) for one in found if priced or not one.tells_price],
        removed=[_shown(look, one) for one in removed],
        purposes=[Option(one.value, translate(text)) for one, text in PURPOSES.items()],
        may_edit=may_edit,
        room=MAX_FILES - len(found),
    )


def _shown(look: Look, row: Attachment) -> ShownFile:
    return ShownFile(
        href=f"/attachments/{row.id}",
        name=row.name,
        purpose=look.lang.gettext(PURPOSES[row.purpose]),
        size=_size(row.size),
        at=row.created_at,
        by=row.created_by,
        removed_at=row.removed_at,
    )


def _size(octets: int) -> str:
    """``320 kB``, ``1.4 MB``."""
    return f"{octets / _MEGABYTE:.1f} MB" if octets >= _MEGABYTE else f"{-(-octets // 1000)} kB"
