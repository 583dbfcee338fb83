"""Datagrams nobody meant: whatever comes, it is counted and the receiver goes on."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.plan import SnmpAccess
from drivers.snmp.message import GET
from drivers.snmp.security import Authority, UserSecurity
from drivers.snmp.usm import user_of
from drivers.traps.messages import Notification, Orders
from drivers.traps.receiver import Receiver

ENGINE_ID = b"\x80\x00\x4f\xb8\x05of-the-tests"
ACCESS = SnmpAccess(version="3", user="u", auth="SHA-256:secret one", priv="AES-128:secret two")
TRAP_V2, INFORM = 0xA7, 0xA6


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    length = bytes((len(body),)) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes((tag,)) + length + body


VARBINDS = tlv(
    0x30,
    tlv(0x30, bytes.fromhex("06082b06010201010300"), tlv(0x43, b"\x12\x67")),
    tlv(0x30, bytes.fromhex("060a2b060106030101040100"), bytes.fromhex("06092b0601060301010503")),
    tlv(0x30, bytes.fromhex("060a2b060102010202010107"), tlv(0x02, b"\x07")),
    tlv(0x30, bytes.fromhex("060b2b060102011f0101010107"), tlv(0x04, b"Gi0/7")),
)
REST = bytes.fromhex("020100020100") + VARBINDS
PDU = bytes.fromhex("0201010201000201 00".replace(" ", "")) + VARBINDS
V1 = tlv(
    0x30,
    bytes.fromhex("020100040178"),
    tlv(
        0xA4,
        bytes.fromhex("06062b0601040109"),
        bytes.fromhex("40047f000001"),
        bytes.fromhex("020102020100"),
        bytes.fromhex("43021267"),
        tlv(0x30, tlv(0x30, bytes.fromhex("060a2b060102010202010107"), tlv(0x02, b"\x07"))),
    ),
)
V2C = tlv(0x30, bytes.fromhex("020101040178"), tlv(TRAP_V2, PDU))
INFORM_V2C = tlv(0x30, bytes.fromhex("020101040178"), tlv(INFORM, PDU))
SECURITY = UserSecurity(user_of(ACCESS), Authority(b"\x80\x00\x00\x00\x01abcdef", 3, 100, 0.0))
V3 = SECURITY.seal(0x40000001, TRAP_V2, REST, 0.0)
PROBE = UserSecurity(user_of(SnmpAccess(version="3", user="u")), Authority()).seal(
    0x40000002, GET, b"\x02\x01\x00\x02\x01\x00\x30\x00", 0.0
)
WHOLE = (V1, V2C, INFORM_V2C, V3, PROBE)


class Open:
    """A gate that lets everything through."""

    def refuses(self, address: str, now: float) -> str:
        return ""


class Subject:
    """A receiver in a loop of its own."""

    def __init__(self) -> None:
        self.heard: list[Notification] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.receiver = asyncio.run_coroutine_threadsafe(self._make(), self._loop).result(60)

    async def _make(self) -> Receiver:
        orders = Orders("127.0.0.1", 0, ENGINE_ID, (ACCESS,), {"127.0.0.1": 0})
        receiver = Receiver(orders, self.heard.append)
        receiver._gate = Open()  # type: ignore[assignment]
        await asyncio.sleep(0.05)
        return receiver

    def throw(self, datagram: bytes) -> None:
        async def work() -> None:
            self.receiver.ear.datagram_received(datagram, ("127.0.0.1", 9))

        asyncio.run_coroutine_threadsafe(work(), self._loop).result(60)

    def close(self) -> None:
        async def work() -> None:
            self.receiver._engine.close_dispatcher()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(work(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


@pytest.fixture(scope="module")
def subject() -> Iterator[Subject]:
    it = Subject()
    yield it
    it.close()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good datagram with some octets changed, cut out, doubled or put in."""
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 4)):
            case 0 if data:
                data[at] = draw(st.integers(0, 255))
            case 1:
                del data[at : at + draw(st.integers(1, 12))]
            case 2:
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case 3:
                data[at:at] = draw(st.binary(max_size=20))
            case _ if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


def fuzz(subject: Subject, datagram: bytes) -> None:
    counts = subject.receiver.counts
    before = counts["datagrams"]
    heard = len(subject.heard)
    subject.throw(datagram)
    assert counts["datagrams"] == before + 1
    for event in subject.heard[heard:]:
        assert event.address == "127.0.0.1"
        assert len(event.port_name or "") <= 200
    assert len(subject.receiver._users) <= 1024
    subject.heard.clear()


DATAGRAMS = mutated() | st.binary(max_size=300)


@settings(max_examples=250, deadline=None)
@given(datagram=DATAGRAMS)
def test_no_datagram_ends_the_receiver(subject: Subject, datagram: bytes) -> None:
    fuzz(subject, datagram)


@pytest.mark.parametrize(
    ("datagram", "version"), [(V1, "1"), (V2C, "2c"), (INFORM_V2C, "2c"), (V3, "3")]
)
def test_the_whole_ones_are_heard(subject: Subject, datagram: bytes, version: str) -> None:
    subject.heard.clear()
    subject.throw(datagram)
    (event,) = subject.heard
    assert (event.version, event.trap) == (version, "1.3.6.1.6.3.1.1.5.3")
    assert event.port_index == 7


@pytest.mark.parametrize("unit", [b"\x30\x80", b"\x30\x82\xff\xff", b"\x24\x80", b"\xff" * 9])
def test_deep_nesting_and_endless_lengths_are_garbage(subject: Subject, unit: bytes) -> None:
    before = subject.receiver.counts["garbage"] + subject.receiver.counts["refused"]
    subject.throw(unit * (60_000 // len(unit)))
    subject.throw(V2C[:5] + unit * 5_000)
    counts = subject.receiver.counts
    assert counts["garbage"] + counts["refused"] == before + 2


def with_trap(*numbers: int) -> bytes:
    """A version 2c trap of that OID; each number fits seven bits."""
    name = tlv(0x06, bytes((0x2B, *numbers)))
    binding = tlv(0x30, bytes.fromhex("060a2b060106030101040100"), name)
    head = bytes.fromhex("020101020100020100")
    return tlv(0x30, bytes.fromhex("020101040178"), tlv(TRAP_V2, head, tlv(0x30, binding)))


@pytest.mark.parametrize(("length", "heard"), [(126, 1), (127, 0), (5_000, 0)])
def test_a_trap_with_a_name_longer_than_the_standard_allows_is_garbage(
    subject: Subject, length: int, heard: int
) -> None:
    subject.heard.clear()
    garbage = subject.receiver.counts["garbage"]
    subject.throw(with_trap(*[1] * length))
    assert len(subject.heard) == heard
    assert subject.receiver.counts["garbage"] == garbage + 1 - heard
