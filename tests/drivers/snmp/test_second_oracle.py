"""Version 3 against an agent of pysnmp's: every pair of protocols, contexts, clocks, refusals."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from drivers.base import Oid
from drivers.errors import AuthRejected, DriverError, NoAnswer, Unreachable
from drivers.plan import SnmpAccess
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.usm import AUTH_PROTOCOLS, PRIV_PROTOCOLS

T = TypeVar("T")
SCRIPT = Path(__file__).with_name("pysnmp_agent.py")
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
IN_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 10)
AUTH, PRIV = "authentication secret", "privacy secret"
ENGINE_ID = "80004fb805" + "0102030405"
PAIRS = [(auth, priv) for auth in AUTH_PROTOCOLS for priv in ("", *PRIV_PROTOCOLS)]


def access(
    auth: str, priv: str, *, secrets: tuple[str, str] = (AUTH, PRIV), context: str = ""
) -> SnmpAccess:
    return SnmpAccess(
        version="3",
        user=f"{auth}_{priv}",
        auth=f"{auth}:{secrets[0]}",
        priv=f"{priv}:{secrets[1]}" if priv else None,
        context=context,
    )


class Oracle:
    """The agent's process; ``restart`` keeps the port."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self, engine_id: str = ENGINE_ID, boots: int = 5) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(self.port), engine_id, str(boots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._process.stdout.readline())  # type: ignore[union-attr]

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def restart(self, engine_id: str = ENGINE_ID, boots: int = 5) -> None:
        self.stop()
        self.start(engine_id, boots)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    process = Oracle()
    process.start()
    yield process
    process.stop()


@pytest.fixture
def own_oracle() -> Iterator[Oracle]:
    process = Oracle()
    process.start()
    yield process
    process.stop()


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 120))


def name_at(port: int, how: SnmpAccess, **patience: float) -> bytes:
    async def work() -> Any:
        async with SnmpEngine() as engine:
            session = engine.session("127.0.0.1", port, how, **patience)  # type: ignore[arg-type]
            return (await session.get([SYS_NAME]))[SYS_NAME]

    return run(work())


def refusal_at(port: int, how: SnmpAccess) -> str:
    """Why it is refused: reports cannot be trusted, so one is believed when time is up.

    Little time is enough for who answers at once; a busy machine gets more of it.
    """
    for timeout in (0.1, 0.4, 2.0, 10.0):
        try:
            name_at(port, how, timeout=timeout, retries=0)
        except AuthRejected as error:
            return error.detail
        except NoAnswer:
            continue
        raise AssertionError("it is let in")
    raise AssertionError("no answer at all")


def test_every_pair_of_protocols_is_understood(oracle: Oracle) -> None:
    """42 users over one engine, each by GET and by GETBULK; both key extensions among them."""

    async def work() -> dict[str, tuple[bytes, int]]:
        found: dict[str, Any] = {}
        async with SnmpEngine() as engine:
            for auth, priv in PAIRS:
                session = engine.session("127.0.0.1", oracle.port, access(auth, priv))
                name = (await session.get([SYS_NAME]))[SYS_NAME]
                (column,), _ = await session.walk([IN_OCTETS])
                found[f"{auth}_{priv}"] = name, len(column.cells)
        return found

    found = run(work())
    assert len(found) == 42
    assert set(found.values()) == {(b"pysnmp", 30)}


def test_every_pair_of_protocols_is_understood_by_net_snmp_too(snmpd: Any) -> None:
    async def work() -> dict[str, bytes]:
        found: dict[str, Any] = {}
        async with SnmpEngine() as engine:
            for auth, priv in PAIRS:
                if priv:
                    session = engine.session(snmpd.address, snmpd.port, access(auth, priv))
                    found[f"{auth}_{priv}"] = (await session.get([SYS_NAME]))[SYS_NAME]
        return found

    found = run(work())
    assert len(found) == 36
    assert set(found.values()) == {b"snmpd of the tests"}


@pytest.mark.parametrize("auth", AUTH_PROTOCOLS)
@pytest.mark.parametrize("priv", PRIV_PROTOCOLS)
def test_net_snmp_tells_refusals_apart_for_every_pair(snmpd: Any, auth: str, priv: str) -> None:
    wrong_auth = access(auth, priv, secrets=("wrong secret", PRIV))
    wrong_priv = access(auth, priv, secrets=(AUTH, "wrong secret"))
    assert refusal_at(snmpd.port, wrong_auth) == "wrong_digest"
    assert refusal_at(snmpd.port, wrong_priv) == "decryption_error"


def test_a_context_net_snmp_does_not_have(snmpd: Any) -> None:
    detail = refusal_at(snmpd.port, access("SHA", "AES-128", context="nowhere"))
    assert detail in ("unknown_context", "authorization_error")


def test_without_authentication(oracle: Oracle) -> None:
    assert name_at(oracle.port, SnmpAccess(version="3", user="plain")) == b"pysnmp"


def test_contexts_are_devices_within_the_device(oracle: Oracle) -> None:
    assert name_at(oracle.port, access("SHA", "AES-128", context="vlan-42")) == b"pysnmp in vlan-42"
    assert name_at(oracle.port, access("SHA", "AES-128")) == b"pysnmp"


def test_an_unknown_context_says_so(oracle: Oracle) -> None:
    detail = refusal_at(oracle.port, access("SHA", "AES-128", context="nowhere"))
    assert detail == "unknown_context"


@pytest.mark.parametrize("priv", PRIV_PROTOCOLS)
@pytest.mark.parametrize("auth", ["MD5", "SHA-256"])
def test_refusals_are_told_apart(oracle: Oracle, auth: str, priv: str) -> None:
    def refusal(how: SnmpAccess) -> str:
        return refusal_at(oracle.port, how)

    stranger = SnmpAccess(version="3", user="nobody", auth=f"{auth}:{AUTH}", priv=f"{priv}:{PRIV}")
    assert refusal(stranger) == "unknown_user"
    assert refusal(access(auth, priv, secrets=("wrong secret", PRIV))) == "wrong_digest"
    assert refusal(access(auth, priv, secrets=(AUTH, "wrong secret"))) == "decryption_error"


def test_the_other_key_extension_is_a_wrong_privacy_secret(oracle: Oracle) -> None:
    how = SnmpAccess(version="3", user="SHA_AES-256", auth=f"SHA:{AUTH}", priv=f"AES-256-C:{PRIV}")
    assert refusal_at(oracle.port, how) == "decryption_error"


def test_no_answer_is_no_refusal(own_oracle: Oracle) -> None:
    own_oracle.stop()
    with pytest.raises((NoAnswer, Unreachable)):
        name_at(own_oracle.port, access("SHA", "AES-128"), timeout=0.2, retries=1)


@pytest.mark.parametrize(
    "change",
    [
        lambda oracle: oracle.restart(boots=6),
        lambda oracle: oracle.restart(boots=1),
        lambda oracle: oracle.restart(engine_id="80004fb805" + "0a0b0c0d0e", boots=1),
        lambda oracle: oracle.restart(),
    ],
    ids=["rebooted", "forgot its boots", "another engine", "neither counted nor forgot"],
)
def test_a_restarted_engine_answers_the_next_request(
    own_oracle: Oracle, change: Callable[[Oracle], None]
) -> None:
    async def work() -> tuple[list[DriverError], int]:
        failures: list[DriverError] = []
        async with SnmpEngine() as engine:
            session = engine.session("127.0.0.1", own_oracle.port, access("SHA-256", "AES-256"))
            await session.get([SYS_NAME])
            await asyncio.to_thread(change, own_oracle)
            for _ in range(2):
                try:
                    assert (await session.get([SYS_NAME]))[SYS_NAME] == b"pysnmp"
                except DriverError as error:
                    failures.append(error)
            return failures, engine.tally.retries

    failures, retries = run(work())
    assert failures == []
    assert retries == 0


@pytest.mark.parametrize(("boots", "seconds"), [(0, 200), (0, 100_000), (3, 0), (-4, 0)])
def test_a_clock_that_went_astray_is_set_right_within_the_request(
    oracle: Oracle, boots: int, seconds: int
) -> None:
    async def work() -> tuple[Any, int]:
        async with SnmpEngine() as engine:
            session = engine.session("127.0.0.1", oracle.port, access("SHA-512", "AES-256-C"))
            await session.get([SYS_NAME])
            authority = session.peer.authority
            authority.boots += boots
            authority.time += seconds
            return (await session.get([SYS_NAME]))[SYS_NAME], engine.tally.resyncs

    name, resyncs = run(work())
    assert name == b"pysnmp"
    assert resyncs >= 1
