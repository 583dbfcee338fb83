"""Against net-snmp's snmpd: every version, every protocol pair, every way to be refused."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from drivers.base import Oid
from drivers.errors import AuthRejected, DriverError, NoAnswer
from drivers.plan import SnmpAccess
from drivers.snmp.ber import COUNTER32, GAUGE32, INTEGER, OCTET_STRING
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.session import Session

T = TypeVar("T")
SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
NOWHERE: Oid = (1, 3, 6, 1, 2, 1, 1, 99, 0)
IF_TABLE: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
NAME = b"snmpd of the tests"
AUTH = "authentication secret"
PRIV = "privacy secret"


def usm(user: str, auth: str, priv: str = "") -> SnmpAccess:
    return SnmpAccess(version="3", user=user, auth=auth, priv=priv or None)


USERS = [
    usm("md5des", f"MD5:{AUTH}", f"DES:{PRIV}"),
    usm("shaaes", f"SHA:{AUTH}", f"AES-128:{PRIV}"),
    usm("sha224des", f"SHA-224:{AUTH}", f"DES:{PRIV}"),
    usm("sha256aes", f"SHA-256:{AUTH}", f"AES-128:{PRIV}"),
    usm("sha384aes192", f"SHA-384:{AUTH}", f"AES-192:{PRIV}"),
    usm("sha512aes256", f"SHA-512:{AUTH}", f"AES-256:{PRIV}"),
    usm("md5aes256", f"MD5:{AUTH}", f"AES-256:{PRIV}"),
    usm("shaaes192c", f"SHA:{AUTH}", f"AES-192-C:{PRIV}"),
    usm("shaaes256c", f"SHA:{AUTH}", f"AES-256-C:{PRIV}"),
    usm("authonly", f"SHA-256:{AUTH}"),
    SnmpAccess(version="3", user="plain"),
    SnmpAccess(version="2c", community="public"),
    SnmpAccess(version="1", community="public"),
]
SHA256_AES = USERS[3]
SHA512_AES256 = USERS[5]


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 120))


def ask(snmpd: Any, access: SnmpAccess, **patience: float) -> Any:
    async def work() -> Any:
        async with SnmpEngine() as engine:
            session = engine.session(snmpd.address, snmpd.port, access, **patience)  # type: ignore[arg-type]
            return dict(await session.get([SYS_NAME, NOWHERE]))

    return run(work())


@pytest.mark.parametrize("access", USERS, ids=lambda a: a.user or f"v{a.version}")
def test_every_access_reads_the_same(snmpd: Any, access: SnmpAccess) -> None:
    assert ask(snmpd, access) == {SYS_NAME: NAME}


@pytest.mark.parametrize("access", [*USERS[-2:], SHA512_AES256], ids=["2c", "1", "3"])
def test_a_table_comes_with_its_types_and_the_clock(snmpd: Any, access: SnmpAccess) -> None:
    names = [(*IF_TABLE, column) for column in (1, 2, 5, 10)]

    async def work() -> Any:
        async with SnmpEngine() as engine:
            session = engine.session(snmpd.address, snmpd.port, access)
            return await session.walk(names, scalars=[SYS_UP_TIME])

    columns, scalars = run(work())
    assert [column.oid for column in columns] == names
    tags = [column.tag for column in columns]
    assert tags == [INTEGER, OCTET_STRING, GAUGE32, COUNTER32]
    assert [column.fault for column in columns] == [""] * 4
    assert b"lo" in columns[1].cells.values()
    assert len({tuple(column.cells) for column in columns}) == 1
    assert scalars[SYS_UP_TIME] > 0


def test_the_last_column_of_the_mib_ends_with_the_mib(snmpd: Any) -> None:
    async def work() -> Any:
        async with SnmpEngine() as engine:
            for access in USERS[-2:]:
                session = engine.session(snmpd.address, snmpd.port, access)
                (column,), _ = await session.walk([(1, 3, 6, 1, 6, 3, 16, 1, 5, 2, 1, 6)])
                (beyond,), _ = await session.walk([(2, 999, 1)])
                yield column, beyond

    async def collect() -> list[Any]:
        return [pair async for pair in work()]

    for column, beyond in run(collect()):
        assert column.cells
        assert column.fault == ""
        assert (beyond.cells, beyond.fault, beyond.tag) == ({}, "", 0)


@pytest.mark.parametrize(
    ("access", "detail"),
    [
        (SnmpAccess(version="3", user="nobody"), "unknown_user"),
        (usm("sha256aes", "SHA-256:a wrong secret", f"AES-128:{PRIV}"), "wrong_digest"),
        (usm("sha256aes", f"SHA-512:{AUTH}", f"AES-128:{PRIV}"), "wrong_digest"),
        (usm("sha256aes", f"SHA-256:{AUTH}", "AES-128:a wrong secret"), "decryption_error"),
        (usm("md5des", f"MD5:{AUTH}", "DES:a wrong secret"), "decryption_error"),
        (usm("sha512aes256", f"SHA-512:{AUTH}", f"AES-256-C:{PRIV}x"), "decryption_error"),
        (usm("authonly", f"SHA-256:{AUTH}", f"AES-128:{PRIV}"), "unsupported_security_level"),
    ],
)
def test_a_refusal_says_what_was_wrong(snmpd: Any, access: SnmpAccess, detail: str) -> None:
    # A report is believed when time is up: little is enough unless the machine is busy.
    for timeout in (0.1, 0.4, 2.0, 10.0):
        with pytest.raises((AuthRejected, NoAnswer)) as error:
            ask(snmpd, access, timeout=timeout, retries=1)
        if error.type is AuthRejected:
            break
    assert error.value.detail == detail


def test_a_wrong_community_is_silence_and_no_guess_is_made(snmpd: Any) -> None:
    with pytest.raises(NoAnswer):
        ask(snmpd, SnmpAccess(community="not this one"), timeout=0.1, retries=1)


@pytest.mark.parametrize(
    "access",
    [
        SnmpAccess(version="3"),
        SnmpAccess(version="4"),
        usm("x", "SHA-3:secret"),
        usm("x", "SHA:secret", "ROT-13:secret"),
        usm("x", "SHA"),
        SnmpAccess(version="3", user="x", priv="DES:secret"),
    ],
)
def test_an_access_that_cannot_work_is_refused_before_anything_is_sent(
    access: SnmpAccess,
) -> None:
    with pytest.raises(AuthRejected):
        SnmpEngine().session("127.0.0.1", 161, access)


def test_the_engine_is_discovered_once_for_all_sessions_with_a_device(snmpd: Any) -> None:
    async def work() -> int:
        async with SnmpEngine() as engine:
            for _ in range(5):
                await engine.session(snmpd.address, snmpd.port, SHA256_AES).get([SYS_NAME])
            return engine.tally.requests

    assert run(work()) == 6


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_restarted_engine_is_no_false_down(own_snmpd: Any, forgetful: bool) -> None:
    """Kept state: boots rises. Forgotten: a new engine id. Neither may fail a request."""
    own_snmpd.start()

    async def work() -> tuple[list[DriverError], int]:
        failures: list[DriverError] = []
        async with SnmpEngine() as engine:
            session = engine.session(own_snmpd.address, own_snmpd.port, SHA256_AES, timeout=1.0)

            async def poll() -> None:
                try:
                    assert (await session.get([SYS_NAME]))[SYS_NAME] == NAME
                except DriverError as error:
                    failures.append(error)

            await poll()
            restart = asyncio.to_thread(own_snmpd.restart, forgetful=forgetful)
            task = asyncio.create_task(restart)
            while not task.done():
                await poll()
                await asyncio.sleep(0.01)
            await task
            await poll()
            return failures, engine.tally.resyncs

    failures, resyncs = run(work())
    assert failures == []
    assert resyncs >= 1


@pytest.mark.parametrize(("boots", "seconds"), [(0, 100_000), (5, 0), (-1, 0), (0, -100_000)])
def test_an_engine_whose_clock_jumped_is_followed(snmpd: Any, boots: int, seconds: int) -> None:
    """Also backwards: cheap devices lose their boot counter with the power."""

    async def work() -> tuple[Any, int]:
        async with SnmpEngine() as engine:
            session: Session = engine.session(snmpd.address, snmpd.port, SHA256_AES)
            await session.get([SYS_NAME])
            authority = session.peer.authority
            authority.boots = max(0, authority.boots + boots)
            authority.time = max(0, authority.time + seconds)
            return await session.get([SYS_NAME]), engine.tally.retries

    assert run(work()) == ({SYS_NAME: NAME}, 0)


def test_ipv6_and_names_reach_the_same_engine(own_snmpd: Any) -> None:
    own_snmpd.configure(f"agentaddress udp6:[::1]:{own_snmpd.port}")
    own_snmpd.configure("rocommunity6 public default .1")
    own_snmpd.start()

    async def work() -> list[Any]:
        async with SnmpEngine() as engine:
            return [
                await engine.session(host, own_snmpd.port).get([SYS_NAME])
                for host in ("127.0.0.1", "::1", "0:0:0:0:0:0:0:1")
            ]

    assert run(work()) == [{SYS_NAME: NAME}] * 3
