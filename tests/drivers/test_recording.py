"""Reading .snmprec files, odd lines included."""

import asyncio
from pathlib import Path

from drivers.recording import read_recording

LINES = rb"""1.3.6.1.2.1.1.1.0|4|two | bars | inside
1.3.6.1.2.1.1.3.0|67|4200
1.3.6.1.2.1.2.2.1.6.7|4x|02 00 00 00 00 ff
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.5
1.3.6.1.2.1.2.2.1.6.10|4|
1.3.6.1.2.1.4.20.1.1.9|64|192.0.2.1
1.3.6.1.2.1.2.2.1.9.1|5|
not a line at all
1.3.6.1.2.1.2.2.1.10.7|65|many
.1.3.6.1.2.1.2.2.1.8.7|2:numeric|1
1.3.6.1.2.1.1.1.0|4|a repeated object
1.3.6.1.4.1.5.1.0|4e|a\nb
1.3.6.1.4.1.5.2.0|66x|0100
"""


def test_types_bars_and_odd_lines(tmp_path: Path) -> None:
    path = tmp_path / "device.snmprec"
    path.write_bytes(LINES.replace(b"\n", b"\r\n"))
    recording = read_recording(path)
    wanted = {
        (1, 3, 6, 1, 2, 1, 1, 1, 0): b"two | bars | inside",
        (1, 3, 6, 1, 2, 1, 1, 3, 0): 4200,
        (1, 3, 6, 1, 2, 1, 1, 2, 0): (1, 3, 6, 1, 4, 1, 5),
        (1, 3, 6, 1, 2, 1, 4, 20, 1, 1, 9): bytes([192, 0, 2, 1]),
        (1, 3, 6, 1, 2, 1, 2, 2, 1, 8, 7): 1,
        (1, 3, 6, 1, 4, 1, 5, 1, 0): b"a\nb",
        (1, 3, 6, 1, 4, 1, 5, 2, 0): 256,
    }
    assert asyncio.run(recording.get([*wanted, (1, 3, 9)])) == wanted
    assert recording.skipped == 2


def test_columns_come_in_numeric_order_and_end_where_they_end(tmp_path: Path) -> None:
    path = tmp_path / "device.snmprec"
    path.write_bytes(LINES)
    column_oid, beyond = (1, 3, 6, 1, 2, 1, 2, 2, 1, 6), (2, 1)
    walked, scalars = asyncio.run(
        read_recording(path).walk([column_oid, beyond], scalars=[(1, 3, 6, 1, 2, 1, 1, 3, 0)])
    )
    assert walked[0].cells == {7: bytes.fromhex("0200000000ff"), 10: b""}
    assert walked[0].tag == 4
    assert walked[1].cells == {}
    assert list(scalars.values()) == [4200]


def test_a_file_of_something_else_has_no_values(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(bytes(range(256)) * 4)
    assert len(read_recording(path)) == 0
