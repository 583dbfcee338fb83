"""Sends what the spool holds, one batch at a time, in the order of ``agent.uplink.turns``.

A batch is forgotten only after an answer: 2xx and 409 done; 413 cut and sent again under new
numbers; 422 refused for good, dropped and counted. 401 and 403 end sending until the controller
takes this box again. 429 and 503 are waited out as ``Retry-After`` says; everything else is tried
again after 1 s, doubling to 60 s, with jitter so that two thousand boxes do not return at once; or
as soon as the controller that was out of reach answers another question.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TypeVar

import httpx

from agent.centre.clock import BoxClock
from agent.uplink.batcher import memory_spool
from agent.uplink.cutting import encoder, readings_in, shifted, two_of
from agent.uplink.spool import Spool, Spooled, SpoolFull
from agent.uplink.turns import Pace, Turn, Turns
from agent.waiting import Rest
from drivers.readings import (
    BATCH_CONTENT_TYPE,
    Batch,
    MalformedBatch,
    decode_batch,
    encode_batch,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
#: A controller may ask for patience, but not for a day of silence.
_LONGEST_RETRY_AFTER = 3_600.0
#: The spool itself is bounded by age; without new batches nobody else would look.
_IDLE_SECONDS = 60.0
_BATCHES = "/api/agent/v1/batches"
_TIME = "/api/agent/v1/time"


class Answer(StrEnum):
    """What the controller's status means for the batch; also the label of the metric."""

    stored = "stored"
    already = "already_stored"
    too_large = "too_large"
    refused = "refused"
    unauthorised = "unauthorised"
    later = "later"
    failed = "failed"
    lost = "no_connection"


def judge(status: int) -> Answer:
    """Meaning of an HTTP status, as the agent API defines it."""
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
        return Answer.stored
    return {
        409: Answer.already,
        413: Answer.too_large,
        422: Answer.refused,
        401: Answer.unauthorised,
        403: Answer.unauthorised,
        429: Answer.later,
        503: Answer.later,
    }.get(status, Answer.failed)


def retry_after(header: str | None, *, now: datetime) -> float | None:
    """Seconds a ``Retry-After`` asks for (RFC 9110, 10.2.3), at least 1 and at most an hour."""
    if not header:
        return None
    if header.strip().isdecimal():
        seconds = float(header)
    else:
        try:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, _FIRST_PAUSE), _LONGEST_RETRY_AFTER)


class Pause:
    """How long to wait after the n-th failure in a row."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._base = _FIRST_PAUSE

    def next(self) -> float:
        pause = self._base * (0.75 + self._jitter() / 2)
        self._base = min(self._base * 2, _LONGEST_PAUSE)
        return min(max(pause, _FIRST_PAUSE), _LONGEST_PAUSE)

    def reset(self) -> None:
        self._base = _FIRST_PAUSE


class Uplink:
    """The way to the controller.

    Args:
        client: carries base address, secret, timeouts and the certificate authority.
        disk: the thread that owns the spool's waiting.
        refuge: the spool in memory, for what the disk does not take.
        clock: what time it is; nothing is sent before the controller has told.
        pace: how fast history is caught up with.
        answered: called once an exchange with its meaning, for the metrics.
        back: called when the controller can be reached again.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        spool: Spool,
        disk: ThreadPoolExecutor,
        *,
        refuge: Spool | None = None,
        clock: BoxClock | None = None,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        answered: Callable[[Answer], None] = lambda _: None,
        back: Callable[[], None] = lambda: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        pause: Pause | None = None,
    ) -> None:
        self._client = client
        self._spool = spool
        self._disk = disk
        self._clock = clock
        self._turns = Turns(spool, refuge or memory_spool(), pace, clock=time.monotonic)
        self._answered = answered
        self._told_back = back
        self._rest = Rest(sleep)
        self._pause = pause or Pause()
        self._news = asyncio.Event()
        self._welcome = asyncio.Event()
        self._welcome.set()
        self._connected = True
        self._grumbled: Answer | None = None
        self._asked_the_time = False

    @property
    def refused(self) -> bool:
        """Whether the controller has turned this box away."""
        return not self._welcome.is_set()

    def wake(self) -> None:
        """There is something new in the spool."""
        self._news.set()

    def welcome(self) -> None:
        """The controller answered this box otherwise, with its plan, and takes it."""
        if not self._welcome.is_set():
            log.info("the controller takes this box again")
        self._welcome.set()
        if not self._connected:
            self._rest.end()

    def turned_away(self) -> None:
        """Stop sending until :meth:`welcome`; readings are kept meanwhile."""
        if self._welcome.is_set():
            log.error(
                "the controller does not accept this box (secret wrong or revoked): nothing is"
                " sent any more, readings are kept; enrol again with a new token"
            )
        self._welcome.clear()

    async def run(self) -> None:
        """Send for ever; ends only when cancelled."""
        while True:
            await self._welcome.wait()
            self._news.clear()
            try:
                turn = await self._on_disk(self._turns.next)
            except SpoolFull:
                turn = _IDLE_SECONDS  # the batcher has said so, and wakes us for what it keeps
            if isinstance(turn, float):
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with the news.
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(turn, _IDLE_SECONDS)):
                        await self._news.wait()
                continue
            began = time.monotonic()
            wait = await self._ask_the_time() or await self.send(turn)
            self._turns.sent(turn, began)
            if wait:
                await self._rest.take(wait)

    async def _ask_the_time(self) -> float:
        """Learn the time before anything is sent. Returns the seconds to wait after a failure."""
        if self._clock is None or self._clock.known or self._asked_the_time:
            return 0.0
        try:
            await self._client.get(_TIME)
        except httpx.TransportError as error:
            self._answered(Answer.lost)
            self._lost(f"{type(error).__name__}: {error}")
            return self._pause.next()
        # An answer without a time, from behind some proxy: then the box's own must do.
        self._asked_the_time = True
        return 0.0

    async def send(self, turn: Turn) -> float:
        """One exchange. Returns the seconds to wait before the next one."""
        headers: httpx.Headers | None = None
        try:
            batch = await self._on_disk(lambda: self._rightly_timed(turn))
            response = await self._client.post(
                _BATCHES, content=batch.body, headers={"Content-Type": BATCH_CONTENT_TYPE}
            )
        except httpx.TransportError as error:
            answer = Answer.lost
            self._lost(f"{type(error).__name__}: {error}")
        else:
            headers = response.headers
            answer = judge(response.status_code)
            self._back()
            self._grumble(answer, response)
        self._answered(answer)
        try:
            return await self._act(answer, turn, headers)
        except SpoolFull as error:
            log.warning("the spool takes no deletion (%s); the batch will be sent again", error)
            return self._pause.next()

    async def _act(self, answer: Answer, turn: Turn, headers: httpx.Headers | None) -> float:
        home, sequence = turn.home, turn.batch.sequence
        match answer:
            case Answer.stored | Answer.already:
                await self._on_disk(lambda: home.done(sequence))
            case Answer.refused:
                await self._on_disk(lambda: home.drop(sequence))
            case Answer.too_large:
                await self._on_disk(lambda: self._split(turn))
            case Answer.unauthorised:
                self.turned_away()
            case Answer.later if headers is not None:
                wait = retry_after(headers.get("Retry-After"), now=datetime.now(UTC))
                return wait if wait is not None else self._pause.next()
            case _:
                return self._pause.next()
        self._pause.reset()
        return 0.0

    def _rightly_timed(self, turn: Turn) -> Spooled:
        """The batch; its times put right for good if it was made before the time was known.

        For good, because a batch that is sent twice must say the same twice.
        """
        batch = turn.batch
        if self._clock is None:
            return batch
        shift = self._clock.correction_ms(batch.created_at, batch.boot, batch.boot_ms)
        if not shift:
            return batch
        try:
            right = shifted(decode_batch(batch.body), shift)
        except MalformedBatch:
            return batch  # the controller will say so, and it is dropped and counted
        body = encode_batch(right, level=1)
        try:
            turn.home.replace(batch.sequence, body, right.created_at)
        except SpoolFull as error:
            log.warning("the disk does not take a batch with its times put right: %s", error)
        return Spooled(batch.sequence, body, right.created_at, batch.boot, batch.boot_ms)

    def _split(self, turn: Turn) -> None:
        """Put two halves under new numbers in place of a batch that is too large.

        Each half needs its own number: the controller may have stored neither, and under the old
        one the second would be taken for a repetition of the first.
        """
        home, sequence = turn.home, turn.batch.sequence
        whole = _content(turn.batch)
        halves = None if whole is None else two_of(whole)
        if whole is None or halves is None:
            log.error("the controller finds a batch too large that cannot be cut; dropped")
            home.drop(sequence)
            return
        home.put_all(
            [
                (
                    encoder(
                        whole.agent,
                        polls,
                        now_ms=whole.created_at,
                        status=whole.status,
                        reports=reports,
                    ),
                    readings_in(polls),
                )
                for polls, reports in halves
            ],
            now_ms=whole.created_at,
            boot_ms=turn.batch.boot_ms,
            instead_of=sequence,
        )

    def _grumble(self, answer: Answer, response: httpx.Response) -> None:
        """Say once what is wrong, not with every repetition."""
        if answer in {Answer.stored, Answer.already}:
            self._grumbled = None
        elif answer is not self._grumbled and answer is not Answer.unauthorised:
            self._grumbled = answer
            log.warning(
                "the controller answered %d to a batch: %s",
                response.status_code,
                response.text[:200],
            )

    def _lost(self, why: str) -> None:
        if self._connected:
            log.warning("the controller is out of reach (%s); readings are kept", why)
        self._connected = False

    def _back(self) -> None:
        if not self._connected:
            batches, size, _ = self._spool.depth
            log.info("the controller is back; %d batches (%d bytes) to send", batches, size)
            self._told_back()
        self._connected = True

    async def _on_disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


def _content(batch: Spooled) -> Batch | None:
    try:
        return decode_batch(batch.body)
    except MalformedBatch as error:
        log.error("a batch in the spool is unreadable: %s", error)
        return None
