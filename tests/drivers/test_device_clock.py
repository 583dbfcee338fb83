"""How far a device's clock is off, by what hrSystemDate says."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from drivers.base import Oid, Value
from drivers.plan import SnmpAccess
from drivers.snmp.device_clock import HR_SYSTEM_DATE, clock_error, read_clock_error
from drivers.snmp.engine import SnmpEngine

NOW = datetime(2026, 3, 10, 4, 0, 30, tzinfo=UTC).timestamp()
CHINA = 28_800


def date(hour: int, minute: int, second: int = 30, *, day: int = 10, zone: bytes = b"") -> bytes:
    return bytes((2026 >> 8, 2026 & 255, 3, day, hour, minute, second, 0)) + zone


@pytest.mark.parametrize(
    ("value", "error"),
    [
        # With a zone, whichever it is.
        (date(12, 0, zone=b"+\x08\x00"), 0),
        (date(4, 7, zone=b"+\x00\x00"), 420),
        (date(0, 0, 10, zone=b"-\x04\x00"), 20),
        (date(9, 31, zone=b"+\x05\x1e"), 60),
        (date(12, 0, zone=b"+\x00\x00"), 28_800),
        # Without one it is taken to be ours ...
        (date(12, 0), 0),
        (date(11, 50), 600),
        # ... and may as well be another: nobody is accused.
        (date(4, 0), None),
        (date(13, 0), None),
        (date(12, 0, day=9), None),
        # In no zone of the world it is two days ago.
        (date(12, 0, day=8), 172_800),
        (bytes((1970 >> 8, 1970 & 255, 1, 1, 0, 0, 0, 0)), 1_773_144_030),
        # What was never set, or is no date.
        (bytes(8), None),
        (bytes(11), None),
        (b"2026-03-10", None),
        # A zone that is none says nothing.
        (date(12, 0, zone=b"*\x08\x00"), 0),
        (date(25, 0), None),
        (7, None),
        (None, None),
    ],
)
def test_a_clock_is_compared_where_it_can_be(value: Value | None, error: float | None) -> None:
    assert clock_error(value, NOW, CHINA) == error


def test_a_device_is_asked_once_and_may_know_no_time() -> None:
    class Session:
        def __init__(self) -> None:
            self.asked: list[Oid] = []

        async def get(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
            self.asked += oids
            return {HR_SYSTEM_DATE: date(12, 1)} if len(self.asked) == 1 else {}

    session = Session()
    found = [
        asyncio.run(read_clock_error(session, NOW, CHINA))  # type: ignore[arg-type]
        for _ in range(2)
    ]
    assert found == [60, None]
    assert session.asked == [HR_SYSTEM_DATE] * 2


def test_a_real_agent_tells_its_time(snmpd: Any) -> None:
    async def asked() -> tuple[float | None, float | None]:
        async with SnmpEngine() as engine:
            session = engine.session(snmpd.address, snmpd.port, SnmpAccess())
            now = datetime.now(UTC).timestamp()
            right = await read_clock_error(session, now, CHINA)
            return right, await read_clock_error(session, now - 5_000, CHINA)

    right, wrong = asyncio.run(asked())
    assert right is not None
    assert wrong is not None
    assert right < 600
    assert wrong > 4_000
