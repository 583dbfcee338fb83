"""Who a device is, in a handful of packets."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from drivers.base import Column, Oid, Value
from drivers.errors import NoAnswer
from drivers.readings import Kind
from drivers.recording import Recording
from drivers.snmp.glance import glance_at

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
ENTITY: Oid = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1)
ADDRESSES: Oid = (1, 3, 6, 1, 2, 1, 4, 20, 1, 2)
Values = dict[Oid, tuple[int, Value]]


def switch() -> Values:
    """A switch with a chassis among the rows of its fans and ports."""
    values: Values = {
        (*SYSTEM, 1, 0): (4, b"H3C Comware Platform Software, Software Version 7.1.070"),
        (*SYSTEM, 2, 0): (6, (1, 3, 6, 1, 4, 1, 25506, 11, 1, 231)),
        (*SYSTEM, 3, 0): (0x43, 4200),
        (*SYSTEM, 5, 0): (4, b"floor-2"),
        (*ADDRESSES, 10, 0, 0, 9): (2, 1),
        (*ADDRESSES, 127, 0, 0, 1): (2, 2),
    }
    for index, class_ in ((1, 11), (2, 3), (30, 7), (31, 10), (32, 10)):
        values[*ENTITY, 5, index] = (2, class_)
    values[*ENTITY, 11, 2] = (4, b"CF-SERIAL-7")
    values[*ENTITY, 13, 2] = (4, b"S5130S-28S-EI")
    return values


class Counting(Recording):
    """Counts what is asked; a walk of a column is taken for one request a cell."""

    asked = 0

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        self.asked += 1
        return await super().get(oids)

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        self.asked += 1
        return await super().walk(columns, scalars=scalars)


class OnlySystem(Recording):
    """Falls silent after the system group."""

    asked = 0

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        self.asked += 1
        if self.asked > 1:
            raise NoAnswer
        return await super().get(oids)

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        raise NoAnswer


def test_identity_and_own_addresses_come_with_few_requests() -> None:
    device = Counting(switch())
    seen = asyncio.run(glance_at(device))
    assert (seen.identity.vendor, seen.identity.kind) == ("H3C", Kind.switch)
    assert (seen.identity.model, seen.identity.serial) == ("S5130S-28S-EI", "CF-SERIAL-7")
    assert (seen.definition, seen.uptime) == ("h3c_comware", 4200)
    assert seen.addresses == {"10.0.0.9", "127.0.0.1"}
    assert device.asked <= 10


def test_a_device_that_falls_silent_is_known_by_what_it_said() -> None:
    seen = asyncio.run(glance_at(OnlySystem(switch())))
    assert seen.identity.name == "floor-2"
    assert seen.addresses == frozenset()


def test_a_device_that_says_nothing_is_an_error() -> None:
    class Silent(OnlySystem):
        asked = 1

    with pytest.raises(NoAnswer):
        asyncio.run(glance_at(Silent(switch())))
