"""The quote (报价) that a request of a school is put forward with."""

from datetime import datetime

from sqlmodel import Session

from inventory.assets.attachments import Belongs, FileFolder, attach
from inventory.errors import NotFound
from inventory.models import Attachment, AttachmentPurpose, EquipmentRequest, RequestState
from inventory.procurement.actor import Actor
from inventory.procurement.errors import StepRefused
from inventory.procurement.ledger import Ledger
from inventory.procurement.request_rows import RequestRepository

_OPEN = (RequestState.draft, RequestState.returned)


def attach_quote(
    session: Session,
    actor: Actor,
    folder: FileFolder,
    request_id: str,
    *,
    name: str,
    content: bytes,
    now: datetime,
) -> Attachment:
    """Keep a file as the quote of a request that is not put forward yet.

    An earlier one stays among the files of the request; the newest one counts.

    Raises:
        NotFound: no such request within the person's scope.
        StepRefused: it is with the approvers, or decided.
        FileUnfit: neither PDF, PNG, JPEG nor WebP; empty, too large, or one too many.
    """
    row = RequestRepository(session, actor.scope).to_change(request_id)
    if row is None:
        raise NotFound(what="request", key=request_id)
    if row.state not in _OPEN:
        raise StepRefused(key=row.number, state=row.state)
    kept = attach(
        session,
        folder,
        Belongs("equipment_request", row.id, row.school_code),
        name=name,
        purpose=AttachmentPurpose.quote,
        content=content,
        actor=actor.id,
        now=now,
    )
    with Ledger(session, actor, now).step(row, "quote", comment=kept.name) as step:
        step.change(row)
        row.quote_attachment_id = kept.id
    return kept


def quote_of(session: Session, request: EquipmentRequest) -> Attachment | None:
    """The quote of a request its reader has found; ``None``: there is none."""
    if not request.quote_attachment_id:
        return None
    found = session.get(Attachment, request.quote_attachment_id)
    mine = found is not None and (found.owner_table, found.owner_id) == (
        "equipment_request",
        request.id,
    )
    return found if mine else None
