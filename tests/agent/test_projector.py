"""A projector on the plan: polled like any device, whatever it does."""

import asyncio
import contextlib
import json

from typer.testing import CliRunner

from agent.cli import app
from agent.polling import poll_projector
from agent.watch.device import Want
from agent.watch.projector import ProjectorDevice
from drivers.plan import Cadence, PjlinkAccess, Target
from drivers.readings import Kind, Outcome

ANSWERS = {"POWR": "1", "CLSS": "1", "ERST": "000000", "LAMP": "10 1", "INF1": "P AG", "INF2": "P1"}


@contextlib.asynccontextmanager
async def projector():
    asked = []

    async def serve(reader, writer):
        writer.write(b"PJLINK 0\r")
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                command = (await reader.readuntil(b"\r")).decode()[2:6]
                asked.append(command)
                writer.write(f"%1{command}={ANSWERS.get(command, 'ERR1')}\r".encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


def device_at(port):
    target = Target("p1", "S1", "127.0.0.1", port, pjlink=PjlinkAccess())
    return ProjectorDevice(target, clock=lambda: 1_700_000_000.0, timeout=30.0)


def test_identity_is_asked_for_at_its_own_cadence():
    async def scenario():
        async with projector() as (port, asked):
            device = device_at(port)
            first = await device.poll(device.due(0.0))
            device.done(Want.inventory, 0.0, Cadence())
            asked.clear()
            second = await device.poll(device.due(60.0))
            device.hurry(Want.inventory)
            return first, second, asked, device.due(60.0)

    first, second, asked, hurried = asyncio.run(scenario())
    assert first.outcome is second.outcome is Outcome.ok
    assert first.facts.identity.kind is Kind.projector
    assert second.facts is None
    assert "INF1" not in asked
    assert {r.metric for r in second.readings()} >= {"display_on", "display_backlight_hours"}
    assert hurried is Want.inventory


def test_one_that_is_gone_is_noticed_within_a_beat_when_it_comes_back():
    async def scenario():
        async with projector() as (port, _):
            device = device_at(port)
            await device.poll(Want.inventory)
            device.done(Want.inventory, 0.0, Cadence())
        polls = [await device.poll(device.due(60.0)) for _ in range(3)]
        return device, polls

    device, polls = asyncio.run(scenario())
    assert {poll.outcome for poll in polls} == {Outcome.unreachable}
    assert not device.alive
    assert device.interval(Cadence()) * 1.05 <= 60.0


def test_the_poll_document_of_a_projector():
    async def scenario():
        async with projector() as (port, _):
            there = await poll_projector("127.0.0.1", port)
        return there, await poll_projector("127.0.0.1", port, timeout=30.0)

    there, gone = asyncio.run(scenario())
    assert (there.outcome, there.identity.vendor) == (Outcome.ok, "P AG")
    assert {"metric": "display_on", "part": "", "value": 1.0} in there.readings
    assert (gone.outcome, gone.readings) == (Outcome.unreachable, ())


def test_the_command_prints_the_document_and_says_whether_it_is_there():
    async def scenario():
        async with projector() as (port, _):
            command = ["projector", "127.0.0.1", "--port", str(port), "--format", "json"]
            return port, await asyncio.to_thread(CliRunner().invoke, app, command)

    port, result = asyncio.run(scenario())
    assert result.exit_code == 0
    assert json.loads(result.stdout)["identity"]["model"] == "P1"
    gone = CliRunner().invoke(app, ["projector", "127.0.0.1", "--port", str(port)])
    assert gone.exit_code == 1
