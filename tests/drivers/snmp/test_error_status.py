"""Errors agents report, and replies too big for them: honoured, and nothing else is lost."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import pytest

from drivers.base import Column, Oid
from drivers.errors import AuthRejected
from drivers.plan import SnmpAccess
from drivers.snmp.ber import TIME_TICKS
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.message import (
    AUTHORIZATION_ERROR,
    GEN_ERR,
    GET,
    TOO_BIG,
    Request,
    build_response,
)
from drivers.snmp.session import Session

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


async def walk_two(session: Session) -> list[Column]:
    columns, _ = await session.walk([IN_OCTETS, OUT_OCTETS], scalars=[SYS_UP_TIME])
    return list(columns)


def test_an_error_ends_the_column_it_names_and_no_other(agent: Any, switch: Any) -> None:
    def broken(request: Request, number: int) -> Iterable[bytes]:
        for index, oid in enumerate(request.oids, 1):
            if oid[: len(OUT_OCTETS)] == OUT_OCTETS:
                return [build_response(request, UP, GEN_ERR, index)]
        return switch(request, number)

    async def work() -> list[Column]:
        async with agent(broken) as port, SnmpEngine() as engine:
            return await walk_two(impatient(engine, port))

    good, bad = run(work())
    assert (len(good.cells), good.fault) == (20, "")
    assert (len(bad.cells), bad.fault) == (0, "genErr")


def test_an_error_that_names_nobody_faults_every_column(agent: Any) -> None:
    async def work() -> list[Column]:
        async with (
            agent(lambda request, _: [build_response(request, [], GEN_ERR, 0)]) as port,
            SnmpEngine() as engine,
        ):
            return await walk_two(impatient(engine, port))

    assert [column.fault for column in run(work())] == ["genErr", "genErr"]


def test_an_object_that_fails_costs_a_get_only_itself(agent: Any, switch: Any) -> None:
    def broken(request: Request, number: int) -> Iterable[bytes]:
        if SYS_NAME in request.oids:
            return [build_response(request, [], GEN_ERR, request.oids.index(SYS_NAME) + 1)]
        return switch(request, number)

    async def work() -> dict[Oid, Any]:
        async with agent(broken) as port, SnmpEngine() as engine:
            return dict(await impatient(engine, port).get([SYS_NAME, SYS_UP_TIME]))

    assert run(work()) == {SYS_UP_TIME: 4711}


def test_too_big_halves_the_request_and_is_remembered(agent: Any, switch: Any) -> None:
    def small(request: Request, number: int) -> Iterable[bytes]:
        if request.max_repetitions > 4:
            return [build_response(request, [], TOO_BIG, 0)]
        return switch(request, number)

    async def work() -> tuple[list[Column], int]:
        async with agent(small) as port, SnmpEngine() as engine:
            columns = await walk_two(impatient(engine, port))
            before = len(port.requests)
            await walk_two(impatient(engine, port))
            return columns, max(r.max_repetitions for r in port.requests[before:])

    columns, repetitions = run(work())
    assert [(len(column.cells), column.fault) for column in columns] == [(20, ""), (20, "")]
    assert repetitions <= 4


def test_too_big_for_a_single_cell_is_a_fault(agent: Any) -> None:
    async def work() -> list[Column]:
        async with (
            agent(lambda request, _: [build_response(request, [], TOO_BIG, 0)]) as port,
            SnmpEngine() as engine,
        ):
            session = impatient(engine, port)
            assert await session.get([SYS_UP_TIME, SYS_NAME]) == {}
            return await walk_two(session)

    assert [column.fault for column in run(work())] == ["tooBig", "tooBig"]


def test_silence_for_large_replies_is_answered_by_asking_for_less(agent: Any, switch: Any) -> None:
    def drops_large(request: Request, number: int) -> Iterable[bytes]:
        return [reply for reply in switch(request, number) if len(reply) < 300]

    async def work() -> tuple[list[Column], int]:
        async with agent(drops_large) as port, SnmpEngine() as engine:
            session = engine.session("127.0.0.1", port, timeout=0.1, retries=2)
            columns = await walk_two(session)
            return columns, session.peer.reply_limit

    columns, limit = run(work())
    assert [(len(column.cells), column.fault) for column in columns] == [(20, ""), (20, "")]
    assert limit < 1000


def test_a_refusal_said_in_words_is_auth_rejected(agent: Any) -> None:
    async def work() -> None:
        async with (
            agent(lambda r, _: [build_response(r, [], AUTHORIZATION_ERROR, 1)]) as port,
            SnmpEngine() as engine,
        ):
            session = impatient(engine, port)
            with pytest.raises(AuthRejected, match="community"):
                await session.get([SYS_UP_TIME])
            await session.walk([IN_OCTETS])

    with pytest.raises(AuthRejected, match="community"):
        run(work())


def test_what_a_get_asks_for_fits_its_reply(agent: Any, switch: Any) -> None:
    async def work() -> tuple[int, list[int]]:
        async with agent(switch) as port, SnmpEngine() as engine:
            oids = [(*IN_OCTETS, row) for row in range(1, 41)]
            values = await impatient(engine, port).get(oids)
            assert all(request.pdu_type == GET for request in port.requests)
            return len(values), [len(request.oids) for request in port.requests]

    count, sizes = run(work())
    assert count == 20
    assert sum(sizes) == 40
    assert max(sizes) <= 16
