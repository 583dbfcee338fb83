"""What devices do wrong, one test each: none is read wrongly, none costs more than itself."""

import asyncio
import contextlib
import random
import socket
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import pytest

from drivers.base import Column, Oid
from drivers.errors import DriverError, Malformed, NoAnswer, Unreachable
from drivers.plan import SnmpAccess
from drivers.snmp.ber import COUNTER32, TIME_TICKS
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.message import (
    Request,
    build_response,
)
from drivers.snmp.session import Session
from tests.ports import free_port

T = TypeVar("T")
SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
IN_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 10)
OUT_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 16)
UP: list[tuple[Oid, int, int]] = [(SYS_UP_TIME, TIME_TICKS, 4711)]


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 120))


def impatient(engine: SnmpEngine, port: int, version: str = "2c") -> Session:
    return engine.session("127.0.0.1", port, SnmpAccess(version=version), timeout=0.1, retries=1)


def altered(request: Request, by: int) -> Request:
    return Request(
        version=request.version,
        community=request.community,
        pdu_type=request.pdu_type,
        request_id=request.request_id + by,
        non_repeaters=request.non_repeaters,
        max_repetitions=request.max_repetitions,
        oids=request.oids,
    )


async def walk_two(session: Session) -> list[Column]:
    columns, _ = await session.walk([IN_OCTETS, OUT_OCTETS], scalars=[SYS_UP_TIME])
    return list(columns)


def test_a_walk_in_circles_ends_with_a_fault(agent: Any) -> None:
    rows = [((*IN_OCTETS, row), COUNTER32, row) for row in range(1, 6)]

    async def work() -> Column:
        async with (
            agent(lambda request, _: [build_response(request, rows)]) as port,
            SnmpEngine() as engine,
        ):
            columns, _ = await impatient(engine, port).walk([IN_OCTETS])
            assert len(port.requests) == 2
            return columns[0]

    column = run(work())
    assert column.fault == "OID not increasing"
    assert column.cells == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}


def test_a_reply_out_of_order_keeps_what_came_before(agent: Any) -> None:
    rows = [((*IN_OCTETS, row), COUNTER32, row) for row in (1, 2, 2, 3)]

    async def work() -> Column:
        async with (
            agent(lambda request, _: [build_response(request, rows)]) as port,
            SnmpEngine() as engine,
        ):
            columns, _ = await impatient(engine, port).walk([IN_OCTETS])
            return columns[0]

    column = run(work())
    assert column.fault == "OID not increasing"
    assert column.cells == {1: 1, 2: 2}


def test_a_walk_that_never_ends_is_cut_off(agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.snmp.walk.MOST_ROWS", 200)

    def endless(request: Request, number: int) -> Iterable[bytes]:
        first = number * 50
        rows = [((*IN_OCTETS, first + row), COUNTER32, row) for row in range(50)]
        return [build_response(request, rows)]

    async def work() -> Column:
        async with agent(endless) as port, SnmpEngine() as engine:
            columns, _ = await impatient(engine, port).walk([IN_OCTETS])
            return columns[0]

    column = run(work())
    assert column.fault == "more than 200 rows"
    assert len(column.cells) == 250


def test_a_reply_to_another_request_is_not_taken(agent: Any) -> None:
    def stale_first(request: Request, _: int) -> Iterable[bytes]:
        stale = [(SYS_UP_TIME, TIME_TICKS, 1)]
        return [build_response(altered(request, -1), stale), build_response(request, UP)]

    async def work() -> Any:
        async with agent(stale_first) as port, SnmpEngine() as engine:
            values = await impatient(engine, port).get([SYS_UP_TIME])
            return values, engine.tally.foreign + engine.tally.duplicates

    assert run(work()) == ({SYS_UP_TIME: 4711}, 1)


def test_only_foreign_request_ids_is_a_timeout_that_says_so(agent: Any) -> None:
    async def work() -> None:
        async with (
            agent(lambda request, _: [build_response(altered(request, 5), UP)]) as port,
            SnmpEngine() as engine,
        ):
            await impatient(engine, port).get([SYS_UP_TIME])

    with pytest.raises(NoAnswer, match="foreign request id"):
        run(work())


def test_duplicates_are_counted_and_dropped(agent: Any, switch: Any) -> None:
    def twice(request: Request, number: int) -> Iterable[bytes]:
        return [*switch(request, number)] * 2

    async def work() -> tuple[list[Column], int]:
        async with agent(twice) as port, SnmpEngine() as engine:
            session = impatient(engine, port)
            columns = await walk_two(session)
            await session.get([SYS_UP_TIME])
            return columns, engine.tally.duplicates

    columns, duplicates = run(work())
    assert [len(column.cells) for column in columns] == [20, 20]
    assert duplicates > 0


def test_truncated_packets_only_are_malformed(agent: Any) -> None:
    async def work() -> int:
        async with (
            agent(lambda request, _: [build_response(request, UP)[:-3]]) as port,
            SnmpEngine() as engine,
        ):
            with pytest.raises(Malformed):
                await impatient(engine, port).get([SYS_UP_TIME])
            return engine.tally.garbage

    assert run(work()) == 2


def test_garbage_before_the_answer_is_ignored(agent: Any) -> None:
    async def work() -> Any:
        async with (
            agent(lambda request, _: [b"\x00\x01hello", build_response(request, UP)]) as port,
            SnmpEngine() as engine,
        ):
            return await impatient(engine, port).get([SYS_UP_TIME])

    assert run(work()) == {SYS_UP_TIME: 4711}


def test_a_reply_from_another_address_is_a_timeout_that_says_so(agent: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", 0))

        async def work() -> None:
            async with SnmpEngine() as engine:
                client: list[tuple[str, int]] = []

                def elsewhere(request: Request, _: int) -> Iterable[bytes]:
                    other.sendto(build_response(request, UP), client[0])
                    return []

                async with agent(elsewhere) as port:
                    sock = engine._transport._sockets[socket.AF_INET]
                    client.append(("127.0.0.1", sock.getsockname()[1]))
                    await impatient(engine, port).get([SYS_UP_TIME])

        with pytest.raises(NoAnswer, match=r"another address, 127\.0\.0\.2"):
            run(work())


def test_an_agent_that_never_answers_is_a_timeout(agent: Any) -> None:
    async def work() -> None:
        async with agent(lambda *_: []) as port, SnmpEngine() as engine:
            try:
                await impatient(engine, port).get([SYS_UP_TIME])
            finally:
                assert len(port.requests) == 2  # the request and its retry

    with pytest.raises(NoAnswer, match="no answer"):
        run(work())


def test_a_closed_port_is_unreachable() -> None:
    port = free_port()

    async def work() -> None:
        async with SnmpEngine() as engine:
            await impatient(engine, port).get([SYS_UP_TIME])

    with pytest.raises(Unreachable, match="refused"):
        run(work())


def test_a_name_nobody_knows_is_unreachable() -> None:
    async def work() -> None:
        async with SnmpEngine() as engine:
            await engine.session("no-such-switch.invalid", 161).get([SYS_UP_TIME])

    with pytest.raises(Unreachable, match="no-such-switch"):
        run(work())


def test_a_walk_that_breaks_off_is_partial_and_says_why(agent: Any, switch: Any) -> None:
    def falls_silent(request: Request, number: int) -> Iterable[bytes]:
        return switch(request, number) if number < 1 else []

    async def work() -> list[Column]:
        async with agent(falls_silent) as port, SnmpEngine() as engine:
            session = impatient(engine, port)
            session.peer.too_big(200)
            return await walk_two(session)

    columns = run(work())
    assert all(column.fault.startswith("timeout") for column in columns)
    assert all(0 < len(column.cells) < 20 for column in columns)


def test_empty_replies_end_the_walk(agent: Any) -> None:
    async def work() -> list[Column]:
        async with (
            agent(lambda request, _: [build_response(request, [])]) as port,
            SnmpEngine() as engine,
        ):
            return await walk_two(impatient(engine, port))

    assert [column.fault for column in run(work())] == ["empty reply", "empty reply"]


def test_an_answer_about_something_else_is_not_taken_for_ours(agent: Any) -> None:
    async def work() -> Any:
        async with (
            agent(lambda request, _: [build_response(request, UP)]) as port,
            SnmpEngine() as engine,
        ):
            return await impatient(engine, port).get([SYS_NAME])

    assert run(work()) == {}


def test_misbehaving_devices_cost_only_themselves(agent: Any, switch: Any) -> None:
    def liar(request: Request, number: int) -> Iterable[bytes]:
        return [b"\xff" * 40, build_response(altered(request, 7), UP)]

    async def work() -> tuple[list[Any], list[Any]]:
        async with (
            agent(switch) as good,
            agent(liar) as bad,
            agent(lambda *_: []) as dead,
            SnmpEngine() as engine,
        ):
            others = [impatient(engine, p).get([SYS_UP_TIME]) for p in (bad, dead) * 20]
            failing = asyncio.gather(*others, return_exceptions=True)
            sessions = [engine.session("127.0.0.1", good) for _ in range(50)]
            fine = await asyncio.gather(*map(walk_two, sessions))
            return fine, await failing

    fine, failed = run(work())
    assert all(len(column.cells) == 20 for columns in fine for column in columns)
    assert all(isinstance(error, NoAnswer) for error in failed)


def test_a_device_that_comes_back_is_read_again(agent: Any, switch: Any) -> None:
    asleep = [True]

    async def work() -> Any:
        async with (
            agent(lambda *a: [] if asleep[0] else switch(*a)) as port,
            SnmpEngine() as engine,
        ):
            session = impatient(engine, port)
            with pytest.raises(NoAnswer):
                await session.get([SYS_UP_TIME])
            asleep[0] = False
            return await session.get([SYS_UP_TIME])

    assert run(work()) == {SYS_UP_TIME: 4711}


def test_loss_of_single_datagrams_is_nobodys_fault(agent: Any, switch: Any) -> None:
    def lossy(request: Request, number: int) -> Iterable[bytes]:
        return switch(request, number) if number % 2 else []

    async def work() -> tuple[list[Column], int]:
        async with agent(lossy) as port, SnmpEngine() as engine:
            columns = await walk_two(impatient(engine, port))
            return columns, engine.tally.retries

    columns, retries = run(work())
    assert [(len(column.cells), column.fault) for column in columns] == [(20, ""), (20, "")]
    assert retries > 0


def test_a_cancelled_read_leaves_nothing_behind(agent: Any) -> None:
    async def work() -> tuple[int, int]:
        async with agent(lambda *_: []) as port, SnmpEngine() as engine:
            task = asyncio.create_task(impatient(engine, port).get([SYS_UP_TIME]))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return engine.in_flight, engine._living.held

    assert run(work()) == (0, 0)


def test_an_index_cut_off_in_the_middle_of_a_number_is_a_fault(agent: Any) -> None:
    def cut(request: Request, _: int) -> Iterable[bytes]:
        whole = build_response(request, [((*IN_OCTETS, 1), COUNTER32, 1)])
        return [whole.replace(b"\x02\x02\x01\x0a\x01", b"\x02\x02\x01\x0a\x81")]

    async def work() -> Column:
        async with agent(cut) as port, SnmpEngine() as engine:
            columns, _ = await impatient(engine, port).walk([IN_OCTETS])
            return columns[0]

    column = run(work())
    assert (column.cells, column.fault) == ({}, "malformed OID")


@pytest.mark.parametrize("seed", range(5))
def test_mutated_replies_raise_nothing_but_a_drivers_error(
    agent: Any, switch: Any, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (mutations, no secrets)

    def mutating(request: Request, number: int) -> Iterable[bytes]:
        for whole in switch(request, number):
            for _ in range(30):
                octets = bytearray(whole)
                octets[chance.randrange(20, len(octets))] = chance.randrange(256)
                yield bytes(octets)

    async def work() -> None:
        async with agent(mutating) as port, SnmpEngine() as engine:
            for version in ("1", "2c") * 5:
                session = impatient(engine, port, version)
                with contextlib.suppress(DriverError):
                    await walk_two(session)
                with contextlib.suppress(DriverError):
                    await session.get([SYS_UP_TIME, SYS_NAME])

    run(work())
