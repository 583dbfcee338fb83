"""Words of tickets: impact, urgency, priority, what is waited for, what broke and what helped."""

from collections.abc import Callable, Mapping
from typing import Any

from alerts.codes import Cause, FaultKind, Remedy
from alerts.urgency import Impact, Origin, Priority, Urgency, WaitingFor
from alerts.work.checklists import Check
from alerts.work.models import ItemKind, TicketItem
from controller.language import N_

IMPACTS: Mapping[Impact, str] = {
    Impact.one: N_("One person"),
    Impact.room: N_("A class or a room"),
    Impact.school: N_("The whole school"),
}
URGENCIES: Mapping[Urgency, str] = {
    Urgency.low: N_("Can wait"),
    Urgency.medium: N_("Hinders lessons"),
    Urgency.high: N_("Stops lessons"),
}
PRIORITIES: Mapping[Priority, str] = {
    Priority.p1: N_("P1 critical"),
    Priority.p2: N_("P2 high"),
    Priority.p3: N_("P3 normal"),
    Priority.p4: N_("P4 low"),
}
WAITING_FOR: Mapping[WaitingFor, str] = {
    WaitingFor.parts: N_("Waiting for parts"),
    WaitingFor.user: N_("Waiting for the user"),
    WaitingFor.supplier: N_("Waiting for a supplier"),
    WaitingFor.other: N_("Waiting for something else"),
}
ORIGINS: Mapping[Origin, str] = {
    Origin.alert: N_("Found by a rule"),
    Origin.person: N_("Reported by a person"),
    Origin.qr: N_("Reported by the code on the label"),
    Origin.stocktaking: N_("Found at a stock-taking"),
    Origin.record: N_("From a repair log"),
}
FAULT_KINDS: Mapping[FaultKind, str] = {
    FaultKind.power: N_("Does not start"),
    FaultKind.picture: N_("No picture, or a bad one"),
    FaultKind.touch: N_("Touch does not work"),
    FaultKind.sound: N_("No sound"),
    FaultKind.network: N_("No network"),
    FaultKind.software: N_("Program fault"),
    FaultKind.printing: N_("Does not print"),
    FaultKind.damage: N_("Damaged"),
    FaultKind.other: N_("Another fault"),
}
CAUSES: Mapping[Cause, str] = {
    Cause.wear: N_("Wear"),
    Cause.part_failed: N_("A part failed"),
    Cause.cabling: N_("Cables or plugs"),
    Cause.power_supply: N_("Power supply of the building"),
    Cause.configuration: N_("Wrong settings"),
    Cause.software: N_("Software"),
    Cause.handling: N_("Wrong handling"),
    Cause.provider: N_("The provider's network"),
    Cause.surroundings: N_("Damp, dust, heat or lightning"),
    Cause.not_found: N_("No cause found"),
}
REMEDIES: Mapping[Remedy, str] = {
    Remedy.restarted: N_("Started anew"),
    Remedy.reconfigured: N_("Settings put right"),
    Remedy.updated: N_("Software updated"),
    Remedy.cleaned: N_("Cleaned"),
    Remedy.cabling: N_("Cables or plugs replaced"),
    Remedy.part_replaced: N_("Part replaced"),
    Remedy.device_replaced: N_("Device replaced"),
    Remedy.repaired_outside: N_("Repaired outside the school"),
    Remedy.provider: N_("Put right by the provider"),
    Remedy.explained: N_("Use explained"),
    Remedy.nothing: N_("Nothing was needed"),
}
CHECKS: Mapping[Check, str] = {
    Check.power: N_("It starts"),
    Check.cables: N_("Cables and plugs sit tight"),
    Check.port_light: N_("The port's light is on"),
    Check.uplink: N_("The uplink carries traffic"),
    Check.poe: N_("PoE devices have power"),
    Check.wifi_client: N_("A phone gets on the network"),
    Check.picture: N_("The picture is right"),
    Check.touch: N_("Touch is calibrated"),
    Check.sound: N_("There is sound"),
    Check.test_page: N_("A test page is printed"),
    Check.filters: N_("Filters are clean"),
    Check.label: N_("The label is there and legible"),
    Check.battery: N_("The battery holds"),
    Check.shown_user: N_("Shown to the teacher"),
}
TABLES: tuple[Mapping[Any, str], ...] = (
    IMPACTS,
    URGENCIES,
    PRIORITIES,
    WAITING_FOR,
    ORIGINS,
    FAULT_KINDS,
    CAUSES,
    REMEDIES,
    CHECKS,
)


def work_name(item: TicketItem) -> str:
    """The part, the supplier or the work of an entry, and the number of a warranty claim."""
    return " · ".join(filter(None, (item.name, item.claim_number)))


def work_amount(item: TicketItem, gettext: Callable[[str], str]) -> str:
    """How much of it: pieces or minutes, and nothing of a supplier."""
    if item.kind is ItemKind.labour:
        return gettext("{minutes} min").format(minutes=item.quantity)
    return f"× {item.quantity}" if item.kind is ItemKind.part else ""
