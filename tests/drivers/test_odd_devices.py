"""Whatever a device answers, reading it ends in a document: no exception, no infinite number."""

import asyncio
import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.documents import as_json
from agent.polling import read_document
from drivers.base import Value
from drivers.definitions import builtin_definitions
from drivers.recording import Recording, read_recording

RECORDINGS = Path(__file__).parent / "recordings"
FAMILIES = ("huawei_vrp", "cisco_ios", "linux", "hp_printer", "apc", "generic")

values = st.one_of(
    st.integers(-(1 << 31), (1 << 64) - 1),
    st.binary(max_size=40),
    st.lists(st.integers(0, (1 << 32) - 1), max_size=6).map(tuple),
    st.sampled_from([b"\x9f\x78\x04\x7f\xc0\x00\x00", b"\x9f\x78\x04\x7f\x80\x00\x00"]),
    st.text(max_size=20).map(str.encode),
)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_odd_values_do_not_matter(family: str, data: st.DataObject) -> None:
    recording = read_recording(RECORDINGS / family / "lab.snmprec")
    oids = recording.oids()
    odd: dict[int, Value] = data.draw(
        st.dictionaries(st.integers(0, len(oids) - 1), values, max_size=len(oids))
    )
    changed = {
        oid: (4, odd[at]) if at in odd else recording.cell(oid) for at, oid in enumerate(oids)
    }
    document = asyncio.run(
        read_document(Recording(changed), None, definitions=builtin_definitions(), driver=family)
    )
    found = json.loads(as_json(document))
    assert all(math.isfinite(reading["value"]) for reading in found["readings"])
