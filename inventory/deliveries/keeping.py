"""What a delivery may say, and how it is paused and taken away."""

import re
from datetime import datetime

from sqlmodel import Session

from inventory.audit.actor import actor_of
from inventory.deliveries.repository import DeliveryRepository
from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.models import DeliveryKind, Organisation, ReportDelivery, School
from inventory.scope import Scope

#: Every month has these.
LAST_DAY = 28
LONGEST_ADDRESS = 254
#: One address, without a name and without anything that could end a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def checked_address(text: str) -> str:
    """An e-mail address as it is kept; an empty text is none.

    Raises:
        Invalid: it is no address (RFC 5321, ASCII alone).
    """
    address = text.strip()
    if address and (len(address) > LONGEST_ADDRESS or _ADDRESS.fullmatch(address) is None):
        raise Invalid(field="email", reason=address[:LONGEST_ADDRESS])
    return address


def new_delivery(session: Session, at: str, kind: DeliveryKind, day: int) -> ReportDelivery:
    """A delivery of a bureau's or a school's reports, yet to be saved."""
    is_bureau = session.get(Organisation, at) is not None
    is_school = not is_bureau and session.get(School, at) is not None
    return ReportDelivery(
        id="",
        organisation_code=None if is_school else at,
        school_code=at if is_school else None,
        kind=kind,
        day=day,
    )


def save_delivery(session: Session, scope: Scope, delivery: ReportDelivery) -> ReportDelivery:
    """Keep a delivery, new or changed.

    Raises:
        Invalid: a day that not every month has.
        NotFound, OutOfScope: of its place.
    """
    if not 1 <= delivery.day <= LAST_DAY:
        raise Invalid(field="day", reason=f"{delivery.day} (1 – {LAST_DAY})")
    if not delivery.id:
        delivery.id = new_id("rd")
        actor = actor_of(session)
        delivery.made_by = actor.login if actor else ""
    return DeliveryRepository(session, scope).keep(delivery)


def pause(session: Session, scope: Scope, delivery: ReportDelivery, at: datetime) -> None:
    """Send nothing more until it is resumed.

    Raises:
        OutOfScope: of its place.
    """
    delivery.paused_at = delivery.paused_at or at
    DeliveryRepository(session, scope).keep(delivery)


def resume(session: Session, scope: Scope, delivery: ReportDelivery) -> None:
    """Send again what was not sent meanwhile, and go on.

    Raises:
        OutOfScope: of its place.
    """
    delivery.paused_at = None
    DeliveryRepository(session, scope).keep(delivery)


def remove_delivery(session: Session, scope: Scope, delivery: ReportDelivery, at: datetime) -> None:
    """Take it away; what was sent stays written down.

    Raises:
        OutOfScope: of its place.
    """
    delivery.removed_at = at
    DeliveryRepository(session, scope).keep(delivery)
