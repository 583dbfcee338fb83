"""Listening to one broker for the devices of a plan: what the agent calls."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from drivers.mqtt.hearing import Hearing
from drivers.mqtt.home_assistant.hearing import PROFILE as ANNOUNCED
from drivers.mqtt.home_assistant.hearing import HomeAssistantHearing
from drivers.mqtt.profiles import PROFILES, Profiles
from drivers.mqtt.session import MqttSession
from drivers.mqtt.templates.evaluator import Evaluator
from drivers.plan import Broker, Target
from drivers.readings import Identity, Poll


@dataclass(frozen=True, slots=True)
class Heard:
    """A device that said something itself, or of which the broker says that it is connected.

    Args:
        profile: what read it; ``home_assistant`` for announced devices.
        school: code in its topic; empty where the topic has none.
        client: the id it publishes under.
    """

    profile: str
    school: str
    client: str
    identity: Identity | None


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
    profiles: Profiles = PROFILES,
    on_end: Callable[[Iterable[Heard]], None] = lambda _heard: None,
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
        tls: context for ``mqtts://``; made from the broker's certificates if ``None``.
        profiles: the layouts known.
        on_end: told whom the broker knew alive, when the listening ends.

    Raises:
        BadBrokerUrl: the broker's URL cannot be used; everything else is retried.
        BadCertificate: nor its certificates.
    """
    listener = _Listener(
        broker,
        targets,
        on_poll=on_poll,
        clock=clock,
        heartbeat=heartbeat,
        silence=silence,
        on_connection=on_connection,
        profiles=profiles,
    )
    filters = [*subscriptions(targets, profiles), *listener.announced.filters]
    listener.session = session = MqttSession(broker, filters, tls=tls)
    if not filters:
        return
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listener.watch_time())
            tasks.create_task(
                session.run(listener.connected, listener.message, listener.disconnected)
            )
    finally:
        listener.close()
        on_end(listener.heard())


class _Listener:
    """Brings messages and time to those who make polls of them, one at a time."""

    session: MqttSession

    def __init__(
        self,
        broker: Broker,
        targets: Sequence[Target] | None,
        *,
        on_poll: Callable[[Poll], None],
        clock: Callable[[], float],
        heartbeat: float,
        silence: float | None,
        on_connection: Callable[[str | None], None],
        profiles: Profiles,
    ) -> None:
        self._evaluator = Evaluator()
        self._on_poll = on_poll
        self._clock = clock
        self._on_connection = on_connection
        self._loop = asyncio.get_running_loop()
        self.hearing = Hearing(targets, heartbeat=heartbeat, silence=silence, profiles=profiles)
        self.announced = HomeAssistantHearing(
            targets,
            self._evaluator,
            prefix=broker.discovery_prefix,
            heartbeat=heartbeat,
            silence=silence,
        )
        # Templates are worked out in a thread; nothing else may happen to the devices meanwhile.
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="templates")

    def connected(self) -> None:
        self.hearing.connected(self._loop.time())
        self.announced.connected(self._loop.time())
        self._on_connection(None)

    def disconnected(self, reason: str) -> None:
        self.hearing.disconnected()
        self.announced.disconnected()
        self._on_connection(reason)

    async def message(self, topic: str, payload: bytes, retained: bool) -> None:
        async with self._turn:
            is_announced = self.announced.knows(topic)
            at, now = round(self._clock() * 1000), self._loop.time()
            if is_announced:
                hear = partial(
                    self.announced.heard, topic, payload, retained=retained, at=at, now=now
                )
                if self.announced.is_quick(topic):
                    self._deliver(hear())
                else:
                    self._deliver(await self._loop.run_in_executor(self._thread, hear))
            if not is_announced or self.hearing.address_of(topic) is not None:
                self._deliver(self.hearing.heard(topic, payload, retained=retained, at=at, now=now))
        if topics := self.announced.new_topics():
            await self.session.subscribe(topics)

    def heard(self) -> Iterator[Heard]:
        """Who is there."""
        for one in self.hearing.devices:
            if one.heard is not None:
                yield Heard(one.profile.name, one.school, one.client, one.identity)
        for other in self.announced.devices:
            if other.heard is not None:
                client = other.subject.removeprefix(f"{ANNOUNCED}/")
                yield Heard(ANNOUNCED, other.school, client, other.identity)

    async def watch_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            async with self._turn:
                at, now = round(self._clock() * 1000), self._loop.time()
                self._deliver(self.hearing.passed(at=at, now=now))
                self._deliver(self.announced.passed(at=at, now=now))
                self._evaluator.rest(time.monotonic())

    def close(self) -> None:
        """Deliver what waited, and end the templates' worker."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._evaluator.close()
        at, now = round(self._clock() * 1000), self._loop.time()
        self._deliver(self.hearing.flush(at=at, now=now))
        self._deliver(self.announced.flush(at=at, now=now))

    def _deliver(self, polls: Iterable[Poll]) -> None:
        for poll in polls:
            self._on_poll(poll)


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
