"""Time that no verdict counts, and schools held against nothing: listed, added, taken back."""

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
    """What is left out, with who approved it."""
    return look.show("compliance/exclusions", exclusions_view(look))


@router.get("/exclusions/new")
def exclusion_form(look: Looking, school: _Code = "") -> Response:
    """The form of time that is left out.

    Raises:
        PermissionDenied: the caller may leave nothing out.
    """
    return shown(look, _exclusion(look), {"school": school})


@router.post("/exclusions/new")
def add_exclusion(look: Looking, form: _Said) -> Response:
    """Leave time out, or say on the form what is wrong; whoever does it is the approver."""
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
                approved_by=login_of(look.caller),
            )
            exclude(look.session, _scope(look), row)

    return kept(look, filled, form.said, act)


@router.post("/exclusions/{exclusion_id}/revoke")
def take_back(exclusion_id: str, look: Looking) -> Response:
    """Count time again that was left out by mistake.

    Raises:
        NotFound: no such exclusion within the scope.
    """
    revoke(look.session, _scope(look), exclusion_id, by=login_of(look.caller), at=utc_now())
    return RedirectResponse(_HOME, 303)


@router.get("/exemptions/new")
def exemption_form(look: Looking, school: _Code = "") -> Response:
    """The form of a school that is held against nothing.

    Raises:
        PermissionDenied: the caller may exempt nobody.
    """
    return shown(look, _exempting(look), {"school_code": school, "valid_from": f"{look.today}"})


@router.post("/exemptions/new")
def add_exemption(look: Looking, form: _Said) -> Response:
    """Exempt a school, or say on the form what is wrong; whoever does it is the approver."""
    filled = _exempting(look)

    def act() -> None:
        body = body_of(ExemptionForm, filled.fields, form.said)
        row = SchoolExemption(id="", approved_by=login_of(look.caller), **body.model_dump())
        exempt_school(look.session, _scope(look), row)

    return kept(look, filled, form.said, act)


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
    fields = exclusion_fields(look, _scope(look))
    return _form(look, N_("Exclude time"), "exclusions/new", fields)


def _exempting(look: Look) -> PlainForm:
    _scope(look)
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


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_inventory)
