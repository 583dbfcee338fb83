"""Steps that are taken with several devices: each is taken or left, and why it was left is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from controller.auth.permissions import Permission
from controller.errors import FleetError, NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.procurement_forms import Said, refused
from controller.pages.views.acts import WORDS, Act
from controller.pages.views.choices import Option
from controller.pages.views.chosen import (
    ChosenResult,
    Left,
    Made,
    in_order,
    schools_of,
)
from controller.problems import detail_of
from controller.procuring import PERMISSIONS, actor_of
from inventory.errors import InventoryError, OutOfScope
from inventory.models import Device, DeviceTransfer, Disposal, Right
from inventory.procurement.disposals import DISPOSABLE, DisposalDesk
from inventory.procurement.errors import DeviceBusy, NotInStock
from inventory.procurement.movement_rows import MovementRepository
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.service import ServiceDesk, Standing
from inventory.procurement.transfers import MOVABLE, TransferDesk

#: A device with where it stood and where the step has brought it.
_Step = tuple[str, Standing, Standing]


class RoomNotChosen(FleetError):
    """Devices are to be moved, and nobody says where to."""

    status = 422
    code = "field_missing"
    title = N_("The request does not fit")
    message = N_("Choose a room.")


def taken_with(look: Look, step: Act, devices: Sequence[Device], said: Said) -> ChosenResult:
    """Take a step with each device it can be taken with.

    Args:
        look: of whoever takes it.
        step: not ``labels`` or ``export``, which write nothing.
        devices: visible ones.
        said: the form.

    Raises:
        FleetError, InventoryError: what is wrong with the form as a whole.
    """
    steps = {Act.transfer: _transfers, Act.disposal: _disposals}
    return steps.get(step, _written)(look, step, devices, said)


def taken_back(look: Look, undo: Sequence[str]) -> ChosenResult:
    """Bring devices back to where they stood before a step; those changed since are left.

    Raises:
        NotFound: a step that cannot be read.
    """
    steps = {key: (before, after) for key, before, after in map(_read, undo)}
    desk, reason = _desk(look), look.lang.gettext(N_("Taken back"))
    done, left = _each(
        look,
        in_order(look, steps),
        lambda one: desk.take_back(one.id, *steps[one.id], reason=reason),
    )
    return ChosenResult(N_("Taken back"), done, (), left)


def _written(look: Look, step: Act, devices: Sequence[Device], said: Said) -> ChosenResult:
    """Move devices, put them in service, or say who answers for them."""
    desk, custodian = _desk(look), said.text("custodian")
    if step is Act.custodian:
        custodian = said.needed("custodian", N_("Custodian"))
    rooms = {one: said.text(f"room-{one}") for one in {d.school_code for d in devices}}
    if step is Act.room:
        if not any(rooms.values()):
            raise RoomNotChosen
        devices = [one for one in devices if rooms[one.school_code]]
    before = {one.id: Standing.of(one) for one in devices}
    orders: dict[str, int] = {}

    def act(one: Device) -> None:
        room = rooms[one.school_code] or None
        if step is Act.room:
            desk.change(one.id, {"room_id": room})
        elif step is Act.custodian:
            desk.change(one.id, {"custodian": custodian})
        else:
            order = desk.put_in_service(one.id, room, custodian)
            if order is not None:
                orders[order] = orders.get(order, 0) + 1
                del before[one.id]

    done, left = _each(look, devices, act)
    kept = {option.value for option in done}
    undo = [
        _written_down((one.id, before[one.id], Standing.of(one)))
        for one in devices
        if one.id in kept and one.id in before and before[one.id] != Standing.of(one)
    ]
    return ChosenResult(WORDS[step], done, list(_orders(look, orders)), left, undo)


def _transfers(look: Look, _step: Act, devices: Sequence[Device], said: Said) -> ChosenResult:
    """One transfer for every school that gives some."""
    to_school = said.needed("to_school", N_("To school"))
    reason = said.needed("reason", N_("Reason"))
    desk = TransferDesk(look.session, actor_of(look.caller, Right.request), look.now)

    def propose(school: str, ids: Sequence[str]) -> DeviceTransfer:
        return desk.propose(school, to_school, ids, reason)

    return _proposed(look, Act.transfer, devices, propose)


def _disposals(look: Look, _step: Act, devices: Sequence[Device], said: Said) -> ChosenResult:
    """One disposal for every school."""
    reason = said.needed("reason", N_("Reason"))
    desk = DisposalDesk(look.session, actor_of(look.caller, Right.request), look.now)

    def propose(school: str, ids: Sequence[str]) -> Disposal:
        return desk.propose(school, ids, reason)

    return _proposed(look, Act.disposal, devices, propose)


def _proposed(
    look: Look,
    step: Act,
    devices: Sequence[Device],
    propose: Callable[[str, Sequence[str]], DeviceTransfer | Disposal],
) -> ChosenResult:
    """Propose what is free, a document a school.

    Raises:
        FleetError, InventoryError: what is wrong with the document itself.
    """
    scope = look.caller.scope(PERMISSIONS[Right.request])
    paths = {code: one.path for code, one in schools_of(look, devices).items()}
    movements = MovementRepository(look.session, scope)
    states, tab = (MOVABLE, "transfers") if step is Act.transfer else (DISPOSABLE, "disposals")

    def check(one: Device) -> None:
        if not scope.covers(paths[one.school_code]):
            raise OutOfScope(key=one.name)
        if one.lifecycle not in states:
            raise NotInStock(key=one.name, state=one.lifecycle)
        busy = movements.under_way_with(one.id)
        if busy is not None:
            raise DeviceBusy(key=one.name, number=busy)

    free, left = _each(look, devices, check)
    by_school: dict[str, list[str]] = {}
    schools = {one.id: one.school_code for one in devices}
    for one in free:
        by_school.setdefault(schools[one.value], []).append(one.value)
    made = []
    with look.session.begin_nested():
        for school, ids in by_school.items():
            row = propose(school, ids)
            note = look.lang.ngettext("%(num)s device", "%(num)s devices", len(ids))
            made.append(Made(row.number, f"/procurement/{tab}/{row.id}", note % {"num": len(ids)}))
    return ChosenResult(WORDS[step], free, made, left)


def _each(
    look: Look, devices: Sequence[Device], act: Callable[[Device], None]
) -> tuple[list[Option], list[Left]]:
    """Do it with each; what is refused with one leaves that one alone as it was."""
    done, left = [], []
    for one in devices:
        name, device_id = one.name, one.id
        try:
            with look.session.begin_nested():
                act(one)
        except (FleetError, InventoryError) as error:
            reason = detail_of(refused(look, error), look.lang)
            left.append(Left(name, f"/devices/{device_id}", reason))
        else:
            done.append(Option(device_id, name))
    return done, left


def _orders(look: Look, orders: Mapping[str, int]) -> Iterator[Made]:
    """Orders by whose ledgers pieces went into service; there it is taken back, too."""
    if not orders:
        return
    repository = OrderRepository(look.session, actor_of(look.caller, Right.receive).scope)
    for order_id, count in orders.items():
        row = repository.row(order_id)
        if row is not None:
            note = look.lang.ngettext("%(num)s device", "%(num)s devices", count)
            href = f"/procurement/orders/{order_id}"
            yield Made(row.order.number, href, note % {"num": count})


def _desk(look: Look) -> ServiceDesk:
    may_receive = look.caller.may(PERMISSIONS[Right.receive])
    return ServiceDesk(
        look.session,
        look.caller.scope(Permission.edit_assets),
        actor_of(look.caller, Right.receive) if may_receive else None,
        today=look.today,
        now=look.now,
    )


def _written_down(step: _Step) -> str:
    return msgspec.json.encode(step).decode()


def _read(text: str) -> _Step:
    try:
        step: _Step = _STEPS.decode(text[:1_000])
    except msgspec.DecodeError:
        raise NotFound from None
    return step


# Made before there are threads; see inventory.standards.documents.
_STEPS = msgspec.json.Decoder(_Step)
