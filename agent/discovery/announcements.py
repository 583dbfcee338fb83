"""Devices heard on the plan's brokers that are not in the plan."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from ssl import SSLContext

from drivers.mqtt.listen import Heard, listen
from drivers.mqtt.profiles import Profiles
from drivers.mqtt.session import BadBrokerUrl, BadCertificate
from drivers.plan import Broker, Plan
from drivers.readings import Finding

log = logging.getLogger(__name__)

#: Brokers carry what anybody publishes: no more than this many strangers are told of a look.
MOST_STRANGERS = 2_000
_LONGEST_CLIENT = 200


async def strangers(
    plan: Plan,
    school: str,
    seconds: float,
    *,
    profiles: Profiles,
    clock: Callable[[], float],
    tls: SSLContext | None = None,
) -> tuple[list[Finding], list[str]]:
    """Listen to every broker for a while: who is there for this school, and what went wrong.

    A device whose topics name no school counts only where the box serves a single one.
    """
    listened = await asyncio.gather(
        *(_heard_on(broker, seconds, profiles, clock, tls) for broker in plan.brokers)
    )
    known = {(t.mqtt.profile, t.mqtt.client) for t in plan.targets if t.mqtt is not None}
    only = plan.schools == (school,)
    found: dict[tuple[str, str], Finding] = {}
    for broker, (heard, _) in zip(plan.brokers, listened, strict=True):
        for one in heard:
            key = (one.profile, one.client)
            ours = one.school == school or (only and not one.school)
            if key in known or not ours or len(found) >= MOST_STRANGERS:
                continue
            if not 0 < len(one.client) <= _LONGEST_CLIENT:
                continue
            found[key] = Finding(
                school=school,
                at=int(clock() * 1000),
                address=one.client,
                how="mqtt",
                protocol="mqtt",
                port=0,
                driver=one.profile,
                identity=one.identity,
                seen_from=broker.url,
            )
    return list(found.values()), [problem for _, problem in listened if problem]


async def _heard_on(
    broker: Broker,
    seconds: float,
    profiles: Profiles,
    clock: Callable[[], float],
    tls: SSLContext | None,
) -> tuple[list[Heard], str]:
    heard: list[Heard] = []
    state = ["no answer"]

    def take(devices: Iterable[Heard]) -> None:
        heard.extend(devices)

    def connection(reason: str | None) -> None:
        state[0] = reason or ""

    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await listen(
                    broker,
                    None,
                    lambda _poll: None,
                    clock=clock,
                    on_connection=connection,
                    tls=tls if broker.ca is None and broker.certificate is None else None,
                    profiles=profiles,
                    on_end=take,
                )
    except (BadBrokerUrl, BadCertificate) as error:
        return [], f"{broker.url}: {error}"
    except Exception as error:
        # One broker's surprise must not end the look.
        log.exception("listening to %s failed", broker.url)
        return heard, f"{broker.url}: {error}"
    return heard, f"{broker.url}: {state[0]}" if state[0] and not heard else ""
