"""Files that go out: what they say comes in again, and nothing in them is a command."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.exchange.tables import Source, read_rows
from inventory.exchange.values import plain_text
from inventory.exchange.writing import csv_chunks, guarded
from inventory.exchange.xlsx.writer import DANGEROUS, Sheet, Shown, write_sheets

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)


def workbook(*sheets: Sheet) -> bytes:
    kept = BytesIO()
    write_sheets(kept, sheets)
    return kept.getvalue()


def of_rows(*rows: Sequence[Shown]) -> bytes:
    return workbook(Sheet("表", [f"c{n}" for n in range(len(rows[0]))], rows))


def test_another_program_reads_what_is_written() -> None:
    book = openpyxl.load_workbook(
        BytesIO(
            workbook(
                Sheet("设备/一", ["名称", "价"], [["投影 <&>", Decimal("12800.50")]]),
                Sheet("日子", ["日"], [[date(2026, 9, 1)], [None], [date(2024, 2, 29)]]),
            )
        )
    )
    assert book.sheetnames == ["设备 一", "日子"]
    first, second = book.worksheets
    assert [[cell.value for cell in row] for row in first] == [
        ["名称", "价"],
        ["投影 <&>", 12800.5],
    ]
    assert first["A1"].font.bold
    assert first["B2"].number_format == "#,##0.00"
    assert first.freeze_panes == "A2"
    assert first.auto_filter.ref == "A1:B2"
    assert first.column_dimensions["A"].width > 0
    days = [str(row[0].value)[:10] for row in second]
    assert days == ["日", "2026-09-01", "None", "2024-02-29"]


@settings(max_examples=20)
@given(st.lists(st.tuples(TEXTS, st.integers(0, 10**14), TEXTS), min_size=1, max_size=5))
def test_texts_and_numbers_come_in_again(rows: list[tuple[str, int, str]]) -> None:
    book = openpyxl.load_workbook(BytesIO(of_rows(*rows)))
    assert all(cell.data_type != "f" for row in book.active for cell in row)
    found = {row.line: row.cells for row in read_rows(Source("x", of_rows(*rows)))}
    for line, (first, number, _last) in enumerate(rows, start=2):
        assert found[line][1] == number
        kept = found[line][0]
        assert (
            plain_text(kept if isinstance(kept, str) else "")
            == plain_text("".join(c for c in first if c in "\t\n\r" or c.isprintable()))
            or not first.isprintable()
        )


@given(st.sampled_from(DANGEROUS), TEXTS)
def test_no_cell_is_a_command(begin: str, rest: str) -> None:
    text = begin + rest
    [row] = list(openpyxl.load_workbook(BytesIO(of_rows([text]))).active.iter_rows(min_row=2))
    assert row[0].data_type in ("s", "n", "inlineStr")
    assert row[0].quotePrefix
    content = b"".join(csv_chunks(["c"], [[text]])).decode("utf-8-sig")
    assert content.partition("\r\n")[2].lstrip('"').startswith("'")
    assert guarded(text) == f"'{text}"


def test_a_text_of_marks_is_no_markup() -> None:
    text = '<r></is></c><c r="A2"><f>1+1</f></c></r>'
    [[cell]] = openpyxl.load_workbook(BytesIO(of_rows([text]))).active.iter_rows(min_row=2)
    assert (cell.data_type, cell.value) == ("s", text)


def test_whoever_waits_is_told_of_rows_and_may_end_it() -> None:
    told: list[int] = []

    def written(rows: int) -> None:
        told.append(rows)
        if rows == 1_500:
            raise InterruptedError

    sheets = [Sheet(name, ["c"], [["x"]] * 1_000) for name in "ab"]
    with pytest.raises(InterruptedError):
        write_sheets(BytesIO(), sheets, written)
    assert told == [500, 1_000, 1_500]


def test_a_long_text_is_cut_to_what_a_cell_takes() -> None:
    [row] = openpyxl.load_workbook(BytesIO(of_rows(["x" * 40_000]))).active.iter_rows(min_row=2)
    assert len(row[0].value) == 32_767
