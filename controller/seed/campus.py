"""One school with everything that stands in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from controller.seed.chance import Ids, chance
from controller.seed.equipment import SeedDevice, equipment, shares
from controller.seed.faults import Health, health_of
from controller.seed.lines import SeedLine, line_of
from controller.seed.places import City, SeedSchool
from controller.seed.rooms import SeedRoom, rooms_of

_GIGABIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Campus:
    """One school with everything that stands in it.

    Args:
        line_id: of its line, which arrives at the uplink port of the first device.
        agent: id of the box that serves it.
        room_ids: ids of its rooms by their rank.
    """

    school: SeedSchool
    line: SeedLine
    line_id: str
    agent: str
    devices: Sequence[SeedDevice]
    rooms: Sequence[SeedRoom]
    room_ids: Mapping[int, str]
    health: Health

    @property
    def gateway(self) -> SeedDevice:
        return self.devices[0]


def campuses(city: City, ids: Ids) -> Iterator[Campus]:
    """Every school with its equipment, line and health; the same each time for equal ``ids``."""
    spec = city.spec
    agents: dict[str, str] = {}
    for school, number in zip(city.schools, shares(city.schools, spec.devices), strict=True):
        rooms = rooms_of(school, chance(spec.seed, "rooms", school.code))
        line = line_of(school, spec)
        fast = line.down > _GIGABIT
        devices = equipment(school, number, rooms, ids, spec=spec, fast=fast)
        agents[school.code] = agents.get(school.lead or "") or ids.new("a", spec.begin)
        used = {device.room.rank for device in devices}
        kept = [room for room in rooms.all() if room.kind == "classroom" or room.rank in used]
        yield Campus(
            school,
            line,
            ids.new("l", spec.begin),
            agents[school.code],
            devices,
            kept,
            {room.rank: ids.new("r", spec.begin) for room in kept},
            health_of(school, line, devices, spec),
        )
