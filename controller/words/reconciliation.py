"""Words for contradictions, what becomes of them and what is said to them, as message ids."""

from collections.abc import Mapping

from controller.language import N_
from inventory.models import Contradiction, ItemState, Resolution

KINDS: Mapping[Contradiction, str] = {
    Contradiction.unknown_device: N_("Unknown device"),
    Contradiction.moved: N_("At another address"),
    Contradiction.wrong_school: N_("In another school"),
    Contradiction.wrong_room: N_("In another room"),
    Contradiction.missing: N_("Not seen for long"),
    Contradiction.replaced: N_("Replaced"),
    Contradiction.firmware_changed: N_("Firmware changed"),
    Contradiction.lifecycle: N_("Alive, but not in service"),
}
STATES: Mapping[ItemState, tuple[str, str]] = {
    ItemState.open: (N_("To decide"), "warn"),
    ItemState.ignored: (N_("Ignored for now"), "idle"),
    ItemState.ticket: (N_("Ticket opened"), "info"),
    ItemState.resolved: (N_("Brought into order"), "good"),
    ItemState.gone: (N_("Gone by itself"), "idle"),
}
RESOLUTIONS: Mapping[Resolution, str] = {
    Resolution.accept: N_("The network is right"),
    Resolution.correct: N_("Correct the entry"),
    Resolution.reject: N_("The register is right"),
    Resolution.ticket: N_("Open a ticket"),
    Resolution.ignore: N_("Ignore for now"),
}
SOURCES: Mapping[str, str] = {
    "poll": N_("Poll"),
    "discovery": N_("Discovery"),
    "port": N_("Switch port"),
}
#: What accepting means for a device that stands in another school.
TRANSFER = N_("Propose its transfer there")
#: Why a transfer is proposed, where nobody says more.
SEEN_THERE = N_("The network shows it there: {place}")
