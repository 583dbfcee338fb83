"""Speed tests of the school's lines: when they run, and the poll each one becomes."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol

from drivers.errors import DriverError, Malformed
from drivers.plan import LineTest
from drivers.readings import Block, Outcome, Poll
from drivers.speedtest import SpeedResult

log = logging.getLogger(__name__)

#: A server that is being restarted must not look like a dead line; a dead line stays dead.
_SECOND_TRY_SECONDS = 20.0
#: Tests keep away from the end of their period, so that none runs into the next one's.
_USABLE_SHARE = 0.9


class Measure(Protocol):
    """:func:`drivers.speedtest.measure`, or what stands in for it."""

    async def __call__(
        self,
        server: str,
        *,
        seconds: float,
        cap_bits_per_second: int | None,
        tls: ssl.SSLContext | bool,
    ) -> SpeedResult: ...


def next_start(now: float, every: float, draw: float, *, again: bool) -> float:
    """A random moment of this period, or of the next one.

    Periods are counted from the epoch, so that a restart does not add a test to a period each.

    Args:
        now: seconds since the epoch.
        every: length of a period in seconds.
        draw: random number in [0, 1).
        again: the test of this period has been made.
    """
    period = now - now % every
    usable_until = period + every * _USABLE_SHARE
    if again or now >= usable_until:
        return period + every + draw * every * _USABLE_SHARE
    return now + draw * (usable_until - now)


async def run_line_test(
    test: LineTest,
    measure: Measure,
    *,
    clock: Callable[[], float],
    tls: ssl.SSLContext | bool = True,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Poll:
    """One test as a poll of the line; never raises for the line's or the server's fault.

    A dead line under a living agent is a failed test: 0.0 in both directions. A server that
    answers something else than a test says nothing of the line: no readings.
    """
    result: SpeedResult | None = None
    try:
        try:
            result = await _measure(test, measure, tls)
        except Malformed:
            raise
        except DriverError as error:
            log.info("%s: %s (%s); trying once more", test.line, error.code.value, error.detail)
            await sleep(_SECOND_TRY_SECONDS)
            result = await _measure(test, measure, tls)
    except Malformed as error:
        return _poll(test, clock, error.code, error.detail, ())
    except DriverError as error:
        blocks = (_block(test, 0.0, 0.0, None),)
        return _poll(test, clock, error.code, error.detail, blocks)
    outcome = Outcome.partial if result.fault else Outcome.ok
    block = _block(
        test,
        result.download_bits_per_second,
        result.upload_bits_per_second,
        result.latency_seconds,
    )
    return _poll(test, clock, outcome, result.fault, (block,))


async def _measure(test: LineTest, measure: Measure, tls: ssl.SSLContext | bool) -> SpeedResult:
    return await measure(
        test.server, seconds=test.seconds, cap_bits_per_second=test.cap_bits_per_second, tls=tls
    )


def _block(test: LineTest, down: float, up: float, latency: float | None) -> Block:
    return Block(
        (test.server,),
        {
            "speedtest_download_bits_per_second": [down],
            "speedtest_upload_bits_per_second": [up],
            "speedtest_latency_seconds": [latency],
        },
    )


def _poll(
    test: LineTest,
    clock: Callable[[], float],
    outcome: Outcome,
    detail: str,
    blocks: tuple[Block, ...],
) -> Poll:
    return Poll(test.line, test.school, int(clock() * 1000), outcome, detail[:500], blocks)
