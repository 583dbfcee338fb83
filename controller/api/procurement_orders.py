"""``/procurement/orders``: orders, deliveries, unpacking, acceptance, and what is in stock."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlmodel import Session

from controller.api.procurement_order_schemas import (
    AcceptOrderIn,
    DeliveryIn,
    DeliveryOut,
    ItemOut,
    OrderDetail,
    OrderIn,
    OrderLineOut,
    OrderOut,
    ReceiveIn,
    ServiceIn,
)
from controller.api.procurement_requests import SeenScope, entries_of
from controller.api.procurement_schemas import WordIn
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Search
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, DbSession, Reader
from controller.errors import InvalidRequest, NotFound
from controller.printing.acceptance import acceptance_pdf, as_file
from controller.procuring import actor_of, procurement_scope, sees_prices
from drivers.readings import Kind
from inventory.models import OrderState, Right, Subject
from inventory.models.base import utc_now
from inventory.procurement.order_rows import OrderRepository, OrderRow
from inventory.procurement.orders import OrderDesk, OrderLineWish
from inventory.procurement.receiving import ReceivingDesk, Scan
from inventory.repositories.schools import SchoolRepository

router = APIRouter(prefix="/procurement", tags=["procurement"], responses=PROBLEMS)


@router.get("/orders")
def list_orders(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: SeenScope,
    state: Annotated[list[OrderState] | None, Query()] = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    project: Annotated[str | None, Query(max_length=20)] = None,
    search: Search = "",
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[OrderOut]:
    """Orders, the youngest first."""
    page = OrderRepository(session, scope).page(
        states=state or (),
        school=school,
        project=project,
        search=search,
        offset=offset,
        limit=limit,
    )
    return Listed(items=[_order(caller, row) for row in page.items], total=page.total)


@router.post("/orders", status_code=201)
def place_order(session: DbSession, caller: CurrentCaller, body: OrderIn) -> OrderDetail:
    """Order for one school; 409 ``ceiling_exceeded`` where the contract holds no more."""
    order = _orders(session, caller, Right.manage).place(
        body.project_id,
        body.school_code,
        [OrderLineWish(**line.model_dump()) for line in body.lines],
        expected_on=body.expected_on,
        comment=body.comment,
    )
    return _detail(session, caller, order.id)


@router.get("/orders/{order_id}")
def show_order(session: DbSession, caller: CurrentCaller, order_id: str) -> OrderDetail:
    """One order with everything that has come of it."""
    return _detail(session, caller, order_id)


@router.post("/orders/{order_id}/cancel")
def cancel_order(
    session: DbSession, caller: CurrentCaller, order_id: str, body: WordIn
) -> OrderDetail:
    """Give an order up of which nothing has come."""
    _orders(session, caller, Right.manage).cancel(order_id, body.comment)
    return _detail(session, caller, order_id)


@router.post("/orders/{order_id}/close")
def close_order(
    session: DbSession, caller: CurrentCaller, order_id: str, body: WordIn
) -> OrderDetail:
    """Expect nothing more of an order; the contract gets back what has not come."""
    _orders(session, caller, Right.manage).close(order_id, body.comment)
    return _detail(session, caller, order_id)


@router.post("/orders/{order_id}/deliveries", status_code=201)
def deliver(
    session: DbSession, caller: CurrentCaller, order_id: str, body: DeliveryIn
) -> OrderDetail:
    """Write down what came; 409 ``over_delivered`` where less is expected."""
    quantities = {line.order_line_id: line.quantity for line in body.lines}
    if len(quantities) != len(body.lines):
        raise InvalidRequest(reason="order_line_id")
    _receiving(session, caller).deliver(
        order_id, quantities, arrived_on=body.arrived_on, note_number=body.note_number
    )
    return _detail(session, caller, order_id)


@router.post("/deliveries/{delivery_id}/items", status_code=201)
def receive(
    session: DbSession, caller: CurrentCaller, delivery_id: str, body: ReceiveIn
) -> OrderDetail:
    """Unpack and scan pieces, all or none: each becomes a device in stock."""
    _receiving(session, caller).receive(
        delivery_id,
        body.order_line_id,
        [Scan(one.serial, one.asset_number) for one in body.items],
    )
    orders = OrderRepository(session, procurement_scope(caller))
    delivery = orders.delivery(delivery_id)
    if delivery is None:
        raise NotFound
    return _detail(session, caller, delivery.order_id)


@router.post("/items/{item_id}/service")
def put_in_service(
    session: DbSession, caller: CurrentCaller, item_id: str, body: ServiceIn
) -> OrderDetail:
    """Take a piece out of the store into its room."""
    _receiving(session, caller).put_in_service(item_id, body.room_id, body.custodian)
    found = OrderRepository(session, procurement_scope(caller)).item(item_id)
    if found is None:
        raise NotFound
    return _detail(session, caller, found[1].id)


@router.post("/orders/{order_id}/accept")
def accept_order(
    session: DbSession, caller: CurrentCaller, order_id: str, body: AcceptOrderIn
) -> OrderDetail:
    """Say that the contract was kept (履约验收); whoever placed the order does not."""
    _orders(session, caller, Right.receive).accept(order_id, **body.model_dump())
    return _detail(session, caller, order_id)


@router.get(
    "/orders/{order_id}/acceptance.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def acceptance_sheet(
    session: DbSession, caller: CurrentCaller, lang: Reader, order_id: str
) -> Response:
    """The acceptance sheet of an order (履约验收单), in the reader's language."""
    return as_file(*acceptance_pdf(session, caller, lang, order_id, utc_now()))


@router.get("/stock/{school_code}")
def show_stock(session: DbSession, scope: SeenScope, school_code: str) -> dict[Kind, int]:
    """Devices of a school that stand in its store, by kind."""
    if SchoolRepository(session, scope).get(school_code) is None:
        raise NotFound
    return dict(OrderRepository(session, scope).stock(school_code))


def _orders(session: Session, caller: Caller, right: Right) -> OrderDesk:
    return OrderDesk(session, actor_of(caller, right), utc_now())


def _receiving(session: Session, caller: Caller) -> ReceivingDesk:
    return ReceivingDesk(session, actor_of(caller, Right.receive), utc_now())


def _order(caller: Caller, row: OrderRow) -> OrderOut:
    told = {**row.order.model_dump(), "school_name": row.school.name}
    if not sees_prices(caller):
        told["total_cny"] = None
    return OrderOut.model_validate(told)


def _detail(session: Session, caller: Caller, order_id: str) -> OrderDetail:
    scope = procurement_scope(caller)
    orders = OrderRepository(session, scope)
    row = orders.row(order_id)
    if row is None:
        raise NotFound
    prices = sees_prices(caller)
    return OrderDetail(
        **_order(caller, row).model_dump(),
        lines=[
            OrderLineOut(
                id=one.line.id,
                name=one.of.name,
                kind=one.of.kind,
                room_id=one.line.room_id,
                quantity=one.line.quantity,
                delivered=one.delivered,
                received=one.received,
                unit_price_cny=one.line.unit_price_cny if prices else None,
            )
            for one in orders.counts(order_id)
        ],
        deliveries=[
            DeliveryOut.model_validate(
                {
                    **delivery.model_dump(),
                    "lines": {line.order_line_id: line.quantity for line in lines},
                }
            )
            for delivery, lines in orders.deliveries(order_id)
        ],
        items=[
            ItemOut.model_validate(
                {**device.model_dump(), **item.model_dump(), "name": device.name}
            )
            for item, device in orders.items(order_id)
        ],
        entries=entries_of(session, scope, Subject.order, order_id),
    )
