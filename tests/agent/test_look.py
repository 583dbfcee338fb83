"""Looking through a network: who is found, who is left alone, what is remembered."""

import asyncio
import time
from pathlib import Path

import pytest

from agent.discovery.look import Summary
from agent.discovery.memory import Memory
from agent.discovery.ranges import BadRange
from drivers.plan import Discovery, NamedAccess, SnmpAccess, Target
from drivers.readings import Kind
from drivers.simulate.responder import SnmpAgent
from tests.agent.lan import (
    PRINTER,
    SCHOOL,
    Watched,
    access,
    device,
    kinds,
    managed_at,
    resolves,
    serving,
)


def wanted(port: int, *ranges: str, **more: object) -> Discovery:
    settings: dict[str, object] = {
        "credentials": (access("public"),),
        "packets_per_second": 2_000.0,
        "ports": (port,),
    }
    return Discovery(school=SCHOOL, ranges=ranges, **(settings | more))  # type: ignore[arg-type]


def test_every_device_of_a_range_is_found_and_recognised() -> None:
    async def run() -> Watched:
        look = Watched()
        agents = [device(f"127.71.1.{n}") for n in range(1, 9)]
        agents.append(device("127.71.1.9", make=PRINTER))
        with serving(*agents) as port:
            summary = await look.look(wanted(port, "127.71.1.0/28"))
        assert (summary.addresses, summary.found) == (14, 9)
        return look

    found = asyncio.run(run()).found
    assert sorted(found) == sorted(f"127.71.1.{n}" for n in range(1, 10))
    switch = found["127.71.1.3"]
    assert (switch.how, switch.protocol, switch.credential) == ("snmp", "snmp", "c-public")
    assert (switch.driver, switch.school) == ("h3c_comware", SCHOOL)
    assert switch.identity is not None
    assert switch.identity.serial == "CF1277113"
    assert kinds(found)["127.71.1.9"] is Kind.printer


def test_credentials_are_tried_in_order_and_the_one_that_worked_first_the_next_time(
    tmp_path: Path,
) -> None:
    accesses = (access("wrong"), access("other"), access("right"))

    async def run(port: int) -> tuple[Watched, Summary]:
        look = Watched(Memory(tmp_path))
        where = wanted(port, "127.71.2.1", credentials=accesses, crawl=False)
        summary = await look.look(where)
        look.memory.write(look.memory.encoded())
        return look, summary

    async def twice() -> None:
        with serving(device("127.71.2.1", community="right")) as port:
            first, one = await run(port)
            again, two = await run(port)
        assert first.found["127.71.2.1"].credential == "c-right"
        assert again.found["127.71.2.1"].credential == "c-right"
        assert two.packets < one.packets
        assert b"right" not in (tmp_path / "discovery.msgpack").read_bytes()

    asyncio.run(twice())


def test_devices_of_the_plan_and_excluded_networks_are_sent_nothing() -> None:
    async def run() -> Watched:
        look = Watched()
        agents = [device(f"127.71.3.{n}") for n in (1, 2, 5)]
        with serving(*agents) as port:
            known = Target("d1", SCHOOL, "127.71.3.1", port, snmp=SnmpAccess())
            where = wanted(port, "127.71.3.0/29", exclude=("127.71.3.4/30",), crawl=False)
            await look.look(where, [known])
        return look

    assert list(asyncio.run(run()).found) == ["127.71.3.2"]


def test_neighbours_lead_to_devices_that_no_sweep_reaches() -> None:
    """Too large a range is not swept; LLDP and ARP of a seed lead on, within the range only."""

    async def run() -> Watched:
        look = Watched()
        core = device(
            "127.72.0.1",
            cells=(
                *managed_at(1, "127.72.9.9", "floor-1"),
                *managed_at(2, "127.73.0.1", "elsewhere"),
                *resolves("127.72.7.7", "00e0fc000007"),
                *resolves("127.72.8.8", "00e0fc000008"),
            ),
        )
        others = (
            device("127.72.9.9", cells=managed_at(1, "127.72.10.10", "floor-2")),
            device("127.72.10.10"),
            device("127.72.7.7", make=PRINTER),
            device("127.73.0.1"),
        )
        with serving(core, *others) as port:
            where = wanted(port, "127.72.0.0/15", exclude=("127.73.0.0/16",), seeds=("127.72.0.1",))
            summary = await look.look(where)
        assert summary.addresses == 0
        return look

    found = asyncio.run(run()).found
    assert set(found) == {"127.72.0.1", "127.72.9.9", "127.72.10.10", "127.72.7.7"}
    assert (found["127.72.9.9"].how, found["127.72.9.9"].seen_from) == ("lldp", "dev-127.72.0.1")
    assert (found["127.72.7.7"].how, found["127.72.7.7"].mac) == ("arp", "00e0fc000007")


class _Ipv6(asyncio.DatagramProtocol):
    """One device that answers over IPv6."""

    def __init__(self, agent: SnmpAgent) -> None:
        self._agent = agent
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._agent.answer(data, time.time())
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


def test_ipv6_devices_are_known_from_neighbour_tables() -> None:
    """Never swept; and the IPv6 address of a device found already is not another device."""

    async def run(mac_of_other: str) -> Watched:
        look = Watched()
        gateway = device(
            "127.71.9.1",
            cells=(
                *resolves("127.71.9.2", "00e0fc000002"),
                *resolves("::1", mac_of_other),
                *resolves("fd00:9::1", "00e0fc00000f"),
            ),
        )
        with serving(gateway, device("127.71.9.2")) as port:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Ipv6(device("::1", serial="CF6")), local_addr=("::1", port)
            )
            await look.look(wanted(port, "127.71.9.0/30", "::1/128"))
            transport.close()
        return look

    found = asyncio.run(run("00e0fc000006")).found
    assert set(found) == {"127.71.9.1", "127.71.9.2", "::1"}
    assert (found["::1"].how, found["::1"].seen_from) == ("nd", "dev-127.71.9.1")
    assert found["::1"].mac == "00e0fc000006"
    assert set(asyncio.run(run("00e0fc000002")).found) == {"127.71.9.1", "127.71.9.2"}


def test_a_neighbour_table_adds_the_hardware_address_of_who_was_swept() -> None:
    async def run() -> Watched:
        look = Watched()
        gateway = device("127.71.4.1", cells=resolves("127.71.4.2", "00e0fc000002"))
        with serving(gateway, device("127.71.4.2", make=PRINTER)) as port:
            await look.look(wanted(port, "127.71.4.0/29"))
        return look

    found = asyncio.run(run()).found
    assert found["127.71.4.2"].mac == "00e0fc000002"
    assert found["127.71.4.1"].mac is None


def test_hosts_that_only_answer_pings_are_told_of_where_the_range_asks_for_it() -> None:
    async def run(hosts: tuple[str, ...]) -> Watched:
        look = Watched(ping=True)
        with serving(device("127.71.5.1")) as port:
            await look.look(wanted(port, "127.71.5.0/30", hosts=hosts, crawl=False))
        return look

    silent = asyncio.run(run(()))
    assert set(silent.found) == {"127.71.5.1"}
    told = asyncio.run(run(("127.71.5.0/30",))).found
    assert set(told) == {"127.71.5.1", "127.71.5.2"}
    assert (told["127.71.5.2"].how, told["127.71.5.2"].protocol) == ("ping", "presence")


def test_a_device_with_several_addresses_is_told_of_once() -> None:
    own = tuple(((1, 3, 6, 1, 2, 1, 4, 20, 1, 2, 127, 71, 6, n), (2, n)) for n in (1, 2))

    async def run(memory: Memory, *serials: str) -> Watched:
        look = Watched(memory)
        agents = [
            device(f"127.71.6.{n}", cells=own, serial=serial)
            for n, serial in enumerate(serials, start=1)
        ]
        with serving(*agents) as port:
            await look.look(wanted(port, "127.71.6.0/30"))
        return look

    memory = Memory()
    first = set(asyncio.run(run(memory, "CF1", "CF1")).found)
    assert len(first) == 1
    assert set(asyncio.run(run(memory, "CF1", "CF1")).found) == first
    # Two that share an address, as a virtual router's are, are two.
    assert len(asyncio.run(run(Memory(), "CF1", "CF2")).found) == 2


def test_a_version_3_user_is_not_locked_out() -> None:
    """Two wrong secrets at most are offered to a device, and those not again for a week."""
    now = [1_000_000.0]
    memory = Memory(clock=lambda: now[0])
    memory.note_refused("127.71.7.1", 161, "d1")
    assert memory.is_refused("127.71.7.1", 161, "d1")
    assert not memory.is_refused("127.71.7.1", 161, "d2")
    now[0] += 8 * 86_400
    assert not memory.is_refused("127.71.7.1", 161, "d1")


def test_a_range_that_is_none_is_an_error() -> None:
    with pytest.raises(BadRange):
        asyncio.run(Watched().look(wanted(161, "10.1.0.0/33")))


def test_an_access_that_cannot_work_costs_only_itself() -> None:
    async def run() -> Watched:
        look = Watched()
        broken = NamedAccess("c-broken", SnmpAccess(version="3", user="u", auth="ROT13:secret"))
        with serving(device("127.71.8.1")) as port:
            where = wanted(port, "127.71.8.0/30", credentials=(broken, access("public")))
            await look.look(where)
        return look

    assert asyncio.run(run()).found["127.71.8.1"].credential == "c-public"
