"""The MQTT brokers of a school: the list, and the form of one."""

from typing import Annotated

from fastapi import APIRouter, Form
from msgspec import UNSET
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.pages.look import Look, Looking
from controller.pages.views.brokers import brokers_view
from controller.problems import detail_of
from inventory.brokers import (
    LONGEST_PEM,
    LONGEST_TEXT,
    BrokerWish,
    add_broker,
    change_broker,
    wish_of,
)
from inventory.errors import InventoryError
from inventory.models import Broker
from inventory.repositories import BrokerRepository
from inventory.scope import Scope
from inventory.secrets import SecretBox

router = APIRouter(prefix="/schools/{code}/brokers")
_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
_Pem = Annotated[str, Field(max_length=LONGEST_PEM)]


class BrokerForm(BaseModel):
    """The form's fields; secrets left empty stay as they are."""

    url: _Text = ""
    username: _Text = ""
    password: Annotated[str, Field(max_length=LONGEST_TEXT, repr=False)] = ""
    forget_password: bool = False
    ca: _Pem = ""
    certificate: _Pem = ""
    key: Annotated[str, Field(max_length=LONGEST_PEM, repr=False)] = ""
    discovery_prefix: _Text = ""
    announce: bool = False

    def wish(self) -> BrokerWish:
        """What was said; a certificate that is taken away takes its key along."""
        certificate = self.certificate.strip() or None
        return BrokerWish(
            url=self.url,
            username=self.username,
            password=self.password or (None if self.forget_password else UNSET),
            ca=self.ca.strip() or None,
            certificate=certificate,
            key=self.key.strip() or (None if certificate is None else UNSET),
            discovery_prefix=self.discovery_prefix.strip() or "homeassistant",
            announce=self.announce,
        )


@router.get("")
def brokers_page(code: str, look: Looking) -> Response:
    """Brokers of a school, and an empty form.

    Raises:
        NotFound: no such school within the caller's scope.
        PermissionDenied: the caller may not say how devices are watched.
    """
    return look.show("brokers", brokers_view(look, code, BrokerWish("")))


@router.post("")
def save_new(code: str, look: Looking, form: Annotated[BrokerForm, Form()]) -> Response:
    """Have the agent of a school listen to a broker, or say what is wrong."""
    try:
        add_broker(look.session, _scope(look), code, form.wish(), _box(look))
    except InventoryError as error:
        return _again(look, code, form, error)
    return RedirectResponse(f"/schools/{code}/brokers", 303)


@router.get("/{broker_id}")
def broker_page(code: str, broker_id: str, look: Looking) -> Response:
    """One broker on the form; its secrets are not on it.

    Raises:
        NotFound: no such broker of this school within the caller's scope.
    """
    broker = _broker(look, code, broker_id)
    return look.show("brokers", brokers_view(look, code, wish_of(broker), broker))


@router.post("/{broker_id}")
def save(code: str, broker_id: str, look: Looking, form: Annotated[BrokerForm, Form()]) -> Response:
    """Have it listened to like this, or say what is wrong."""
    broker = _broker(look, code, broker_id)
    try:
        change_broker(look.session, _scope(look), broker, form.wish(), _box(look))
    except InventoryError as error:
        return _again(look, code, form, error, broker)
    return RedirectResponse(f"/schools/{code}/brokers", 303)


@router.post("/{broker_id}/remove")
def remove(code: str, broker_id: str, look: Looking) -> Response:
    """Listen to it no more, and forget its secrets."""
    broker = _broker(look, code, broker_id)
    BrokerRepository(look.session, _scope(look)).remove(broker)
    return RedirectResponse(f"/schools/{code}/brokers", 303)


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_access)


def _box(look: Look) -> SecretBox:
    box: SecretBox = look.request.app.state.secret_box
    return box


def _broker(look: Look, code: str, broker_id: str) -> Broker:
    broker = BrokerRepository(look.session, _scope(look)).get(broker_id)
    if broker is None or broker.school_code != code:
        raise NotFound
    return broker


def _again(
    look: Look, code: str, form: BrokerForm, error: InventoryError, broker: Broker | None = None
) -> Response:
    """The form with what was said, its secrets aside, and what is wrong."""
    refused = InventoryRefused(error)
    fault = detail_of(refused, look.lang)
    response = look.show("brokers", brokers_view(look, code, form.wish(), broker, fault=fault))
    response.status_code = refused.status
    return response
