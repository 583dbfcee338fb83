"""The repair sheet (维修单): what was broken, what was done, and room for the signatures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from alerts.codes import Cause, FaultKind, Remedy
from alerts.messages import event_name, ticket_text, ticket_title
from alerts.models import TicketEvent, TicketReport
from alerts.reporting.desk import reports_of
from alerts.repositories import TicketRepository, TicketRow
from alerts.work.repository import WorkRepository
from controller.api.attachments import folder_of
from controller.errors import NotFound
from controller.language import N_, Language
from controller.printing.typesetting import typeset
from controller.ticket_photos import photo_of
from controller.words.terms import word
from controller.words.ticket_log import log_text
from controller.words.tickets import work_amount, work_name
from inventory.models import Room
from inventory.repositories.people import UserRepository
from inventory.scope import Scope

_TEMPLATE = Path(__file__).with_name("repair_sheet.typ")
_WORDS = {
    "title": N_("Repair sheet"),
    "fault": N_("Fault"),
    "log": N_("Log"),
    "work": N_("Work done and parts used"),
    "technician": N_("Technician"),
    "user": N_("User"),
    "satisfaction": N_("Satisfaction (1 - 5)"),
    "date": N_("Date"),
}
_HEAD = (N_("Time"), N_("Step"), N_("Who"), N_("Text"))
#: Steps that are printed; more would hide where to sign.
_MOST_LINES = 40


def repair_sheet(
    request: Request,
    session: Session,
    scope: Scope,
    lang: Language,
    ticket_id: str,
    *,
    now: datetime,
) -> tuple[int, bytes]:
    """Number of a ticket and its sheet as PDF.

    Raises:
        NotFound: no such ticket within the scope.
        FontMissing: Chinese cannot be written.
    """
    tickets = TicketRepository(session, scope)
    row = tickets.row(ticket_id)
    if row is None:
        raise NotFound
    reports = reports_of(session, ticket_id)
    told: dict[str, Any] = {
        "lang": "zh" if lang.code == "zh_CN" else "en",
        "words": {name: lang.gettext(text) for name, text in _WORDS.items()},
        "number": f"#{row.ticket.number}",
        "printed": lang.moment(now),
        "facts": _facts(session, lang, row, reports),
        "fault": "\n".join(_fault(lang, row, reports)),
        "done": [
            f"{work_name(item)} {work_amount(item, lang.gettext)}".strip()
            for item in WorkRepository(session, scope).of(ticket_id).items
        ],
        "log": _log(session, lang, tickets.events(ticket_id)[-_MOST_LINES:]),
        "satisfaction": next((str(r.satisfaction) for r in reports if r.satisfaction), ""),
        "signature": _signature(request, session, scope, reports),
    }
    return row.ticket.number, typeset(_TEMPLATE, told)


def as_file(number: int, pdf: bytes) -> Response:
    """The sheet as an answer, shown by browsers and saved under the number of its ticket."""
    headers = {
        "Content-Disposition": f'inline; filename="repair-{number}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _facts(
    session: Session, lang: Language, row: TicketRow, reports: Sequence[TicketReport]
) -> Sequence[tuple[str, str]]:
    ticket, device, school = row.ticket, row.device, row.school
    room_id = device.room_id if device else next((r.room_id for r in reports if r.room_id), None)
    room = session.get(Room, room_id) if room_id else None
    who = next((one for one in reports if one.name or one.phone), None)
    name = school.name_en or school.name if lang.code == "en" else school.name
    facts = [
        (N_("School"), name),
        (N_("Room"), " ".join(filter(None, (room.building, room.name))) if room else ""),
        (N_("Device"), device.name if device else ""),
        (N_("Kind"), lang.gettext(word(device.kind)) if device else ""),
        (N_("Model"), " ".join(filter(None, (device.vendor, device.model))) if device else ""),
        (N_("Serial number"), (device.serial or "") if device else ""),
        (N_("Asset number"), (device.asset_number or "") if device else ""),
        (N_("Who reported it"), f"{who.name} {who.phone}".strip() if who else ""),
        (N_("Opened"), lang.moment(ticket.opened_at)),
        (N_("Priority"), lang.gettext(word(ticket.priority))),
        (N_("Assignee"), (row.assignee.name or row.assignee.login) if row.assignee else ""),
        (N_("Resolved"), lang.moment(ticket.resolved_at) if ticket.resolved_at else ""),
        (N_("Cause"), _coded(lang, Cause, ticket.cause)),
        (N_("Remedy"), _coded(lang, Remedy, ticket.remedy)),
    ]
    return [(lang.gettext(label), value or "—") for label, value in facts]


def _fault(lang: Language, row: TicketRow, reports: Sequence[TicketReport]) -> list[str]:
    ticket = row.ticket
    subject = row.device.name if row.device else row.line.provider if row.line else ""
    lines = [ticket_title(ticket, subject, lang.gettext), ticket_text(ticket, lang.gettext)]
    if ticket.category:
        lines.insert(1, _coded(lang, FaultKind, ticket.category))
    told = [report.words for report in reports if report.words != ticket.description]
    return [line for line in (*lines, *told) if line]


def _log(
    session: Session, lang: Language, events: Sequence[TicketEvent]
) -> Mapping[str, Sequence[Any]]:
    # Whoever may read a ticket may read who worked on it.
    people = UserRepository(session, Scope.everything())
    ids = sorted({event.actor_id for event in events if event.actor_id})
    names = {user.id: user.name or user.login for user in people.named(ids)}
    rows = [
        [
            lang.moment(event.at),
            event_name(event.kind, lang.gettext),
            names.get(event.actor_id or "", "—"),
            log_text(lang, event),
        ]
        for event in events
    ]
    return {"head": [lang.gettext(text) for text in _HEAD], "rows": rows}


def _signature(
    request: Request, session: Session, scope: Scope, reports: Sequence[TicketReport]
) -> list[int]:
    """Bytes of the signature of who confirmed it; empty where nobody signed."""
    for report in reports:
        if report.signature_id:
            row = photo_of(session, scope, report.ticket_id, report.signature_id)
            path = folder_of(request).path(row.stored_as)
            return list(path.read_bytes()) if path.is_file() else []
    return []


def _coded(lang: Language, codes: type[Cause] | type[Remedy] | type[FaultKind], code: str) -> str:
    """A code in words; what a later release wrote stays as it is."""
    return lang.gettext(word(codes(code))) if code in set(codes) else code
