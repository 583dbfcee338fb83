"""Leave an alert alone for a while: acknowledged with a reason, or silenced until a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, StringConstraints
from starlette.responses import RedirectResponse, Response

from alerts.messages import alert_title
from alerts.models import Alert
from alerts.quiet import desk
from alerts.quiet.school_day import end_of_school
from alerts.repositories import AlertRepository
from controller.api.maintenance import by
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.session import local_path
from controller.pages.views.alerts import subject_of
from controller.pages.views.names import school_name
from controller.pages.views.record_form import AnyForm, Field, body_of
from inventory.errors import Invalid
from inventory.models import School

router = APIRouter(prefix="/alerts")
_ACKNOWLEDGE, _SCHOOL = "acknowledge", "school"
_SPANS = {
    "1h": (N_("1 hour"), timedelta(hours=1)),
    "4h": (N_("4 hours"), timedelta(hours=4)),
    "1d": (N_("1 day"), timedelta(days=1)),
    "3d": (N_("3 days"), timedelta(days=3)),
    "7d": (N_("7 days"), timedelta(days=7)),
}


class SilencingForm(BaseModel):
    """What is to happen, as it is chosen."""

    span: str
    about: str | None = None
    reason: Annotated[str, StringConstraints(max_length=desk.MAX_REASON)] = ""


@router.post("/{alert_id}/unacknowledge")
def unacknowledge(
    alert_id: str, look: Looking, back: Annotated[str, Form(max_length=500)] = "/alerts"
) -> Response:
    """Nobody sees to it after all.

    Raises:
        NotFound: no such alert within the scope.
    """
    scope = look.caller.require(Permission.acknowledge_alerts)
    AlertRepository(look.session, scope).unacknowledge(alert_id, look.caller.id, look.now)
    return RedirectResponse(local_path(back), 303)


@router.get("/{alert_id}/silence")
def silencing_form(
    alert_id: str, look: Looking, back: Annotated[str, Query(max_length=500)] = "/alerts"
) -> Response:
    """The form of an alert that is to be left alone.

    Raises:
        NotFound: no such open alert within the scope.
    """
    alert = _alert(look, alert_id)
    return shown(look, _form(look, alert, local_path(back)), {"span": "4h"})


@router.post("/{alert_id}/silence")
def silence(
    alert_id: str,
    look: Looking,
    form: Annotated[AnyForm, Form()],
    back: Annotated[str, Query(max_length=500)] = "/alerts",
) -> Response:
    """Acknowledge it or silence it, or say on the form what is wrong.

    Raises:
        NotFound: no such open alert within the scope.
    """
    alert = _alert(look, alert_id)
    filled = _form(look, alert, local_path(back))

    def act() -> None:
        body = body_of(SilencingForm, filled.fields, form.said)
        if isinstance(body, SilencingForm):
            _leave_alone(look, alert, body)

    return kept(look, filled, form.said, act)


def _leave_alone(look: Look, alert: Alert, body: SilencingForm) -> None:
    scope = look.caller.require(Permission.acknowledge_alerts)
    if body.span == _ACKNOWLEDGE:
        alerts = AlertRepository(look.session, scope)
        alerts.acknowledge(alert.id, look.caller.id, look.now, body.reason)
        return
    until = _until(look, alert, body.span)
    if until is None:
        raise Invalid(field="span", reason=body.span)
    row = desk.of_alert(alert, until, body.reason, whole=body.about == "subject")
    desk.silence(look.session, scope, row, by(look.caller), look.now)


def _until(look: Look, alert: Alert, span: str) -> datetime | None:
    if span == _SCHOOL:
        school = look.session.get_one(School, alert.school_code)
        return end_of_school(look.session, school, look.now)
    return look.now + _SPANS[span][1] if span in _SPANS else None


def _form(look: Look, alert: Alert, back: str) -> PlainForm:
    return PlainForm(
        title=look.lang.gettext(N_("Leave an alert alone")),
        crumbs=((look.lang.gettext(N_("Alerts")), "/alerts"),),
        action=look.link({"back": back}, path=f"/alerts/{alert.id}/silence"),
        fields=_fields(look, alert),
        back=back,
        about=_about(look, alert),
    )


def _about(look: Look, alert: Alert) -> str:
    alerts = AlertRepository(look.session, look.caller.scope(Permission.acknowledge_alerts))
    [row] = alerts.named([alert.id])
    title = alert_title(alert, subject_of(look, row), look.lang.gettext)
    school = school_name(look, row.school)
    return title if school in title else f"{title} · {school}"


def _fields(look: Look, alert: Alert) -> Sequence[Field]:
    translate = look.lang.gettext
    spans = [(key, translate(text)) for key, (text, _) in _SPANS.items()]
    if _until(look, alert, _SCHOOL) is not None:
        spans.insert(2, (_SCHOOL, translate(N_("Until school ends today"))))
    if alert.acknowledged_at is None:
        spans.append((_ACKNOWLEDGE, translate(N_("Acknowledge only: it still counts"))))
    about = [
        ("fault", translate(N_("This fault"))),
        ("subject", translate(N_("Every fault of this device or line"))),
    ]
    return (
        Field("span", N_("Silence for"), "choice", needed=True, choices=spans),
        Field("about", N_("What is silenced"), "choice", choices=about),
        Field(
            "reason",
            N_("Reason"),
            longest=desk.MAX_REASON,
            hint=N_("A silence needs one; it stands in the ticket's log."),
        ),
    )


def _alert(look: Look, alert_id: str) -> Alert:
    scope = look.caller.require(Permission.acknowledge_alerts)
    alert = AlertRepository(look.session, scope).get(alert_id)
    if alert is None or alert.cleared_at is not None or alert.organisation_code is not None:
        raise NotFound
    return alert
