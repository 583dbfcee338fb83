"""One order: what has come of it, what is unpacked, where it went, what is still missing."""

from collections.abc import Sequence

from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.names import people_names, room_name, school_name
from controller.pages.views.procurement import Document, Link, Table, time_line
from controller.pages.views.procurement_order_steps import OpenOrder, order_steps
from controller.procuring import procurement_scope, sees_prices
from controller.words.procurement import tone
from controller.words.terms import word
from inventory.models import Lifecycle, OrderState, Subject
from inventory.procurement.order_rows import OrderRepository
from inventory.repositories import RoomRepository


def order_document(look: Look, key: str) -> Document:
    """One order.

    Raises:
        NotFound: none within this person's scope.
    """
    orders = OrderRepository(look.session, procurement_scope(look.caller))
    row = orders.row(key)
    if row is None:
        raise NotFound
    rooms = RoomRepository(look.session, look.scope).at_school(row.school.code)
    one = OpenOrder(
        look,
        row,
        orders.counts(key),
        orders.items(key),
        orders,
        {room.id: room for room in rooms},
    )
    tables = [_lines_table(one), _deliveries_table(one), _pieces_table(one)]
    return Document(
        tab="orders",
        title=row.project.title,
        number=row.order.number,
        state=word(row.order.state),
        tone=tone(row.order.state),
        facts=_facts(one),
        tables=[table for table in tables if table.rows],
        missing=_missing(one),
        actions=order_steps(one),
        log=time_line(look, Subject.order, key),
        sheet=f"{one.here}/acceptance.pdf",
    )


def _facts(one: OpenOrder) -> Sequence[tuple[str, str | Link]]:
    look, order, project = one.look, one.row.order, one.row.project
    prices = sees_prices(look.caller)
    href = f"/procurement/projects/{project.id}"
    return [
        (N_("School"), school_name(look, one.row.school)),
        (N_("Project"), Link(project.number, href) if prices else project.number),
        (N_("Supplier"), project.supplier),
        (N_("Tender number"), project.tender_number),
        (N_("Contract number"), project.contract_number),
        *([(N_("Amount, CNY"), f"{order.total_cny:,.2f}")] if prices else []),
        *([(N_("Expected on"), look.lang.day(order.expected_on))] if order.expected_on else []),
        *([(N_("Accepted on"), look.lang.day(order.accepted_on))] if order.accepted_on else []),
        *([(N_("Conclusion"), order.conclusion)] if order.conclusion else []),
        *([(N_("Inspectors"), order.inspectors)] if order.inspectors else []),
    ]


def _lines_table(one: OpenOrder) -> Table:
    in_service: dict[str, int] = {}
    for item, device in one.items:
        if device.lifecycle is Lifecycle.in_service:
            in_service[item.order_line_id] = in_service.get(item.order_line_id, 0) + 1
    return Table(
        N_("Equipment"),
        (
            N_("Name"),
            N_("Room"),
            N_("Ordered"),
            N_("Delivered"),
            N_("Unpacked"),
            N_("In service"),
        ),
        [
            (
                count.of.name,
                room_name(one.rooms.get(count.line.room_id or "")) or "—",
                str(count.line.quantity),
                str(count.delivered),
                str(count.received),
                str(in_service.get(count.line.id, 0)),
            )
            for count in one.counts
        ],
    )


def _deliveries_table(one: OpenOrder) -> Table:
    found = one.orders.deliveries(one.row.order.id)
    names = {count.line.id: count.of.name for count in one.counts}
    people = people_names(one.look, [delivery.recorded_by for delivery, _ in found])
    return Table(
        N_("Deliveries"),
        (N_("Date"), N_("Delivery note"), N_("Name"), N_("Quantity"), N_("Recorded by")),
        [
            (
                one.look.lang.day(delivery.arrived_on),
                delivery.note_number or "—",
                names.get(line.order_line_id, "—"),
                str(line.quantity),
                people.get(delivery.recorded_by, "—"),
            )
            for delivery, lines in found
            for line in lines
        ],
    )


def _pieces_table(one: OpenOrder) -> Table:
    return Table(
        N_("Pieces"),
        (
            N_("Device"),
            N_("Asset number"),
            N_("Serial number"),
            N_("Status"),
            N_("Room"),
            N_("Custodian"),
        ),
        [
            (
                Link(device.name, f"/devices/{device.id}")
                if device.school_code == one.row.school.code
                else device.name,
                device.asset_number or "—",
                device.serial or "—",
                one.look.lang.gettext(word(device.lifecycle)),
                room_name(one.rooms.get(device.room_id or "")) or "—",
                device.custodian or "—",
            )
            for _, device in one.items
        ],
    )


def _missing(one: OpenOrder) -> Sequence[str]:
    state, translate = one.row.order.state, one.look.lang.gettext
    if state is OrderState.cancelled:
        return ()
    told = (
        (one.expected, N_("Pieces that have not come yet: {count}")),
        (one.unopened, N_("Pieces that came and are not unpacked: {count}")),
        (len(one.in_stock), N_("Pieces in stock that are not in service yet: {count}")),
    )
    found = [translate(words).format(count=count) for count, words in told if count]
    if state in (OrderState.placed, OrderState.closed):
        words = N_("The acceptance, by somebody who has not placed the order")
        found.append(translate(words))
    return found
