"""Labels with signed links: of devices and of rooms, and how their links stand."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from alerts.reporting.links import About
from alerts.reporting.spots import LinkRepository, Spot
from controller.errors import InvalidRequest, NotFound
from controller.exchange.labels import PAPERS, Label, labels_pdf
from controller.language import N_
from controller.problems import reader_of
from controller.reporting import base_of, public_link
from controller.words.terms import word
from inventory.models import Room, School
from inventory.repositories import RoomRepository, SchoolRepository
from inventory.scope import Scope

#: What a label says beside its code.
HINT = N_("Scan to report a fault")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the label of a device or a room stands.

    Args:
        url: what its code holds; empty while no label of it leads anywhere.
        version: how often new labels were asked for.
        revoked_at: since when none leads anywhere.
    """

    url: str
    version: int
    revoked_at: datetime | None


def standing(request: Request, session: Session, scope: Scope, spot: Spot) -> Standing:
    """How it stands; whoever asks has found the device or room within the scope."""
    link = LinkRepository(session, scope).link(spot)
    url = "" if link.revoked_at else public_link(request, spot.about, spot.id, link.version)
    return Standing(url, link.version, link.revoked_at)


def addresses(request: Request, session: Session, scope: Scope, devices: list[str]) -> list[str]:
    """What codes of devices hold: signed, or the device's page where its link was withdrawn."""
    versions = LinkRepository(session, scope).versions(devices)
    return [
        public_link(request, About.device, one, versions[one])
        if one in versions
        else f"{base_of(request)}/devices/{one}"
        for one in devices
    ]


def label_of(request: Request, spot: Spot, shown: Standing) -> Label:
    """The label of one device or room.

    Raises:
        NotFound: its link was withdrawn.
    """
    if not shown.url:
        raise NotFound
    if spot.device is None:
        return _room_label(request, spot.school, spot.room, shown.url)
    lang = reader_of(request)
    return Label(
        number=spot.device.asset_number or "",
        name=spot.device.name or lang.gettext(word(spot.device.kind)),
        school=spot.school.name,
        url=shown.url,
        hint=lang.gettext(HINT),
    )


def room_labels(request: Request, session: Session, scope: Scope, code: str) -> list[Label]:
    """Labels of all rooms of a school; rooms whose link was withdrawn are left out.

    Raises:
        NotFound: no such school within the scope.
    """
    school = SchoolRepository(session, scope).get(code)
    if school is None:
        raise NotFound
    rooms = {room.id: room for room in RoomRepository(session, scope).at_school(code)}
    versions = LinkRepository(session, scope).versions(list(rooms))
    return [
        _room_label(request, school, rooms[one], public_link(request, About.room, one, version))
        for one, version in versions.items()
    ]


def labels_file(labels: list[Label], paper: str, skip: int = 0) -> Response:
    """Labels as an answer that a browser shows.

    Raises:
        InvalidRequest: no such paper.
        TooManyLabels, FontMissing: see ``controller.exchange.labels``.
    """
    if paper not in PAPERS:
        raise InvalidRequest(reason=f"paper: {', '.join(PAPERS)}")
    headers = {"Content-Disposition": 'inline; filename="labels.pdf"', "Cache-Control": "no-store"}
    pdf = labels_pdf(labels, PAPERS[paper], skip=skip)
    return Response(pdf, media_type="application/pdf", headers=headers)


def _room_label(request: Request, school: School, room: Room | None, url: str) -> Label:
    return Label(
        number=room.name if room else "",
        name=room.building if room else "",
        school=school.name,
        url=url,
        hint=reader_of(request).gettext(HINT),
    )
