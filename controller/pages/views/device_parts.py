"""Whom a device is wired to, and what it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.language import N_
from controller.pages.look import Look
from inventory.models import Component, Neighbour
from inventory.repositories.parts import PartRepository

#: ENTITY-MIB's PhysicalClass (RFC 6933) in words.
_CLASSES = {
    "chassis": N_("Chassis"),
    "stack": N_("Stack"),
    "module": N_("Module"),
    "container": N_("Slot"),
    "power_supply": N_("Power supply"),
    "fan": N_("Fan"),
    "port": N_("Transceiver"),
    "sensor": N_("Sensor"),
    "backplane": N_("Backplane"),
    "cpu": N_("Processor"),
    "other": N_("Other part"),
    "unknown": N_("Other part"),
}
_MOST = 200


@dataclass(frozen=True, slots=True)
class PartsView:
    """Neighbours and components; components that say nothing of themselves are left out."""

    neighbours: Sequence[Neighbour]
    components: Sequence[Component]

    def word(self, component: Component) -> str:
        """What kind of part it is, as a message id."""
        return _CLASSES.get(component.class_, component.class_)


def parts_view(look: Look, device_id: str) -> PartsView:
    """What the device last told."""
    parts = PartRepository(look.session, look.scope)
    told = [one for one in parts.components(device_id) if one.model or one.serial]
    return PartsView(parts.neighbours(device_id)[:_MOST], told[:_MOST])
