"""One speed test of a line, and the poll it becomes: figures, witnesses, counters beside it.

Everything a verdict needs is in the readings of the line, with the server as their part; see
``docs/line-tests.md`` for what each outcome is worth.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from agent.lines.judgement import Witnesses, judge
from agent.lines.port_counters import Carried
from drivers.errors import DriverError
from drivers.plan import LineTest
from drivers.readings import Block, LineTestOutcome, Outcome, Poll
from drivers.speedtest import Flow, ServerBusy, ServerFault, SpeedResult
from drivers.speedtest.iperf3 import Iperf3Missing

log = logging.getLogger(__name__)

#: A server that is being restarted must not look like a dead line; a dead line stays dead.
SECOND_TRY_SECONDS = 20.0
#: Switches count at once and tell later: what they tell now has all of the test in it.
SETTLE_SECONDS = 5.0
#: How often a server that has no room is asked again within one test.
BUSY_TRIES = 4
#: What a poll ends with when the line, as far as is known, carries traffic.
_ALIVE_OUTCOMES = {
    LineTestOutcome.ok: Outcome.ok,
    LineTestOutcome.partial: Outcome.partial,
    LineTestOutcome.server_fault: Outcome.partial,
    LineTestOutcome.server_busy: Outcome.partial,
    LineTestOutcome.not_made: Outcome.partial,
}


class Measure(Protocol):
    """:func:`drivers.speedtest.measure`, or what stands in for it."""

    async def __call__(
        self,
        server: str,
        *,
        seconds: float,
        cap_bits_per_second: int | None,
        streams: int,
        tls: ssl.SSLContext | bool,
    ) -> SpeedResult: ...


class Counters(Protocol):
    """:class:`agent.lines.port_counters.PortCounters`, or what stands in for it."""

    async def before(self, now_ms: int) -> None: ...

    async def after(self, now_ms: int) -> Carried | None: ...


@dataclass(frozen=True, slots=True)
class Box:
    """What a test needs of the box it runs on.

    Args:
        clock: seconds since the epoch.
        witnesses: who answers right now; asked after a test failed.
        loss: share of echo requests the server's host leaves unanswered; None when it never
            answers any, or the box may not ask.
        counters: reads the line's uplink port; None when it is not polled.
        port_bits_per_second: how fast the box itself is connected; None when not known.
        tls: whom to trust.
        sleep: waits.
    """

    clock: Callable[[], float]
    witnesses: Callable[[], Awaitable[Witnesses]]
    loss: Callable[[], Awaitable[float | None]]
    counters: Counters | None = None
    port_bits_per_second: int | None = None
    tls: ssl.SSLContext | bool = True
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)


async def run_line_test(test: LineTest, measure: Measure, box: Box) -> Poll:
    """One test as a poll of the line; never raises for the line's or the server's fault.

    A dead line under a living agent is a failed test: 0.0 in both directions. A test server that
    is down, full or none says nothing of the line: an outcome without rates.
    """
    loss = await box.loss()
    carried: Carried | None = None
    try:
        result, carried = await _tried(test, measure, box)
    except DriverError as error:
        verdict = await _judged(error, box)
        detail = f"{verdict.name}: {error.detail}"
        outcome = _ALIVE_OUTCOMES.get(verdict, error.code)
        if verdict is LineTestOutcome.box_cut_off:
            outcome = Outcome.unreachable
        log.info("%s: %s", test.line, detail)
        rates = ("speedtest_download_bits_per_second", "speedtest_upload_bits_per_second")
        columns: dict[str, float | None] = {}
        if verdict is LineTestOutcome.line_down:
            columns = dict.fromkeys(rates, 0.0)
        block = _block(test, box, verdict, columns)
    else:
        verdict = LineTestOutcome.partial if result.fault else LineTestOutcome.ok
        outcome, detail = _ALIVE_OUTCOMES[verdict], result.fault
        columns = {**_columns(result, carried), "speedtest_loss_ratio": loss}
        block = _block(test, box, verdict, columns)
    return Poll(test.line, test.school, _milliseconds(box), outcome, detail[:500], (block,))


async def _tried(test: LineTest, measure: Measure, box: Box) -> tuple[SpeedResult, Carried | None]:
    """A measurement; a second one when the first found silence, more when the server is full."""
    busy = 0
    silent = False
    while True:
        try:
            if box.counters is not None:
                await box.counters.before(_milliseconds(box))
            result = await measure(
                test.server,
                seconds=test.seconds,
                cap_bits_per_second=test.cap_bits_per_second,
                streams=test.streams,
                tls=box.tls,
            )
            if box.counters is None:
                return result, None
            await box.sleep(SETTLE_SECONDS)
            return result, await box.counters.after(_milliseconds(box))
        except ServerBusy as error:
            busy += 1
            if busy >= BUSY_TRIES:
                raise
            log.info("%s: %s; again in %.0f s", test.line, error.detail, error.after)
            await box.sleep(error.after)
        except ServerFault:
            raise
        except DriverError as error:
            if silent:
                raise
            silent = True
            log.info("%s: %s (%s); trying once more", test.line, error.code.value, error.detail)
            await box.sleep(SECOND_TRY_SECONDS)


async def _judged(error: DriverError, box: Box) -> LineTestOutcome:
    if isinstance(error, Iperf3Missing):
        return LineTestOutcome.not_made
    return judge(error, await box.witnesses())


def _columns(result: SpeedResult, carried: Carried | None) -> dict[str, float | None]:
    down, up = result.download, result.upload
    found: dict[str, float | None] = {
        "speedtest_download_bits_per_second": down.bits_per_second,
        "speedtest_upload_bits_per_second": up.bits_per_second,
        "speedtest_latency_seconds": result.latency_seconds,
        "speedtest_jitter_seconds": result.jitter_seconds,
        "speedtest_streams": float(result.streams),
        "speedtest_received_bytes": float(down.all_bytes),
        "speedtest_sent_bytes": float(up.all_bytes),
        **_window("download", down),
        **_window("upload", up),
    }
    if carried is not None:
        found["speedtest_port_seconds"] = carried.seconds
        found["speedtest_port_in_bytes"] = carried.in_bytes
        found["speedtest_port_out_bytes"] = carried.out_bytes
    return found


def _window(name: str, flow: Flow) -> dict[str, float | None]:
    if flow.bits_per_second is None:
        return {}
    return {
        f"speedtest_{name}_bytes": float(flow.counted_bytes),
        f"speedtest_{name}_seconds": flow.seconds,
    }


def _block(
    test: LineTest, box: Box, verdict: LineTestOutcome, columns: dict[str, float | None]
) -> Block:
    told = {
        **columns,
        "speedtest_outcome": float(verdict),
        "speedtest_cap_bits_per_second": _number(test.cap_bits_per_second),
        "speedtest_box_port_bits_per_second": _number(box.port_bits_per_second),
    }
    return Block((test.server,), {name: [v] for name, v in told.items() if v is not None})


def _number(value: int | None) -> float | None:
    return None if value is None else float(value)


def _milliseconds(box: Box) -> int:
    return int(box.clock() * 1000)
