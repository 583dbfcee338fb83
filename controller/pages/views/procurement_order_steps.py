"""Steps of an order that one may take now: deliver, unpack, put in service, accept, give up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.names import room_name
from controller.pages.views.procurement import Action, Entry, may
from inventory.models import Device, Lifecycle, OrderState, ReceivedItem, Right, Room
from inventory.procurement.order_rows import LineCount, OrderRepository, OrderRow

#: So many pieces are offered at once to be put into one room.
MOST_PIECES = 100
_COMMENT = Entry("comment", N_("Comment"), "textarea")


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order with everything that has come of it."""

    look: Look
    row: OrderRow
    counts: Sequence[LineCount]
    items: Sequence[tuple[ReceivedItem, Device]]
    orders: OrderRepository
    rooms: Mapping[str, Room]

    @property
    def here(self) -> str:
        return f"/procurement/orders/{self.row.order.id}"

    @property
    def expected(self) -> int:
        return sum(one.line.quantity - one.delivered for one in self.counts)

    @property
    def unopened(self) -> int:
        return sum(one.delivered - one.received for one in self.counts)

    @property
    def in_stock(self) -> Sequence[tuple[ReceivedItem, Device]]:
        """Pieces that wait for a room, in the store of the school that ordered them."""
        school = self.row.school.code
        return [
            (item, device)
            for item, device in self.items
            if device.lifecycle is Lifecycle.in_stock and device.school_code == school
        ]


def order_steps(one: OpenOrder) -> Sequence[Action]:
    """What this person may do with it now."""
    return [*_receiving(one), *_managing(one)]


def _receiving(one: OpenOrder) -> Sequence[Action]:
    """Steps of whoever receives goods; the one whose turn it is comes first."""
    if not may(one.look, Right.receive, one.row.school.path):
        return ()
    state, found = one.row.order.state, []
    open_ = state in (OrderState.placed, OrderState.closed)
    if one.unopened and open_:
        found.append(_unpack(one))
    if one.expected and state is OrderState.placed:
        found.append(_deliver(one, main=not found))
    if one.in_stock and one.rooms:
        found.append(_put_in_service(one, main=not found))
    complete = not one.expected and not one.unopened
    if complete and open_ and one.row.order.placed_by != one.look.caller.id:
        fields = (
            Entry("inspectors", N_("Inspectors")),
            Entry("note", N_("Conclusion"), "textarea"),
            Entry("on", N_("Date"), "date", one.look.today.isoformat()),
        )
        accept = Action(f"{one.here}/accept", N_("Accept the order"), fields, main=not found)
        found.append(accept)
    return found


def _deliver(one: OpenOrder, *, main: bool) -> Action:
    words = one.look.lang.gettext(N_("{name}, {count} expected"))
    fields = [
        Entry(
            f"line-{count.line.id}",
            words.format(name=count.of.name, count=count.line.quantity - count.delivered),
            "number",
            str(count.line.quantity - count.delivered),
            required=False,
            most=count.line.quantity - count.delivered,
        )
        for count in one.counts
        if count.delivered < count.line.quantity
    ]
    fields += [
        Entry("on", N_("Date"), "date", one.look.today.isoformat()),
        Entry("note", N_("Delivery note"), required=False),
    ]
    return Action(f"{one.here}/deliver", N_("Delivery came"), fields, main=main)


def _unpack(one: OpenOrder) -> Action:
    names = {count.line.id: count.of.name for count in one.counts}
    words = one.look.lang.gettext(N_("{day} {note}: {name}, {count} to unpack"))
    unpacked: dict[tuple[str, str], int] = {}
    for item, _ in one.items:
        box = item.delivery_id, item.order_line_id
        unpacked[box] = unpacked.get(box, 0) + 1
    boxes = []
    for delivery, lines in one.orders.deliveries(one.row.order.id):
        for line in lines:
            left = line.quantity - unpacked.get((delivery.id, line.order_line_id), 0)
            if left:
                text = words.format(
                    day=one.look.lang.day(delivery.arrived_on),
                    note=delivery.note_number,
                    name=names.get(line.order_line_id, ""),
                    count=left,
                )
                boxes.append(Option(f"{delivery.id} {line.order_line_id}", text))
    fields = (
        Entry("box", N_("Delivery"), "select", options=boxes),
        Entry(
            "scans",
            N_("Scan one piece a line: serial number, then a comma and the asset number if any"),
            "textarea",
        ),
    )
    return Action(f"{one.here}/receive", N_("Unpack and scan"), fields, main=True)


def _put_in_service(one: OpenOrder, *, main: bool) -> Action:
    wanted = {count.line.id: count.line.room_id for count in one.counts}
    pieces = one.in_stock[:MOST_PIECES]
    first = wanted.get(pieces[0][0].order_line_id)
    rooms = [Option(room.id, room_name(room), room.id == first) for room in one.rooms.values()]
    fields = [
        *(
            Entry(f"item-{item.id}", device.name, "checkbox", required=False)
            for item, device in pieces
        ),
        Entry("room", N_("Room"), "select", options=rooms),
        Entry("custodian", N_("Custodian")),
    ]
    return Action(f"{one.here}/service", N_("Take into service"), fields, main=main)


def _managing(one: OpenOrder) -> Sequence[Action]:
    """Steps of whoever orders: give the order up, or what has not come of it."""
    if one.row.order.state is not OrderState.placed:
        return ()
    if not may(one.look, Right.manage, one.row.school.path):
        return ()
    if not any(count.delivered for count in one.counts):
        return [Action(f"{one.here}/cancel", N_("Cancel the order"), (_COMMENT,))]
    if one.expected:
        return [Action(f"{one.here}/close", N_("Expect nothing more"), (_COMMENT,))]
    return ()
