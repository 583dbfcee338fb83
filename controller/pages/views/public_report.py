"""What somebody without an account is shown of a device, of a room and of their report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request
from sqlmodel import Session

from alerts.codes import FaultKind, Remedy
from alerts.models import Ticket, TicketReport, TicketState
from alerts.reporting.desk import may_reopen, open_ticket, report_by, ticket_of
from alerts.reporting.links import About, path
from alerts.reporting.spots import Spot, links_of_room
from alerts.states import STOPPED
from controller.language import N_, Language
from controller.problems import reader_of
from controller.reporting import report_key
from controller.words.terms import word
from drivers.readings import Kind
from inventory.models import Device, Room, School

#: Faults that only some kinds of device can have; any kind may have the others.
_ONLY: Mapping[FaultKind, frozenset[Kind]] = {
    FaultKind.touch: frozenset({Kind.whiteboard, Kind.terminal, Kind.display}),
    FaultKind.printing: frozenset({Kind.printer}),
    FaultKind.picture: frozenset(
        {
            Kind.whiteboard,
            Kind.terminal,
            Kind.display,
            Kind.projector,
            Kind.camera,
            Kind.recorder,
            Kind.server,
        }
    ),
    FaultKind.sound: frozenset(
        {Kind.whiteboard, Kind.terminal, Kind.display, Kind.projector, Kind.recorder}
    ),
}


@dataclass(frozen=True, slots=True)
class Where:
    """As much as anybody may know: no names of devices, no addresses, no serial numbers."""

    school: str
    room: str
    kind: str
    asset_number: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed already, shown again where something was wrong with it."""

    kind: str = ""
    words: str = ""
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ReportForm:
    """The form behind a label."""

    where: Where
    action: str
    kinds: Sequence[tuple[str, str]]
    #: Devices of the room: words and address.
    devices: Sequence[tuple[str, str]] = ()
    #: The ticket that is open already: its number and its state.
    already: tuple[int, TicketState] | None = None
    #: Where the same browser sees what became of its own report.
    own: str = ""
    typed: Typed = field(default_factory=Typed)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class StatusView:
    """What became of a report."""

    where: Where
    action: str
    number: int
    state: TicketState
    stage: int
    reported_at: datetime
    ended_at: datetime | None
    kind: str
    words: str
    remedy: str
    asks: bool
    may_reopen: bool
    confirmed: bool
    satisfaction: int | None
    signed: bool
    fault: str = ""


#: Steps of a repair as they are shown: told, somebody is at it, repaired, done.
STAGES = (N_("Reported"), N_("Being repaired"), N_("Repaired"), N_("Done"))
_STAGE = {TicketState.new: 0, TicketState.resolved: 2, TicketState.closed: 3}


def report_form(
    request: Request,
    session: Session,
    spot: Spot,
    reporter: str,
    *,
    typed: Typed | None = None,
    fault: str = "",
) -> ReportForm:
    """The form of a device or a room; ``reporter`` is the hash of the browser that asks."""
    key, lang = report_key(request), reader_of(request)
    ticket = open_ticket(session, spot)
    before = report_by(session, ticket.id, reporter) if ticket else None
    devices = links_of_room(session, key, spot.room) if spot.room and not spot.device else ()
    return ReportForm(
        where=where_of(lang, spot.school, spot.room, spot.device),
        action=_here(request),
        kinds=[(kind.value, lang.gettext(word(kind))) for kind in kinds_of(spot.device)],
        devices=[(_device_words(lang, device), link) for device, link in devices],
        already=(ticket.number, ticket.state) if ticket else None,
        own=path(key, About.report, before.id) if before else "",
        typed=typed or Typed(),
        fault=fault,
    )


def status_view(
    request: Request, session: Session, report: TicketReport, now: datetime, fault: str = ""
) -> StatusView:
    """How the repair of a report stands."""
    lang, ticket = reader_of(request), ticket_of(session, report)
    device = session.get(Device, ticket.device_id) if ticket.device_id else None
    room_id = device.room_id if device else report.room_id
    room = session.get(Room, room_id) if room_id else None
    school = session.get_one(School, ticket.school_code)
    return StatusView(
        where=where_of(lang, school, room, device),
        action=_here(request),
        number=ticket.number,
        state=ticket.state,
        stage=_STAGE.get(ticket.state, 1),
        reported_at=report.at,
        ended_at=ticket.resolved_at or ticket.closed_at,
        kind=_words_of(lang, FaultKind, report.kind),
        words=report.words,
        remedy=_remedy(lang, ticket),
        asks=ticket.state in STOPPED and report.confirmed_at is None,
        may_reopen=may_reopen(ticket, now),
        confirmed=report.confirmed_at is not None,
        satisfaction=report.satisfaction,
        signed=report.signature_id is not None,
        fault=fault,
    )


def where_of(lang: Language, school: School, room: Room | None, device: Device | None) -> Where:
    return Where(
        school=school.name_en or school.name if lang.code == "en" else school.name,
        room=" ".join(filter(None, (room.building, room.name))) if room else "",
        kind=lang.gettext(word(device.kind)) if device else "",
        asset_number=(device.asset_number or "") if device else "",
    )


def title_of(where: Where, kind: FaultKind, lang: Language) -> str:
    """One line for a ticket: ``Building 1 302 · Projector: No sound``."""
    place = " · ".join(filter(None, (where.room, where.kind)))
    fault = lang.gettext(word(kind))
    return f"{place}{lang.colon}{fault}" if place else fault


def kinds_of(device: Device | None) -> list[FaultKind]:
    """What somebody may see of a device; of what is not known, and of a room, everything."""
    if device is None or device.kind is Kind.unknown:
        return list(FaultKind)
    return [kind for kind in FaultKind if device.kind in _ONLY.get(kind, {device.kind})]


def _device_words(lang: Language, device: Device) -> str:
    return " · ".join(filter(None, (lang.gettext(word(device.kind)), device.asset_number)))


def _remedy(lang: Language, ticket: Ticket) -> str:
    return _words_of(lang, Remedy, ticket.remedy) if ticket.state in STOPPED else ""


def _words_of(lang: Language, codes: type[FaultKind] | type[Remedy], code: str) -> str:
    """A code in words; one of another release is not told."""
    return lang.gettext(word(codes(code))) if code in set(codes) else ""


def _here(request: Request) -> str:
    """Where the form is sent to: the path and its signature, whatever else was in the address."""
    url = request.url.replace(query="").include_query_params(k=request.query_params.get("k", ""))
    return f"{url.path}?{url.query}"
