"""From declarations to living devices: agents that answer and clients that publish."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.readings import Kind
from drivers.simulate.attendance import is_on
from drivers.simulate.bridging import Learned, forwarding, neighbours
from drivers.simulate.campus import COMMUNITY, LINE_PORT, CampusDevice, Speech
from drivers.simulate.interfaces import Link, SimulatedPort
from drivers.simulate.mib import MibTree
from drivers.simulate.peripherals import printer, ups
from drivers.simulate.power import Power
from drivers.simulate.projectors import Projector
from drivers.simulate.publisher import MqttDevice
from drivers.simulate.responder import SnmpAgent
from drivers.simulate.schoolday import DAY_SECONDS, SchoolDay
from drivers.simulate.switches import GIGABIT, H3C, HUAWEI, RUIJIE, Make, gateway, switch
from drivers.simulate.switches import switch_ports as _switch_ports
from drivers.simulate.system import Label
from drivers.simulate.wireless import access_point

_MAKES: Final[Mapping[str, Make]] = {make.vendor: make for make in (HUAWEI, H3C, RUIJIE)}

#: vendor and kind: sysObjectID, software version, sysDescr.
_SOFTWARE: Final[Mapping[tuple[str, Kind], tuple[str, str, str]]] = {
    ("Huawei", Kind.switch): (
        "1.3.6.1.4.1.2011.2.23.639",
        "V200R021C00SPC100",
        "{model}\r\nHuawei Versatile Routing Platform Software\r\n"
        " VRP (R) software,Version 5.170 ({family} {version})",
    ),
    ("H3C", Kind.switch): (
        "1.3.6.1.4.1.25506.11.1.231",
        "7.1.070",
        "H3C Comware Platform Software, Software Version {version}, Release 6126P20\r\nH3C {model}",
    ),
    ("H3C", Kind.router): (
        "1.3.6.1.4.1.25506.1.1297",
        "7.1.064",
        "H3C Comware Platform Software, Software Version {version}, Release 0707P16\r\nH3C {model}",
    ),
    ("Ruijie", Kind.access_point): (
        "1.3.6.1.4.1.4881.1.3.1.1.124",
        "AP_RGOS 11.9(6)W1B3",
        "Ruijie Indoor AP ({model}) By Ruijie Networks",
    ),
    ("Huawei", Kind.ups): (
        "1.3.6.1.4.1.2011.6.174",
        "V100R001C10",
        "{model}",
    ),
    ("Brother", Kind.printer): (
        "1.3.6.1.4.1.2435.2.3.9.1",
        "1.26",
        "{vendor} {model}, Firmware Ver.{version}",
    ),
}

#: How long everything has been running when the simulation begins, in days.
_DAYS_UP: Final = 12
#: Telephones behind each access point; nobody registers them, and nobody is to learn of them.
_TELEPHONES: Final = 7


@dataclass(frozen=True, slots=True)
class Campus:
    """Living devices, by how they speak."""

    agents: tuple[SnmpAgent, ...]
    clients: tuple[MqttDevice, ...]
    projectors: tuple[Projector, ...] = ()

    def power(self, name: str) -> Power | None:
        """The power switch of a device by its id; ``None`` where there is no such device."""
        switches = {agent.name: agent.power for agent in self.agents}
        switches.update((client.name, client.power) for client in self.clients)
        switches.update((projector.name, projector.power) for projector in self.projectors)
        return switches.get(name)


def build(devices: Iterable[CampusDevice], day: SchoolDay) -> Campus:
    """Bring declared devices to life, all switched on some days ago."""
    known = tuple(devices)
    powers = {
        device.id: Power(day, day.started - _DAYS_UP * DAY_SECONDS - position * 977.0)
        for position, device in enumerate(known)
    }
    wiring = _Wiring(known, powers)
    agents, clients, projectors = [], [], []
    for position, device in enumerate(known):
        power = powers[device.id]
        match device.speech:
            case Speech.snmp:
                tree = _tree(device, power, wiring)
                agents.append(SnmpAgent(device.id, device.address or "", COMMUNITY, tree, power))
            case Speech.mqtt:
                clients.append(_client(device, power, position))
            case Speech.pjlink:
                projectors.append(_projector(device, power, position))
            case Speech.ping | Speech.nothing:
                pass  # the loopback answers echo requests, and the switches know the silent ones
    return Campus(tuple(agents), tuple(clients), tuple(projectors))


class _Wiring:
    """Which port of which device goes where."""

    def __init__(self, devices: Sequence[CampusDevice], powers: Mapping[str, Power]) -> None:
        self._powers = powers
        self._devices = {device.id: device for device in devices}
        self._below: dict[str, list[CampusDevice]] = {}
        for device in devices:
            if device.upstream is not None:
                self._below.setdefault(device.upstream, []).append(device)

    def ports(self, device: CampusDevice) -> tuple[SimulatedPort, ...]:
        below = self._below.get(device.id, [])
        if device.kind is Kind.router:
            return _gateway_ports(device)
        return _switch_ports(
            _MAKES[device.vendor],
            access=device.access_ports,
            uplinks=4,
            peak=device.peak,
            aliases={n: other.id for n, other in enumerate(below, start=1)},
            linked={n: self._there(other) for n, other in enumerate(below, start=1)},
        )

    def learned(self, device: CampusDevice) -> tuple[Learned, ...]:
        """The forwarding table of a switch: everybody behind each port, telephones included."""
        ports = self.ports(device)
        found = [
            Learned(ports[n].index, mac, there)
            for n, other in enumerate(self._below.get(device.id, []))
            for mac, there in self._behind(other)
        ]
        if device.upstream is not None:
            upper = self._devices[device.upstream]
            found.append(Learned(ports[device.access_ports].index, upper.mac, self._there(upper)))
        return tuple(found)

    def neighbours(self, device: CampusDevice) -> tuple[tuple[str, str], ...]:
        """What a gateway has in its ARP table: everybody with an address in its school."""
        return tuple(
            (other.address, other.mac)
            for other in self._devices.values()
            if other.school == device.school and other.address and other.id != device.id
        )

    def _behind(self, device: CampusDevice) -> Iterator[tuple[str, Callable[[float], bool]]]:
        yield device.mac, self._there(device)
        if device.kind is Kind.access_point:
            for n in range(_TELEPHONES):
                name = f"{device.id}-phone{n}"
                yield f"06{zlib.crc32(name.encode()):08x}00", self._there(device)
        for other in self._below.get(device.id, []):
            yield from self._behind(other)

    def _there(self, device: CampusDevice) -> Callable[[float], bool]:
        """Whether a device is on, and every switch on the way to it."""
        way = [self._powers[device.id]]
        upper = device.upstream
        while upper is not None:
            way.append(self._powers[upper])
            upper = self._devices[upper].upstream
        silent = device.speech is Speech.nothing
        day = way[0].day

        def there(now: float) -> bool:
            return all(power.alive for power in way) and (not silent or is_on(device.id, day, now))

        return there

    def links(self, device: CampusDevice) -> tuple[Link, ...]:
        """Neighbours: whoever hangs below, and whatever is above."""
        ports = self.ports(device)
        first = 1 if device.kind is Kind.router else 0  # a gateway's first port is the line
        found = [
            Link(ports[first + n], other.id, self._uplink_name(other), label(other).mac)
            for n, other in enumerate(self._below.get(device.id, []))
            if other.speech is Speech.snmp
        ]
        if device.upstream is not None:
            uplink = ports[device.access_ports]
            found.append(self.above(device, uplink))
        return tuple(found)

    def above(self, device: CampusDevice, uplink: SimulatedPort) -> Link:
        """The neighbour at the upper end of a device's uplink."""
        upper = self._devices[device.upstream or ""]
        position = self._below[upper.id].index(device)
        first = 1 if upper.kind is Kind.router else 0
        port = self.ports(upper)[first + position]
        return Link(uplink, upper.id, port.name, label(upper).mac)

    def _uplink_name(self, device: CampusDevice) -> str:
        if device.kind is Kind.access_point:
            return "GigabitEthernet 0/1"
        return self.ports(device)[device.access_ports].name


def label(device: CampusDevice) -> Label:
    """What is printed on and typed into a device that speaks SNMP."""
    object_id, version, description = _SOFTWARE[device.vendor, device.kind]
    family = device.model.partition("-")[0]
    return Label(
        name=device.id,
        object_id=object_id,
        description=description.format(
            vendor=device.vendor, model=device.model, family=family, version=version
        ),
        location=f"{device.building} {device.room}",
        vendor=device.vendor,
        model=device.model,
        serial=device.serial,
        version=version,
        mac=device.mac,
    )


def _gateway_ports(device: CampusDevice) -> tuple[SimulatedPort, ...]:
    peak = device.peak
    line = SimulatedPort(1, LINE_PORT, GIGABIT, peak, peak * 0.22, "Internet")
    inner = SimulatedPort(2, "GigabitEthernet0/1", GIGABIT, peak * 0.22, peak, "LAN")
    spare = (
        SimulatedPort(n, f"GigabitEthernet0/{n - 1}", GIGABIT, up=False)
        for n in range(3, device.access_ports + 1)
    )
    return (line, inner, *spare)


def _tree(device: CampusDevice, power: Power, wiring: _Wiring) -> MibTree:
    card = label(device)
    seed = zlib.crc32(device.id.encode())
    match device.kind:
        case Kind.router:
            tree = gateway(H3C, card, wiring.ports(device), wiring.links(device), power)
            return tree.extended(neighbours(2, wiring.neighbours(device)))
        case Kind.access_point:
            port = SimulatedPort(1, "GigabitEthernet 0/1", GIGABIT)
            uplink = wiring.above(device, port)
            return access_point(RUIJIE, card, uplink, power, peak=device.peak)
        case Kind.ups:
            return ups(card, power, watts=4800)
        case Kind.printer:
            return printer(card, power, pages=9000 + seed % 4000, toner_percent=15 + seed % 70)
        case _:
            make = _MAKES[device.vendor]
            tree = switch(make, card, wiring.ports(device), wiring.links(device), power)
            return tree.extended(forwarding(wiring.ports(device), wiring.learned(device)))


def _projector(device: CampusDevice, power: Power, position: int) -> Projector:
    identity = {
        "vendor": device.vendor,
        "model": device.model,
        "serial": device.serial,
        "version": "1.08",
    }
    return Projector(device.id, device.address or "", identity, power, 900 + position * 37)


def _client(device: CampusDevice, power: Power, position: int) -> MqttDevice:
    identity = {
        "vendor": device.vendor,
        "model": device.model,
        "serial": device.serial,
        "version": "2.4.1",
        "os": "Android 13" if device.kind is Kind.whiteboard else "Windows 11",
        "name": device.id,
    }
    return MqttDevice(
        device.id, device.school, device.kind.value, device.id, identity, power, position
    )
