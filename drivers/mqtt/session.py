"""The connection to a broker: MQTT 5 where it speaks it, 3.1.1 otherwise; always retried."""

import asyncio
import logging
import random
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiomqtt import Client, Message, MqttError, ProtocolVersion
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.cancellation import heeded
from drivers.plan import Broker

_log = logging.getLogger(__name__)

#: A broker that speaks MQTT 5 sends nothing larger; payloads have a tighter limit of their own.
MAX_PACKET_BYTES = 256 << 10
#: Messages that wait for us; the broker's flood beyond it is dropped, the memory is not.
MAX_QUEUED = 10_000
CONNECT_SECONDS = 10.0
#: Some brokers without MQTT 5 wait for the rest of a packet they misread; amqtt does.
PROBE_SECONDS = 3.0
#: A SUBSCRIBE packet stays well below what small brokers take.
FILTERS_AT_ONCE = 64
FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0


class BadBrokerUrl(ValueError):
    """The broker's URL is not ``mqtt://host[:port]`` or ``mqtts://host[:port]``."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker listens."""

    host: str
    port: int
    tls: bool

    @classmethod
    def parse(cls, url: str) -> "BrokerAddress":
        """Split ``mqtt://`` (default port 1883) or ``mqtts://`` (8883).

        Raises:
            BadBrokerUrl: another scheme, no host, or a port that is none.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadBrokerUrl(url) from None
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise BadBrokerUrl(url)
        tls = parts.scheme == "mqtts"
        return cls(parts.hostname, port or (8883 if tls else 1883), tls)


class BadCertificate(ValueError):
    """The broker's ``ca``, ``certificate`` or ``key`` cannot be used; the message says why."""


def tls_context(broker: Broker) -> ssl.SSLContext:
    """What a TLS connection to the broker is checked against, and what we show of ourselves.

    Raises:
        BadCertificate: one of the PEM texts cannot be read, or key and certificate don't match.
    """
    try:
        context = ssl.create_default_context(cadata=broker.ca)
        if broker.certificate is not None:
            # OpenSSL loads a key from a file only; this one is ours alone, and short-lived.
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as both:
                both.write(f"{broker.certificate}\n{broker.key or ''}\n")
                both.flush()
                context.load_cert_chain(both.name)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise BadCertificate(str(error)) from None
    return context


class MqttSession:
    """One broker, for as long as it takes.

    Args:
        broker: where it is and how to log in; secrets are never logged.
        filters: topic filters to subscribe to after every connect.
        tls: context for ``mqtts``; made from the broker's certificates if ``None``.
        sleep: how to wait between attempts.

    Raises:
        BadBrokerUrl: the URL cannot be used.
        BadCertificate: a certificate or key cannot be used.
    """

    def __init__(
        self,
        broker: Broker,
        filters: Sequence[str],
        *,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.address = BrokerAddress.parse(broker.url)
        self._broker = broker
        self._filters = list(filters)
        self._tls = tls if tls or not self.address.tls else tls_context(broker)
        self._sleep = sleep
        self._protocol: ProtocolVersion | None = None
        self._client_now: Client | None = None

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Hear these too, now and after every reconnect; a lost connection is no error."""
        self._filters += filters
        if self._client_now is not None:
            try:
                await self._subscribe(self._client_now, filters)
            except MqttError as error:
                _log.info("broker %s: not subscribed: %s", self._name, error)

    @staticmethod
    async def _subscribe(client: Client, filters: Sequence[str]) -> None:
        for start in range(0, len(filters), FILTERS_AT_ONCE):
            some = filters[start : start + FILTERS_AT_ONCE]
            with heeded():
                await client.subscribe([(one, 1) for one in some])

    @property
    def protocol(self) -> ProtocolVersion | None:
        """What the broker speaks, once it is known."""
        return self._protocol

    async def run(
        self,
        on_connect: Callable[[], None],
        on_message: Callable[[str, bytes, bool], Awaitable[None]],
        on_disconnect: Callable[[str], None],
    ) -> None:
        """Stay connected until cancelled; never raises for the broker's fault.

        Args:
            on_connect: called when subscribed, the first time and after every reconnect.
            on_message: topic, payload, whether it was retained.
            on_disconnect: called with the reason when a connection ends or none can be made.
        """
        delay = FIRST_RETRY_SECONDS
        told = False
        while True:
            try:
                async with self._connected() as client:
                    await self._subscribe(client, self._filters)
                    on_connect()
                    await self._announce(client)
                    self._client_now = client
                    _log.info("broker %s connected", self._name)
                    told, delay = False, FIRST_RETRY_SECONDS
                    async for message in client.messages:
                        await on_message(*_plain(message))
            except MqttError as error:
                self._client_now = None
                on_disconnect(str(error))
                if not told:
                    _log.warning("broker %s lost: %s", self._name, error)
                    told = True
            await self._sleep(delay * random.uniform(0.75, 1.25))  # noqa: S311 - jitter, no secret
            delay = min(delay * 2, LAST_RETRY_SECONDS)

    async def _announce(self, client: Client) -> None:
        """Home Assistant's birth message, where we are meant to stand in for it."""
        if self._broker.announce:
            with heeded():
                await client.publish(f"{self._broker.discovery_prefix}/status", "online", qos=1)

    @property
    def _name(self) -> str:
        return f"{self.address.host}:{self.address.port}"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        client = await self._entered()
        try:
            yield client
        finally:
            await client.__aexit__(None, None, None)

    async def _entered(self) -> Client:
        """A connected client; finds out what the broker speaks the first time.

        Brokers without MQTT 5 answer with code 1, or hang up, or say nothing at all, so every
        failure but a refused log-in is tried again with 3.1.1.
        """
        if self._protocol is not None:
            return await _entered(self._client(self._protocol))
        try:
            client = await _entered(self._client(ProtocolVersion.V5))
        except MqttError as error:
            if _is_refused_login(error):
                raise
            client = await _entered(self._client(ProtocolVersion.V311))
            self._protocol = ProtocolVersion.V311
        else:
            self._protocol = ProtocolVersion.V5
        return client

    def _client(self, protocol: ProtocolVersion) -> Client:
        properties = None
        is_new = protocol is ProtocolVersion.V5
        if is_new:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.MaximumPacketSize = MAX_PACKET_BYTES
        return Client(
            self.address.host,
            self.address.port,
            username=self._broker.username,
            password=self._broker.password,
            protocol=protocol,
            properties=properties,
            tls_context=self._tls,
            timeout=PROBE_SECONDS if self._protocol is None and is_new else CONNECT_SECONDS,
            keepalive=30,
            max_queued_incoming_messages=MAX_QUEUED,
        )


async def _entered(client: Client) -> Client:
    connected = False
    try:
        with heeded():
            await client.__aenter__()
            connected = True
    except asyncio.CancelledError:
        if connected:  # nobody else closes it, and it would keep itself alive
            with suppress(MqttError):
                await client.__aexit__(None, None, None)
        raise
    return client


def _is_refused_login(error: MqttError) -> bool:
    """Whether the broker understood us and said no: 4, 5 in 3.1.1; 134, 135 in MQTT 5."""
    if not isinstance(error, MqttConnectError):
        return False
    code = getattr(error.rc, "value", error.rc)
    return code in {4, 5, 134, 135}


def _plain(message: Message) -> tuple[str, bytes, bool]:
    payload = message.payload
    return str(message.topic), payload if isinstance(payload, bytes) else b"", bool(message.retain)
