"""What is known of one device's SNMP port across requests, and the engine's own numbers."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from drivers.snmp.round_trip import RoundTrip
from drivers.snmp.security import Authority
from drivers.snmp.transport import Address

#: Bytes of a reply that fits an Ethernet frame without fragments.
FRAME: Final = 1472
_SMALLEST_REPLY = 128
_FIRST_PATIENCE = 64
_LONGEST_PATIENCE = 65_536


@dataclass(slots=True)
class Tally:
    """Counts since the engine was opened; only ever rise."""

    requests: int = 0
    replies: int = 0
    retries: int = 0
    timeouts: int = 0
    late: int = 0
    duplicates: int = 0
    foreign: int = 0
    garbage: int = 0
    unreachable: int = 0
    reports: int = 0
    resyncs: int = 0
    send_buffer_full: int = 0


class Experience(msgspec.Struct, frozen=True, array_like=True):
    """What is worth keeping of a device over a restart.

    Args:
        reply_limit: bytes its replies are kept under.
        patience: good replies before a larger one is tried again.
        round_trip: smoothed seconds to an answer; 0 when there was none.
        variation: mean deviation of it, in seconds.
    """

    reply_limit: int = FRAME
    patience: int = _FIRST_PATIENCE
    round_trip: float = 0.0
    variation: float = 0.0


@dataclass(slots=True)
class Peer:
    """One device's SNMP port, shared by every session to it.

    Args:
        reply_limit: bytes its replies are kept under; learned.
        silent: the last request ended without an answer.
        garbage: datagrams from it that could not be read.
        foreign: readable replies from it to something we are not asking (any more).
        heard_at: when its last answer came, as ``time.monotonic`` says; 0 before the first.
    """

    family: int
    address: Address
    reply_limit: int = FRAME
    silent: bool = False
    garbage: int = 0
    foreign: int = 0
    heard_at: float = 0.0
    authority: Authority = field(default_factory=Authority)
    round_trip: RoundTrip = field(default_factory=RoundTrip)
    _suspect: bool = False
    _good: int = 0
    _patience: int = _FIRST_PATIENCE

    @property
    def familiar(self) -> bool:
        """Whether it has been alive, and nothing says that it is not any more."""
        return self.round_trip.known and not self.silent

    def experience(self) -> Experience | None:
        """What to keep of it; None when it never answered."""
        if not self.round_trip.known:
            return None
        trip = self.round_trip
        return Experience(self.reply_limit, self._patience, trip.smoothed, trip.variation)

    def resume(self, kept: Experience) -> None:
        """Take up what was kept, unless this run knows better; nonsense is ignored."""
        if self.round_trip.known:
            return
        self.round_trip.resume(kept.round_trip, kept.variation)
        if _SMALLEST_REPLY <= kept.reply_limit < FRAME:
            self.reply_limit = kept.reply_limit
            self._patience = min(max(kept.patience, _FIRST_PATIENCE), _LONGEST_PATIENCE)

    def answered_at_once(self) -> None:
        """A bulk reply of the usual size came; after many, a larger one is tried again."""
        self._suspect = False
        if self.reply_limit < FRAME:
            self._good += 1
            if self._good >= self._patience:
                self._good = 0
                self.reply_limit = min(FRAME, self.reply_limit * 2)

    def answered_when_smaller(self, limit: int) -> None:
        """Only a smaller request was answered; one time may be loss, twice running is size."""
        if self._suspect:
            self.too_big(limit)
        self._suspect = not self._suspect

    def too_big(self, limit: int) -> None:
        """Replies must stay under ``limit`` bytes from now on."""
        self.reply_limit = max(_SMALLEST_REPLY, min(self.reply_limit, limit))
        self._good = 0
        self._patience = min(_LONGEST_PATIENCE, self._patience * 4)
