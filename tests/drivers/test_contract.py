"""Every definition against a recording of it: same checks, no test code a family.

The recordings hold values written for these tests. ``lab.expected.json`` is what the drivers
must make of them; a definition without a recording fails.
"""

import asyncio
import json
from pathlib import Path

import pytest

from agent.documents import as_json
from agent.polling import read_document
from drivers.definitions import builtin_definitions
from drivers.recording import read_recording
from drivers.snmp.identify import SYSTEM_OIDS, System

RECORDINGS = Path(__file__).parent / "recordings"
DOCUMENT = Path(__file__).parents[2] / "docs/drivers.md"
CASES = sorted(RECORDINGS.glob("*/*.snmprec"))


def case_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_reads_the_recording(path: Path) -> None:
    session = read_recording(path)
    document = asyncio.run(read_document(session, None, definitions=builtin_definitions()))
    found = json.loads(as_json(document))
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    del expected["definition"], found["taken_at"], found["address"]
    assert session.skipped == 0
    assert found == expected


@pytest.mark.parametrize("path", CASES, ids=case_id)
def test_the_device_is_found_by_what_it_says(path: Path) -> None:
    session, known = read_recording(path), builtin_definitions()
    system = System.from_values(asyncio.run(session.get(SYSTEM_OIDS)))
    probes = known.probes(system.object_id, system.description)
    answered = asyncio.run(session.get(probes))
    found = known.find(system.object_id, system.description, answered=answered)
    assert found.name == path.parent.name


def test_every_definition_has_a_recording() -> None:
    assert builtin_definitions().names() == {path.parent.name for path in CASES}


def test_every_definition_is_documented() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    assert [n for n in sorted(builtin_definitions().names()) if f"| `{n}` |" not in page] == []
