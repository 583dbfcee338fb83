"""The frequent poll of ports, on a switch that renumbers, loses columns and changes."""

import asyncio
from collections.abc import Mapping, Sequence

from drivers.base import Column, Oid, Value
from drivers.recording import Recording
from drivers.snmp.ports import IF_ENTRY, IF_X_ENTRY, part_names, speed_of
from drivers.snmp.tables import (
    IF_TABLE_LAST_CHANGE,
    SYS_UP_TIME,
    Known,
    TablesRead,
    read_reachability,
    read_tables,
)

Values = dict[Oid, tuple[int, Value]]


class Counting:
    """A session that counts the columns it is asked for."""

    def __init__(self, values: Values, broken: Oid | None = None) -> None:
        self._session = Recording(values)
        self._broken = broken
        self.asked: list[int] = []

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        return await self._session.get(oids)

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        self.asked.append(len(columns))
        walked, found = await self._session.walk(columns, scalars=scalars)
        for column in walked:
            if column.oid == self._broken:
                column.fault = "genErr"
                column.cells = dict(list(column.cells.items())[:1])
        return walked, found


def switch(names: Mapping[int, str], *, uptime: int = 1_000, wide: bool = True) -> Values:
    values: Values = {SYS_UP_TIME: (0x43, uptime), IF_TABLE_LAST_CHANGE: (0x43, 1)}
    for index, name in names.items():
        values[(*IF_ENTRY, 2, index)] = (4, f"port number {index}".encode())
        values[(*IF_ENTRY, 5, index)] = (0x42, 100_000_000)
        values[(*IF_ENTRY, 7, index)] = (2, 1)
        values[(*IF_ENTRY, 8, index)] = (2, 1 if index % 2 else 2)
        values[(*IF_ENTRY, 10, index)] = (0x41, index)
        values[(*IF_X_ENTRY, 1, index)] = (4, name.encode())
        if wide:
            values[(*IF_X_ENTRY, 6, index)] = (0x46, index << 40)
    return values


def read(session: Counting, known: Known | None = None) -> TablesRead:
    return asyncio.run(read_tables(session, known))


def test_states_and_counters_come_in_the_order_of_the_parts() -> None:
    result = read(Counting(switch({1: "a", 2: "b", 3: "c"})))
    assert result.known.parts == ("a", "b", "c")
    uptime, states = result.blocks
    assert uptime.columns == {"uptime_seconds": [10.0]}
    assert states.columns == {"port_enabled": [1.0, 1.0, 1.0], "port_up": [1.0, 0.0, 1.0]}
    (octets,) = result.counters.columns
    assert (octets.metric, octets.wide) == ("port_in_bits_per_second", True)
    assert octets.values == [1 << 40, 2 << 40, 3 << 40]


def test_known_ports_are_read_in_one_walk_of_what_the_device_has() -> None:
    session = Counting(switch({1: "a", 2: "b"}))
    known = read(session).known
    session.asked.clear()
    assert read(session, known).known == known
    assert session.asked == [3]  # admin, oper, 64-bit octets


def test_without_64_bit_counters_the_32_bit_ones_serve() -> None:
    (octets,) = read(Counting(switch({1: "a"}, wide=False))).counters.columns
    assert (octets.wide, octets.values) == (False, [1])


def test_a_port_that_lacks_64_bits_keeps_its_32() -> None:
    values = switch({1: "a", 2: "b"})
    del values[(*IF_X_ENTRY, 6, 2)]
    first, second = read(Counting(values)).counters.columns
    assert (first.wide, first.values) == (True, [1 << 40, None])
    assert (second.wide, second.values) == (False, [1, 2])


def test_a_renumbered_device_keeps_the_names() -> None:
    known = read(Counting(switch({1: "a", 2: "b"}))).known
    renumbered = read(Counting(switch({11: "b", 12: "a"})), known)
    assert renumbered.known.parts == ("b", "a")
    assert renumbered.counters.columns[0].values == [11 << 40, 12 << 40]


def test_a_restart_reads_the_names_anew() -> None:
    known = read(Counting(switch({1: "a", 2: "b"}, uptime=90_000))).known
    swapped = read(Counting(switch({1: "b", 2: "a"}, uptime=500)), known)
    assert swapped.known.parts == ("b", "a")


def test_a_moved_table_change_reads_the_names_anew() -> None:
    known = read(Counting(switch({1: "a"}))).known
    values = switch({1: "z"}, uptime=2_000)
    values[IF_TABLE_LAST_CHANGE] = (0x43, 1_500)
    assert read(Counting(values), known).known.parts == ("z",)


def test_a_port_that_came_up_has_its_new_speed_at_once() -> None:
    values = switch({1: "a", 2: "b"})
    values[(*IF_ENTRY, 5, 2)] = (0x42, 0)  # down: no speed
    known = read(Counting(values)).known
    assert known.speeds == (100_000_000, None)
    values[(*IF_ENTRY, 8, 2)] = (2, 1)
    values[(*IF_ENTRY, 5, 2)] = (0x42, 1_000_000_000)
    session = Counting(values)
    result = read(session, known)
    assert result.counters.speeds == (100_000_000, 1_000_000_000)
    session.asked.clear()
    read(session, result.known)
    assert len(session.asked) == 1, "once"


def test_speeds_that_are_doubted_are_read_anew() -> None:
    values = switch({1: "a"})
    known = read(Counting(values)).known
    values[(*IF_X_ENTRY, 15, 1)] = (0x42, 10_000)
    assert read(Counting(values), known).counters.speeds == (100_000_000,)
    doubted = asyncio.run(read_tables(Counting(values), known, doubted=True))
    assert doubted.counters.speeds == (10_000_000_000,)


def test_the_speed_of_a_tunnel_means_nothing() -> None:
    values = switch({1: "a", 2: "Tunnel1"})
    values[(*IF_ENTRY, 3, 2)] = (2, 131)
    assert read(Counting(values)).known.speeds == (100_000_000, 0)


def test_a_table_that_breaks_off_leaves_gaps_and_is_named() -> None:
    known = read(Counting(switch({1: "a", 2: "b"}))).known
    broken = Counting(switch({1: "a", 2: "b"}), broken=(*IF_ENTRY, 8))
    result = read(broken, known)
    assert result.blocks[1].columns["port_up"] == [1.0, None]
    assert result.faults == ("ifTable: genErr",)
    assert result.known.parts == ("a", "b")


def test_a_device_without_ports_still_has_a_clock() -> None:
    result = read(Counting({SYS_UP_TIME: (0x43, 700)}))
    assert [block.columns for block in result.blocks] == [{"uptime_seconds": [7.0]}]
    assert result.counters.columns == []


def test_reachability_reads_the_uplink_alone() -> None:
    session = Counting(switch({1: "a", 2: "b", 3: "uplink"}))
    known = read(session).known
    session.asked.clear()
    result = asyncio.run(read_reachability(session, known, "uplink"))
    assert session.asked == []
    assert result.known == known
    assert result.counters.parts == ("uplink",)
    assert result.counters.columns[0].values == [3 << 40]
    assert result.counters.columns[0].wide
    assert result.blocks[1].columns["port_up"] == [1.0]


def test_reachability_without_an_uplink_reads_the_clock() -> None:
    session = Counting(switch({1: "a"}))
    result = asyncio.run(read_reachability(session, read(session).known))
    assert [block.columns for block in result.blocks] == [{"uptime_seconds": [10.0]}]


def test_repeated_names_are_told_apart_by_index() -> None:
    assert part_names([1, 2, 3, 4], {1: "x", 2: "x", 3: ""}, {3: "d"}) == ("x#1", "x#2", "d", "4")


def test_a_port_s_name_is_cut_before_it_is_told_apart() -> None:
    long = "x" * 2_000
    assert part_names([1, 2], {1: long, 2: long + "y"}, {}) == ("x" * 255 + "#1", "x" * 255 + "#2")


def test_speed_prefers_megabits_where_they_say_something() -> None:
    assert speed_of(10_000, 4_294_967_295) == 10_000_000_000
    assert speed_of(0, 100_000_000) == 100_000_000
    assert speed_of(None, None) is None
