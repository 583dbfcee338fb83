"""What travels between the agent and the child that hears traps: MessagePack behind its length."""

import asyncio
import struct
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from drivers.plan import SnmpAccess

#: Ten thousand devices with SNMPv3 users are about 2 MB of orders.
_LONGEST: Final = 16 << 20
_LENGTH: Final = struct.Struct("!I")


class Orders(msgspec.Struct, frozen=True, tag="orders"):
    """Parent to child. The first one opens the port; later ones only change who is known.

    Args:
        address: where to listen; ``::`` hears IPv4 as well.
        port: 0 takes a free one.
        engine_id: the SNMPv3 engine informs are addressed to; the same after every restart.
        accesses: how the known devices are spoken to; only version 3 matters here.
        sources: address of each known device to its place in ``accesses``.
    """

    address: str
    port: int
    engine_id: bytes
    accesses: tuple[SnmpAccess, ...] = ()
    sources: Mapping[str, int] = msgspec.field(default_factory=dict)


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Child to parent: the port is open."""

    address: str
    port: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Child to parent: the port cannot be opened; the child ends."""

    reason: str
    forbidden: bool


class Notification(msgspec.Struct, frozen=True, tag="trap", omit_defaults=True):
    """Child to parent: one trap or inform that could be read.

    Args:
        address: where the datagram came from; nothing inside it counts.
        trap: snmpTrapOID.0; that of RFC 3584 for version 1.
        version: ``1``, ``2c`` or ``3``.
        confirmed: it was an inform, and has been answered.
        user: SNMPv3 user; None for communities, which are not compared.
        port_index: ifIndex, where the trap names one.
        port_name: ifName, else ifDescr, where the trap gives one.
        uptime: sysUpTime in seconds.
    """

    address: str
    trap: str
    version: str
    confirmed: bool = False
    user: str | None = None
    port_index: int | None = None
    port_name: str | None = None
    uptime: float | None = None


class Counts(msgspec.Struct, frozen=True, tag="counts"):
    """Child to parent, now and then: what happened to datagrams since the child began."""

    counts: dict[str, int]


#: Exit code of a child that has said why it ends.
REFUSED: Final = 3
Message: TypeAlias = Ready | Refused | Notification | Counts
_encoder = msgspec.msgpack.Encoder()
_messages = msgspec.msgpack.Decoder(Message)
_orders = msgspec.msgpack.Decoder(Orders)


def frame(message: Orders | Message) -> bytes:
    """A message with its length in four octets before it."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


async def read_orders(reader: asyncio.StreamReader) -> Orders:
    """The parent's next orders.

    Raises:
        asyncio.IncompleteReadError: the parent is gone.
        ValueError: these are no orders.
    """
    return _orders.decode(await _read(reader))


async def read_message(reader: asyncio.StreamReader) -> Message:
    """The child's next message.

    Raises:
        asyncio.IncompleteReadError: the child is gone.
        ValueError: this is no message.
    """
    message: Message = _messages.decode(await _read(reader))
    return message


async def _read(reader: asyncio.StreamReader) -> bytes:
    (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if size > _LONGEST:
        raise ValueError(f"{size} bytes at once")
    return await reader.readexactly(size)
