"""Several devices of a list at once: moved, put in service, proposed to go, printed, taken out."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from pydantic import Field
from starlette.responses import Response

from controller.api.exchange import labels_of
from controller.errors import FleetError, NotFound, PermissionDenied
from controller.exchange.exporting import FileFormat
from controller.exchange.labels import DEFAULT_PAPER
from controller.exchange.outgoing import answered, outgoing
from controller.language import N_
from controller.pages.chosen_steps import taken_back, taken_with
from controller.pages.devices import Asked
from controller.pages.look import Look, Looking
from controller.pages.procurement_forms import Said, Sent, refused
from controller.pages.views.acts import MOST_AT_ONCE, NEEDS, Act
from controller.pages.views.choices import one_of
from controller.pages.views.chosen import (
    chosen_form,
    fitting,
    in_order,
)
from controller.problems import detail_of
from inventory.errors import InventoryError
from inventory.exchange.register import Wanted
from inventory.models import Device

router = APIRouter(prefix="/devices/chosen")
_Ids = Annotated[list[str], Query(max_length=MOST_AT_ONCE, default_factory=list)]
_Undo = Annotated[list[str], Form(max_length=MOST_AT_ONCE, default_factory=list)]


class ChosenSent(Sent):
    """The form of a step: the devices, and texts by name."""

    device: list[Annotated[str, Field(max_length=32)]] = Field(
        default_factory=list, max_length=MOST_AT_ONCE
    )


class NoDeviceChosen(FleetError):
    """A step for several devices, and none of them ticked."""

    status = 422
    code = "nothing_chosen"
    title = N_("The request does not fit")
    message = N_("Choose at least one device.")


@router.get("")
def form_page(
    *,
    look: Looking,
    wanted: Asked,
    device: _Ids,
    act: Annotated[str, Query(max_length=16)] = "",
    every: Annotated[bool, Query(alias="all")] = False,
    to_school: Annotated[str, Query(max_length=32)] = "",
) -> Response:
    """The form of a step: for those that were ticked, or for all that fit the list's filter.

    ``to_school`` is filled in where devices are to go to another school.

    Raises:
        NotFound: no such step.
        PermissionDenied: this person takes no such step anywhere.
    """
    step = _act(look, act)
    ids, too_many = fitting(look, wanted) if every else (device, 0)
    if not ids:
        return _again(look, step, (), {}, NoDeviceChosen())
    said = {"to_school": to_school}
    return look.show("chosen", chosen_form(look, step, ids, too_many=too_many, said=said))


@router.post("/undo")
def undo(look: Looking, step: _Undo) -> Response:
    """Bring devices back to where they stood before a step; those changed since are left.

    Raises:
        PermissionDenied: this person changes no device.
        NotFound: a step that cannot be read.
    """
    if not any(map(look.caller.may, NEEDS[Act.service])):
        raise PermissionDenied
    return look.show("chosen/result.html", taken_back(look, step))


@router.post("/{act}")
def take(
    act: str, request: Request, look: Looking, form: Annotated[ChosenSent, Form()]
) -> Response:
    """Take a step with each device it can be taken with; tell of the others why not.

    Raises:
        NotFound: no such step.
        PermissionDenied: this person takes no such step anywhere.
    """
    step, said = _act(look, act), form.texts
    devices = in_order(look, form.device)
    if not devices:
        return _again(look, step, (), said, NoDeviceChosen())
    if step in (Act.labels, Act.export):
        return _file(request, look, step, devices, said)
    try:
        result = taken_with(look, step, devices, Said(look, said))
    except (FleetError, InventoryError) as error:
        return _again(look, step, form.device, said, refused(look, error))
    return look.show("chosen/result.html", result)


def _file(
    request: Request, look: Look, step: Act, devices: Sequence[Device], said: Mapping[str, str]
) -> Response:
    """Labels or a table of these devices."""
    wanted = Wanted(now=look.now, cadence=look.cadence, ids=tuple(one.id for one in devices))
    if step is Act.labels:
        paper = said.get("paper") or DEFAULT_PAPER
        return labels_of(request, look.session, look.scope, wanted, paper=paper, skip=0)
    shape = one_of(FileFormat, said.get("format", "")) or FileFormat.xlsx
    export = outgoing(request, look.caller, look.lang, "devices", wanted=wanted, shape=shape)
    return answered(export, look.caller)


def _again(
    look: Look, step: Act, ids: Sequence[str], said: Mapping[str, str], error: FleetError
) -> Response:
    form = chosen_form(look, step, ids, said=said, fault=detail_of(error, look.lang))
    response = look.show("chosen", form)
    response.status_code = error.status
    return response


def _act(look: Look, text: str) -> Act:
    act = one_of(Act, text)
    if act is None:
        raise NotFound
    if not any(map(look.caller.may, NEEDS[act])):
        raise PermissionDenied
    return act
