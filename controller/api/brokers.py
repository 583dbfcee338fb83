"""``/brokers``: what agents listen to for MQTT devices. Secrets go in and never come out."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.permissions import Permission
from controller.deps import DbSession, Within
from controller.errors import NotFound
from inventory.brokers import (
    LONGEST_PEM,
    LONGEST_TEXT,
    BrokerWish,
    add_broker,
    change_broker,
    wish_of,
)
from inventory.models import Broker
from inventory.repositories import BrokerRepository
from inventory.scope import Scope

router = APIRouter(prefix="/brokers", tags=["brokers"], responses=PROBLEMS)
AccessScope = Annotated[Scope, Depends(Within(Permission.manage_access))]
_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
_Pem = Annotated[str, Field(max_length=LONGEST_PEM)]
#: There is always a value, so null says nothing.
_REQUIRED = frozenset({"url", "discovery_prefix", "announce"})


class BrokerPatch(BaseModel):
    """What of a broker is to change; what is left out stays as it is, null takes it away.

    ``url``: ``mqtt://host[:port]`` or ``mqtts://host[:port]``. ``ca`` and ``certificate``: PEM;
    ``key``: PEM without a password. Whoever changes ``url`` or ``ca`` gives ``password`` and
    ``key`` again, or takes them away.
    """

    model_config = ConfigDict(extra="forbid")

    url: _Text | None = None
    username: _Text | None = None
    password: Annotated[SecretStr, Field(max_length=LONGEST_TEXT)] | None = None
    ca: _Pem | None = None
    certificate: _Pem | None = None
    key: Annotated[SecretStr, Field(max_length=LONGEST_PEM)] | None = None
    discovery_prefix: _Text | None = None
    announce: bool | None = None

    def applied(self, wish: BrokerWish) -> BrokerWish:
        """The wish with what was said."""
        said: dict[str, Any] = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name in self.model_fields_set & BrokerPatch.model_fields.keys()
            if (value := getattr(self, name)) is not None or name not in _REQUIRED
        }
        return replace(wish, **said)


class BrokerIn(BrokerPatch):
    """A broker in the network of a school."""

    school_code: _Text
    url: _Text


class BrokerOut(Schema):
    """A broker without its secrets; whether there are any is told."""

    id: str
    school_code: str
    url: str
    username: str | None
    has_password: bool
    ca: str | None
    certificate: str | None
    has_key: bool
    discovery_prefix: str
    announce: bool


@router.get("")
def list_brokers(
    session: DbSession,
    scope: AccessScope,
    school: Annotated[str | None, Query(max_length=32)] = None,
) -> Listed[BrokerOut]:
    """Brokers of the schools whose access the caller manages."""
    repository = BrokerRepository(session, scope)
    found = repository.all() if school is None else repository.at_school(school)
    return Listed(items=[_shown(one) for one in found], total=len(found))


@router.get("/{broker_id}")
def show_broker(session: DbSession, scope: AccessScope, broker_id: str) -> BrokerOut:
    """One broker."""
    return _shown(_found(session, scope, broker_id))


@router.post("", status_code=201)
def create_broker(
    request: Request, session: DbSession, scope: AccessScope, body: BrokerIn
) -> BrokerOut:
    """Have the agent of a school listen to a broker."""
    wish = body.applied(BrokerWish(body.url))
    box = request.app.state.secret_box
    return _shown(add_broker(session, scope, body.school_code, wish, box))


@router.patch("/{broker_id}")
def update_broker(
    request: Request, session: DbSession, scope: AccessScope, broker_id: str, body: BrokerPatch
) -> BrokerOut:
    """Have it listened to in another way."""
    broker = _found(session, scope, broker_id)
    wish = body.applied(wish_of(broker))
    return _shown(change_broker(session, scope, broker, wish, request.app.state.secret_box))


@router.delete("/{broker_id}", status_code=204)
def remove_broker(session: DbSession, scope: AccessScope, broker_id: str) -> None:
    """Listen to it no more, and forget its secrets."""
    BrokerRepository(session, scope).remove(_found(session, scope, broker_id))


def _found(session: Session, scope: Scope, broker_id: str) -> Broker:
    broker = BrokerRepository(session, scope).get(broker_id)
    if broker is None:
        raise NotFound
    return broker


def _shown(broker: Broker) -> BrokerOut:
    return BrokerOut.model_validate(
        {
            **broker.model_dump(exclude={"password_secret", "key_secret"}),
            "has_password": broker.password_secret is not None,
            "has_key": broker.key_secret is not None,
        }
    )
