"""Traps and informs: mutated datagrams at the receiver's transport."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

from drivers.plan import SnmpAccess
from drivers.snmp.ber import (
    INTEGER,
    IP_ADDRESS,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    TIME_TICKS,
    encode_integer,
    encode_oid,
    encode_tlv,
)
from drivers.snmp.message import (
    GET,
    V2C,
    VarBind,
    encode_message,
    encode_pdu,
    encode_varbinds,
)
from drivers.snmp.security import Authority, UserSecurity
from drivers.snmp.usm import user_of
from drivers.traps.messages import Notification, Orders
from drivers.traps.receiver import Receiver
from tools.fuzz import mutate

_ENGINE_ID = b"\x80\x00\x4f\xb8\x05of-the-tests"
_ACCESS = SnmpAccess(version="3", user="u", auth="SHA-256:secret one", priv="AES-128:secret two")
_TRAP_V1, _INFORM, _TRAP_V2 = 0xA4, 0xA6, 0xA7
_HEAD = b"\x02\x01\x00\x02\x01\x00"
_BINDINGS: tuple[VarBind, ...] = (
    ((1, 3, 6, 1, 2, 1, 1, 3, 0), TIME_TICKS, 4711),
    ((1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0), OBJECT_IDENTIFIER, (1, 3, 6, 1, 6, 3, 1, 1, 5, 3)),
    ((1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 7), INTEGER, 7),
    ((1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1, 7), OCTET_STRING, b"Gi0/7"),
)
_LONGEST_NAME, _MOST_USERS = 200, 1_024


class _Open:
    """A gate that lets everything through."""

    def refuses(self, _address: str, _now: float) -> str:
        return ""


class Datagrams:
    """Whole traps of every version with octets changed; signed ones changed before signing."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._heard: list[Notification] = []
        self._loop = asyncio.new_event_loop()
        self._secured = UserSecurity(
            user_of(_ACCESS), Authority(b"\x80\x00\x00\x00\x01abcdef", 3, 100, 0.0)
        )
        self._receiver = self._loop.run_until_complete(self._made())

    async def _made(self) -> Receiver:
        orders = Orders("127.0.0.1", 0, _ENGINE_ID, (_ACCESS,), {"127.0.0.1": 0})
        receiver = Receiver(orders, self._heard.append)
        opened: Any = receiver
        opened._gate = _Open()
        await asyncio.sleep(0.05)
        return receiver

    def step(self, chance: Random) -> int:
        self._loop.run_until_complete(self._throw(chance))
        return 10

    async def _throw(self, chance: Random) -> None:
        if self._receiver.tired:
            # In the agent another process takes over here.
            self._end()
            self._receiver = await self._made()
        for _ in range(10):
            before = self._receiver.counts["datagrams"]
            self._receiver.ear.datagram_received(self._datagram(chance), ("127.0.0.1", 9))
            assert self._receiver.counts["datagrams"] == before + 1
        for event in self._heard:
            assert event.address == "127.0.0.1"
            assert len(event.port_name or "") <= _LONGEST_NAME
        assert len(self._receiver._users) <= _MOST_USERS
        self._heard.clear()

    def _datagram(self, chance: Random) -> bytes:
        if chance.random() < 0.05:
            return chance.randbytes(chance.randrange(120))
        inside = encode_varbinds(_BINDINGS)
        if chance.random() < 0.5:
            return self._whole(mutate.octets(inside, chance), chance)
        return mutate.octets(self._whole(inside, chance), chance)

    def _whole(self, bindings: bytes, chance: Random) -> bytes:
        match chance.randrange(5):
            case 0:
                pdu = (
                    encode_oid((1, 3, 6, 1, 4, 1, 9)),
                    encode_tlv(IP_ADDRESS, b"\x7f\0\0\1"),
                    encode_integer(2),
                    encode_integer(0),
                    encode_integer(4711, TIME_TICKS),
                    bindings,
                )
                return encode_message(0, b"public", encode_tlv(_TRAP_V1, b"".join(pdu)))
            case 1:
                return self._secured.seal(0x40000001, _TRAP_V2, _HEAD + bindings, 0.0)
            case 2:
                return self._secured.seal(0x40000001, GET, _HEAD + bindings, 0.0)
        kind = chance.choice((_INFORM, _TRAP_V2))
        return encode_message(V2C, b"public", encode_pdu(kind, 5, 0, 0, bindings))

    def _end(self) -> None:
        self.outcomes += self._receiver.counts
        closing: Any = self._receiver
        closing._engine.close_dispatcher()

    def close(self) -> None:
        self._end()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()
