"""Files as rows: what offices send, what is broken, and what means harm."""

# ruff: noqa: DTZ001 - days of a calendar have no zone

import struct
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.exchange.errors import (
    CellTooLong,
    FileRefused,
    FileTooDense,
    FileTooHeavy,
    FileTooLarge,
    FileUnreadable,
    TooManyColumns,
    TooManyRows,
)
from inventory.exchange.limits import Limits
from inventory.exchange.tables import Row, Source, read_rows
from inventory.exchange.xlsx import BrokenCell

Workbook = Callable[..., bytes]
HEADINGS = ["资产编号", "资产名称", "原值"]


def rows_of(content: bytes, **limits: int) -> list[Row]:
    return list(read_rows(Source("ledger", content), Limits(**limits)))


def cells_of(content: bytes) -> list[list[object]]:
    return [list(row.cells) for row in rows_of(content)]


def test_a_workbook_keeps_texts_numbers_dates_and_truth(workbook: Workbook) -> None:
    made = workbook(
        [HEADINGS, ["A-1", 12800.5, datetime(2024, 9, 1)], [7, True, date(2020, 2, 29)]]
    )
    assert cells_of(made) == [
        HEADINGS,
        ["A-1", 12800.5, datetime(2024, 9, 1)],
        [7, True, datetime(2020, 2, 29)],
    ]


def test_lines_are_numbered_as_excel_does(workbook: Workbook) -> None:
    made = workbook([["title"], [], [], ["A-1"]])
    assert [row.line for row in rows_of(made)] == [1, 4]


def test_the_first_sheet_that_shows_is_read(workbook: Workbook) -> None:
    def hide(book: openpyxl.Workbook) -> None:
        book.create_sheet("second").append(["seen"])
        book.active.sheet_state = "hidden"

    assert cells_of(workbook([["unseen"]], hide)) == [["seen"]]


def test_what_a_formula_was_calculated_to_is_its_value() -> None:
    kept = BytesIO()
    book = xlsxwriter.Workbook(kept)
    book.add_worksheet().write_formula(0, 0, "=1+1", None, 2)
    book.close()
    assert cells_of(kept.getvalue()) == [[2]]


def test_a_formula_that_was_never_calculated_is_broken(workbook: Workbook) -> None:
    assert cells_of(workbook([["=1+1", "x"]])) == [[BrokenCell("=…"), "x"]]


def test_dates_are_told_from_numbers_by_their_format_in_chinese_too() -> None:
    kept = BytesIO()
    book = xlsxwriter.Workbook(kept)
    sheet = book.add_worksheet()
    for column, code in enumerate(('yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d", "#,##0.00", "[h]:mm")):
        sheet.write_number(0, column, 45_536, book.add_format({"num_format": code}))
    book.close()
    day = datetime(2024, 9, 1)
    assert cells_of(kept.getvalue()) == [[day, day, 45_536, 45_536]]


def test_days_since_1904_are_understood() -> None:
    kept = BytesIO()
    book = xlsxwriter.Workbook(kept, {"date_1904": True})
    book.add_worksheet().write_datetime(
        0, 0, datetime(2024, 9, 1), book.add_format({"num_format": "yyyy-mm-dd"})
    )
    book.close()
    assert cells_of(kept.getvalue()) == [[datetime(2024, 9, 1)]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_csv_is_read_in_the_encodings_of_chinese_offices(encoding: str) -> None:
    text = '资产编号,资产名称\r\nA-1,"投影机, 教学用"\r\n'
    assert cells_of(text.encode(encoding)) == [["资产编号", "资产名称"], ["A-1", "投影机, 教学用"]]


@pytest.mark.parametrize("delimiter", ["\t", ";", "，"])
def test_csv_may_be_divided_otherwise(delimiter: str) -> None:
    assert cells_of(f"a{delimiter}b\n1{delimiter}2\n".encode()) == [["a", "b"], ["1", "2"]]


def test_a_csv_record_of_several_lines_is_numbered_by_its_first() -> None:
    assert [row.line for row in rows_of(b'a\n"x\ny"\nz\n')] == [1, 2, 4]


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"PK\x03\x04 no zip",
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b'a,b\n"never ends',
        b"\xff\xff\xff",
    ],
)
def test_what_is_no_table_is_refused_with_one_line(content: bytes) -> None:
    with pytest.raises(FileUnreadable) as refused:
        rows_of(content)
    assert "\n" not in str(refused.value)


def test_a_truncated_workbook_is_refused_wherever_it_breaks_off(workbook: Workbook) -> None:
    whole = workbook([[f"A-{i}", "x" * 50, i] for i in range(200)])
    for length in range(0, len(whole) - 1, max(1, len(whole) // 12)):
        if length > 3:
            with pytest.raises(FileRefused):
                rows_of(whole[:length])


@settings(max_examples=15)
@given(at=st.integers(0, 5_000), value=st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(at: int, value: int) -> None:
    whole = bytearray(_WHOLE)
    whole[at % len(whole)] = value
    with suppress(FileRefused):
        rows_of(bytes(whole))


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _packed(sheet: str, **also: str) -> bytes:
    """A workbook of our own making around the XML of its only sheet."""
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="b"'
            f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="s" sheetId="1" r:id="i"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="i"'
            f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": sheet,
            **also,
        }.items():
            archive.writestr(name, text)
    return kept.getvalue()


def _sheet(rows: str) -> str:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


_WHOLE = _packed(_sheet("<row><c><v>1</v></c></row>"))


def test_a_small_file_of_ones_own_is_read() -> None:
    assert cells_of(_WHOLE) == [[1]]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = _packed("<worksheet><sheetData>" + " " * (40 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(FileTooDense):
        rows_of(bomb)


def test_a_bomb_whose_directory_lies_ends_with_the_process_that_reads_it() -> None:
    whole = _packed(_sheet("<row><c t='str'><v>" + "x" * (60 << 20) + "</v></c></row>"))
    lying = bytearray(whole)
    at = lying.rindex(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<I", 1_000)
    with pytest.raises((FileTooHeavy, FileUnreadable)):
        rows_of(bytes(lying), memory_bytes=120 << 20)


def test_more_than_is_taken_is_refused_packed_and_unpacked() -> None:
    with pytest.raises(FileTooLarge):
        rows_of(b"a" * 2_000, file_bytes=1_000)
    with pytest.raises(FileTooLarge):
        rows_of(_packed("<worksheet>" + "<x/>" * 10_000), unpacked_bytes=20_000)


def test_entities_are_never_written_out() -> None:
    entity = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    with pytest.raises(FileUnreadable):
        rows_of(_packed(entity + _sheet('<row><c t="str"><v>&a;</v></c></row>')))


def test_two_cells_in_opposite_corners_are_refused_in_one_line() -> None:
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    with pytest.raises(TooManyRows):
        rows_of(_packed(_sheet(f'{first}<row r="1048576"><c r="A1048576"><v>1</v></c></row>')))
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(FileTooHeavy) as refused:
        rows_of(_packed(_sheet(first + corner)))
    assert "\n" not in str(refused.value)


def test_a_text_that_repeats_endlessly_is_refused() -> None:
    shared = f'<sst xmlns="{_MAIN}"><si><t>{"x" * 4_000}</t></si></sst>'
    row = "<row>" + '<c t="s"><v>0</v></c>' * 100 + "</row>"
    relation = (
        f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="i" Type="{_OFFICE}/worksheet"'
        f' Target="worksheets/sheet1.xml"/><Relationship Id="t" Type="{_OFFICE}/sharedStrings"'
        ' Target="sharedStrings.xml"/></Relationships>'
    )
    parts = {"xl/sharedStrings.xml": shared, "xl/_rels/workbook.xml.rels": relation}
    with pytest.raises(FileTooHeavy):
        rows_of(_packed(_sheet(row * 400), **parts), memory_bytes=160 << 20, ratio=1_000)


def test_a_reader_that_takes_too_long_is_ended() -> None:
    slow = _packed(_sheet('<row><c t="str"><v>x</v></c></row>' * 300_000))
    with pytest.raises(FileTooHeavy):
        rows_of(slow, rows=1_000_000, ratio=1_000, silent_seconds=0)


def test_rows_and_cells_in_another_order_are_put_in_order() -> None:
    cells = '<c r="B2"><v>2</v></c><c r="A2"><v>1</v></c>'
    rows = f'<row r="2">{cells}</row><row r="1"><c r="C1"><v>0</v></c></row>'
    assert [tuple(row) for row in rows_of(_packed(_sheet(rows)))] == [
        (1, [None, None, 0]),
        (2, [1, 2]),
    ]


def test_errors_are_told_from_empty_cells() -> None:
    cells = (
        '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C2"><f>A1</f></c>'
        '<c r="D2" t="str"><f>A1</f><v></v></c><c r="E2"><v>1</v></c>'
    )
    rows = f'<row r="2">{cells}</row><row r="4"><c r="A4" t="e"><v>#REF!</v></c></row>'
    assert [tuple(row) for row in rows_of(_packed(_sheet(rows)))] == [
        (2, [None, BrokenCell("#DIV/0!"), BrokenCell("=…"), None, 1]),
        (4, [BrokenCell("#REF!")]),
    ]


def test_the_reading_process_knows_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, object]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: Any) -> None:
            started.append(options)
            super().__init__(command, **options)

    monkeypatch.setenv("FLEET_SECRET_KEY", "x")
    monkeypatch.setattr("inventory.exchange.xlsx.rows.subprocess.Popen", Noted)
    assert cells_of(_WHOLE) == [[1]]
    assert started[0]["env"] == {"LANG": "C.UTF-8"}
    assert "pass_fds" not in started[0]


def test_a_reader_that_is_left_ends_its_process(workbook: Workbook) -> None:
    for _time in range(5):
        rows = read_rows(Source("x", workbook([["x", i] for i in range(2_000)])))
        assert next(rows).cells == ["x", 0]
        rows.close()


def test_more_than_ten_thousand_columns_are_refused(workbook: Workbook) -> None:
    with pytest.raises(TooManyColumns) as refused:
        rows_of(workbook([["x"] * 10_001]))
    assert refused.value.arguments["line"] == 1
    with pytest.raises(TooManyColumns):
        rows_of((",".join("x" * 10_001)).encode())


def test_a_document_in_a_cell_is_refused(workbook: Workbook) -> None:
    for content in (workbook([["x" * 5_000]]), b"x" * 5_000):
        with pytest.raises(CellTooLong):
            rows_of(content)


def test_more_rows_than_are_taken_are_refused(workbook: Workbook) -> None:
    for content in (workbook([["x"]] * 30), b"x\n" * 30):
        with pytest.raises(TooManyRows):
            rows_of(content, rows=20)


def test_an_encrypted_part_is_refused() -> None:
    broken = bytearray(_WHOLE)
    at = broken.index(b"PK\x01\x02")
    broken[at + 8] |= 1
    with pytest.raises(FileUnreadable):
        rows_of(bytes(broken))


def test_rich_text_is_read_without_how_to_pronounce_it() -> None:
    rich = "<r><t>东</t></r><rPh><t>とう</t></rPh><r><t>京</t></r>"
    cells = f'<c t="inlineStr"><is>{rich}</is></c><c t="inlineStr"><is><t>x</t></is></c>'
    assert cells_of(_packed(_sheet(f"<row>{cells}</row>"))) == [["东京", "x"]]
