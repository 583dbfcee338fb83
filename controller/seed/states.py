"""What the network last said of a school: the state of its devices and ports, and of its agent."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from controller.seed.bulk import BulkWriter
from controller.seed.campus import Campus
from controller.seed.chance import chance
from controller.seed.equipment import SeedDevice
from controller.seed.options import CitySpec
from controller.seed.terms import is_school_hour
from controller.version import VERSION
from drivers.readings import ALIVE, Kind, Outcome
from inventory.models import Agent, AgentSchool, DeviceState, Lifecycle, Neighbour, Port, Protocol

_GIGA: Final = 1_000_000_000
_SPEAKS_SNMP: Final = frozenset(
    {
        Kind.router, Kind.firewall, Kind.switch, Kind.access_point, Kind.wireless_controller,
        Kind.server, Kind.storage,
    }
)  # fmt: skip
#: Share of computers that are switched on while lessons are given, and at other times.
_ON_IN_LESSONS: Final = 0.72
_ON_OTHERWISE: Final = 0.06
_PARTIAL: Final = 0.0006
_POLL: Final = timedelta(seconds=60)


def write_agent(writer: BulkWriter, campus: Campus, spec: CitySpec) -> None:
    """The box of a school, unless another school's serves it."""
    school, dice = campus.school, chance(spec.seed, "agent", campus.school.code)
    heard = campus.health.silent_since or spec.until - timedelta(seconds=dice.randrange(2, 25))
    if school.lead is None:
        enrolled = spec.begin - timedelta(days=dice.randrange(20, 300))
        waits = dice.random() < 0.006  # noqa: PLR2004 - a slow line: it is behind
        writer.add(
            Agent,
            id=campus.agent,
            name=f"{school.name}采集器",
            version=VERSION,
            enrolled_at=enrolled,
            last_seen_at=heard,
            last_batch_at=heard,
            spool_batches=dice.randrange(40, 400) if waits else dice.randrange(0, 2),
            spool_bytes=dice.randrange(10**6, 10**7) if waits else dice.randrange(0, 20_000),
            status_at=heard,
            clock_skew_seconds=round(dice.gauss(0, 0.15), 3),
            plan_revision=f"{dice.getrandbits(64):016x}",
            plan_taken_at=heard - timedelta(days=dice.randrange(1, 20)),
        )
    writer.add(AgentSchool, agent_id=campus.agent, school_code=school.code)


def write_states(writer: BulkWriter, campus: Campus, spec: CitySpec) -> None:
    """The last poll of every device in service, with the ports and neighbours it told."""
    dice = chance(spec.seed, "states", campus.school.code)
    polled = (campus.health.silent_since or spec.until) - timedelta(seconds=dice.randrange(5, 50))
    switches = [one for one in campus.devices if one.kind is Kind.switch and one.is_watched]
    hangs = _sockets(switches)
    for device in campus.devices:
        if device.lifecycle is not Lifecycle.in_service:
            continue
        place = None
        if device.protocol is Protocol.presence or device.kind is Kind.access_point:
            place = next(hangs, None)
        _write_state(writer, campus, device, place=place, polled=polled, dice=dice)
        if device.ports:
            _write_ports(writer, campus, device, polled, dice)
    core = campus.devices[1]
    for rank, switch in enumerate(switches):
        above, port = (campus.gateway, campus.gateway.ports[1]) if rank == 0 else (
            core, core.ports[(rank - 1) % len(core.ports)],
        )  # fmt: skip
        writer.add(
            Neighbour,
            device_id=switch.id,
            place=0,
            local_port=switch.uplink,
            remote_name=above.name,
            remote_port=port,
            protocol="lldp",
            seen_at=polled,
        )


def _sockets(switches: list[SeedDevice]) -> Iterator[tuple[SeedDevice, str]]:
    """Free access ports, of the access switches first."""
    for switch in switches[1:] or switches:
        for port in switch.ports[:-4]:
            yield switch, port


def _write_state(
    writer: BulkWriter,
    campus: Campus,
    device: SeedDevice,
    *,
    place: tuple[SeedDevice, str] | None,
    polled: datetime,
    dice: random.Random,
) -> None:
    fault = campus.health.down.get(device.id)
    last = max(
        (f.cleared for f in campus.health.faults if f.device is device and f.cleared),
        default=device.bought,
    )
    up_since = max(last, polled - timedelta(days=dice.randrange(1, 200)))
    outcome = Outcome.partial if dice.random() < _PARTIAL else Outcome.ok
    detail = "ifXTable: timeout" if outcome is Outcome.partial else ""
    present = present_at = attached = None
    if fault is not None:
        outcome, detail = fault.outcome, ""
    elif device.protocol is Protocol.presence:
        outcome, detail = Outcome.ok, ""
        busy = is_school_hour(polled)
        present = dice.random() < (_ON_IN_LESSONS if busy else _ON_OTHERWISE)
        present_at = polled if present else polled - timedelta(hours=dice.uniform(14, 60))
    if place is not None:
        attached = place[0].id, place[1]
    speaks = device.kind in _SPEAKS_SNMP and fault is None
    down = _dark_ports(device)
    writer.add(
        DeviceState,
        device_id=device.id,
        school_code=campus.school.code,
        agent_id=campus.agent,
        outcome=outcome,
        detail=detail,
        taken_at=polled,
        since=fault.opened if fault else up_since,
        last_ok_at=fault.opened - _POLL if fault else polled,
        failures=0
        if outcome in ALIVE
        else max(2, int((polled - fault.opened) / _POLL) + 2)
        if fault
        else 0,
        vitals_at=polled if speaks else None,
        cpu_ratio=round(dice.betavariate(2, 12), 3) if speaks else None,
        memory_used_ratio=round(dice.uniform(0.3, 0.75), 3) if speaks else None,
        temperature_celsius=round(dice.gauss(41, 5), 1) if speaks else None,
        uptime_seconds=(polled - up_since).total_seconds() if speaks else None,
        facts_at=polled - timedelta(hours=dice.randrange(0, 6)),
        ports_at=polled if device.ports else None,
        ports_down=json.dumps(down) if down else "[]",
        present_at=polled if present is not None else None,
        present=present,
        last_present_at=present_at,
        attached_at=present_at if attached else None,
        attached_device_id=attached[0] if attached else None,
        attached_port=attached[1] if attached else None,
        attached_vlan=100 if attached else None,
        attached_since=device.bought if attached else None,
    )


def _dark_ports(device: SeedDevice) -> list[str]:
    """Ports nothing is plugged into: every third access port, and the spare ones to above."""
    if device.kind is Kind.switch:
        access = device.ports[2:-4:3]
        return [*access, *device.ports[-4:-2]]
    return list(device.ports[3:])


def _write_ports(
    writer: BulkWriter, campus: Campus, device: SeedDevice, polled: datetime, dice: random.Random
) -> None:
    seen = polled - timedelta(hours=dice.randrange(0, 6))
    dark = set(_dark_ports(device))
    for index, name in enumerate(device.ports, 1):
        is_wan = device is campus.gateway and name == device.uplink
        fast = name.startswith("X")
        writer.add(
            Port,
            device_id=device.id,
            name=name,
            index=index,
            description=name,
            alias="上联" if name == device.uplink and not is_wan else "互联网" if is_wan else "",
            type=6,
            speed_bits_per_second=(10 if fast else 1) * _GIGA,
            admin="up",
            oper="down" if name in dark else "up",
            mac=f"{int(device.mac, 16) + index:012x}",
            seen_at=seen,
        )
