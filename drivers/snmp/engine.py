"""The SNMP manager: sends requests to any number of devices and matches the replies.

``async with SnmpEngine() as engine`` opens the sockets; ``engine.session(...)`` gives a
session with the verbs of :class:`drivers.base.SnmpSession`. Replies are matched by request id
and source address. Whatever else arrives is counted in ``engine.tally`` and dropped.
"""

import asyncio
import random
import time
from types import TracebackType
from typing import Final, Self

from drivers.errors import AuthRejected, DriverError, NoAnswer
from drivers.packet_rate import PacketRate
from drivers.plan import SnmpAccess
from drivers.snmp.ber import BerError
from drivers.snmp.exchange import Exchange, Shrink
from drivers.snmp.message import (
    GET,
    REPORT,
    RESPONSE,
    V3,
    Pdu,
    decode_varbinds,
    open_message,
)
from drivers.snmp.pacing import AdaptiveGate, Gate, Turn
from drivers.snmp.peer import Peer, Tally
from drivers.snmp.security import (
    NOT_IN_TIME_WINDOW,
    UNKNOWN_ENGINE,
    Community,
    UserSecurity,
    open_envelope,
    report_reason,
)
from drivers.snmp.session import Session
from drivers.snmp.transport import DRAIN, Address, UdpTransport
from drivers.snmp.usm import DecryptionFailed

_TICK = 0.05
_DOUBTFUL_SLOTS = 1024
_MOST_PEERS = 20_000
_MOST_EXPIRED = 4096
_RESYNCS = 3
#: Request ids stay in the range that takes exactly four octets.
_FIRST_ID: Final = 0x40000000
_LAST_ID: Final = 0x7FFFFFFF
_OURS: Final = 1 << 20
_EMPTY_REST: Final = b"\x02\x01\x00\x02\x01\x00\x30\x00"


class SnmpEngine:
    """One manager for all devices of a process; belongs to one event loop.

    Args:
        rate: what requests wait for and retries are counted against; without one, nothing.
    """

    def __init__(self, rate: PacketRate | None = None) -> None:
        self.tally = Tally()
        self._rate = rate
        self._transport = UdpTransport(self._on_datagrams, self._on_unreachable)
        self._pending: dict[int, Exchange] = {}
        self._expired: dict[int, None] = {}
        self._peers: dict[Address, Peer] = {}
        self._request_id = random.SystemRandom().randrange(_FIRST_ID, _LAST_ID)
        self._timer: asyncio.TimerHandle | None = None
        self._round_trip = 0.05
        self._living = AdaptiveGate(1)
        self._doubtful = Gate(_DOUBTFUL_SLOTS)

    async def __aenter__(self) -> Self:
        self._transport.open()
        # Who waits for the rate must not keep slots from each other.
        capacity = self._transport.capacity
        self._living = AdaptiveGate(capacity, first=capacity if self._rate else None)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for exchange in self._pending.values():
            if not exchange.future.done():
                exchange.future.cancel()
        self._pending.clear()
        self._transport.close()

    @property
    def in_flight(self) -> int:
        """Requests that wait for a reply."""
        return len(self._pending)

    @property
    def slots(self) -> int:
        """How many living devices may be in flight at once, as of now."""
        return int(self._living.limit)

    @property
    def round_trip(self) -> float:
        """Seconds to an answer, a mean over all devices; on a busy box its own delay, mostly."""
        return self._round_trip

    def session(
        self,
        address: str,
        port: int = 161,
        access: SnmpAccess | None = None,
        *,
        timeout: float = 2.0,
        retries: int = 2,
    ) -> Session:
        """A session with one device; cheap, and what is learned is shared with later ones.

        Args:
            address: IPv4 or IPv6 address, or a host name (resolved when first used).
            port: UDP port.
            access: how to speak to the device; v2c and ``public`` by default.
            timeout: seconds one attempt waits.
            retries: attempts beyond the first.

        Raises:
            AuthRejected: the access cannot work: unknown version or protocol, no user.
        """
        return Session(
            self, address, port, access or SnmpAccess(), timeout=timeout, attempts=retries + 1
        )

    # --- for sessions --------------------------------------------------------------------

    def peer(self, family: int, address: Address) -> Peer:
        """What is known of a device's port; the oldest is forgotten when there are too many."""
        peer = self._peers.get(address)
        if peer is None:
            if len(self._peers) >= _MOST_PEERS:
                del self._peers[next(iter(self._peers))]
            peer = self._peers[address] = Peer(family, address)
        return peer

    async def begin(self, peer: Peer) -> Turn:
        """Wait for a slot; the caller ends the turn."""
        turn = Turn(self._living)
        await turn.begin(self._doubtful if peer.silent else self._living)
        return turn

    async def ask(
        self,
        session: Session,
        turn: Turn,
        kind: int,
        rest: bytes,
        shrink: Shrink | None = None,
        *,
        extra: int = 0,
    ) -> Pdu:
        """Send a request, again if need be, and return the response.

        Args:
            session: whom to ask, and how patiently.
            turn: the slot it runs in.
            kind: PDU type.
            rest: the PDU behind its request id.
            shrink: what to send on later attempts instead of ``rest``.
            extra: attempts beyond the session's.

        Raises:
            NoAnswer, Unreachable, AuthRejected, Malformed: see :mod:`drivers.errors`.
        """
        security = session.security
        if isinstance(security, Community):
            return await self._exchange(session, turn, kind, rest, shrink, extra=extra)
        if not security.authority.engine_id:
            await self._exchange(session, turn, GET, _EMPTY_REST, mode="discover")
        for _ in range(1 + _RESYNCS):
            asked = security.authority.engine_id
            try:
                pdu = await self._exchange(session, turn, kind, rest, shrink, extra=extra)
            except NoAnswer:
                if await self._cannot_decipher(session, security, turn):
                    if await self._dislikes_context(session, security, turn):
                        raise AuthRejected("unknown_context") from None
                    raise AuthRejected("decryption_error") from None
                # Perhaps another device with another engine answers there by now.
                security.authority.engine_id = b""
                raise
            if pdu.type != REPORT:
                return pdu
            reason = report_reason(pdu)
            self.tally.reports += 1
            # To an engine that took another one's place our user is unknown, and keys are wrong.
            replaced = security.authority.engine_id not in (b"", asked)
            if reason not in (NOT_IN_TIME_WINDOW, UNKNOWN_ENGINE) and not replaced:
                raise AuthRejected(reason)
            self.tally.resyncs += 1
        raise NoAnswer("the device keeps disputing its own SNMPv3 clock")

    async def _cannot_decipher(self, session: Session, security: UserSecurity, turn: Turn) -> bool:
        """Whether it was our privacy secret that the device kept silent about."""
        if security.user.priv is None or security.proven:
            return False
        try:
            pdu = await self._exchange(session, turn, GET, _EMPTY_REST, mode="stale")
        except NoAnswer:
            return False
        return pdu.type == REPORT and report_reason(pdu) == NOT_IN_TIME_WINDOW

    async def _dislikes_context(self, session: Session, security: UserSecurity, turn: Turn) -> bool:
        """Whether the device answers the same user without the context."""
        if not security.user.context:
            return False
        try:
            pdu = await self._exchange(session, turn, GET, _EMPTY_REST, mode="contextless")
        except DriverError:
            return False
        return pdu.type == RESPONSE

    # --- sending -------------------------------------------------------------------------

    async def _exchange(
        self,
        session: Session,
        turn: Turn,
        kind: int,
        rest: bytes,
        shrink: Shrink | None = None,
        *,
        mode: str = "",
        extra: int = 0,
    ) -> Pdu:
        if self._rate is not None:
            await self._rate.take()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Pdu] = loop.create_future()
        exchange = Exchange(
            session, turn, future, kind, rest, shrink=shrink, mode=mode, extra=extra
        )
        request_id = self._request_id + 1
        if request_id > _LAST_ID:
            request_id = _FIRST_ID
        self._request_id = exchange.request_id = request_id
        self._pending[request_id] = exchange
        if self._timer is None:
            self._timer = loop.call_later(_TICK, self._sweep)
        self.tally.requests += 1
        self._send(exchange, time.monotonic())
        try:
            return await future
        finally:
            self._pending.pop(request_id, None)

    def _send(self, exchange: Exchange, now: float) -> None:
        packet = exchange.next_packet(now)
        peer = exchange.peer
        try:
            if not self._transport.send(peer.family, packet, peer.address):
                self.tally.send_buffer_full += 1
        except OSError as error:
            exchange.network_error = (error.strerror or str(error)).lower()
            if exchange.exhausted:
                self._fail(exchange)

    def _sweep(self) -> None:
        # What waits in the sockets is not overdue, however long this process was held up.
        self._transport.catch_up()
        now = time.monotonic()
        long_ago = now - max(2 * _TICK, 4 * self._round_trip)
        for exchange in list(self._pending.values()):
            if exchange.future.done():
                continue  # failed just now, when another's request met the network's refusal
            if exchange.due <= now:
                if exchange.exhausted:
                    self._fail(exchange)
                else:
                    self.tally.retries += 1
                    if self._rate is not None:
                        self._rate.owe()
                    self._send(exchange, now)
            elif exchange.sent_at < long_ago:
                exchange.turn.waits_long()
        self._timer = (
            asyncio.get_running_loop().call_later(_TICK, self._sweep) if self._pending else None
        )

    def _fail(self, exchange: Exchange) -> None:
        self._pending.pop(exchange.request_id, None)
        self._expired[exchange.request_id] = None
        if len(self._expired) > _MOST_EXPIRED:
            del self._expired[next(iter(self._expired))]
        exchange.peer.silent = True
        exchange.peer.round_trip.forgive()
        if exchange.network_error:
            self.tally.unreachable += 1
        else:
            self.tally.timeouts += 1
        if not exchange.future.done():
            exchange.future.set_exception(exchange.failure())

    # --- receiving -----------------------------------------------------------------------

    def _on_datagrams(self, came: list[tuple[bytes, Address]]) -> None:
        now = time.monotonic()
        for data, address in came:
            try:
                self._receive(data, address, now)
            except BerError:
                self.tally.garbage += 1
                peer = self._peers.get(address)
                if peer is not None:
                    peer.garbage += 1
        self._living.drained(len(came), full=len(came) == DRAIN)

    def _receive(self, data: bytes, address: Address, now: float) -> None:
        version, pdu, first, last = open_message(data)
        if version == V3:
            self._receive_v3(data, first, last, address, now)
            return
        exchange = self._pending.get(pdu.request_id)
        if exchange is None or exchange.peer.address != address:
            self._stray(exchange, pdu.request_id, address)
            return
        if exchange.security.version != version or pdu.type != RESPONSE:
            raise BerError("not a response of the version asked")
        decode_varbinds(data, first, last, pdu)
        self._answer(exchange, pdu, now)

    def _receive_v3(self, data: bytes, first: int, last: int, address: Address, now: float) -> None:
        envelope = open_envelope(data, first, last)
        exchange = self._pending.get(envelope.message_id)
        if exchange is None or exchange.peer.address != address:
            self._stray(exchange, envelope.message_id, address)
            return
        security = exchange.security
        if not isinstance(security, UserSecurity):
            raise BerError("version 3 where a community was used")
        if exchange.mode == "discover":
            if not envelope.engine_id:
                raise BerError("an engine without a name")
            security.authority.heard(envelope.engine_id, envelope.boots, envelope.time, now)
            pdu = Pdu(REPORT, envelope.message_id, 0, 0)
        else:
            try:
                pdu = security.open(data, envelope, now)
            except DecryptionFailed:
                self.tally.garbage += 1
                exchange.undecipherable = True
                return
            if pdu.type != REPORT and (
                pdu.type != RESPONSE or pdu.request_id != exchange.request_id
            ):
                raise BerError("not the response to this request")
        self._answer(exchange, pdu, now)

    def _answer(self, exchange: Exchange, pdu: Pdu, now: float) -> None:
        del self._pending[exchange.request_id]
        self.tally.replies += 1
        pdu.attempts = exchange.attempt
        if exchange.attempt == 1:
            seconds = now - exchange.sent_at
            self._round_trip += (seconds - self._round_trip) / 64
            exchange.peer.round_trip.sample(seconds)
        if not exchange.peer.silent:
            self._living.answered(retried=exchange.attempt > 1)
        exchange.peer.silent = False
        exchange.peer.heard_at = now
        exchange.turn.answered()
        if not exchange.future.done():
            exchange.future.set_result(pdu)

    def _stray(self, exchange: Exchange | None, request_id: int, address: Address) -> None:
        """A reply that nobody waits for, or that comes from somewhere else."""
        if exchange is not None:
            self.tally.foreign += 1
            exchange.elsewhere = address[0]
            return
        if request_id in self._expired:
            del self._expired[request_id]
            self.tally.late += 1
            self._living.overrun()
        elif 0 <= self._request_id - request_id < _OURS:
            self.tally.duplicates += 1
        else:
            self.tally.foreign += 1
        peer = self._peers.get(address)
        if peer is not None:
            peer.foreign += 1

    def _on_unreachable(self, address: Address, reason: str) -> None:
        for exchange in list(self._pending.values()):
            if exchange.peer.address == address:
                exchange.network_error = reason
                if exchange.exhausted:
                    self._fail(exchange)
