"""Tables as agents may rightly shape them: sparse, of odd indices, ending anywhere."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.base import Column, Oid, Value
from drivers.plan import SnmpAccess
from drivers.snmp.ber import COUNTER32, COUNTER64, GAUGE32, NULL, OCTET_STRING
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.message import GET_BULK, GET_NEXT, Request, VarBind, build_response

T = TypeVar("T")
SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
TABLE: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 120))


async def read(
    port: Any, columns: Sequence[Oid], scalars: Sequence[Oid] = (), version: str = "2c"
) -> tuple[list[Column], Mapping[Oid, Value]]:
    async with SnmpEngine() as engine:
        access = SnmpAccess(version=version)
        session = engine.session("127.0.0.1", port, access, timeout=1.0)
        found, values = await session.walk(columns, scalars=scalars)
        return list(found), values


def cells_of(columns: list[Column]) -> list[dict[Any, Any]]:
    assert [column.fault for column in columns] == [""] * len(columns)
    return [column.cells for column in columns]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_columns_of_different_rows_keep_to_their_own(agent: Any, mib: Any, version: str) -> None:
    objects: list[VarBind] = [((*TABLE, 1, row), COUNTER32, row) for row in range(1, 90)]
    objects += [((*TABLE, 2, row), GAUGE32, row) for row in range(5, 90, 7)]
    objects += [((*TABLE, 4, row), OCTET_STRING, b"x" * row) for row in (3, 200)]

    async def work() -> Any:
        async with agent(mib(objects)) as port:
            return await read(port, [(*TABLE, column) for column in (1, 2, 3, 4)], (), version)

    columns, _ = run(work())
    assert cells_of(columns) == [
        {row: row for row in range(1, 90)},
        {row: row for row in range(5, 90, 7)},
        {},
        {3: b"xxx", 200: b"x" * 200},
    ]
    assert [column.tag for column in columns] == [COUNTER32, GAUGE32, 0, OCTET_STRING]


def test_indices_of_several_numbers_are_tuples(agent: Any, mib: Any) -> None:
    indices = [(1, 2), (1, 300), (2,), (2, 0), (70000, 1, 5)]
    objects = [((*TABLE, 1, *index), COUNTER64, 2**40) for index in indices]

    async def work() -> Any:
        async with agent(mib(objects)) as port:
            return await read(port, [(*TABLE, 1)])

    (cells,) = cells_of(run(work())[0])
    assert list(cells) == [(1, 2), (1, 300), 2, (2, 0), (70000, 1, 5)]


def test_scalars_ride_with_the_first_request(agent: Any, switch: Any) -> None:
    async def work() -> Any:
        async with agent(switch) as port:
            found = await read(port, [(*TABLE, 10)], [SYS_UP_TIME, SYS_NAME])
            return found, [(r.pdu_type, r.non_repeaters) for r in port.requests]

    (columns, scalars), requests = run(work())
    assert len(columns[0].cells) == 20
    assert scalars == {SYS_UP_TIME: 4711}
    assert requests == [(GET_BULK, 2)]


def test_scalars_without_columns_and_inside_tables_are_read_too(agent: Any, switch: Any) -> None:
    cell = (*TABLE, 10, 7)

    async def work() -> Any:
        async with agent(switch) as port:
            _, alone = await read(port, [], [SYS_UP_TIME])
            _, beside = await read(port, [(*TABLE, 10)], [cell, SYS_UP_TIME])
            return alone, beside

    alone, beside = run(work())
    assert alone == {SYS_UP_TIME: 4711}
    assert beside == {SYS_UP_TIME: 4711, cell: 7000}


def test_version_1_walks_by_several_columns_a_getnext(agent: Any, switch: Any) -> None:
    async def work() -> Any:
        async with agent(switch) as port:
            found = await read(port, [(*TABLE, 10), (*TABLE, 16)], [SYS_UP_TIME, SYS_NAME], "1")
            return found, {request.pdu_type for request in port.requests}, len(port.requests)

    (columns, scalars), kinds, count = run(work())
    assert [len(cells) for cells in cells_of(columns)] == [20, 20]
    assert scalars == {SYS_UP_TIME: 4711}
    assert kinds == {GET_NEXT}
    assert count <= 23


def test_cells_without_a_value_are_left_out_and_walked_past(agent: Any, mib: Any) -> None:
    objects: list[VarBind] = [
        ((*TABLE, 1, row), NULL if row in (1, 30) else COUNTER32, None if row in (1, 30) else row)
        for row in range(1, 80)
    ]

    async def work() -> Any:
        async with agent(mib(objects)) as port:
            return await read(port, [(*TABLE, 1)])

    (column,), _ = run(work())
    assert (column.fault, column.tag) == ("", COUNTER32)
    assert list(column.cells) == [row for row in range(1, 80) if row not in (1, 30)]


def test_replies_that_break_off_within_a_row_lose_nothing(agent: Any, switch: Any) -> None:
    def cut(request: Request, number: int) -> Iterable[bytes]:
        found: list[VarBind] = []
        cursors = list(request.oids)
        for at in range(5):  # a row and two thirds, whatever was asked for
            varbind = switch.following(cursors[at % len(cursors)])
            cursors[at % len(cursors)] = varbind[0]
            found.append(varbind)
        return [build_response(request, found)]

    async def work() -> Any:
        async with agent(cut) as port:
            return await read(port, [(*TABLE, 10), (*TABLE, 16), (*TABLE, 11)])

    columns, _ = run(work())
    assert [len(cells) for cells in cells_of(columns)] == [20, 20, 0]


def test_more_columns_than_fit_a_reply_are_walked_in_groups(agent: Any, mib: Any) -> None:
    names = [(*TABLE, column) for column in range(1, 101)]
    objects: list[VarBind] = [((*name, row), COUNTER64, 2**63) for name in names for row in (1, 2)]

    async def work() -> Any:
        async with agent(mib(objects)) as port:
            return await read(port, names)

    assert cells_of(run(work())[0]) == [{1: 2**63, 2: 2**63}] * 100


OBJECTS = st.dictionaries(
    st.tuples(st.integers(1, 4), st.lists(st.integers(0, 300), min_size=1, max_size=2)).map(
        lambda pair: (pair[0], *pair[1])
    ),
    st.integers(0, 2**32 - 1),
    max_size=60,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(OBJECTS, st.sampled_from(["1", "2c"]), st.integers(150, 1400))
def test_whatever_the_table_a_walk_finds_all_of_it(
    agent: Any, mib: Any, table: dict[Oid, int], version: str, largest: int
) -> None:
    objects = [((*TABLE, *index), COUNTER32, value) for index, value in table.items()]

    async def work() -> Any:
        async with agent(mib(objects, largest)) as port:
            return await read(port, [(*TABLE, 1), (*TABLE, 2), (*TABLE, 3)], [], version)

    columns, _ = run(work())
    for number, cells in enumerate(cells_of(columns), 1):
        numbers = {(i if isinstance(i, tuple) else (i,)): value for i, value in cells.items()}
        assert numbers == {key[1:]: value for key, value in table.items() if key[0] == number}
