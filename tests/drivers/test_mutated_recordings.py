"""Recordings with objects lost, moved, retyped and sessions that break off: no crash, no hang.

A short run by hypothesis belongs to every test; the campaign mutates every family thousands of
times from a seed that a failure prints.
"""

import asyncio
import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.documents import as_json
from agent.polling import read_document
from drivers.base import Column, Oid, SnmpSession, Value
from drivers.definitions import builtin_definitions
from drivers.errors import NoAnswer
from drivers.readings import Outcome
from drivers.recording import Recording, read_recording
from drivers.snmp.forwarding import read_forwarding
from drivers.snmp.ports import read_ports

FAMILIES = sorted(Path(__file__).parent.glob("recordings/*/lab.snmprec"))
CELLS: dict[str, Mapping[Oid, tuple[int, Value]]] = {}
TAGS = (2, 4, 6, 64, 65, 66, 67, 68, 70)
#: Mutations of each family in the campaign.
ROUNDS = 1_500


def cells_of(path: Path) -> Mapping[Oid, tuple[int, Value]]:
    if path.parent.name not in CELLS:
        recording = read_recording(path)
        CELLS[path.parent.name] = {oid: recording.cell(oid) for oid in recording.oids()}
    return CELLS[path.parent.name]


class Breaking:
    """A session that now and then answers nothing, or breaks a walk off."""

    def __init__(self, session: SnmpSession, chance: random.Random) -> None:
        self._session, self._chance = session, chance

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        self._perhaps_silent()
        return await self._session.get(oids)

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        self._perhaps_silent()
        walked, found = await self._session.walk(columns, scalars=scalars)
        for column in walked:
            if self._chance.random() < 0.05:
                column.fault = "genErr"
                column.cells = dict(list(column.cells.items())[: self._chance.randrange(3)])
        return walked, found

    def _perhaps_silent(self) -> None:
        if self._chance.random() < 0.04:
            raise NoAnswer("no answer")


def mutated(cells: Mapping[Oid, tuple[int, Value]], chance: random.Random) -> Recording:
    """The same device after firmware that got everything a little wrong."""
    changed: dict[Oid, tuple[int, Value]] = {}
    rate = chance.choice((0.02, 0.2, 0.7))
    for oid, cell in cells.items():
        if chance.random() >= rate:
            changed[oid] = cell
            continue
        match chance.randrange(6):
            case 0:
                continue
            case 1:
                changed[oid[:-1]] = cell
            case 2:
                changed[(*oid, chance.randrange(1 << 32))] = cell
            case 3:
                changed[(*oid[:-1], chance.choice((0, 255, (1 << 32) - 1)))] = cell
            case 4:
                changed[oid] = (chance.choice(TAGS), chance.randbytes(chance.randrange(60)))
            case _:
                changed[oid] = (chance.choice(TAGS), chance.randrange(-(1 << 31), 1 << 64))
    return Recording(changed)


def read_all(path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    session = Breaking(mutated(cells_of(path), chance), chance)
    driver = path.parent.name if chance.random() < 0.5 else "auto"
    definitions = builtin_definitions()
    reading = read_document(session, None, definitions=definitions, driver=driver)
    document = asyncio.run(reading)
    assert document.outcome in Outcome
    readings = json.loads(as_json(document))["readings"]
    assert all(math.isfinite(reading["value"]) for reading in readings)
    assert all(len(reading["part"]) < 2_000 for reading in readings)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(FAMILIES), seed=st.integers(0, (1 << 32) - 1))
def test_a_mutated_device_is_read_to_the_end(path: Path, seed: int) -> None:
    read_all(path, seed)


@pytest.mark.campaign
@pytest.mark.parametrize("path", FAMILIES, ids=lambda path: path.parent.name)
def test_thousands_of_mutated_devices_are_read_to_the_end(path: Path) -> None:
    for seed in range(ROUNDS):
        try:
            read_all(path, seed)
        except Exception as error:
            raise AssertionError(f"seed {seed} of {path.parent.name}") from error


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=9), max_size=8),
    values=st.lists(st.integers(-5, 1 << 33), min_size=8, max_size=8),
)
def test_any_forwarding_table_is_read_to_the_end(
    numbers: list[list[int]], values: list[int]
) -> None:
    bridge: Oid = (1, 3, 6, 1, 2, 1, 17)
    cells: dict[Oid, tuple[int, Value]] = {
        (*bridge, 1, 4, 1, 2, 1): (2, 1),
        (1, 3, 6, 1, 2, 1, 2, 2, 1, 8, 1): (2, 1),
    }
    for index, value in zip(numbers, values, strict=False):
        cells[(*bridge, 7, 1, 2, 2, 1, 2, *index)] = (2, value)
        cells[(*bridge, 4, 3, 1, 2, *index)] = (2, value)
    session = Recording(cells)
    ports, _ = asyncio.run(read_ports(session))
    stations, _ = asyncio.run(read_forwarding(session, ports))
    assert all(len(station.mac) == 12 for station in stations)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.binary(max_size=400))
def test_any_file_is_read_as_a_recording(
    text: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.snmprec"
    path.write_bytes(text)
    recording = read_recording(path)
    assert len(recording) + recording.skipped <= text.count(b"\n") + 1
