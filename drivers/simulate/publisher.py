"""Simulated whiteboards and terminals: MQTT clients that publish what the profiles read.

Each is a connection of its own, because a last will belongs to a connection.
"""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiomqtt import Client, MqttError, Will

from drivers.mqtt.profiles import PROFILES
from drivers.simulate.power import Power

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0
#: How often a cut power is noticed.
_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class MqttDevice:
    """One device on the broker.

    Args:
        name: for commands and logs.
        school: code in the topic.
        profile: ``whiteboard`` or ``terminal``.
        client: id in the topic.
        identity: what it publishes as ``identity``.
        power: whether it is there.
        seed: makes two devices differ.
    """

    name: str
    school: str
    profile: str
    client: str
    identity: Mapping[str, str]
    power: Power
    seed: int = 0

    def topic(self, what: str) -> str:
        return PROFILES[self.profile].topic(self.school, self.client, what)

    def state(self, now: float) -> dict[str, object]:
        """The ``state`` payload at a real time."""
        states = {"whiteboard": self._whiteboard, "terminal": self._terminal}
        return {"at": round(now, 3), **states[self.profile](now)}

    def _whiteboard(self, now: float) -> dict[str, object]:
        busy = self._busy(now)
        lit = busy > 0.3  # noqa: PLR2004 - switched on for lessons
        return {
            "display": {
                "power": "on" if lit else "standby",
                "backlight_hours": round(
                    800 + self.seed * 37 + self.power.counter(1 / 3600, seed=self.seed)(now), 1
                ),
            },
            "volume": 20 + self.seed * 7 % 45 if lit else 0,
            "cpu": round(3 + 40 * busy, 1),
            "memory": round(38 + 22 * busy, 1),
            "storage": 41 + self.seed * 5 % 30,
            "temperature": round(31 + 17 * busy, 1),
            "uptime": round(self.power.seconds(now)),
        }

    def _terminal(self, now: float) -> dict[str, object]:
        busy = self._busy(now)
        return {
            "cpu_percent": round(2 + 55 * busy, 1),
            "memory_percent": round(30 + 35 * busy, 1),
            "disks": [
                {"name": "C:", "used_percent": 48 + self.seed * 3 % 30},
                {"name": "D:", "used_percent": 12 + self.seed * 11 % 50},
            ],
            "temperature": round(37 + 21 * busy, 1),
            "display": busy > 0.2,  # noqa: PLR2004 - the screen sleeps between lessons
            "uptime_seconds": round(self.power.seconds(now)),
        }

    def _busy(self, now: float) -> float:
        wobble = 0.12 * math.sin(now / 11.0 + self.seed)
        return min(1.0, max(0.0, self.power.day.busyness(now) + wobble))


async def publish(
    devices: Iterable[MqttDevice],
    host: str,
    port: int,
    *,
    every: float,
    clock: Callable[[], float],
) -> None:
    """Keep all devices connected and publishing until cancelled.

    Args:
        devices: who publishes.
        host: the broker's address.
        port: the broker's port.
        every: seconds between two states of one device.
        clock: real time in seconds since the epoch.
    """
    async with asyncio.TaskGroup() as tasks:
        for device in devices:
            tasks.create_task(_live(device, host, port, every, clock))


async def _live(
    device: MqttDevice, host: str, port: int, every: float, clock: Callable[[], float]
) -> None:
    while True:
        if device.power.alive:
            try:
                await _connection(device, host, port, every, clock)
            except MqttError as error:
                _log.info("%s: %s", device.name, error)
                await asyncio.sleep(_RETRY_SECONDS)
        else:
            await asyncio.sleep(_LOOK_SECONDS)


async def _connection(
    device: MqttDevice, host: str, port: int, every: float, clock: Callable[[], float]
) -> None:
    """One connection, until the power is cut or the broker goes."""
    will = Will(device.topic("availability"), "offline", qos=1, retain=True)
    client = Client(host, port, identifier=device.name, will=will, keepalive=30)
    async with client:
        await client.publish(device.topic("availability"), "online", qos=1, retain=True)
        identity = json.dumps(device.identity)
        await client.publish(device.topic("identity"), identity, qos=1, retain=True)
        while device.power.alive:
            state = json.dumps(device.state(clock()))
            await client.publish(device.topic("state"), state, retain=True)
            await _wait_for_change(device, every)
        # A power cut sends no DISCONNECT; publishing the will's words is what the broker
        # would do for us after the keep-alive.
        with suppress(MqttError):
            await client.publish(device.topic("availability"), "offline", qos=1, retain=True)


async def _wait_for_change(device: MqttDevice, seconds: float) -> None:
    for _ in range(max(1, round(seconds / _LOOK_SECONDS))):
        await asyncio.sleep(min(seconds, _LOOK_SECONDS))
        if not device.power.alive:
            return
