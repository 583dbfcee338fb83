"""``/devices/{id}/report-link``, ``/rooms/{id}/report-link``: what labels lead to."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from alerts.reporting.links import About
from alerts.reporting.spots import LinkRepository
from controller.api.assets import EditScope
from controller.api.schemas import PROBLEMS, Schema
from controller.deps import DbSession, ReadScope
from controller.exchange.labels import DEFAULT_PAPER
from controller.printing.report_labels import labels_file, room_labels, standing
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["reports by label"], responses=PROBLEMS)


class ReportLinkOut(Schema):
    """What the code of a label holds; ``url`` is empty while no label of it leads anywhere."""

    url: str
    version: int
    revoked_at: datetime | None


@router.get("/devices/{device_id}/report-link")
def device_link(
    request: Request, session: DbSession, scope: ReadScope, device_id: str
) -> ReportLinkOut:
    """The link that labels of a device hold."""
    return _told(request, session, scope, About.device, device_id)


@router.post("/devices/{device_id}/report-link/renew")
def renew_device(
    request: Request, session: DbSession, scope: EditScope, device_id: str
) -> ReportLinkOut:
    """A new link: labels that are printed already lead nowhere from now on."""
    return _renewed(request, session, scope, About.device, device_id)


@router.delete("/devices/{device_id}/report-link", status_code=204)
def revoke_device(session: DbSession, scope: EditScope, device_id: str) -> None:
    """No label of the device leads anywhere, until a new link is asked for."""
    _revoke(session, scope, About.device, device_id)


@router.get("/rooms/{room_id}/report-link")
def room_link(
    request: Request, session: DbSession, scope: ReadScope, room_id: str
) -> ReportLinkOut:
    """The link that labels of a room hold."""
    return _told(request, session, scope, About.room, room_id)


@router.post("/rooms/{room_id}/report-link/renew")
def renew_room(
    request: Request, session: DbSession, scope: EditScope, room_id: str
) -> ReportLinkOut:
    """A new link: labels that are printed already lead nowhere from now on."""
    return _renewed(request, session, scope, About.room, room_id)


@router.delete("/rooms/{room_id}/report-link", status_code=204)
def revoke_room(session: DbSession, scope: EditScope, room_id: str) -> None:
    """No label of the room leads anywhere, until a new link is asked for."""
    _revoke(session, scope, About.room, room_id)


@router.get(
    "/schools/{code}/room-labels",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def print_room_labels(
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    code: str,
    paper: Annotated[str, Query(max_length=16)] = DEFAULT_PAPER,
    skip: Annotated[int, Query(ge=0, le=200)] = 0,
) -> Response:
    """Labels of all rooms of a school, as PDF; ``paper`` and ``skip`` as of ``/labels``."""
    return labels_file(room_labels(request, session, scope, code), paper, skip)


def _told(
    request: Request, session: Session, scope: Scope, about: About, row_id: str
) -> ReportLinkOut:
    spot = LinkRepository(session, scope).spot(about, row_id)
    return ReportLinkOut.model_validate(standing(request, session, scope, spot))


def _renewed(
    request: Request, session: Session, scope: Scope, about: About, row_id: str
) -> ReportLinkOut:
    links = LinkRepository(session, scope)
    links.renew(links.spot(about, row_id))
    return _told(request, session, scope, about, row_id)


def _revoke(session: Session, scope: Scope, about: About, row_id: str) -> None:
    links = LinkRepository(session, scope)
    links.revoke(links.spot(about, row_id), utc_now())
