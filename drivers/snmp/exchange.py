"""One request that waits for its reply: its attempts, and what came instead of an answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from drivers.errors import AuthRejected, DriverError, Malformed, NoAnswer, Unreachable
from drivers.snmp.message import Pdu
from drivers.snmp.pacing import Turn
from drivers.snmp.security import Community, discovery

if TYPE_CHECKING:
    from drivers.snmp.session import Session

#: The PDU behind its request id for the n-th attempt, so that a retry may ask for less.
Shrink: TypeAlias = Callable[[int], bytes]
_JITTER = (0.9, 1.2)
#: Attempts a device gets beyond the session's while it is known to be alive: to call it dead is
#: an alert. And all that one gets which did not answer last time: a probe and its repetition.
_MORE_FOR_THE_FAMILIAR = 2
_PROBES = 2


class Exchange:
    """State of one outstanding request.

    A retry keeps the request id: an answer to any of the attempts is an answer.

    Args:
        kind: PDU type.
        rest: the PDU behind its request id.
        extra: attempts beyond the session's.
        mode: "" for a request; ``discover``, ``stale``, ``contextless``: version 3's special ones.
    """

    __slots__ = (
        "_foreign_before",
        "_garbage_before",
        "_rest",
        "_shrink",
        "_timeout",
        "attempt",
        "attempts",
        "due",
        "elsewhere",
        "future",
        "kind",
        "mode",
        "network_error",
        "peer",
        "request_id",
        "security",
        "sent_at",
        "turn",
        "undecipherable",
    )

    def __init__(
        self,
        session: Session,
        turn: Turn,
        future: asyncio.Future[Pdu],
        kind: int,
        rest: bytes,
        *,
        shrink: Shrink | None,
        mode: str,
        extra: int,
    ) -> None:
        self.peer = peer = session.peer
        self.security = session.security
        self.turn = turn
        self.future = future
        self.kind = kind
        self.mode = mode
        self.attempt = 0
        self.attempts = session.attempts
        if peer.silent:
            self.attempts = min(self.attempts, _PROBES)
        elif peer.familiar:
            self.attempts += max(extra, min(_MORE_FOR_THE_FAMILIAR, self.attempts - 1))
        else:
            self.attempts += extra
        self.due = 0.0
        self.sent_at = 0.0
        self.request_id = 0
        self.network_error = ""
        self.elsewhere = ""
        self.undecipherable = False
        self._rest = rest
        self._shrink = shrink
        self._timeout = session.timeout
        self._garbage_before = peer.garbage
        self._foreign_before = peer.foreign

    def next_packet(self, now: float) -> bytes:
        """The datagram of the next attempt; sets when it is due."""
        self.attempt += 1
        self.sent_at = now
        rest = self._rest
        trip = self.peer.round_trip
        if self.attempt == 1:
            self.due = now + trip.timer(self._timeout)
        else:
            trip.expired()
            # Spread over time what was lost together.
            self.due = now + trip.timer(self._timeout) * random.uniform(*_JITTER)  # noqa: S311
            if self._shrink is not None:
                rest = self._shrink(self.attempt)
        security = self.security
        if isinstance(security, Community):
            return security.seal(self.request_id, self.kind, rest)
        if self.mode == "discover":
            return discovery(self.request_id)
        mode = self.mode
        if not mode:
            return security.seal(self.request_id, self.kind, rest, now)
        stale, contextless = mode == "stale", mode == "contextless"
        return security.seal(
            self.request_id, self.kind, rest, now, stale=stale, contextless=contextless
        )

    @property
    def exhausted(self) -> bool:
        return self.attempt >= self.attempts

    def failure(self) -> DriverError:
        """What to raise now that the attempts are used up."""
        if self.network_error:
            return Unreachable(self.network_error)
        if self.undecipherable:
            return AuthRejected("decryption_error")
        garbage = self.peer.garbage - self._garbage_before
        foreign = self.peer.foreign - self._foreign_before
        if foreign:
            return NoAnswer("only replies to other requests came (foreign request id)")
        if self.elsewhere:
            return NoAnswer(f"the reply came from another address, {self.elsewhere}")
        if garbage:
            return Malformed(f"{garbage} datagrams came that cannot be read")
        return NoAnswer("no answer")
