"""Listening to the plan's MQTT brokers, one task a broker."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from ssl import SSLContext
from typing import TYPE_CHECKING

from drivers.plan import Broker, Plan, Target
from drivers.readings import ALIVE, Poll

if TYPE_CHECKING:
    from drivers.mqtt.profiles import Profiles

log = logging.getLogger(__name__)


class OneVoice:
    """Lets one broker speak for a device where several are listened to.

    Every broker's listener reports a device it does not hear as silent, also when the device
    publishes on another broker. So only the broker that last heard it may call it silent; for
    one that nobody has heard yet, the first broker of the plan may.
    """

    def __init__(self, first: str) -> None:
        self._first = first
        self._heard_on: dict[str, str] = {}

    def speaks(self, broker: str, poll: Poll) -> bool:
        """Whether this poll from this broker counts."""
        if poll.outcome in ALIVE:
            self._heard_on[poll.subject] = broker
            return True
        return self._heard_on.get(poll.subject, self._first) == broker


class Brokers:
    """The running listeners.

    Args:
        keep: takes each poll, at once.
        clock: seconds since the epoch, for ``taken_at``.
        tls: what ``mqtts`` brokers are checked against that bring no certificates of their own.
        profiles: the layouts of MQTT devices known; the built-in ones when None.
    """

    def __init__(
        self,
        keep: Callable[[Poll], None],
        *,
        clock: Callable[[], float] = time.time,
        tls: SSLContext | None = None,
        profiles: "Profiles | None" = None,
    ) -> None:
        self._keep = keep
        self._clock = clock
        self._tls = tls
        self._profiles = profiles
        self._following: tuple[Sequence[Broker], Sequence[Target], float] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def follow(self, plan: Plan) -> None:
        """Begin anew when the brokers or their devices changed; else leave all as it is."""
        targets = tuple(t for t in plan.targets if t.mqtt is not None)
        wanted = (plan.brokers, targets, plan.cadence.reachability)
        if wanted == self._following:
            return
        await self.close()
        self._following = wanted
        if not plan.brokers or not targets:
            return
        voice = OneVoice(plan.brokers[0].url)
        self._tasks = [
            asyncio.create_task(self._listen(broker, targets, plan.cadence.reachability, voice))
            for broker in plan.brokers
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _listen(
        self, broker: Broker, targets: Sequence[Target], heartbeat: float, voice: OneVoice
    ) -> None:
        from drivers.mqtt.listen import listen  # noqa: PLC0415  (boxes without brokers: 3 MB less)
        from drivers.mqtt.profiles import PROFILES  # noqa: PLC0415
        from drivers.mqtt.session import BadBrokerUrl, BadCertificate  # noqa: PLC0415

        def take(poll: Poll) -> None:
            if voice.speaks(broker.url, poll):
                self._keep(poll)

        try:
            await listen(
                broker,
                targets,
                take,
                heartbeat=heartbeat,
                tls=self._tls if broker.ca is None and broker.certificate is None else None,
                profiles=self._profiles or PROFILES,
                clock=self._clock,
            )
        except BadBrokerUrl:
            log.error("%s is no broker's address; expected mqtt://host or mqtts://host", broker.url)
        except BadCertificate as error:
            log.error("%s: its certificate or key cannot be used: %s", broker.url, error)
        except Exception:
            # One broker's surprise must not end the listening to the others.
            log.exception("listening to %s failed", broker.url)
