"""Listening to one broker for the devices of a plan: what the agent calls."""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence

from drivers.mqtt.hearing import Hearing
from drivers.mqtt.profiles import PROFILES, Profiles
from drivers.mqtt.session import MqttSession
from drivers.plan import Broker, Target
from drivers.readings import Poll

#: How often the passing of time is looked at, in seconds.
TICK_SECONDS = 1.0


async def listen(
    broker: Broker,
    targets: Sequence[Target] | None,
    on_poll: Callable[[Poll], None],
    *,
    clock: Callable[[], float] = time.time,
    heartbeat: float = 60.0,
    silence: float | None = None,
    on_connection: Callable[[str | None], None] = lambda _reason: None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Deliver polls of the devices on a broker until cancelled.

    Returns at once where none of the targets is on MQTT.

    Args:
        broker: the broker; reconnected for ever, with back-off.
        targets: devices to listen for, those without ``mqtt`` left aside; ``None``: all heard.
        on_poll: takes each poll at once, on the event loop; must not block.
        clock: wall clock in seconds since the epoch, for ``taken_at``.
        heartbeat: seconds after which an unchanged device is polled again (the plan's
            reachability cadence).
        silence: seconds of silence that make a device a ``timeout``; ``None``: the profile's.
        on_connection: told ``None`` when the broker is there, the reason when it is not.
        tls: context for ``mqtts://``; the system's trust store if ``None``.

    Raises:
        BadBrokerUrl: the broker's URL cannot be used; everything else is retried.
    """
    loop = asyncio.get_running_loop()
    hearing = Hearing(targets, heartbeat=heartbeat, silence=silence)
    filters = subscriptions(targets)
    session = MqttSession(broker, filters, tls=tls)
    if not filters:
        return

    def connected() -> None:
        hearing.connected(loop.time())
        on_connection(None)

    def disconnected(reason: str) -> None:
        hearing.disconnected()
        on_connection(reason)

    def message(topic: str, payload: bytes, retained: bool) -> None:
        at = round(clock() * 1000)
        for poll in hearing.heard(topic, payload, retained=retained, at=at, now=loop.time()):
            on_poll(poll)

    async def watch_time() -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for poll in hearing.passed(at=round(clock() * 1000), now=loop.time()):
                on_poll(poll)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch_time())
        tasks.create_task(session.run(connected, message, disconnected))


def subscriptions(targets: Sequence[Target] | None, profiles: Profiles = PROFILES) -> list[str]:
    """Topic filters that cover the targets of profiles; all schools' for ``None``."""
    if targets is None:
        return sorted({f for profile in profiles.values() for f in profile.subscriptions()})
    wanted = {
        topic_filter
        for target in targets
        if target.mqtt is not None and target.mqtt.profile in profiles
        for topic_filter in profiles[target.mqtt.profile].subscriptions(target.school)
    }
    return sorted(wanted)
