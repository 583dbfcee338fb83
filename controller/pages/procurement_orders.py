"""Orders: placed, delivered, unpacked, put in service, accepted."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.errors import FleetError, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.procurement_forms import Said, Sent, taken
from controller.pages.views.procurement_order import order_document
from controller.pages.views.procurement_order_form import order_editor
from controller.printing.acceptance import acceptance_pdf, as_file
from controller.procuring import actor_of
from inventory.models import Right
from inventory.procurement.orders import OrderDesk, OrderLineWish
from inventory.procurement.receiving import ReceivingDesk, Scan

router = APIRouter(prefix="/procurement/orders")
_Form = Annotated[Sent, Form()]
_Key = Annotated[str, Query(max_length=32)]
_STEPS = frozenset({"deliver", "receive", "service", "accept", "cancel", "close"})
_QUANTITY = N_("Quantity")


class NothingChosen(FleetError):
    """A step with pieces, and none of them ticked."""

    status = 422
    code = "nothing_chosen"
    title = N_("The request does not fit")
    message = N_("Choose at least one piece.")


@router.get("/new")
def new_page(look: Looking, project: _Key, school: _Key = "") -> Response:
    """The form of a new order under a contract; the school is chosen first."""
    return look.show("procured/order.html", order_editor(look, project, school))


@router.post("/new")
def place(look: Looking, form: _Form) -> Response:
    """Place an order."""
    said = form.texts
    project, school = said.get("project", ""), said.get("school", "")

    def act() -> str:
        read = Said(look, said)
        wishes = []
        for line in read.ticked("quantity-"):
            quantity = read.number(f"quantity-{line}", _QUANTITY)
            if quantity:
                wishes.append(OrderLineWish(line, quantity, read.text(f"room-{line}") or None))
        if not wishes:
            raise NothingChosen
        desk = OrderDesk(look.session, actor_of(look.caller, Right.manage), look.now)
        order = desk.place(
            project,
            school,
            wishes,
            expected_on=read.day("expected_on", N_("Expected on")),
            comment=read.text("comment"),
        )
        return f"/procurement/orders/{order.id}"

    return taken(
        look,
        act,
        lambda fault: look.show(
            "procured/order.html", order_editor(look, project, school, said, fault=fault)
        ),
    )


@router.get("/{key}")
def order_page(key: str, look: Looking) -> Response:
    """One order."""
    return look.show("procured", order_document(look, key))


@router.get("/{key}/acceptance.pdf")
def acceptance_sheet(key: str, look: Looking) -> Response:
    """The acceptance sheet of an order (履约验收单) as PDF, to be printed and signed."""
    return as_file(*acceptance_pdf(look.session, look.caller, look.lang, key, look.now))


@router.get("/{key}/{step}")
def back(key: str, step: str) -> Response:
    """Whoever comes to the address of a step without a form is shown the order."""
    return RedirectResponse(f"/procurement/orders/{key}", 303)


@router.post("/{key}/{step}")
def take(key: str, step: str, look: Looking, form: _Form) -> Response:
    """Write down a delivery, unpack, put in service, accept, cancel, or expect nothing more.

    Raises:
        NotFound: no such step.
    """
    if step not in _STEPS:
        raise NotFound
    said = Said(look, form.texts)

    def act() -> str:
        if step in ("cancel", "close"):
            desk = OrderDesk(look.session, actor_of(look.caller, Right.manage), look.now)
            give_up = desk.cancel if step == "cancel" else desk.close
            give_up(key, said.text("comment"))
        elif step == "accept":
            desk = OrderDesk(look.session, actor_of(look.caller, Right.receive), look.now)
            desk.accept(
                key,
                inspectors=said.needed("inspectors", N_("Inspectors")),
                conclusion=said.needed("note", N_("Conclusion")),
                accepted_on=said.day("on", N_("Date")) or look.today,
            )
        else:
            _receive(look, key, step, said)
        return f"/procurement/orders/{key}"

    return taken(look, act, lambda fault: _refused(look, key, step, said.texts, fault))


def _receive(look: Look, key: str, step: str, said: Said) -> None:
    desk = ReceivingDesk(look.session, actor_of(look.caller, Right.receive), look.now)
    if step == "deliver":
        came = {line: said.number(f"line-{line}", _QUANTITY) for line in said.ticked("line-")}
        desk.deliver(
            key,
            {line: quantity for line, quantity in came.items() if quantity},
            arrived_on=said.day("on", N_("Date")) or look.today,
            note_number=said.text("note"),
        )
    elif step == "receive":
        delivery, _, line = said.needed("box", N_("Delivery")).partition(" ")
        desk.receive(delivery, line, _scans(said.needed("scans", N_("Serial number"))))
    else:
        chosen = said.ticked("item-")
        if not chosen:
            raise NothingChosen
        custodian = said.needed("custodian", N_("Custodian"))
        room = said.needed("room", N_("Room"))
        for item in chosen:
            desk.put_in_service(item, room, custodian)


def _scans(text: str) -> list[Scan]:
    """One piece a line: its serial number, then a comma and its asset number if there is one."""
    scans = []
    for line in text.replace("，", ",").splitlines():
        serial, _, asset = line.partition(",")
        if line.strip():
            scans.append(Scan(serial.strip(), asset.strip()))
    return scans


def _refused(look: Look, key: str, step: str, said: Mapping[str, str], fault: str) -> Response:
    href = f"/procurement/orders/{key}/{step}"
    return look.show("procured", order_document(look, key).refused(fault, href, said))
