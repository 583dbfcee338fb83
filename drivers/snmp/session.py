"""A session with one device: single objects by GET; tables through :mod:`drivers.snmp.walk`."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from drivers.base import Column, Oid, Value
from drivers.errors import AuthRejected, Unreachable
from drivers.plan import SnmpAccess
from drivers.snmp.ber import ABSENT, encode_integer, encode_oid
from drivers.snmp.message import (
    AUTHORIZATION_ERROR,
    GET,
    NO_ACCESS,
    NO_ERROR,
    TOO_BIG,
    Pdu,
    encode_null_varbinds,
)
from drivers.snmp.peer import Experience, Peer
from drivers.snmp.security import Authority, Community, security_of
from drivers.snmp.transport import family_of
from drivers.snmp.walk import Walk

if TYPE_CHECKING:
    from drivers.snmp.engine import SnmpEngine
    from drivers.snmp.pacing import Turn

#: Objects asked for in one GET; 16 short strings fit an Ethernet frame.
_A_GET = 16
#: Scalars that ride with a walk's first request.
_MOST_RIDERS = 8


class Session:
    """What :class:`drivers.base.SnmpSession` asks for, over UDP; see ``SnmpEngine.session``."""

    __slots__ = (
        "_access",
        "_host",
        "_peer",
        "_port",
        "attempts",
        "engine",
        "held_up",
        "security",
        "timeout",
    )

    def __init__(
        self,
        engine: SnmpEngine,
        host: str,
        port: int,
        access: SnmpAccess,
        *,
        timeout: float,
        attempts: int,
    ) -> None:
        self.engine = engine
        self.timeout = timeout
        self.attempts = attempts
        #: Seconds of the last walk that any device would have needed, at this moment, on this box.
        self.held_up = 0.0
        self._host = host
        self._port = port
        self._access = access
        self._peer: Peer | None = None
        self.security = security_of(access, Authority())
        try:
            self._settle(family_of(host), host)
        except ValueError:
            self._peer = None  # a name; resolved when first used

    def _settle(self, family: int, host: str) -> None:
        # As the socket will name it: "0:0::1" is "::1" there, and replies are matched by name.
        name = socket.inet_ntop(family, socket.inet_pton(family, host.partition("%")[0]))
        self._peer = self.engine.peer(family, (name, self._port))
        self.security = security_of(self._access, self._peer.authority)

    @property
    def peer(self) -> Peer:
        """What is known of the device's port; there once the address is."""
        if self._peer is None:
            raise Unreachable(f"{self._host} has not been resolved")
        return self._peer

    @property
    def experience(self) -> Experience | None:
        """What is worth keeping of the device over a restart; None before it answered."""
        return None if self._peer is None else self._peer.experience()

    @property
    def heard_at(self) -> float:
        """When the device's last answer came, as ``time.monotonic`` says; 0 before the first."""
        return 0.0 if self._peer is None else self._peer.heard_at

    def resume(self, kept: Experience) -> None:
        """Take up what an earlier run learned of the device; nonsense is ignored."""
        if self._peer is not None:
            self._peer.resume(kept)

    async def _resolved(self) -> Peer:
        if self._peer is None:
            loop = asyncio.get_running_loop()
            try:
                found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            except OSError as error:
                raise Unreachable(f"{self._host} is not known: {error.strerror}") from None
            family, *_, address = found[0]
            self._settle(family, str(address[0]))
        return self.peer

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        """Values of single objects; what the device does not have is left out.

        An object the device reports an error for (genErr, noSuchName, a value too big for
        any reply) is left out as well, and the others are asked for again without it.

        Raises:
            NoAnswer, Unreachable, AuthRejected, Malformed: see :mod:`drivers.errors`.
        """
        if not oids:
            return {}
        turn = await self.engine.begin(await self._resolved())
        try:
            return await self._get(turn, oids)
        finally:
            turn.end()

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        """Columns walked side by side, in the order asked for, and the scalars.

        A column that breaks off (error-status, OIDs that do not increase, too many rows, no
        answer after the first) has its ``fault`` set. Scalars must end in 0 to ride with the
        first request; others are read by a GET of their own.

        Raises:
            NoAnswer, Unreachable, AuthRejected, Malformed: nothing at all came.
        """
        began = time.monotonic()
        peer = await self._resolved()
        riders = [oid for oid in scalars if oid[-1] == 0][:_MOST_RIDERS]
        rest = [oid for oid in scalars if oid not in riders]
        turn = await self.engine.begin(peer)
        waited = time.monotonic() - began
        try:
            walk = Walk(self, turn, peer, columns, riders)
            await walk.run()
            self.held_up = waited + walk.requests * self.engine.round_trip
            rest += walk.left_over
            if rest:
                walk.scalars.update(await self._get(turn, rest))
        finally:
            turn.end()
        return [track.column for track in walk.tracks], walk.scalars

    def refuse(self, status: int) -> None:
        """Raise where an error-status says that we may not read at all.

        Raises:
            AuthRejected: it does.
        """
        if status in (AUTHORIZATION_ERROR, NO_ACCESS):
            known = isinstance(self.security, Community)
            raise AuthRejected("community" if known else "authorization_error")

    async def _get(self, turn: Turn, oids: Sequence[Oid]) -> dict[Oid, Value]:
        keys = {encode_oid(oid): oid for oid in oids}
        values: dict[Oid, Value] = {}
        every = list(keys)
        chunks = deque(every[at : at + _A_GET] for at in range(0, len(every), _A_GET))
        while chunks:
            asked = chunks.popleft()
            pdu = await self._ask_for(turn, asked)
            if pdu.error_status == NO_ERROR:
                came = dict(zip(pdu.keys, zip(pdu.tags, pdu.values, strict=True), strict=True))
                for key in asked:
                    tag, value = came.get(key, (0, None))
                    if tag not in ABSENT and value is not None:
                        values[keys[key]] = value
                left = [key for key in asked if key not in came]
                # An answer about other objects than asked will not get better.
                if left and len(left) < len(asked):
                    chunks.appendleft(left)
                continue
            self.refuse(pdu.error_status)
            chunks.extendleft(_without_culprit(asked, pdu))
        return values

    async def _ask_for(self, turn: Turn, keys: list[bytes]) -> Pdu:
        def fewer(attempt: int) -> bytes:
            return _get_rest(keys[: max(1, len(keys) >> (attempt - 1))])

        return await self.engine.ask(self, turn, GET, _get_rest(keys), fewer)


def _get_rest(keys: Sequence[bytes]) -> bytes:
    nothing = encode_integer(0)
    return nothing + nothing + encode_null_varbinds(keys)


def _without_culprit(asked: list[bytes], pdu: Pdu) -> list[list[bytes]]:
    """What to ask instead of a GET that failed: all but the one blamed, or both halves."""
    at = pdu.error_index - 1
    if pdu.error_status != TOO_BIG and 0 <= at < len(asked):
        rest = asked[:at] + asked[at + 1 :]
        return [rest] if rest else []
    if len(asked) == 1:
        return []
    half = len(asked) // 2
    return [asked[:half], asked[half:]]
