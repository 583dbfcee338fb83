"""Recordings with objects lost, moved, retyped and sessions that break off: no crash, no hang.

The campaign (``test_fuzz.py``) does the same by the ten thousand.
"""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.base import Oid, Value
from drivers.recording import Recording, read_recording
from drivers.snmp.forwarding import read_forwarding
from drivers.snmp.ports import read_ports
from tools.fuzz.snmp import read_all

FAMILIES = sorted(Path(__file__).parent.glob("recordings/*/lab.snmprec"))
CELLS: dict[str, Mapping[Oid, tuple[int, Value]]] = {}


def cells_of(path: Path) -> Mapping[Oid, tuple[int, Value]]:
    if path.parent.name not in CELLS:
        recording = read_recording(path)
        CELLS[path.parent.name] = {oid: recording.cell(oid) for oid in recording.oids()}
    return CELLS[path.parent.name]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(FAMILIES), seed=st.integers(0, (1 << 32) - 1))
def test_a_mutated_device_is_read_to_the_end(path: Path, seed: int) -> None:
    read_all(path.parent.name, cells_of(path), random.Random(seed))  # noqa: S311


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
