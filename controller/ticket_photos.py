"""Photos of tickets and signatures under repairs: written anew, then kept as other files are."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime

from fastapi import Request
from sqlmodel import Session
from starlette.responses import FileResponse

from alerts.models import Ticket, TicketEvent, TicketReport
from alerts.reporting.desk import ticket_of
from alerts.repositories import TicketRepository
from controller.api.attachments import folder_of
from controller.errors import NotFound
from inventory.assets.attachments import (
    MAX_FILES,
    Belongs,
    FileFolder,
    attach,
    attachments_of,
    remove_attachment,
)
from inventory.assets.pictures import line_drawing, small_photo
from inventory.errors import FileUnfit
from inventory.models import Attachment, AttachmentPurpose
from inventory.models.base import utc_now
from inventory.scope import Scope

TABLE = "ticket"
#: Photos that people without an account may add to one ticket; the rest is for who repairs it.
MOST_OF_REPORTERS = 9
#: Dots of a signature.
_WIDTH, _HEIGHT = 1_200, 600
_SIGNATURE = "data:image/png;base64,"


def photos_of(session: Session, ticket_id: str) -> Sequence[Attachment]:
    """Photos of a ticket, the oldest first; whoever asks has found it within their scope."""
    found = attachments_of(session, TABLE, ticket_id)
    return [one for one in found if one.purpose is AttachmentPurpose.photo]


def keep_photos(
    folder: FileFolder,
    session: Session,
    ticket: Ticket,
    pictures: Sequence[bytes],
    now: datetime,
) -> None:
    """Pictures of who reports, drawn already; what is more than a ticket takes is left out."""
    room = max(0, MOST_OF_REPORTERS - len(photos_of(session, ticket.id)))
    for picture in pictures[:room]:
        _keep(folder, session, ticket, picture, now)


def add_photo(
    folder: FileFolder,
    session: Session,
    scope: Scope,
    ticket_id: str,
    file: tuple[str, bytes],
    *,
    actor: tuple[str, str],
    now: datetime,
) -> Attachment:
    """A photo of who repairs, with its line in the log.

    Args:
        folder: where it goes to.
        session: to write; not committed here.
        scope: where the caller works on tickets.
        ticket_id: whose photo.
        file: its name and its bytes.
        actor: id and login of the caller.
        now: the moment.

    Raises:
        NotFound: no such ticket within the scope.
        FileUnfit: it is no photo, or too large.
        TooManyFiles: the ticket has as many as it may have.
    """
    tickets = TicketRepository(session, scope)
    ticket = tickets.held(ticket_id)
    picture = small_photo(file[1], file[0])
    row = _keep(folder, session, ticket, picture, now, actor=actor[1])
    tickets.keep(ticket, _line(ticket, "pictured", actor[0], now))
    return row


def remove_photo(
    session: Session, scope: Scope, ticket_id: str, photo_id: str, actor_id: str
) -> None:
    """Take a photo away: somebody may be seen on it who should not be.

    Raises:
        NotFound: no such photo of a ticket within the scope.
    """
    row = photo_of(session, scope, ticket_id, photo_id)
    tickets = TicketRepository(session, scope)
    ticket = tickets.held(ticket_id)
    now = utc_now()
    remove_attachment(session, row, now)
    tickets.keep(ticket, _line(ticket, "unpictured", actor_id, now))


def photo_of(session: Session, scope: Scope, ticket_id: str, photo_id: str) -> Attachment:
    """A photo of a ticket within the scope, or the signature under its repair.

    Raises:
        NotFound: none.
    """
    if TicketRepository(session, scope).get(ticket_id) is None:
        raise NotFound
    row = session.get(Attachment, photo_id)
    if row is None or (row.owner_table, row.owner_id) != (TABLE, ticket_id) or row.removed_at:
        raise NotFound
    return row


def shown(request: Request, row: Attachment) -> FileResponse:
    """Its bytes, which we drew ourselves, so that a browser may show them.

    Raises:
        NotFound: they are gone.
    """
    path = folder_of(request).path(row.stored_as)
    if not path.is_file():
        raise NotFound
    headers = {
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
    }
    return FileResponse(path, media_type=row.media_type, headers=headers)


def keep_signature(
    folder: FileFolder, session: Session, report: TicketReport, drawn: str, now: datetime
) -> None:
    """The signature of who says that it works again, as a canvas gives it; empty: none.

    Raises:
        FileUnfit: it is something else.
    """
    if not drawn:
        return
    try:
        content = b64decode(drawn.removeprefix(_SIGNATURE), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FileUnfit(name="-", allowed="PNG", megabytes=1) from error
    ticket = ticket_of(session, report)
    if len(attachments_of(session, TABLE, ticket.id)) >= MAX_FILES:
        return
    picture = line_drawing(content, _WIDTH, _HEIGHT)
    row = _keep(folder, session, ticket, picture, now, purpose=AttachmentPurpose.acceptance)
    report.signature_id = row.id
    session.add(report)
    session.flush()


def _keep(
    folder: FileFolder,
    session: Session,
    ticket: Ticket,
    picture: bytes,
    now: datetime,
    *,
    purpose: AttachmentPurpose = AttachmentPurpose.photo,
    actor: str = "",
) -> Attachment:
    kind = "photo.jpg" if purpose is AttachmentPurpose.photo else "signature.png"
    return attach(
        session,
        folder,
        Belongs(TABLE, ticket.id, ticket.school_code),
        name=f"{ticket.number}-{kind}",
        purpose=purpose,
        content=picture,
        actor=actor,
        now=now,
    )


def _line(ticket: Ticket, kind: str, actor_id: str, now: datetime) -> TicketEvent:
    return TicketEvent(ticket_id=ticket.id, at=now, kind=kind, actor_id=actor_id)
