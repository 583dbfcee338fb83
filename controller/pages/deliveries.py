"""Reports by e-mail on pages: begun, paused, resumed, taken away, tried out."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.deliveries.desk import DeliveryDesk
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.deliveries import (
    AddressForm,
    DeliveryForm,
    address_fields,
    deliveries_view,
    delivery_fields,
)
from controller.pages.views.record_form import AnyForm, Field, body_of
from inventory.deliveries.keeping import checked_address
from inventory.models import User

router = APIRouter(prefix="/compliance/deliveries")
_HOME = "/compliance/deliveries"
_Said = Annotated[AnyForm, Form()]
_Act = Literal["pause", "resume", "remove", "test"]


@router.get("")
def every_delivery(look: Looking) -> Response:
    """Reports that are sent, and what became of the last messages."""
    return look.show("compliance/deliveries", deliveries_view(look))


@router.get("/new")
def new_delivery(look: Looking) -> Response:
    """The form of a delivery."""
    return shown(look, _form(look), {"day": "5"})


@router.post("/new")
def add_delivery(look: Looking, form: _Said) -> Response:
    """Begin to send a report, or say on the form what is wrong."""
    filled = _form(look)

    def act() -> None:
        body = cast(DeliveryForm, body_of(DeliveryForm, filled.fields, form.said))
        _desk(look).add(body.at, body.kind, body.day, body.logins)

    return kept(look, filled, form.said, act)


@router.get("/address")
def own_address(look: Looking) -> Response:
    """The form of one's own address."""
    user = look.session.get_one(User, look.caller.id)
    return shown(look, _address_form(look), {"email": user.email})


@router.post("/address")
def set_own_address(look: Looking, form: _Said) -> Response:
    """Keep one's own address, or say on the form what is wrong."""
    filled = _address_form(look)

    def act() -> None:
        body = cast(AddressForm, body_of(AddressForm, filled.fields, form.said))
        look.session.get_one(User, look.caller.id).email = checked_address(body.email)
        look.session.flush()

    return kept(look, filled, form.said, act)


@router.post("/{delivery_id}/{act}")
def act_on_delivery(delivery_id: str, act: _Act, look: Looking) -> Response:
    """Pause, resume, take away, or have a test sent to oneself.

    Raises:
        NotFound: no such delivery within the caller's scope.
    """
    desk = _desk(look)
    found = desk.there(delivery_id)
    acts: dict[str, Callable[..., object]] = {
        "pause": desk.pause, "resume": desk.resume, "remove": desk.remove, "test": desk.test,
    }  # fmt: skip
    acts[act](found)
    return RedirectResponse(_HOME, 303)


def _desk(look: Look) -> DeliveryDesk:
    return DeliveryDesk(look.session, look.caller, look.now)


def _form(look: Look) -> PlainForm:
    return _of(look, N_("Send a report by e-mail"), "new", delivery_fields(look))


def _address_form(look: Look) -> PlainForm:
    return _of(look, N_("Your e-mail address"), "address", address_fields())


def _of(look: Look, title: str, act: str, fields: Sequence[Field]) -> PlainForm:
    return PlainForm(
        title=look.lang.gettext(title),
        crumbs=((look.lang.gettext(N_("Reports by e-mail")), _HOME),),
        action=f"{_HOME}/{act}",
        fields=fields,
        back=_HOME,
    )
