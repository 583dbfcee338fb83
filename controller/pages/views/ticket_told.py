"""What people without an account told of a ticket, and the photos of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.codes import FaultKind
from alerts.models import Ticket, TicketReport
from alerts.reporting.desk import reports_of
from alerts.repositories import TicketRow
from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.choices import one_of
from controller.pages.views.names import names_of_logins
from controller.ticket_photos import photos_of
from controller.words.terms import word
from inventory.assets.attachments import MAX_FILES
from inventory.models import Attachment


@dataclass(frozen=True, slots=True)
class ToldView:
    """The part of a ticket's page: each report with its fault in words, and the photos."""

    ticket: Ticket
    reports: Sequence[tuple[TicketReport, str]]
    photos: Sequence[Attachment]
    #: Names of who took them, by log-in.
    takers: Mapping[str, str]
    may_change: bool
    #: How many photos it still takes.
    room: int


def told_view(look: Look, found: TicketRow) -> ToldView:
    """What the part shows; ``found`` is within the person's scope."""
    photos = photos_of(look.session, found.ticket.id)
    reports = reports_of(look.session, found.ticket.id)
    return ToldView(
        ticket=found.ticket,
        reports=[(one, _words(look, one.kind)) for one in reports],
        photos=photos,
        takers=names_of_logins(look, [one.created_by for one in photos]),
        may_change=look.caller.may(Permission.work_tickets, found.school.path),
        room=max(0, MAX_FILES - len(photos)),
    )


def _words(look: Look, code: str) -> str:
    kind = one_of(FaultKind, code)
    return code if kind is None else look.lang.gettext(word(kind))
