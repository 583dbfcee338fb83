"""Time that no verdict counts, schools held against nothing: asked for, approved, taken back."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.api.target_standards import login_of
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.exclusions import (
    ExclusionForm,
    ExemptionForm,
    LastDayForm,
    exclusion_fields,
    exclusions_view,
    exemption_fields,
)
from controller.pages.views.record_form import AnyForm, Field, body_of
from controller.pages.views.standard_forms import END_FIELDS
from inventory.models import MeasurementExclusion, SchoolExemption
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.standards.approving import (
    approve_exclusion,
    approve_exemption,
    decline_exemption,
)
from inventory.standards.exclusions import (
    ExclusionRepository,
    end_exemption,
    exclude,
    exempt_school,
    revoke,
)

router = APIRouter(prefix="/compliance")
_HOME = "/compliance/exclusions"
_Said = Annotated[AnyForm, Form()]
_Code = Annotated[str, Query(max_length=32)]


@router.get("/exclusions")
def every_exclusion(look: Looking) -> Response:
    """What is left out or asked to be, with who approved it."""
    return look.show("compliance/exclusions", exclusions_view(look))


@router.get("/exclusions/new")
def exclusion_form(look: Looking, school: _Code = "") -> Response:
    """The form of time that is left out.

    Raises:
        PermissionDenied: the caller may ask for nothing.
    """
    return shown(look, _exclusion(look), {"school": school})


@router.post("/exclusions/new")
def add_exclusion(look: Looking, form: _Said) -> Response:
    """Ask that time be left out, or say on the form what is wrong; somebody else approves it."""
    filled = _exclusion(look)

    def act() -> None:
        body = body_of(ExclusionForm, filled.fields, form.said)
        if isinstance(body, ExclusionForm):
            row = MeasurementExclusion(
                id="",
                school_code=body.school or None,
                organisation_code=None if body.school else body.bureau,
                begins_at=body.begins_at,
                ends_at=body.ends_at,
                reason=body.reason,
                requested_by=login_of(look.caller),
            )
            exclude(look.session, _asks(look), row)

    return kept(look, filled, form.said, act)


@router.post("/exclusions/{exclusion_id}/approve")
def approve(exclusion_id: str, look: Looking) -> Response:
    """Leave out what somebody else has asked for.

    Raises:
        NotFound: no such exclusion within the scope.
        OwnRequest, RequestSettled: of the exclusion.
    """
    by = login_of(look.caller)
    approve_exclusion(look.session, _scope(look), exclusion_id, by=by, at=utc_now())
    return RedirectResponse(_HOME, 303)


@router.post("/exclusions/{exclusion_id}/revoke")
def take_back(exclusion_id: str, look: Looking) -> Response:
    """Count time again that was left out by mistake, or decline what waits.

    Raises:
        NotFound: no such exclusion within the scope.
    """
    by, asks = login_of(look.caller), look.caller.scope(Permission.manage_calendars)
    row = ExclusionRepository(look.session, asks).exclusion(exclusion_id)
    own = row is not None and not row.approved_by and row.requested_by == by
    revoke(look.session, asks if own else _scope(look), exclusion_id, by=by, at=utc_now())
    return RedirectResponse(_HOME, 303)


@router.get("/exemptions/new")
def exemption_form(look: Looking, school: _Code = "") -> Response:
    """The form of a school that is held against nothing.

    Raises:
        PermissionDenied: the caller may ask for nothing.
    """
    return shown(look, _exempting(look), {"school_code": school, "valid_from": f"{look.today}"})


@router.post("/exemptions/new")
def add_exemption(look: Looking, form: _Said) -> Response:
    """Ask that a school be exempt, or say on the form what is wrong; somebody else approves it."""
    filled = _exempting(look)

    def act() -> None:
        body = body_of(ExemptionForm, filled.fields, form.said)
        row = SchoolExemption(id="", requested_by=login_of(look.caller), **body.model_dump())
        exempt_school(look.session, _asks(look), row)

    return kept(look, filled, form.said, act)


@router.post("/exemptions/{exemption_id}/approve")
def approve_school(exemption_id: str, look: Looking) -> Response:
    """Exempt a school as somebody else has asked.

    Raises:
        NotFound: no such exemption within the scope.
        OwnRequest, RequestSettled: of the exemption.
    """
    by = login_of(look.caller)
    approve_exemption(look.session, _scope(look), exemption_id, by=by, at=utc_now())
    return RedirectResponse(_HOME, 303)


@router.post("/exemptions/{exemption_id}/decline")
def decline_school(exemption_id: str, look: Looking) -> Response:
    """Leave a school held against its targets; whoever has asked may take that back.

    Raises:
        NotFound: no such exemption within the scope.
        RequestSettled: of the exemption.
    """
    by, asks = login_of(look.caller), look.caller.scope(Permission.manage_calendars)
    row = ExclusionRepository(look.session, asks).exemption(exemption_id)
    own = row is not None and row.requested_by == by
    decline_exemption(
        look.session, asks if own else _scope(look), exemption_id, by=by, at=utc_now()
    )
    return RedirectResponse(_HOME, 303)


@router.get("/exemptions/{exemption_id}/end")
def ending_form(exemption_id: str, look: Looking) -> Response:
    """The form of an exemption's last day.

    Raises:
        NotFound: no such exemption within the scope.
    """
    return shown(look, _ending(look, exemption_id), {"valid_until": f"{look.today}"})


@router.post("/exemptions/{exemption_id}/end")
def end(exemption_id: str, look: Looking, form: _Said) -> Response:
    """Hold a school against its targets again."""
    filled = _ending(look, exemption_id)

    def act() -> None:
        body = body_of(LastDayForm, filled.fields, form.said)
        if isinstance(body, LastDayForm):
            end_exemption(look.session, _scope(look), exemption_id, body.valid_until)

    return kept(look, filled, form.said, act)


def _exclusion(look: Look) -> PlainForm:
    fields = exclusion_fields(look, _asks(look))
    return _form(look, N_("Exclude time"), "exclusions/new", fields)


def _exempting(look: Look) -> PlainForm:
    _asks(look)
    return _form(look, N_("Exempt a school"), "exemptions/new", exemption_fields())


def _ending(look: Look, exemption_id: str) -> PlainForm:
    if ExclusionRepository(look.session, _scope(look)).exemption(exemption_id) is None:
        raise NotFound
    return _form(look, N_("End an exemption"), f"exemptions/{exemption_id}/end", END_FIELDS)


def _form(look: Look, title: str, act: str, fields: Sequence[Field]) -> PlainForm:
    return PlainForm(
        title=look.lang.gettext(title),
        crumbs=((look.lang.gettext(N_("Exclusions and exemptions")), _HOME),),
        action=f"/compliance/{act}",
        fields=fields,
        back=_HOME,
    )


def _asks(look: Look) -> Scope:
    """Where the caller may ask that something be left out: a school for itself, too."""
    return look.caller.require(Permission.manage_calendars)


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_inventory)
