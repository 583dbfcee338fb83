"""What is looked at before a device of a kind counts as repaired; shipped, no rule of any plan."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from json import loads

from alerts.repositories import TicketRow
from drivers.readings import Kind


class Check(StrEnum):
    """One line of a checklist."""

    power = "power"
    cables = "cables"
    port_light = "port_light"
    uplink = "uplink"
    poe = "poe"
    wifi_client = "wifi_client"
    picture = "picture"
    touch = "touch"
    sound = "sound"
    test_page = "test_page"
    filters = "filters"
    label = "label"
    battery = "battery"
    shown_user = "shown_user"


_C = Check
_USUAL: Sequence[Check] = (_C.power, _C.cables, _C.label, _C.shown_user)
_OF_KINDS: Mapping[Kind, Sequence[Check]] = {
    Kind.switch: (_C.power, _C.uplink, _C.port_light, _C.poe, _C.label),
    Kind.access_point: (_C.power, _C.port_light, _C.wifi_client, _C.label),
    Kind.whiteboard: (_C.power, _C.picture, _C.touch, _C.sound, _C.shown_user),
    Kind.projector: (_C.power, _C.picture, _C.filters, _C.shown_user),
    Kind.printer: (_C.power, _C.cables, _C.test_page, _C.shown_user),
    Kind.camera: (_C.power, _C.port_light, _C.picture),
    Kind.ups: (_C.power, _C.battery, _C.cables, _C.label),
}
_OF_LINES: Sequence[Check] = (_C.uplink, _C.port_light, _C.wifi_client, _C.shown_user)


def checks_of(row: TicketRow) -> Sequence[Check]:
    """The checks of a ticket; none where nothing is repaired: of lists, and of a bureau's own."""
    if row.bureau is not None or "names" in loads(row.ticket.arguments):
        return ()
    return checklist(row.device.kind if row.device else None, line=row.line is not None)


def checklist(kind: Kind | None, *, line: bool = False) -> Sequence[Check]:
    """The checks for a device of a kind, for a line, or for something else."""
    if line:
        return _OF_LINES
    return _USUAL if kind is None else _OF_KINDS.get(kind, _USUAL)
