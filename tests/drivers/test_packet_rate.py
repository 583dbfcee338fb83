"""The packet rate: everything that is sent counts, and over time no more leaves than it allows."""

import asyncio

from drivers.packet_rate import PacketRate
from drivers.plan import SnmpAccess
from drivers.snmp.engine import SnmpEngine


def test_packets_leave_at_the_rate_in_the_order_asked() -> None:
    async def send() -> tuple[list[int], float]:
        rate = PacketRate(200.0)
        order: list[int] = []

        async def one(number: int) -> None:
            await rate.take()
            order.append(number)

        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*map(one, range(40)))
        return order, loop.time() - began

    order, seconds = asyncio.run(send())
    assert order == list(range(40))
    # 10 may leave at once, the other 30 take 5 ms each.
    assert seconds >= 0.14


def test_what_could_not_wait_makes_the_next_wait() -> None:
    async def send() -> tuple[float, int]:
        rate = PacketRate(100.0)
        rate.owe(20)
        began = asyncio.get_running_loop().time()
        await rate.take()
        return asyncio.get_running_loop().time() - began, rate.sent

    seconds, sent = asyncio.run(send())
    assert seconds >= 0.14
    assert sent == 21


def test_the_manager_counts_requests_and_retries() -> None:
    async def ask() -> int:
        rate = PacketRate(1000.0)
        async with SnmpEngine(rate) as engine:
            session = engine.session("127.9.9.9", 9, SnmpAccess(), timeout=0.1, retries=2)
            await asyncio.gather(session.get([(1, 3)]), return_exceptions=True)
        return rate.sent

    assert asyncio.run(ask()) in (1, 2, 3)  # the network's refusal may end it sooner
