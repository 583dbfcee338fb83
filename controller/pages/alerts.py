"""The list of alerts, and saying that one has been seen."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from alerts.repositories import AlertRepository
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.session import local_path
from controller.pages.views.alerts import (
    alert_list,
    is_of_list,
    storm_view,
    subject_address,
)
from controller.pages.views.listed_alert import listed_alert

router = APIRouter()


@router.get("/alerts")
def alerts_page(
    look: Looking,
    state: Annotated[str, Query(max_length=20)] = "",
    severity: Annotated[str, Query(max_length=20)] = "",
    school: Annotated[str, Query(max_length=32)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Alerts, open ones unless others are asked for."""
    return look.show("alerts", alert_list(look, state, severity, school, page))


@router.get("/alerts/{alert_id}")
def storm_page(
    alert_id: str, look: Looking, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    """An alert of a bureau or a list with what it is about; of others the page of what is wrong.

    Raises:
        NotFound: no such alert within the scope.
    """
    scope = look.caller.require(Permission.read_alerts)
    alert = AlertRepository(look.session, scope).get(alert_id)
    if alert is None:
        raise NotFound
    if is_of_list(alert):
        return look.show("listed_alert", listed_alert(look, alert))
    if alert.organisation_code is None:
        return RedirectResponse(subject_address(alert), 303)
    return look.show("storm", storm_view(look, alert, page))


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(
    alert_id: str, look: Looking, back: Annotated[str, Form(max_length=500)] = "/alerts"
) -> Response:
    """Somebody has seen it; the first to say so is kept."""
    scope = look.caller.require(Permission.acknowledge_alerts)
    AlertRepository(look.session, scope).acknowledge(alert_id, look.caller.id, look.now)
    return RedirectResponse(local_path(back), 303)
