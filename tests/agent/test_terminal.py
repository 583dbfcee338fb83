"""Devices watched on their command line: FakeNOS to log in to, and a server of greetings."""

import asyncio
import contextlib
import itertools

import pytest

from agent.uplink.batcher import Batcher
from agent.watch.command_lines import CommandLines
from agent.watch.pings import is_alone
from agent.watch.terminal import TerminalDevice
from agent.watch.timelines import Timelines
from agent.watch.want import Want
from drivers.errors import AuthRejected, Malformed, NoAnswer, Unreachable
from drivers.plan import Cadence, Plan, SshAccess, Target
from drivers.readings import Facts, Identity, Kind, Outcome, Port
from drivers.ssh.greeting import read_greeting
from drivers.ssh.host_keys import FirstUse
from tests.drivers.ssh.conftest import SECRET, campus  # noqa: F401 - a fixture

HELLO = b"SSH-2.0-HUAWEI-1.5\r\n"
FACTS = Facts(Identity(vendor="Huawei"), (Port(1, "GE0/0/1", oper="up"), Port(2, "GE0/0/2")))
BEAT = Cadence()


@contextlib.asynccontextmanager
async def greeter(*said, hold=False):
    """A server that says one of ``said`` a connection, the last one for ever, and closes."""
    turns = itertools.chain(said, itertools.repeat(said[-1]))
    waiting = []

    async def serve(reader, writer):
        with contextlib.suppress(ConnectionError):
            writer.write(next(turns))
            await writer.drain()
            if hold:
                waiting.append(asyncio.current_task())
                await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*waiting)


def target_at(port, *, password=SECRET, platform="huawei_vrp"):
    ssh = SshAccess("fleet", platform, password=password, port=port, watched=True)
    return Target("d1", "S1", "127.0.0.1", ssh=ssh)


class Survey:
    """What log-ins bring, one after the other; the last one for ever."""

    def __init__(self, *brings):
        self.brings = list(brings)
        self.asked = 0

    async def __call__(self, target):
        self.asked += 1
        one = self.brings.pop(0) if len(self.brings) > 1 else self.brings[0]
        if isinstance(one, Exception):
            raise one
        return one


def device_at(port, survey, timeout=30.0):
    return TerminalDevice(target_at(port), survey, clock=lambda: 1_700_000_000.0, timeout=timeout)


async def beat(device, now):
    want = device.due(now)
    poll = await device.poll(want)
    device.done(want, now, BEAT)
    return want, poll


@pytest.mark.parametrize(
    ("said", "software"),
    [
        (HELLO, "HUAWEI-1.5"),
        (b"SSH-1.99-Cisco-1.25\n", "Cisco-1.25"),
        (b"Authorised use only.\r\n\r\nSSH-2.0-Comware-7.1 school\r\n", "Comware-7.1"),
        (b"\xff\xfe\r\nSSH-2.0-\r\n", ""),
    ],
)
def test_the_greeting_tells_what_serves(said, software):
    async def scenario():
        async with greeter(said) as port:
            return await read_greeting("127.0.0.1", port, timeout=30.0)

    assert asyncio.run(scenario()) == software


@pytest.mark.parametrize(
    ("said", "hold", "error"),
    [
        (b"SSH-1.5-old\r\n", False, Malformed),
        (b"220 ready\r\n" * 65, False, Malformed),
        (b"x" * 5_000, False, Malformed),
        (b"too many users\r\n", False, NoAnswer),
        (b"", False, NoAnswer),
        (b"SSH-2.0-half", True, NoAnswer),
    ],
)
def test_what_is_no_greeting_says_what_it_is(said, hold, error):
    async def scenario():
        async with greeter(said, hold=hold) as port:
            await read_greeting("127.0.0.1", port, timeout=0.3 if hold else 30.0)

    with pytest.raises(error):
        asyncio.run(scenario())


def test_nobody_there_is_unreachable():
    async def scenario():
        async with greeter(HELLO) as port:
            pass
        await read_greeting("127.0.0.1", port, timeout=30.0)

    with pytest.raises(Unreachable):
        asyncio.run(scenario())


def test_beats_greet_and_the_inventory_logs_in():
    survey = Survey(FACTS)

    async def scenario():
        async with greeter(HELLO) as port:
            device = device_at(port, survey)
            beats = [await beat(device, now) for now in (0.0, 60.0, 120.0)]
            device.hurry(Want.tables)
            lazy = device.due(180.0)
            device.hurry(Want.inventory)
            asked = await beat(device, 180.0)
            return [*beats, asked], lazy, device.due(240.0), device.due(BEAT.inventory + 180.0)

    polls, lazy, after, later = asyncio.run(scenario())
    assert {poll.outcome for _, poll in polls} == {Outcome.ok}
    assert [poll.facts is not None for _, poll in polls] == [True, False, False, True]
    assert [(r.metric, r.part, r.value) for r in polls[0][1].readings()] == [
        ("port_up", "GE0/0/1", 1.0)
    ]
    assert (lazy, after, later) == (Want.reachability, Want.reachability, Want.inventory)
    assert survey.asked == 2


def test_a_refused_log_in_is_told_until_one_succeeds_and_not_tried_at_every_beat():
    survey = Survey(AuthRejected("login"), FACTS)

    async def scenario():
        async with greeter(HELLO) as port:
            device = device_at(port, survey)
            return [await beat(device, now) for now in (0.0, 60.0, 3_000.0, 3_600.0, 3_660.0)]

    polls = [poll for _, poll in asyncio.run(scenario())]
    assert [poll.outcome for poll in polls] == [Outcome.partial] * 3 + [Outcome.ok] * 2
    assert polls[0].detail == polls[2].detail == "command line: auth_rejected login"
    assert survey.asked == 2


def test_one_that_is_gone_is_not_logged_in_to_even_if_somebody_asks():
    survey = Survey(FACTS)

    async def scenario():
        async with greeter(HELLO, b"", HELLO) as port:
            device = device_at(port, survey)
            polls = [await beat(device, now) for now in (0.0, 60.0)]
            device.hurry(Want.inventory)
            silent, again = device.due(120.0), device.interval(BEAT)
            polls.append(await beat(device, 120.0))
            return [poll.outcome for _, poll in polls], silent, again, device.due(180.0)

    outcomes, silent, again, back = asyncio.run(scenario())
    assert outcomes == [Outcome.ok, Outcome.timeout, Outcome.ok]
    assert (silent, back) == (Want.reachability, Want.inventory)
    assert again * 1.05 <= BEAT.reachability
    assert survey.asked == 1


@pytest.mark.parametrize("said", [(HELLO, b"", HELLO), (HELLO, b"SSH-2.0-HUAWEI-1.6\r\n")])
def test_what_is_back_or_runs_another_version_is_read_again_soon_but_not_at_once(said):
    async def scenario():
        async with greeter(*said) as port:
            device = device_at(port, Survey(FACTS))
            for now in (0.0, 60.0, 120.0):
                await beat(device, now)
            return device.due(180.0), device.due(600.0)

    assert asyncio.run(scenario()) == (Want.reachability, Want.inventory)


def test_one_that_goes_while_it_is_logged_in_to_is_gone():
    async def scenario():
        async with greeter(HELLO, b"") as port:
            return await device_at(port, Survey(NoAnswer("no prompt"))).poll(Want.inventory)

    poll = asyncio.run(scenario())
    assert (poll.outcome, poll.facts) == (Outcome.timeout, None)


@pytest.fixture
def lines(tmp_path):
    return CommandLines(
        tmp_path, definitions=None, first_use=FirstUse.trust, clock=lambda: 1_800_000_000.0
    )


def test_facts_ports_and_neighbours_of_a_real_command_line(campus, lines):  # noqa: F811
    async def scenario():
        def device(name, **access):
            target = target_at(campus.ports[name], **access)
            return TerminalDevice(target, lines.survey, clock=lambda: 1_800_000_000.0)

        return await asyncio.gather(
            device("east-1").poll(Want.inventory),
            device("east-2", password="wrong").poll(Want.inventory),
            device("east-2", platform="nonesuch").poll(Want.inventory),
        )

    read, refused, unknown = asyncio.run(scenario())
    assert (read.outcome, read.detail) == (Outcome.ok, "")
    assert read.facts.identity.kind is Kind.switch
    assert read.facts.identity.serial == "2102359999FLT0000017"
    assert [one.remote_name for one in read.facts.neighbours] == ["core-1"]
    assert {r.part: r.value for r in read.readings()} == {
        "GE0/0/1": 1.0, "GE0/0/2": 0.0, "GE0/0/3": 0.0,
    }  # fmt: skip
    assert (refused.outcome, refused.detail) == (
        Outcome.partial, "command line: auth_rejected login",
    )  # fmt: skip
    assert unknown.outcome is Outcome.partial
    assert "nonesuch" in unknown.detail


def test_a_timeline_runs_for_it_and_not_for_backups_alone(spool, disk):
    polls = []

    async def scenario():
        read = asyncio.Event()

        def polled(poll):
            polls.append(poll)
            read.set()

        async with greeter(HELLO) as port:
            survey = Survey(FACTS)
            batcher = Batcher(spool, disk, agent="a1")
            timelines = Timelines(
                lambda target: TerminalDevice(target, survey, clock=lambda: 0.0),
                batcher,
                polled=polled,
                concurrency=4,
            )
            watched = target_at(port)
            backups = Target("d2", "S1", "127.0.0.1", ssh=SshAccess("fleet", "huawei_vrp"))
            plan = Plan("r1", "a1", ("S1",), targets=(watched, backups))
            await timelines.follow(plan)
            async with asyncio.timeout(60):
                await read.wait()
            known = set(timelines.devices)
            await timelines.close()
            await batcher.close()
            return known, is_alone(watched), is_alone(backups)

    assert asyncio.run(scenario()) == ({"d1"}, False, True)
    assert polls[0].facts == FACTS
