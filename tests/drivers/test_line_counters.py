"""Counters beside a test, against a real net-snmp agent and the traffic of this very machine."""

import asyncio
import time

from agent.lines.port_counters import PortCounters
from drivers.plan import SnmpAccess
from drivers.snmp.engine import SnmpEngine

#: net-snmp reads the kernel's counters anew after so long.
_REFRESH_SECONDS = 3.5
_SENT = 8 << 20


async def _carry(size: int) -> None:
    """Send ``size`` bytes over the loopback interface."""
    done = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1 << 16):
            pass
        writer.close()
        done.set()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(bytes(size))
        await writer.drain()
        writer.close()
        await done.wait()


def test_what_a_real_port_carried_beside_a_test_is_known(snmpd):
    async def scenario():
        async with SnmpEngine() as engine:
            session = engine.session("127.0.0.1", snmpd.port, SnmpAccess(), timeout=2.0, retries=2)
            counters = PortCounters(session, "lo")
            began = time.monotonic()
            await counters.before(int(time.time() * 1000))
            await _carry(_SENT)
            await asyncio.sleep(_REFRESH_SECONDS)
            found = await counters.after(int(time.time() * 1000))
            return found, time.monotonic() - began

    found, passed = asyncio.run(scenario())
    assert found is not None
    # By the device's own clock; a busy machine takes longer for it than we meant it to.
    assert 0.4 * _REFRESH_SECONDS < found.seconds < passed + 1
    assert found.in_bytes >= _SENT
    assert found.out_bytes >= _SENT
