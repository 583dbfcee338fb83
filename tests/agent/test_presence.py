"""Devices that speak nothing, found through two simulated switches and a gateway."""

import asyncio
import logging
import pickle
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.watch.presence import Presence
from agent.watch.presence_rules import Evidence, is_present
from drivers.plan import Cadence, Plan, PresenceAccess, SnmpAccess, Target
from drivers.readings import Attachment, Block, Outcome, Poll
from drivers.simulate.bridging import VLAN, Learned, forwarding, neighbours
from drivers.simulate.interfaces import SimulatedPort, interfaces
from drivers.simulate.mib import MibTree
from drivers.simulate.power import Power
from drivers.simulate.responder import AgentServer, SnmpAgent
from drivers.simulate.schoolday import SchoolDay
from drivers.simulate.system import Label, system
from drivers.snmp.engine import SnmpEngine

COMMUNITY = "public"
EDGE, CORE, GATEWAY = "127.21.0.2", "127.21.0.3", "127.21.0.4"
PANEL, PC = "0200000000aa", "0200000000bb"
PHONES = [f"06{number:010x}" for number in range(0xBEEF00, 0xBEEF20)]
NAMES = {EDGE: "d-edge", CORE: "d-core", GATEWAY: "d-gateway"}


class School:
    """An edge switch with a panel and a PC, a core above it, a gateway above that."""

    def __init__(self) -> None:
        self.there = {PANEL: True, PC: True}
        self.now = 1_780_000_000.0
        self.day = SchoolDay(self.now)
        self.powers = {name: Power(self.day, self.now) for name in NAMES}
        self.asked: list[str] = []
        self.echoes: set[str] = set()
        self.polls: list[Poll] = []

    def _is_there(self, mac: str) -> Callable[[float], bool]:
        return lambda _: self.there[mac]

    def _agent(self, address: str, ports: int, cells: list) -> SnmpAgent:
        label = Label(NAMES[address], "1.3.6.1.4.1.2011.2.23.639", "switch", "", "H", "S", "1", "1",
                      f"0200{int(address[-1]):08x}")  # fmt: skip
        power = self.powers[address]
        known = [SimulatedPort(n, f"GE0/0/{n}", 10**9) for n in range(1, ports + 1)]
        tree = MibTree([*system(label, power, services=6), *interfaces(label, known, power)])
        if address != GATEWAY:
            cells = [*forwarding(known, cells)]
        return SnmpAgent(label.name, address, COMMUNITY, tree.extended(cells), power)

    @property
    def agents(self) -> tuple[SnmpAgent, ...]:
        always: Callable[[float], bool] = lambda _: True  # noqa: E731
        mine = [(7, PANEL), (9, PC)]
        edge = [Learned(port, mac, self._is_there(mac)) for port, mac in mine]
        edge += [Learned(1, phone, always) for phone in PHONES]
        core = [Learned(3, mac, self._is_there(mac)) for _, mac in mine]
        core += [Learned(4, phone, always) for phone in PHONES]
        arp = [("10.9.0.5", PANEL), *((f"10.9.1.{n}", phone) for n, phone in enumerate(PHONES))]
        return (
            self._agent(EDGE, 10, edge),
            self._agent(CORE, 4, core),
            self._agent(GATEWAY, 2, list(neighbours(2, arp))),
        )

    async def answers(self, address: str) -> bool:
        self.asked.append(address)
        return address in self.echoes


@asynccontextmanager
async def watching(school: School, *devices: Target) -> AsyncIterator[Presence]:
    server = AgentServer(school.agents, clock=lambda: school.now)
    port = server.open()
    switches = tuple(
        Target(name, "S1", address, port, snmp=SnmpAccess(community=COMMUNITY))
        for address, name in NAMES.items()
    )
    async with SnmpEngine() as engine:

        def connect(target: Target):
            return engine.session(
                target.address or "", target.port, target.snmp, timeout=0.3, retries=0
            )

        presence = Presence(school.polls.append, connect, school.answers, clock=lambda: school.now)
        plan = Plan("1", "a", ("S1",), (*switches, *devices), cadence=Cadence())
        try:
            await presence.follow(plan)
            yield presence
        finally:
            await presence.close()
            server.close()


def silent(id_: str, *macs: str, address: str | None = None) -> Target:
    return Target(id_, "S1", address, presence=PresenceAccess(macs))


async def after(school: School, presence: Presence, seconds: float = 300.0) -> list[Poll]:
    """What one more round keeps."""
    school.now += seconds
    school.polls.clear()
    await presence.round()
    return list(school.polls)


def online(polls: list[Poll]) -> dict[str, float]:
    return {p.subject: r.value for p in polls for r in p.readings() if r.metric == "online"}


def test_a_panel_is_found_at_its_own_port_and_not_at_the_uplink_above() -> None:
    async def story() -> list[Poll]:
        school = School()
        async with watching(school, silent("d-panel", PANEL), silent("d-pc", PC)) as presence:
            return await after(school, presence)

    polls = asyncio.run(story())
    assert online(polls) == {"d-panel": 1.0, "d-pc": 1.0}
    places = {poll.subject: poll.attachment for poll in polls}
    assert places == {
        "d-panel": Attachment("d-edge", "GE0/0/7", VLAN),
        "d-pc": Attachment("d-edge", "GE0/0/9", VLAN),
    }
    assert {poll.outcome for poll in polls} == {Outcome.ok}


def test_what_leaves_is_gone_after_the_table_had_time_and_comes_back_at_once() -> None:
    async def story() -> list[dict[str, float]]:
        school = School()
        async with watching(school, silent("d-panel", PANEL)) as presence:
            seen = [online(await after(school, presence))]
            school.there[PANEL] = False
            seen += [online(await after(school, presence)) for _ in range(3)]
            school.there[PANEL] = True
            seen.append(online(await after(school, presence)))
            return seen

    told = [found["d-panel"] for found in asyncio.run(story())]
    assert told == [1.0, 1.0, 0.0, 0.0, 1.0]


def test_a_port_without_a_link_settles_it_at_once() -> None:
    async def story() -> dict[str, float]:
        school = School()
        async with watching(school, silent("d-panel", PANEL)) as presence:
            await after(school, presence)
            school.there[PANEL] = False
            block = Block(("GE0/0/7",), {"port_up": [0.0]})
            presence.heard(Poll("d-edge", "S1", 0, Outcome.ok, blocks=(block,)))
            return online(await after(school, presence))

    assert asyncio.run(story()) == {"d-panel": 0.0}


def test_of_a_switch_that_does_not_answer_nothing_is_concluded() -> None:
    async def story() -> tuple[list[Poll], dict[str, float]]:
        school = School()
        async with watching(school, silent("d-panel", PANEL)) as presence:
            await after(school, presence)
            for address in (EDGE, CORE):
                school.powers[address].cut()
            dark = await after(school, presence)
            for address in (EDGE, CORE):
                school.powers[address].restore(school.now)
            return dark, online(await after(school, presence))

    dark, back = asyncio.run(story())
    assert dark == []
    assert back == {"d-panel": 1.0}


def test_one_that_answers_an_echo_is_there_and_silence_means_nothing() -> None:
    async def story() -> list[dict[str, float]]:
        school = School()
        school.there[PC] = False
        school.echoes = {"10.9.0.7"}
        devices = (
            silent("d-pc", PC, address="10.9.0.7"),
            silent("d-panel", PANEL, address="10.9.9.9"),
        )
        async with watching(school, *devices) as presence:
            found = online(await after(school, presence))
            assert school.asked == ["10.9.0.7"], "what a switch has needs no echo"
            return [found]

    assert asyncio.run(story()) == [{"d-pc": 1.0, "d-panel": 1.0}]


def test_a_device_registered_by_its_ip_address_is_found_through_the_gateways_arp() -> None:
    async def story() -> list[Poll]:
        school = School()
        async with watching(school, silent("d-panel", address="10.9.0.5")) as presence:
            return await after(school, presence)

    (poll,) = asyncio.run(story())
    assert poll.attachment == Attachment("d-edge", "GE0/0/7", VLAN)
    assert online([poll]) == {"d-panel": 1.0}


def test_of_a_device_that_speaks_only_its_place_is_told_and_only_when_it_changes() -> None:
    async def story() -> list[list[Poll]]:
        school = School()
        printer = Target("d-printer", "S1", presence=PresenceAccess((PC,)),
                         snmp=SnmpAccess())  # fmt: skip
        async with watching(school, printer) as presence:
            return [await after(school, presence) for _ in range(2)]

    first, second = asyncio.run(story())
    assert [(p.beside, p.blocks, p.attachment) for p in first] == [
        (True, (), Attachment("d-edge", "GE0/0/9", VLAN))
    ]
    assert second == []


def test_known_devices_cost_a_packet_a_switch_and_tables_are_read_to_search_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packets: list[str] = []
    answer = SnmpAgent.answer

    def counted(self: SnmpAgent, datagram: bytes, now: float) -> bytes | None:
        packets.append(self.name)
        return answer(self, datagram, now)

    monkeypatch.setattr(SnmpAgent, "answer", counted)

    async def story() -> list[int]:
        school = School()
        async with watching(school, silent("d-panel", PANEL), silent("d-pc", PC)) as presence:
            counts = []
            for _ in range(3):
                packets.clear()
                await after(school, presence)
                counts.append(len(packets))
            return counts

    first, *others = asyncio.run(story())
    assert first > 10
    assert others == [1, 1]


def test_nothing_of_a_personal_device_is_kept_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> tuple[list[Poll], str, bytes]:
        school = School()
        polls = []
        devices = silent("d-panel", PANEL), silent("d-lost", "0200000000cc", address="10.9.1.250")
        async with watching(school, *devices) as presence:
            for _ in range(3):
                polls += await after(school, presence)
            kept = {
                name: value
                for name, value in vars(presence).items()
                if name not in ("_keep", "_connect", "_answers", "_clock", "_task")
            }
            return polls, repr(presence) + repr(kept), pickle.dumps(kept)

    polls, shown, kept = asyncio.run(story())
    everything = repr(polls) + shown + caplog.text
    for phone in PHONES:
        assert phone not in everything
        assert phone.encode() not in kept
        assert bytes.fromhex(phone) not in kept
    assert PANEL.encode() in kept, (
        "what is registered may be kept: the search looks in the right place"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("evidence", "present"),
    [
        (Evidence(), None),
        (Evidence(listed=True), True),
        (Evidence(listed=False), False),
        (Evidence(listed=False, answered=True), True),
        (Evidence(listed=True, link=False), True),
        (Evidence(listed=False, link=False), False),
        (Evidence(listed=False, link=True, traffic=50_000.0), True),
        (Evidence(listed=False, link=True, traffic=100.0), False),
        (Evidence(resolved=True), True),
        (Evidence(listed=False, resolved=True), False),
    ],
)
def test_evidence_is_weighed(evidence: Evidence, present: bool | None) -> None:
    assert is_present(evidence, last_seen=None, now=1_000.0, hold=300.0) is present


def test_a_table_that_forgot_a_device_a_moment_ago_is_not_believed_yet() -> None:
    gone = Evidence(listed=False)
    assert is_present(gone, last_seen=800.0, now=1_000.0, hold=300.0) is True
    assert is_present(gone, last_seen=700.0, now=1_000.0, hold=300.0) is False
