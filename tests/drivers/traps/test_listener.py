"""Traps of net-snmp's snmptrap and snmpinform, and what nobody should send."""

import asyncio
import os
import signal
import socket
import time
from contextlib import suppress

import pytest

from drivers.plan import SnmpAccess
from drivers.traps.listener import TrapListener
from drivers.traps.vocabulary import Depth

AUTH, PRIV = "authentication secret", "privacy secret"
GENERIC = "1.3.6.1.6.3.1.1.5"
LINK_DOWN = (
    "4711",
    f"{GENERIC}.3",
    "1.3.6.1.2.1.2.2.1.1.7",
    "i",
    "7",
    "1.3.6.1.2.1.2.2.1.2.7",
    "s",
    "Ethernet 7",
    "1.3.6.1.2.1.31.1.1.1.1.7",
    "s",
    "Gi0/7",
)


def user(auth: str, priv: str) -> SnmpAccess:
    return SnmpAccess(version="3", user="u", auth=f"{auth}:{AUTH}", priv=f"{priv}:{PRIV}")


def v3(auth: str, priv: str, *, secret: str = PRIV, name: str = "u") -> list[str]:
    keys = ["-a", auth, "-A", AUTH, "-x", priv, "-X", secret]
    return ["-v3", "-u", name, "-l", "authPriv", *keys]


def test_version_1_generic_and_vendor_traps(listening):
    async def scenario():
        async with listening() as ear:
            port_7 = ("1.3.6.1.2.1.2.2.1.1.7", "i", "7")
            link = ("1.3.6.1.4.1.9999", "10.0.0.1", "2", "0", "4711", *port_7)
            apc = ("1.3.6.1.4.1.318", "10.0.0.1", "6", "5", "0")
            assert await ear.send("snmptrap", "-v1", "-c", "any", trap=link) == 0
            assert await ear.send("snmptrap", "-v1", "-c", "any", trap=apc) == 0
            return await ear.heard(2)

    link, apc = asyncio.run(scenario())
    assert (link.kind, link.poll, link.told.port_index) == ("link_down", Depth.tables, 7)
    assert link.told.address == "127.0.0.1"  # not the agent-addr it claims
    assert link.told.uptime == pytest.approx(47.11)
    assert apc.kind == "vendor:apc_on_battery"


@pytest.mark.parametrize("tool", ["snmptrap", "snmpinform"])
def test_version_2c_says_which_port(listening, tool):
    async def scenario():
        async with listening() as ear:
            assert await ear.send(tool, "-v2c", "-c", "secret", trap=LINK_DOWN) == 0
            return await ear.heard(1)

    (event,) = asyncio.run(scenario())
    assert event.kind == "link_down"
    assert event.told.confirmed == (tool == "snmpinform")
    assert (event.told.port_index, event.told.port_name) == (7, "Gi0/7")
    assert (event.told.version, event.told.user) == ("2c", None)


@pytest.mark.parametrize(
    ("auth", "priv", "ours"),
    [
        ("SHA-256", "AES", "AES-128"),
        ("SHA-512", "AES-256", "AES-256"),
        ("MD5", "DES", "DES"),
        ("SHA", "AES-256-C", "AES-256-C"),
    ],
)
def test_version_3_traps_and_informs_with_keys_of_either_side(listening, auth, priv, ours):
    async def scenario():
        async with listening({"127.0.0.1": user(auth, ours)}) as ear:
            trap = ["-e", "0x8000000001020304", *v3(auth, priv)]
            assert await ear.send("snmptrap", *trap, trap=("1", f"{GENERIC}.1")) == 0
            assert await ear.send("snmpinform", *v3(auth, priv), trap=("1", f"{GENERIC}.2")) == 0
            return await ear.heard(2)

    cold, warm = asyncio.run(scenario())
    assert (cold.kind, cold.told.confirmed, cold.poll) == ("cold_start", False, Depth.inventory)
    assert (warm.kind, warm.told.confirmed) == ("warm_start", True)
    assert (warm.told.version, warm.told.user) == ("3", "u")


def test_version_3_with_wrong_secrets_is_refused_and_counted(listening):
    start = ("1", f"{GENERIC}.1")
    bare = ["-v3", "-u", "u", "-l", "noAuthNoPriv", "-e", "0x8000000001020304"]

    async def scenario():
        async with listening({"127.0.0.1": user("SHA-256", "AES-128")}) as ear:
            # A listener that is slow to say who it is is not asked what was to be refused.
            impatient = ["-r", "0", "-t", "1"]
            wrong = [*impatient, *v3("SHA-256", "AES", secret="another secret")]
            nobody = [*impatient, *v3("SHA-256", "AES", name="nobody")]
            for tool, arguments in (
                ("snmpinform", wrong), ("snmpinform", nobody), ("snmptrap", bare),
            ):  # fmt: skip
                before = ear.listener.counts.get("refused", 0)
                while ear.listener.counts.get("refused", 0) == before:
                    code = await ear.send(tool, *arguments, trap=start)
                    assert tool == "snmptrap" or code != 0
                    with suppress(TimeoutError):
                        await ear.until(
                            lambda b=before: ear.listener.counts.get("refused", 0) > b, 2.0
                        )
            return ear.events

    assert asyncio.run(scenario()) == []


def test_users_of_the_same_name_at_two_devices_keep_their_own_keys(listening):
    sources = {
        "127.0.0.1": user("SHA-256", "AES-128"),
        "127.0.0.2": SnmpAccess(version="3", user="u", auth="SHA:other secret 1"),
    }

    async def scenario():
        async with listening(sources, address="0.0.0.0") as ear:  # noqa: S104
            ear.address = "127.0.0.1"
            other = ["-v3", "-u", "u", "-l", "authNoPriv", "-a", "SHA", "-A", "other secret 1"]
            other += ["--clientaddr=127.0.0.2"]
            for number in (1, 3):
                mine = v3("SHA-256", "AES")
                assert await ear.send("snmpinform", *mine, trap=("1", f"{GENERIC}.1")) == 0
                assert await ear.send("snmpinform", *other, trap=("1", f"{GENERIC}.2")) == 0
                await ear.heard(number + 1)
            return ear.events

    events = asyncio.run(scenario())
    assert [event.told.address for event in events] == ["127.0.0.1", "127.0.0.2"] * 2


def test_ipv6_and_ipv4_through_one_socket(listening):
    async def scenario():
        async with listening(address="::") as ear:
            assert await ear.send("snmpinform", "-v2c", "-c", "x", trap=LINK_DOWN) == 0
            ear.address = "127.0.0.1"
            assert await ear.send("snmpinform", "-v2c", "-c", "x", trap=LINK_DOWN) == 0
            return await ear.heard(2)

    assert [event.told.address for event in asyncio.run(scenario())] == ["::1", "127.0.0.1"]


def test_a_trap_nobody_declared_is_unknown_and_still_a_reason_to_look(listening):
    async def scenario():
        async with listening() as ear:
            await ear.send("snmptrap", "-v2c", "-c", "x", trap=("1", "1.3.6.1.4.1.99999.1.2"))
            return await ear.heard(1)

    (event,) = asyncio.run(scenario())
    assert (event.kind, event.poll, event.told.trap) == (
        "unknown",
        Depth.tables,
        "1.3.6.1.4.1.99999.1.2",
    )


def cold_start() -> bytes:
    """A v2c trap with community x."""

    def tlv(tag: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return bytes((tag, len(body))) + body

    uptime = tlv(0x30, bytes.fromhex("06082b06010201010300"), tlv(0x43, b"\x01"))
    name = bytes.fromhex("060a2b060106030101040100")
    trap = tlv(0x30, name, bytes.fromhex("06092b0601060301010501"))
    numbers = bytes.fromhex("020101020100020100")
    pdu = tlv(0xA7, numbers, tlv(0x30, uptime, trap))
    return tlv(0x30, bytes.fromhex("020101040178"), pdu)


def test_a_flood_of_strangers_leaves_the_known_device_heard(listening):
    async def scenario():
        async with listening({"127.0.0.9": None}, address="0.0.0.0") as ear:  # noqa: S104
            ear.address = "127.0.0.1"
            for number, stranger in enumerate(range(20, 60), start=1):
                ear.throw(*[cold_start()] * 20, source=f"127.0.0.{stranger}")
                if number % 10 == 0:  # no more at once than a socket holds
                    await ear.counted("datagrams", 20 * number)
            ear.throw(cold_start(), source="127.0.0.9")
            await ear.until(lambda: any(e.told.address == "127.0.0.9" for e in ear.events))
            await ear.counted("flooded_strangers", 600)
            return ear.events

    assert len(asyncio.run(scenario())) < 100


def test_a_device_that_floods_is_cut_short_and_counted(listening):
    async def scenario():
        async with listening() as ear:
            began = time.monotonic()
            for number in (200, 400):
                ear.throw(*[cold_start()] * 200)
                await ear.counted("datagrams", number)
            await ear.until(lambda: len(ear.events) == ear.listener.counts["notifications"])
            return len(ear.events), ear.listener.counts, time.monotonic() - began

    events, counts, seconds = asyncio.run(scenario())
    # Thirty at once, and five more with every second.
    assert 20 <= events <= 31 + 5 * seconds
    assert counts["flooded_source"] + events == 400


def test_garbage_is_counted_and_ends_nothing(listening):
    whole = cold_start()
    junk = [b"", b"\x00", b"\x30\x80", os.urandom(200), whole[:-3], b"\x30" * 100]
    junk += [b"\x30\x84\xff\xff\xff\xff" + whole, whole.replace(b"\xa7", b"\xa0", 1)]

    async def scenario():
        async with listening() as ear:
            ear.throw(*junk)
            ear.throw(whole)
            (event,) = await ear.heard(1)
            counts = await ear.counted("datagrams", len(junk) + 1)
            return event, counts

    event, counts = asyncio.run(scenario())
    assert event.kind == "cold_start"
    assert counts["garbage"] + counts["refused"] == len(junk)
    assert counts.get("restarts", 0) == 0


def test_a_killed_child_is_replaced_and_nothing_counted_is_lost(listening):
    async def scenario():
        async with listening(first_pause=0.05) as ear:
            ear.throw(cold_start())
            await ear.counted("notifications", 1)
            first = ear.listener.child
            os.kill(first, signal.SIGKILL)
            await ear.until(lambda: ear.listener.child not in (None, first))
            await ear.until(lambda: ear.listener.port is not None)
            ear.throw(cold_start())
            await ear.heard(2)
            return await ear.counted("notifications", 2)

    counts = asyncio.run(scenario())
    assert counts["restarts"] == 1


def test_a_child_that_hangs_is_replaced(listening):
    async def scenario():
        async with listening(first_pause=0.05, patience=60.0) as ear:
            ear.listener._patience = 1.5
            ear.throw(cold_start())  # its count ends the wait that began with more patience
            await ear.counted("notifications", 1)
            # On a busy machine it may have counted as hanging already, and be another one.
            await ear.until(lambda: ear.listener.child is not None)
            first = ear.listener.child
            os.kill(first, signal.SIGSTOP)
            await ear.until(lambda: ear.listener.child not in (None, first))
            ear.listener._patience = 60.0
            await ear.until(lambda: ear.listener.port is not None)
            ear.throw(cold_start())
            await ear.heard(2)
            return first

    first = asyncio.run(scenario())
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_pauses_between_children_grow(monkeypatch):
    pauses = []

    async def scenario():
        listener = TrapListener(print, address="127.0.0.1", port=1, engine_id=b"12345")

        async def dies():
            return False

        async def sleep(seconds):
            pauses.append(seconds)
            if len(pauses) == 8:
                raise asyncio.CancelledError

        monkeypatch.setattr(listener, "_one_child", dies)
        monkeypatch.setattr("drivers.traps.listener.asyncio.sleep", sleep)
        await listener.run()

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scenario())
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_port_that_is_taken_is_said_once(caplog):
    async def scenario():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            port = other.getsockname()[1]
            listener = TrapListener(
                print, address="127.0.0.1", port=port, engine_id=b"12345", first_pause=0.01
            )
            task = asyncio.create_task(listener.run())
            async with asyncio.timeout(60):
                while listener.counts.get("restarts", 0) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
    said = [record.message for record in caplog.records if "cannot hear traps" in record.message]
    assert len(said) == 1
    assert "in use" in said[0]


def test_the_child_ends_with_its_parent(listening):
    async def scenario():
        async with listening() as ear:
            return ear.listener.child

    child = asyncio.run(scenario())
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
