"""The acceptance sheet of an order (履约验收单): what a contract promised, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session
from starlette.responses import Response

from controller.auth.caller import Caller
from controller.errors import NotFound
from controller.language import N_, Language
from controller.printing.typesetting import typeset
from controller.procuring import procurement_scope, sees_prices
from controller.words.terms import word
from inventory.models import CatalogueModel, OrderState, Room
from inventory.procurement.order_rows import LineCount, OrderRepository, OrderRow
from inventory.repositories.people import UserRepository
from inventory.repositories.rooms import RoomRepository
from inventory.scope import Scope

_TEMPLATE = Path(__file__).with_name("acceptance.typ")
_WORDS = {
    "title": N_("Acceptance sheet"),
    "equipment": N_("Equipment"),
    "deliveries": N_("Deliveries"),
    "pieces": N_("Pieces"),
    "conclusion": N_("Conclusion"),
    "none": N_("None"),
    "stamp": N_("Signature and seal"),
    "date": N_("Date"),
}
_SIGNED = (
    N_("School"),
    N_("Supplier"),
    N_("Inspectors"),
    N_("Bureau"),
)
_LINE_HEAD = (N_("Name"), N_("Model"), N_("Ordered"), N_("Delivered"), N_("Unpacked"))
_MONEY_HEAD = (N_("Price of one, CNY"), N_("Amount, CNY"))
_DELIVERY_HEAD = (N_("Date"), N_("Delivery note"), N_("Name"), N_("Quantity"), N_("Recorded by"))
_PIECE_HEAD = (
    N_("Name"),
    N_("Asset number"),
    N_("Serial number"),
    N_("Room"),
    N_("Custodian"),
    N_("Status"),
)


def acceptance_pdf(
    session: Session, caller: Caller, lang: Language, order_id: str, now: datetime
) -> tuple[str, bytes]:
    """Number of an order and its sheet as PDF, with prices for those who read them.

    Raises:
        NotFound: no such order within the caller's scope.
        FontMissing: Chinese cannot be written.
    """
    orders = OrderRepository(session, procurement_scope(caller))
    row = orders.row(order_id)
    if row is None:
        raise NotFound
    counts = orders.counts(order_id)
    prices = sees_prices(caller)
    told: dict[str, Any] = {
        "lang": "zh" if lang.code == "zh_CN" else "en",
        "words": {name: lang.gettext(text) for name, text in _WORDS.items()},
        "pages": lang.gettext(N_("Page {number} of {all}")),
        "number": row.order.number,
        "printed": lang.moment(now),
        "facts": _facts(lang, row, prices=prices),
        "lines": _lines(session, lang, counts, prices=prices),
        "deliveries": _deliveries(session, lang, orders, row, counts),
        "pieces": _pieces(session, lang, orders, row),
        "conclusion": row.order.conclusion,
        "signatures": [lang.gettext(text) for text in _SIGNED],
    }
    return row.order.number, typeset(_TEMPLATE, told)


def as_file(number: str, pdf: bytes) -> Response:
    """The sheet as an answer, shown by browsers and saved under the number of its order."""
    headers = {
        "Content-Disposition": f'inline; filename="acceptance-{number}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _facts(lang: Language, row: OrderRow, *, prices: bool) -> Sequence[tuple[str, str]]:
    order, project, school = row.order, row.project, row.school
    name = school.name_en or school.name if lang.code == "en" else school.name
    accepted = order.state is OrderState.accepted and order.accepted_on
    facts = [
        (N_("School"), f"{name} ({school.code})"),
        (N_("Project"), f"{project.number} {project.title}"),
        (N_("Way of buying"), lang.gettext(word(project.form))),
        (N_("Tender number"), project.tender_number),
        (N_("Contract number"), project.contract_number),
        (N_("Supplier"), project.supplier),
        (N_("Signed on"), lang.day(project.signed_on) if project.signed_on else ""),
        (N_("Order placed on"), lang.moment(order.placed_at)),
        (N_("Status"), lang.gettext(word(order.state))),
        (N_("Accepted on"), lang.day(accepted) if accepted else ""),
        (N_("Inspectors"), order.inspectors),
    ]
    if prices:
        facts.append((N_("Amount, CNY"), f"{order.total_cny:,.2f}"))
    return [(lang.gettext(label), text or "—") for label, text in facts]


def _lines(
    session: Session, lang: Language, counts: Sequence[LineCount], *, prices: bool
) -> Mapping[str, Any]:
    rows = []
    for one in counts:
        model = session.get(CatalogueModel, one.of.catalogue_id) if one.of.catalogue_id else None
        cells = [
            one.of.name,
            f"{model.vendor} {model.model}" if model else "—",
            str(one.line.quantity),
            str(one.delivered),
            str(one.received),
        ]
        if prices:
            price = one.line.unit_price_cny
            cells += [f"{price:,.2f}", f"{price * one.line.quantity:,.2f}"]
        rows.append(cells)
    head = (*_LINE_HEAD, *(_MONEY_HEAD if prices else ()))
    return {"head": [lang.gettext(text) for text in head], "rows": rows}


def _deliveries(
    session: Session,
    lang: Language,
    orders: OrderRepository,
    row: OrderRow,
    counts: Sequence[LineCount],
) -> Mapping[str, Any]:
    found = orders.deliveries(row.order.id)
    names = {one.line.id: one.of.name for one in counts}
    # Whoever may read a delivery may read who wrote it down.
    users = UserRepository(session, Scope.everything())
    people = {
        user.id: user.name or user.login
        for user in users.named(sorted({delivery.recorded_by for delivery, _ in found}))
    }
    return {
        "head": [lang.gettext(text) for text in _DELIVERY_HEAD],
        "rows": [
            [
                lang.day(delivery.arrived_on),
                delivery.note_number or "—",
                names.get(line.order_line_id, "—"),
                str(line.quantity),
                people.get(delivery.recorded_by, "—"),
            ]
            for delivery, lines in found
            for line in lines
        ],
    }


def _pieces(
    session: Session, lang: Language, orders: OrderRepository, row: OrderRow
) -> Mapping[str, Any]:
    items = orders.items(row.order.id)
    wanted = sorted({device.room_id for _, device in items if device.room_id})
    rooms = RoomRepository(session, Scope((row.school.path,))).named(wanted)
    names = {room.id: _room(room) for room in rooms}
    return {
        "head": [lang.gettext(text) for text in _PIECE_HEAD],
        "rows": [
            [
                device.name,
                device.asset_number or "—",
                device.serial or "—",
                names.get(device.room_id or "", "—"),
                device.custodian or "—",
                lang.gettext(word(device.lifecycle)),
            ]
            for _, device in items
        ],
    }


def _room(room: Room) -> str:
    return " ".join(part for part in (room.building, room.name) if part)
