"""Files as rows: what offices send, what is broken, and what means harm."""

# ruff: noqa: DTZ001 - days of a calendar have no zone

import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from inventory.exchange.errors import (
    CellTooLong,
    FileRefused,
    FileTooDense,
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
    for length in range(0, len(whole) - 1, max(1, len(whole) // 60)):
        if length > 3:
            with pytest.raises(FileRefused):
                rows_of(whole[:length])


@given(at=st.integers(0, 5_000), value=st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(at: int, value: int) -> None:
    whole = bytearray(_WHOLE)
    whole[at % len(whole)] = value
    with suppress(FileRefused):
        rows_of(bytes(whole))


def _packed(sheet: str | bytes, **also: str) -> bytes:
    """A workbook of our own making around the XML of its sheet."""
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {
            "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="s" r:id="i"/></sheets>'
            "</workbook>",
            "xl/_rels/workbook.xml.rels": '<R><Relationship Id="i"'
            ' Target="worksheets/sheet1.xml"/></R>',
            "xl/worksheets/sheet1.xml": sheet,
            **also,
        }.items():
            archive.writestr(name, text)
    return kept.getvalue()


_WHOLE = _packed("<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>")


def test_a_small_file_of_ones_own_is_read() -> None:
    assert cells_of(_WHOLE) == [[1]]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = _packed("<worksheet><sheetData>" + " " * (40 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(FileTooDense):
        rows_of(bomb)


def test_more_than_is_taken_is_refused_packed_and_unpacked() -> None:
    with pytest.raises(FileTooLarge):
        rows_of(b"a" * 2_000, file_bytes=1_000)
    with pytest.raises(FileTooLarge):
        rows_of(_packed("<worksheet>" + "<x/>" * 10_000), unpacked_bytes=20_000)


def test_entities_are_refused() -> None:
    with pytest.raises(FileUnreadable):
        rows_of(_packed('<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'))


def test_a_cell_in_the_last_corner_costs_nothing() -> None:
    corner = '<worksheet><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></worksheet>'
    with pytest.raises(TooManyRows):
        rows_of(_packed(corner))


def test_rows_and_cells_that_repeat_themselves_are_refused() -> None:
    with pytest.raises(FileUnreadable):
        rows_of(_packed('<worksheet><row r="2"/><row r="2"/></worksheet>'))
    with pytest.raises(FileUnreadable):
        rows_of(_packed('<worksheet><row><c r="B1"/><c r="A1"/></row></worksheet>'))
    with pytest.raises(FileTooDense):
        rows_of(_packed("<worksheet>" + "<x/>" * 2_000), elements=1_000)


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
    shared = "<sst><si><r><t>东</t></r><rPh><t>とう</t></rPh><r><t>京</t></r></si></sst>"
    cells = '<c t="s"><v>0</v></c><c t="inlineStr"><is><t>x</t></is></c>'
    sheet = f"<worksheet><row>{cells}</row></worksheet>"
    assert cells_of(_packed(sheet, **{"xl/sharedStrings.xml": shared})) == [["东京", "x"]]
