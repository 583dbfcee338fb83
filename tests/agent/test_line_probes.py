"""Probes of a line: gateway and references, by echo requests or handshakes; counters beside."""

import asyncio
import socket

import pytest

from agent.lines.desk import Lines, port_speed
from agent.lines.port_counters import PortCounters
from agent.lines.probes import GATEWAY, Host, Seen, as_poll, default_gateway, hosts_of, look
from drivers.base import Column
from drivers.errors import NoAnswer
from drivers.ping import Pinger, PingRead
from drivers.plan import Cadence, LineTest, Plan
from drivers.readings import Block, LineTestOutcome, Outcome
from drivers.snmp.ports import IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS, IF_NAME, IF_OPER_STATUS
from drivers.snmp.tables import SYS_UP_TIME
from drivers.speedtest import ServerFault

LINE = LineTest("l1", "S1", references=("10.0.0.1", "ref.example:443", "[2001:db8::1]:53"))
#: The gateway of tests that ask one: the machine's own may be silent, and is nobody's business.
NEAR = "127.0.0.1"
ROUTES = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
"""


def read(loss, trip=0.01):
    columns = {
        "ping_round_trip_seconds": [None if loss == 1 else trip],
        "ping_loss_ratio": [loss],
        "ping_jitter_seconds": [None if loss == 1 else 0.001],
    }
    return PingRead(Outcome.timeout if loss == 1 else Outcome.ok, "", Block(("",), columns))


@pytest.fixture
def routes(tmp_path):
    path = tmp_path / "route"
    path.write_text(ROUTES, encoding="ascii")
    return path


@pytest.fixture
def listening():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def quick():
    return Pinger(probes=3, interval=0.01, timeout=30.0)


def test_the_hosts_of_a_line_are_its_gateway_and_its_references(routes):
    assert hosts_of(LINE, routes) == (
        Host(GATEWAY, "192.168.0.1"),
        Host("10.0.0.1", "10.0.0.1"),
        Host("ref.example:443", "ref.example", 443),
        Host("[2001:db8::1]:53", "2001:db8::1", 53),
    )
    named = LineTest("l1", "S1", gateway="10.9.9.9", references=("2001:db8::2", "2001:db8::2"))
    assert hosts_of(named, routes) == (
        Host(GATEWAY, "10.9.9.9"),
        Host("2001:db8::2", "2001:db8::2"),
    )


def test_a_box_without_a_default_route_has_no_gateway(tmp_path):
    assert default_gateway(tmp_path / "nothing") is None
    (tmp_path / "empty").write_text("Iface\n", encoding="ascii")
    assert default_gateway(tmp_path / "empty") is None


def test_the_boxs_own_port_is_known_where_it_is_a_wire(routes, tmp_path):
    (tmp_path / "eth0").mkdir()
    (tmp_path / "eth0/speed").write_text("1000\n", encoding="ascii")
    assert port_speed(routes, tmp_path) == 10**9
    (tmp_path / "eth0/speed").write_text("-1\n", encoding="ascii")
    assert port_speed(routes, tmp_path) is None
    assert port_speed(routes, tmp_path / "nothing") is None


def test_handshakes_and_refusals_are_round_trips_and_silence_is_loss(listening):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = closed.getsockname()[1]
        hosts = [
            Host("listens", "127.0.0.1", listening),
            Host("refuses", "127.0.0.1", refused),
            Host("unknown", "no-such-host.invalid", 443),
        ]
        seen = asyncio.run(look(hosts, quick()))
    poll = as_poll(LINE, seen, 7)
    assert poll is not None
    assert (poll.subject, poll.school, poll.taken_at, poll.outcome) == ("l1", "S1", 7, "ok")
    found = {(r.metric, r.part): r.value for r in poll.readings()}
    assert found["ping_loss_ratio", "listens"] == found["ping_loss_ratio", "refuses"] == 0
    assert 0 < found["ping_round_trip_seconds", "listens"] < 30
    assert found["ping_loss_ratio", "unknown"] == 1
    assert ("ping_round_trip_seconds", "unknown") not in found


@pytest.mark.parametrize(
    ("gateway", "outside", "outcome", "detail"),
    [
        (0.0, 0.2, Outcome.ok, ""),
        (1.0, 0.0, Outcome.ok, ""),
        (0.0, 1.0, Outcome.timeout, "no host outside answers, the gateway does"),
        (1.0, 1.0, Outcome.timeout, "no host outside answers, nor does the gateway"),
        (None, 1.0, Outcome.timeout, "no host outside answers"),
        (0.0, None, Outcome.ok, ""),
        (1.0, None, Outcome.timeout, "the gateway does not answer"),
    ],
)
def test_a_line_is_as_alive_as_the_hosts_outside(gateway, outside, outcome, detail):
    reads = tuple(None if loss is None else read(loss) for loss in (gateway, outside))
    seen = Seen((Host(GATEWAY, "g"), Host("ref", "r")), reads)
    poll = as_poll(LINE, seen, 0)
    assert poll is not None
    assert (poll.outcome, poll.detail) == (outcome, detail)


def test_a_box_that_can_find_nothing_out_claims_nothing():
    assert as_poll(LINE, Seen((Host(GATEWAY, "g"),), (None,)), 0) is None


def test_a_box_that_may_not_ping_knocks_instead(listening, monkeypatch):
    async def not_allowed(self, address):
        return None

    monkeypatch.setattr(Pinger, "ping", not_allowed)
    monkeypatch.setattr("agent.lines.probes._USUAL_PORTS", (listening,))
    seen = asyncio.run(look([Host("ref", "127.0.0.1")], quick()))
    assert seen.outside is True


class Switch:
    """A port whose counters grow by what is given between two reads."""

    def __init__(self, *reads):
        self.reads = list(reads)
        self.walks = 0

    async def walk(self, columns, *, scalars=()):
        self.walks += 1
        cells = {
            IF_NAME: (4, {7: b"uplink"}),
            IF_OPER_STATUS: (2, {7: 1}),
            IF_HC_IN_OCTETS: (0x46, {7: 0}),
            IF_HC_OUT_OCTETS: (0x46, {7: 0}),
        }
        walked = [
            Column(oid, dict(cells[oid][1]), cells[oid][0]) if oid in cells else Column(oid)
            for oid in columns
        ]
        return walked, {SYS_UP_TIME: 1}

    async def get(self, oids):
        uptime, received, sent = self.reads.pop(0)
        if uptime is None:
            raise NoAnswer
        values = {IF_HC_IN_OCTETS: received, IF_HC_OUT_OCTETS: sent, IF_OPER_STATUS: 1}
        found = {(*oid, 7): value for oid, value in values.items()}
        return {oid: value for oid, value in {**found, SYS_UP_TIME: uptime}.items() if oid in oids}


def carried(*reads, port="uplink"):
    async def scenario():
        counters = PortCounters(Switch(*reads), port)
        await counters.before(1_000)
        return await counters.after(22_000)

    return asyncio.run(scenario())


def test_what_the_port_carried_beside_a_test_is_known():
    found = carried((100_000, 5_000, 7_000), (102_100, 130_005_000, 57_000))
    assert found is not None
    assert (found.seconds, found.in_bytes, found.out_bytes) == (21.0, 130_000_000, 50_000)


def test_counters_that_began_anew_are_a_gap_and_no_spike():
    assert carried((100_000, 5_000, 7_000), (1_000, 130_005_000, 57_000)) is None
    found = carried((100_000, 5_000, 7_000), (102_100, 100, 57_000))
    assert found is None or found.in_bytes is None


@pytest.mark.parametrize("reads", [[(None, 0, 0)], [(1, 0, 0), (None, 0, 0)]])
def test_a_switch_that_is_silent_costs_the_figure_only(reads):
    assert carried(*reads) is None


def test_a_port_that_is_not_there_costs_the_figure_only():
    assert carried((1, 0, 0), (2, 0, 0), port="elsewhere") is None


def test_lines_are_probed_beside_their_tests_but_never_within_one(listening):
    kept = []
    test = LineTest(
        "l1",
        "S1",
        "http://127.0.0.1:1",
        gateway=NEAR,
        references=(f"127.0.0.1:{listening}",),
    )
    probed = []

    async def scenario():
        async def measure(server, **_):
            before = len(kept)
            await lines._probe_all()
            probed.append(len(kept) - before)
            raise ServerFault("x")

        lines = Lines(
            kept.append, lambda _: None, clock=lambda: 5.0, pinger=quick(), measure=measure
        )
        plan = Plan("r", "a1", ("S1",), line_tests=(test,), cadence=Cadence(reachability=60.0))
        lines.follow(plan)
        async with asyncio.timeout(60):
            while not kept:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.02)
        await lines.close()
        await lines.test(test)

    asyncio.run(scenario())
    assert probed == [0]
    assert [poll.subject for poll in kept] == ["l1", "l1"]
    assert kept[0].subject == "l1"
    assert {r.part for r in kept[0].readings()} >= {f"127.0.0.1:{listening}"}


def test_a_gateway_that_never_answered_is_not_called_silent():
    answers = {}

    class Said:
        async def ping(self, address):
            return read(answers[address])

    async def scenario():
        lines = Lines(lambda _: None, lambda _: None, clock=lambda: 5.0, pinger=Said())
        test = LineTest("l1", "S1", gateway="10.0.0.254")
        polls = []
        for loss in (1.0, 0.0, 1.0):
            answers["10.0.0.254"] = loss
            polls.append(await lines.probe(test))
        return polls

    never, heard, silent = asyncio.run(scenario())
    assert never is None
    assert heard.outcome is Outcome.ok
    assert silent.outcome is Outcome.timeout
    assert {r.part for r in silent.readings()} == {GATEWAY}


def test_a_dead_server_beside_a_living_reference_is_the_servers_fault(listening, monkeypatch):
    monkeypatch.setattr("agent.lines.line_test.SECOND_TRY_SECONDS", 0.0)
    kept = []
    test = LineTest(
        "l1", "S1", "http://127.0.0.1:1", gateway=NEAR, references=(f"127.0.0.1:{listening}",)
    )
    lines = Lines(kept.append, lambda _: None, clock=lambda: 5.0, pinger=quick())
    poll = asyncio.run(lines.test(test))
    assert kept == [poll]
    found = {r.metric: r.value for r in poll.readings()}
    assert found["speedtest_outcome"] == LineTestOutcome.server_fault


def test_the_controller_witnesses_for_a_line_without_references(listening, monkeypatch):
    monkeypatch.setattr("agent.lines.line_test.SECOND_TRY_SECONDS", 0.0)

    async def silent(server, **_):
        raise NoAnswer("x")

    lines = Lines(
        lambda _: None,
        lambda _: None,
        clock=lambda: 5.0,
        controller_url=f"http://127.0.0.1:{listening}",
        pinger=quick(),
        measure=silent,
    )
    poll = asyncio.run(lines.test(LineTest("l1", "S1", "http://elsewhere.example", gateway=NEAR)))
    assert poll.detail == "server_fault: x"
    poll = asyncio.run(lines.test(LineTest("l1", "S1", "http://127.0.0.1:9", gateway=NEAR)))
    assert poll.detail == "line_down: x"
