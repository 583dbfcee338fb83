"""The simulated campus as a process: ``python -m drivers.simulate``, driven by its parent.

It reads :class:`Orders` from standard input, answers :class:`Ready`, then takes commands. It ends
when its input ends, so it never outlives whoever started it.
"""

import asyncio
import logging
import socket
import sys
import time
from contextlib import AsyncExitStack, suppress

import msgspec

from drivers.simulate.build import Campus, build
from drivers.simulate.campus import devices
from drivers.simulate.line import ShapedLine
from drivers.simulate.orders import Command, Orders, Ready
from drivers.simulate.projectors import ProjectorServer
from drivers.simulate.publisher import publish
from drivers.simulate.responder import AgentServer
from drivers.simulate.schoolday import SchoolDay
from drivers.simulate.strangers import strangers

_log = logging.getLogger("drivers.simulate")
_command = msgspec.json.Decoder(Command)


def obey(campus: Campus, line: bytes, now: float) -> bool:
    """Carry out one command; whether it was one."""
    try:
        command = _command.decode(line)
    except msgspec.MsgspecError as error:
        _log.warning("not a command: %s", error)
        return False
    power = campus.power(command.device)
    if power is None or command.action not in {"cut", "restore", "reboot"}:
        _log.warning("cannot %s %s", command.action, command.device)
        return False
    if command.action == "cut":
        power.cut()
    elif command.action == "restore":
        power.restore(now)
    else:
        power.reboot(now)
    return True


async def _start_broker(stack: AsyncExitStack) -> int:
    """An MQTT broker on a free loopback port."""
    # Only the demonstration installs amqtt.
    from amqtt.broker import Broker  # noqa: PLC0415
    from amqtt.contexts import BrokerConfig, ListenerConfig  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    anyone = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listener = ListenerConfig(bind=f"127.0.0.1:{port}")
    broker = Broker(BrokerConfig(listeners={"default": listener}, plugins=anyone))
    await broker.start()
    stack.push_async_callback(broker.shutdown)
    return port


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def simulate() -> None:
    """Everything, until standard input ends."""
    commands = await _standard_input()
    orders = msgspec.json.decode(await commands.readline(), type=Orders)
    campus = build((*devices(), *strangers()), SchoolDay(time.time(), orders.speed))
    async with AsyncExitStack() as stack:
        broker_port = await _start_broker(stack)
        server = AgentServer(campus.agents, clock=time.time)
        snmp_port = server.open()
        stack.callback(server.close)
        projectors = ProjectorServer(campus.projectors, clock=time.time)
        pjlink_port = await projectors.open()
        stack.push_async_callback(projectors.close)
        line_ports = []
        for order in orders.lines:
            line = ShapedLine(
                (orders.server_host, orders.server_port), down=order.down, up=order.up
            )
            line_ports.append(await line.open())
            stack.push_async_callback(line.close)
        publishing = asyncio.create_task(
            publish(
                campus.clients,
                "127.0.0.1",
                broker_port,
                every=orders.publish_every,
                clock=time.time,
            )
        )
        ready = Ready(snmp_port, broker_port, tuple(line_ports), pjlink_port)
        sys.stdout.buffer.write(msgspec.json.encode(ready) + b"\n")
        sys.stdout.flush()
        while line_of_input := await commands.readline():
            obey(campus, line_of_input, time.time())
        publishing.cancel()
        with suppress(asyncio.CancelledError):
            await publishing


def main() -> None:
    """Run the simulator; warnings go to standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(simulate())


if __name__ == "__main__":
    main()
