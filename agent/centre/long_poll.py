"""Questions the controller holds until it has something to say; plain polling where it does not.

Proxies cut connections on which nothing moves, most of them after 30 to 60 s. That is no error:
the next question asks for less patience.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from enum import StrEnum

from agent.waiting import Rest

#: A connection that lived so long and then died was cut by something in between.
_CUT_AFTER = 5.0
#: Less than this a proxy is not asked to wait.
_LEAST_WAIT = 10.0
#: An answer that came sooner than this was not held.
_HELD = 1.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
#: Between two answers with news: whoever edits the register saves more than once.
_BREATH = 0.25


class Asked(StrEnum):
    """What came of a question."""

    news = "news"
    nothing = "nothing"
    away = "away"  # no connection, or an answer that is none
    cut = "cut"  # the connection died before the answer
    refused = "refused"  # this box is not let in


#: Asks, giving the controller so many seconds; never raises.
Ask = Callable[[float], Awaitable[Asked]]


class LongPoll:
    """Asks for ever.

    Args:
        ask: one question.
        wait: seconds the controller may hold it; 0 asks every ``every`` seconds instead.
        every: seconds between questions where none is held.
        sleep: waits.
        clock: seconds of any clock that only grows.
        jitter: random numbers in [0, 1).
    """

    def __init__(
        self,
        ask: Ask,
        *,
        wait: float,
        every: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._ask = ask
        self._wait = self._longest = wait
        self._every = every
        self._rest = Rest(sleep)
        self._clock = clock
        self._jitter = jitter
        self._failures = 0
        self._reached = True
        self._unheld = 0

    async def run(self) -> None:
        """Ask for ever; ends only when cancelled."""
        clock = self._clock or asyncio.get_running_loop().time
        while True:
            began = clock()
            # The first answer after an outage is not to be held: the others wait for it.
            asked = await self._ask(self._wait if self._reached else 0.0)
            pause = self._pause(asked, clock() - began)
            await self._rest.take(pause)

    def hurry(self) -> None:
        """Ask at once: the controller, away when it was asked last, has answered somebody."""
        if not self._reached:
            self._rest.end()

    def _pause(self, asked: Asked, held: float) -> float:
        """Seconds until the next question."""
        spread = 0.75 + self._jitter() / 2
        if asked is Asked.cut and self._reached and self._wait > 0 and held >= _CUT_AFTER:
            self._wait = max(_LEAST_WAIT, min(self._wait, held * 0.8))
            self._failures = 0
            return _BREATH * self._jitter()
        if asked in (Asked.away, Asked.cut):
            self._reached = False
            self._failures += 1
            return min(_FIRST_PAUSE * 2.0 ** min(self._failures - 1, 6), _LONGEST_PAUSE) * spread
        was_away, self._reached = not self._reached, True
        if was_away:
            # What was cut before was cut by the outage, and by no proxy.
            self._wait = self._longest
        else:
            self._failures = 0
        if asked is Asked.refused or self._wait <= 0:
            return self._every * spread
        if asked is Asked.news:
            return _BREATH
        if held >= _HELD or was_away:
            self._unheld = 0
            return _BREATH * self._jitter()
        # A controller that is ending answers at once; an old one always does.
        self._unheld += 1
        return min(2.0 ** min(self._unheld, 10), self._every) * spread
