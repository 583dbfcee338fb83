"""Maintenance windows and silences: what holds, what is to come; planned, changed, ended."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from sqlmodel import Session, col, select
from starlette.responses import RedirectResponse, Response

from alerts.models import MaintenanceWindow
from alerts.quiet import desk
from alerts.quiet.repository import MaintenanceRepository, SilenceRepository
from controller.api.maintenance import by
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.maintenance import (
    TimesForm,
    WindowForm,
    maintenance_view,
    time_fields,
    window_fields,
)
from controller.pages.views.names import bureau_name, school_name
from controller.pages.views.record_form import AnyForm, Field, body_of, texts_of
from inventory.errors import Invalid
from inventory.models import Device, Organisation, Room, School
from inventory.scope import Scope

router = APIRouter(prefix="/maintenance")
_HOME = "/maintenance"
_Said = Annotated[AnyForm, Form()]
_Text = Annotated[str, Query(max_length=200)]


@router.get("")
def every_window(look: Looking) -> Response:
    """Maintenance and silences that hold or are to come, then what is over."""
    return look.show("maintenance", maintenance_view(look))


@router.get("/new")
def window_form(look: Looking, school: _Text = "", device: _Text = "") -> Response:
    """The form of a new window.

    Raises:
        PermissionDenied: the caller may plan nothing.
    """
    return shown(look, _planning(look), {"school": school, "device": device})


@router.post("/new")
def plan(look: Looking, form: _Said) -> Response:
    """Plan maintenance, or say on the form what is wrong."""
    filled = _planning(look)

    def act() -> None:
        body = body_of(WindowForm, filled.fields, form.said)
        if isinstance(body, WindowForm):
            row = MaintenanceWindow(
                id="",
                entered_by="",
                school_code=body.school or None,
                organisation_code=None if body.school else body.bureau,
                room_id=_named(look.session, Room, "room", body.room, body.school),
                device_id=_named(look.session, Device, "device", body.device, body.school),
                **_times(body),
            )
            desk.plan(look.session, _scope(look), row, by(look.caller), look.now)

    return kept(look, filled, form.said, act)


@router.get("/{window_id}")
def changing_form(window_id: str, look: Looking) -> Response:
    """The form of a window that is to hold at other times.

    Raises:
        NotFound: no such window within the scope.
    """
    row = MaintenanceRepository(look.session, _scope(look)).get(window_id)
    form = _changing(look, row)
    return shown(look, form, texts_of(form.fields, row))


@router.post("/{window_id}")
def change(window_id: str, look: Looking, form: _Said) -> Response:
    """Change when a window is, or say on the form what is wrong.

    Raises:
        NotFound: no such window within the scope.
    """
    row = MaintenanceRepository(look.session, _scope(look)).get(window_id)
    filled = _changing(look, row)

    def act() -> None:
        body = body_of(TimesForm, filled.fields, form.said)
        if isinstance(body, TimesForm):
            desk.change(look.session, _scope(look), row, _times(body), look.now)

    return kept(look, filled, form.said, act)


@router.post("/{window_id}/end")
def end(window_id: str, look: Looking) -> Response:
    """End maintenance early, with all that would have been repeated.

    Raises:
        NotFound: no such window within the scope.
        OverAlready, OutOfScope: of the window.
    """
    row = MaintenanceRepository(look.session, _scope(look)).get(window_id)
    desk.end(look.session, _scope(look), row, by(look.caller), look.now)
    return RedirectResponse(_HOME, 303)


@router.post("/{window_id}/undo")
def undo(window_id: str, look: Looking) -> Response:
    """Take back a window that was a mistake.

    Raises:
        NotFound: no such window within the scope.
        OverAlready, OutOfScope: of the window.
    """
    row = MaintenanceRepository(look.session, _scope(look)).get(window_id)
    desk.undo(look.session, _scope(look), row, by(look.caller), look.now)
    return RedirectResponse(_HOME, 303)


@router.post("/silences/{silence_id}/end")
def end_silence(silence_id: str, look: Looking) -> Response:
    """Let a fault be heard of again.

    Raises:
        NotFound: no such silence within the scope.
        OverAlready: it has ended.
    """
    scope = look.caller.require(Permission.acknowledge_alerts)
    row = SilenceRepository(look.session, scope).get(silence_id)
    desk.end_silence(look.session, scope, row, by(look.caller), look.now)
    return RedirectResponse(_HOME, 303)


def _times(body: TimesForm) -> dict[str, Any]:
    names = ("begins_at", "ends_at", "weekdays", "from_minute", "until_minute", "reason")
    return {name: getattr(body, name) for name in names}


def _named(
    session: Session, model: type[Room] | type[Device], field: str, name: str, school: str
) -> str | None:
    """The id of what a school calls so; of ids themselves, too.

    Raises:
        Invalid: it has none of that name, or several.
    """
    if not name:
        return None
    known: Any = model
    query = select(known.id).where(
        known.school_code == school, (col(known.name) == name) | (col(known.id) == name)
    )
    found = session.exec(query.limit(2)).all()
    if len(found) != 1:
        raise Invalid(field=field, reason=name)
    one: str = found[0]
    return one


def _planning(look: Look) -> PlainForm:
    return _form(look, N_("Plan maintenance"), "new", window_fields(look, _scope(look)))


def _changing(look: Look, row: MaintenanceWindow) -> PlainForm:
    form = _form(look, N_("Change maintenance"), row.id, time_fields(look), row)
    return replace(form, about=_place(look, row))


def _place(look: Look, row: MaintenanceWindow) -> str:
    """Where a window is: the form asks for its times alone."""
    school = look.session.get(School, row.school_code) if row.school_code else None
    if school is not None:
        return school_name(look, school)
    bureau = look.session.get(Organisation, row.organisation_code or "")
    return bureau_name(look, bureau) if bureau else ""


def _form(
    look: Look,
    title: str,
    act: str,
    fields: Sequence[Field],
    row: MaintenanceWindow | None = None,
) -> PlainForm:
    return PlainForm(
        title=look.lang.gettext(title),
        crumbs=((look.lang.gettext(N_("Maintenance and silences")), _HOME),),
        action=f"{_HOME}/{act}",
        fields=fields,
        back=_HOME,
        row=row,
    )


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_calendars)
