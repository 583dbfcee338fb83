"""The label of a device or a room: its code, its print, and what its bureau does about it."""

from dataclasses import dataclass
from typing import Annotated

import segno
from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from alerts.reporting.links import About
from alerts.reporting.spots import LinkRepository, Spot
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.exchange.labels import DEFAULT_PAPER, PAPERS
from controller.pages.look import Look, Looking
from controller.pages.views.public_report import Where, where_of
from controller.printing.report_labels import Standing, label_of, labels_file, room_labels, standing

router = APIRouter()
_Paper = Annotated[str, Query(max_length=16)]


@dataclass(frozen=True, slots=True)
class LabelView:
    """Everything on the page of a label."""

    where: Where
    #: Beginning of the addresses of its steps.
    here: str
    #: The page of what it is about.
    subject: str
    shown: Standing
    #: The code as an image in the page.
    code: str
    papers: tuple[str, ...]
    may_edit: bool


@router.get("/labels/devices/{device_id}")
def device_label(device_id: str, look: Looking) -> Response:
    """The label of a device."""
    return _page(look, About.device, device_id)


@router.get("/labels/rooms/{room_id}")
def room_label(room_id: str, look: Looking) -> Response:
    """The label of a room."""
    return _page(look, About.room, room_id)


@router.get("/labels/devices/{device_id}/print")
def print_device(device_id: str, look: Looking, paper: _Paper = "50x30") -> Response:
    """One label of a device, as PDF."""
    return _print(look, About.device, device_id, paper)


@router.get("/labels/rooms/{room_id}/print")
def print_room(room_id: str, look: Looking, paper: _Paper = "50x30") -> Response:
    """One label of a room, as PDF."""
    return _print(look, About.room, room_id, paper)


@router.post("/labels/devices/{device_id}/{step}")
def change_device(device_id: str, step: str, look: Looking) -> Response:
    """A new link, or none: ``renew``, ``revoke``."""
    return _changed(look, About.device, device_id, step)


@router.post("/labels/rooms/{room_id}/{step}")
def change_room(room_id: str, step: str, look: Looking) -> Response:
    """A new link, or none: ``renew``, ``revoke``."""
    return _changed(look, About.room, room_id, step)


@router.get("/schools/{code}/room-labels")
def print_rooms(code: str, look: Looking, paper: _Paper = DEFAULT_PAPER) -> Response:
    """Labels of all rooms of a school, as PDF."""
    return labels_file(room_labels(look.request, look.session, look.scope, code), paper)


def _page(look: Look, about: About, row_id: str) -> Response:
    spot = LinkRepository(look.session, look.scope).spot(about, row_id)
    shown = standing(look.request, look.session, look.scope, spot)
    code = segno.make(shown.url, error="m", micro=False).svg_data_uri(scale=6) if shown.url else ""
    view = LabelView(
        where=where_of(look.lang, spot.school, spot.room, spot.device),
        here=f"/labels/{about.value}/{row_id}",
        subject=_subject(spot),
        shown=shown,
        code=code,
        papers=tuple(PAPERS),
        may_edit=look.caller.may(Permission.edit_assets, spot.school.path),
    )
    return look.show("report_label", view)


def _print(look: Look, about: About, row_id: str, paper: str) -> Response:
    spot = LinkRepository(look.session, look.scope).spot(about, row_id)
    shown = standing(look.request, look.session, look.scope, spot)
    return labels_file([label_of(look.request, spot, shown)], paper)


def _changed(look: Look, about: About, row_id: str, step: str) -> Response:
    links = LinkRepository(look.session, look.caller.require(Permission.edit_assets))
    spot = links.spot(about, row_id)
    if step == "renew":
        links.renew(spot)
    elif step == "revoke":
        links.revoke(spot, look.now)
    else:
        raise NotFound
    return RedirectResponse(f"/labels/{about.value}/{row_id}", 303)


def _subject(spot: Spot) -> str:
    if spot.device is not None:
        return f"/devices/{spot.device.id}"
    return f"/schools/{spot.school.code}/places"
