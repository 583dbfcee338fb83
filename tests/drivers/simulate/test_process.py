"""The simulator as a process: it obeys its parent, and never outlives it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

from drivers.mqtt.listen import listen
from drivers.plan import Broker, MqttAccess, Target
from drivers.readings import Outcome, Poll
from drivers.simulate.campus import devices
from drivers.simulate.orders import Command, LineOrder, Orders, Ready

WHITEBOARD = next(device for device in devices() if device.kind == "whiteboard")


class Simulator:
    def __init__(self, orders: Orders) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "drivers.simulate"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.say(orders)
        assert self.process.stdout is not None
        self.ready = msgspec.json.decode(self.process.stdout.readline(), type=Ready)

    def say(self, order: object) -> None:
        assert self.process.stdin is not None
        line = order if isinstance(order, bytes) else msgspec.json.encode(order)
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def hang_up(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(60)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    orders = Orders(
        speed=240.0,
        publish_every=0.5,
        server_host="127.0.0.1",
        server_port=9,
        lines=(LineOrder(1e6, 1e6),),
    )
    made = Simulator(orders)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait(60)
    for pipe in (made.process.stdin, made.process.stdout):
        if pipe is not None:
            pipe.close()


def test_it_publishes_obeys_and_ends_with_its_input(simulator: Simulator) -> None:
    target = Target("w", WHITEBOARD.school, mqtt=MqttAccess("whiteboard", WHITEBOARD.id))
    polls: list[Poll] = []

    async def until(outcome: Outcome) -> Poll:
        async with asyncio.timeout(60):
            while not polls or polls[-1].outcome is not outcome:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return polls[-1]

    async def scenario() -> None:
        broker = Broker(f"mqtt://127.0.0.1:{simulator.ready.broker_port}")
        task = asyncio.create_task(listen(broker, [target], polls.append))
        try:
            first = await until(Outcome.ok)
            assert {"online", "display_on", "display_backlight_hours"} <= {
                one.metric for one in first.readings()
            }
            simulator.say(b"not a command")
            simulator.say(Command("cut", "nobody"))
            simulator.say(Command("cut", WHITEBOARD.id))
            assert (await until(Outcome.timeout)).detail == "offline"
            simulator.say(Command("restore", WHITEBOARD.id))
            await until(Outcome.ok)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
    assert simulator.hang_up() == 0
