"""What is read must follow from the MIBs' meaning: recordings with parts taken away or changed.

A family is not known by the files it was tried on: another model of it keeps vendor and kind,
and a device that lost a MIB says less, never something else.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from drivers.base import Oid, Value
from drivers.definitions import builtin_definitions
from drivers.readings import Identity
from drivers.recording import Recording, read_recording
from drivers.snmp.identify import SYS_OBJECT_ID
from drivers.snmp.read import read_facts
from tools.recognition import RECORDINGS

OWN = sorted(Path(__file__).parent.glob("recordings/*/lab.snmprec"))
FOREIGN = sorted(RECORDINGS.glob("snmprec/*.snmprec")) + sorted(
    RECORDINGS.glob("unlabelled/*.snmprec")
)
Cells = Mapping[Oid, tuple[int, Value]]
ENTITY: Oid = (1, 3, 6, 1, 2, 1, 47)
PRIVATE: Oid = (1, 3, 6, 1, 4, 1)
#: Ports say nothing about who a device is, and take long to read.
PORTS: tuple[Oid, ...] = ((1, 3, 6, 1, 2, 1, 2, 2), (1, 3, 6, 1, 2, 1, 31, 1))
#: sysObjectIDs of software that many makers use: the numbers behind them are not a maker's models.
SHARED_AGENTS = (8072, 2021, 4413, 12325)


def cells_of(path: Path) -> Cells:
    recording = read_recording(path)
    return {
        oid: recording.cell(oid)
        for oid in recording.oids()
        if not any(oid[: len(prefix)] == prefix for prefix in PORTS)
    }


def identity_of(cells: Cells) -> Identity:
    reading = read_facts(Recording(cells), builtin_definitions())
    return asyncio.run(reading).facts.identity


def without(cells: Cells, prefix: Oid) -> Cells:
    return {oid: cell for oid, cell in cells.items() if oid[: len(prefix)] != prefix}


@pytest.mark.parametrize("path", OWN + FOREIGN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_device_that_lost_a_mib_says_less_and_nothing_else(path: Path) -> None:
    whole = cells_of(path)
    before = identity_of(whole)
    for prefix in (ENTITY, PRIVATE):
        after = identity_of(without(whole, prefix))
        assert after.vendor in (before.vendor, None)
        # Its own MIB is what tells a net-snmp box apart from any other Linux.
        net_snmp = (before.object_id or "").startswith("1.3.6.1.4.1.8072.")
        assert after.kind in (before.kind, "unknown") or net_snmp


@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.stem)
def test_another_model_of_the_series_keeps_its_maker(path: Path) -> None:
    cells = dict(cells_of(path))
    _, object_id = cells.get(SYS_OBJECT_ID, (6, ()))
    if not isinstance(object_id, tuple) or len(object_id) < 9 or object_id[6] in SHARED_AGENTS:
        return
    before = identity_of(cells)
    cells[SYS_OBJECT_ID] = (6, (*object_id[:-1], 9_999))
    assert identity_of(cells).vendor == before.vendor
