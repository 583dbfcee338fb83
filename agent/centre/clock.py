"""What time it is, on a box that may not know: no battery, time servers out of reach.

Every answer of the controller tells its time (``Fleet-Time``, milliseconds; ``Fleet-Held``, how
long it kept the request; else HTTP's ``Date``). The box carries it forward by the clock that
counts since boot, which nobody sets. Its own clock is believed as long as the two agree; when they
do not, readings are stamped with the controller's time. ``docs/decisions/0021-whose-time.md``.
"""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

log = logging.getLogger(__name__)

TIME_HEADER = "Fleet-Time"
HELD_HEADER = "Fleet-Held"
#: The box's own clock may differ by this before it is disbelieved.
TRUST_SECONDS = 2.0
#: Cheap quartz: how far the two clocks may drift apart, a second a second.
_DRIFT = 200e-6
#: ``Date`` counts whole seconds.
_DATE_UNCERTAIN = 0.5
#: 2001 to 2100: anything else is no time.
_PLAUSIBLE_MS = range(978_307_200_000, 4_102_444_800_000)
_LONGEST_NUMBER = 12
_ASKED = "fleet_asked_at"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def since_boot() -> float:
    """Seconds since boot, sleep included: grows by a second a second, whoever sets the clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Name of this run of the machine; random where the kernel does not tell."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class _Fix:
    """The controller's time ``at`` a moment since boot, to ``uncertain`` seconds either way."""

    theirs: float
    at: float
    uncertain: float


class BoxClock:
    """The box's idea of time.

    Args:
        wall: the machine's own clock, seconds since the epoch.
        ticks: seconds since boot.
        boot: id of this run of the machine.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        ticks: Callable[[], float] = since_boot,
        boot: str | None = None,
    ) -> None:
        self._wall = wall
        self._ticks = ticks
        self.boot = boot if boot is not None else boot_id()
        self._fix: _Fix | None = None
        self._believed = True
        self._before_jump: Callable[[], None] = lambda: None

    @property
    def known(self) -> bool:
        """Whether the controller has told its time in this run."""
        return self._fix is not None

    @property
    def skew(self) -> float | None:
        """Seconds the machine's clock is ahead of the controller's; ``None`` before it told."""
        if self._fix is None:
            return None
        return self._wall() - self._carried(self._fix, self._ticks())

    def now(self) -> float:
        """Seconds since the epoch, by the machine's clock if it is right, else the controller's."""
        wall = self._wall()
        if self._fix is None:
            return wall
        ticks = self._ticks()
        theirs = self._carried(self._fix, ticks)
        return wall if abs(wall - theirs) <= self._tolerance(self._fix, ticks) else theirs

    def watch_jumps(self, before: Callable[[], None]) -> None:
        """Call ``before`` just before :meth:`now` jumps because the controller told the time."""
        self._before_jump = before

    def since_boot_ms(self) -> int:
        """Milliseconds since boot."""
        return int(self._ticks() * 1000)

    def correction_ms(self, made_at: int, boot: str, boot_ms: int) -> int:
        """What to add to times of a batch that was stamped before the time was known.

        Args:
            made_at: when it was made, as the box then believed; milliseconds since the epoch.
            boot: run of the machine in which it was made.
            boot_ms: milliseconds since that boot.

        Zero when it was right, or made in another run of the machine: nobody knows how long the
        box was without power in between.
        """
        if self._fix is None or boot != self.boot:
            return 0
        moment = boot_ms / 1000
        error = self._carried(self._fix, moment) - made_at / 1000
        return round(error * 1000) if abs(error) > self._tolerance(self._fix, moment) else 0

    def learn(self, theirs: float, *, asked: float, answered: float, uncertain: float) -> None:
        """Take in what the controller told.

        Args:
            theirs: its time when it answered, seconds since the epoch.
            asked: when the request left, seconds since boot.
            answered: when the answer came; less the time the controller held it.
            uncertain: of ``theirs`` itself, seconds.
        """
        way = max(0.0, answered - asked) / 2
        fresh = _Fix(theirs + way, answered, uncertain + way)
        known = self._fix
        # A quick answer is a better fix than a slow one, until the quartz has drifted.
        if known is None or fresh.uncertain <= known.uncertain + _DRIFT * (fresh.at - known.at):
            before = self.now()
            self._fix = fresh
            if abs(self.now() - before) > TRUST_SECONDS:
                self._fix = known
                self._before_jump()
                self._fix = fresh
        self._tell()

    def _carried(self, fix: _Fix, ticks: float) -> float:
        return fix.theirs + ticks - fix.at

    def _tolerance(self, fix: _Fix, ticks: float) -> float:
        return max(TRUST_SECONDS, 2 * fix.uncertain) + _DRIFT * abs(ticks - fix.at)

    def _tell(self) -> None:
        skew = self.skew
        if self._fix is None or skew is None:
            return
        believed = abs(skew) <= self._tolerance(self._fix, self._ticks())
        if believed is not self._believed:
            if believed:
                log.info("this box's clock agrees with the controller's again")
            else:
                log.warning(
                    "this box's clock is %.0f s %s the controller's: readings are stamped with the"
                    " controller's time",
                    abs(skew),
                    "ahead of" if skew > 0 else "behind",
                )
        self._believed = believed

    async def asking(self, request: httpx.Request) -> None:
        """Event hook of the HTTP client: note when a request leaves."""
        request.extensions[_ASKED] = self._ticks()

    async def answered(self, response: httpx.Response) -> None:
        """Event hook of the HTTP client: learn from the answer's headers."""
        asked = response.request.extensions.get(_ASKED)
        told = _told(response.headers)
        if isinstance(asked, float) and told is not None:
            theirs, held, uncertain = told
            now = self._ticks()
            held = min(held, now - asked)
            self.learn(theirs, asked=asked + held, answered=now, uncertain=uncertain)


def _told(headers: httpx.Headers) -> tuple[float, float, float] | None:
    """The controller's time, how long it held the request, and how uncertain that is; seconds."""
    told = headers.get(TIME_HEADER, "")
    if told.isascii() and told.isdecimal() and int(told) in _PLAUSIBLE_MS:
        held = headers.get(HELD_HEADER, "")
        held_ms = (
            int(held) if held.isascii() and held.isdecimal() and len(held) < _LONGEST_NUMBER else 0
        )
        return int(told) / 1000, held_ms / 1000, 0.0
    try:
        date = parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
    if int(date * 1000) not in _PLAUSIBLE_MS:
        return None
    return date + _DATE_UNCERTAIN, 0.0, _DATE_UNCERTAIN
