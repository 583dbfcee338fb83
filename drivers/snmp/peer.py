"""What is known of one device's SNMP port across requests, and the engine's own numbers."""

from dataclasses import dataclass, field
from typing import Final

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


@dataclass(slots=True)
class Peer:
    """One device's SNMP port, shared by every session to it.

    Args:
        reply_limit: bytes its replies are kept under; learned.
        silent: the last request ended without an answer.
        garbage: datagrams from it that could not be read.
        foreign: readable replies from it to something we are not asking (any more).
    """

    family: int
    address: Address
    reply_limit: int = FRAME
    silent: bool = False
    garbage: int = 0
    foreign: int = 0
    authority: Authority = field(default_factory=Authority)
    _suspect: bool = False
    _good: int = 0
    _patience: int = _FIRST_PATIENCE

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
