"""What a school writes into a request, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from drivers.readings import Kind
from inventory.errors import Invalid, NotFound
from inventory.models import CatalogueModel, Room
from inventory.money.amounts import amount

MAX_QUANTITY = 100_000
MAX_PRICE = Decimal("99999999.99")
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class LineWish:
    """Some pieces of one kind; ``unit_price`` is an estimate in CNY.

    With a model of the catalogue, ``kind`` is the model's.
    """

    kind: Kind
    quantity: int
    unit_price: Decimal
    catalogue_id: str | None = None
    specification: str = ""
    reason: str = ""
    room_id: str | None = None


@dataclass(frozen=True, slots=True)
class RequestWish:
    """A whole request."""

    title: str
    reason: str
    lines: Sequence[LineWish]
    quote_attachment_id: str | None = None


def check_text(name: str, text: str, longest: int, *, shortest: int = 1) -> str:
    """The text without blank ends.

    Raises:
        Invalid: shorter or longer than allowed.
    """
    clean = text.replace("\0", "").strip()
    if not shortest <= len(clean) <= longest:
        raise Invalid(field=name, reason=f"{len(clean)} ({shortest}-{longest})")
    return clean


def check_quantity(quantity: int, *, least: int = 1) -> int:
    """Pieces.

    Raises:
        Invalid: none or too many.
    """
    if not least <= quantity <= MAX_QUANTITY:
        raise Invalid(field="quantity", reason=f"{quantity} ({least}-{MAX_QUANTITY})")
    return quantity


def check_price(price: Decimal, name: str = "unit_price_cny") -> Decimal:
    """A price of one piece in CNY with two places.

    Raises:
        NotAnAmount: more places, or no number.
        Invalid: negative or too large.
    """
    value = amount(price, name)
    if not 0 <= value <= MAX_PRICE:
        raise Invalid(field=name, reason=f"{value} (0-{MAX_PRICE})")
    return value


def check_model(session: Session, catalogue_id: str | None, kind: Kind) -> Kind:
    """The kind of a line: its model's, if it names one.

    Raises:
        NotFound: no such model.
    """
    if catalogue_id is None:
        return kind
    model = session.get(CatalogueModel, catalogue_id)
    if model is None:
        raise NotFound(what="catalogue_model", key=catalogue_id)
    return model.kind


def check_room(session: Session, room_id: str | None, school_code: str) -> str | None:
    """The room, which is one of the school.

    Raises:
        NotFound: it is not.
    """
    if room_id is not None:
        room = session.get(Room, room_id)
        if room is None or room.school_code != school_code:
            raise NotFound(what="room", key=room_id)
    return room_id


def check_lines(count: int) -> None:
    """As many lines as a document may have.

    Raises:
        Invalid: none or too many.
    """
    if not 1 <= count <= MOST_LINES:
        raise Invalid(field="lines", reason=f"{count} (1-{MOST_LINES})")
