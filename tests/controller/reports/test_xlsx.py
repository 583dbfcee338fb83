"""Formulas of the workbook, worked out again by other means than the program that wrote them."""

import io
import re
from typing import Any

import numpy as np
import openpyxl
import pytest
from msgspec.structs import replace

from controller.language import language
from controller.reports.content import ReportContent, ReportKind
from controller.reports.xlsx import xlsx
from tests.controller.reports.city import content, issued

_RANGE = re.compile(r"(?:'([^']*)'!)?(\$?[A-Z]+\$?\d+):(\$?[A-Z]+\$?\d+)")
_CELL = re.compile(r"(?<![A-Z'\"$\d])(\$?[A-Z]{1,2}\$?\d+)(?!\()")


class _Sheet:
    """What a formula of one sheet comes to: SUM, SUMPRODUCT, IF, OR and arithmetic."""

    def __init__(self, book: Any, name: str) -> None:
        self._book, self._name = book, name

    def value(self, formula: str) -> Any:
        kept: list[Any] = []

        def keep(value: Any) -> str:
            kept.append(value)
            return f"kept[{len(kept) - 1}]"

        text = _RANGE.sub(lambda m: keep(self._block(m[1] or self._name, m[2], m[3])), formula[1:])
        text = _CELL.sub(lambda m: keep(self._cell(self._name, m[1])), text)
        text = re.sub(r"(?<![<>=])=(?!=)", "==", text).replace("--", "1*")
        known = {
            "kept": kept,
            "SUM": lambda block: sum(x for x in block if x is not None),
            "SUMPRODUCT": lambda block: int(np.sum(block)),
            "OR": lambda *any_of: any(any_of),
            "IF": lambda test, then, otherwise: then if test else otherwise(),
        }
        text = re.sub(r'^(IF\(.*,"",)(.*)\)$', r"\1lambda: \2)", text)
        return eval(text, known)  # noqa: S307 - formulas of our own

    def _cell(self, sheet: str, place: str) -> Any:
        value = self._book[sheet][place.replace("$", "")].value
        if isinstance(value, str) and value.startswith("="):
            return _Sheet(self._book, sheet).value(value)
        return "" if value is None else value

    def _block(self, sheet: str, first: str, last: str) -> Any:
        rows = self._book[sheet][f"{first}:{last}".replace("$", "")]
        places = [cell.coordinate for row in rows for cell in row]
        return np.array([self._cell(sheet, place) for place in places])


def _books(made: ReportContent) -> tuple[Any, Any]:
    file = xlsx(made, language("zh_CN"))
    written = openpyxl.load_workbook(io.BytesIO(file))
    return written, openpyxl.load_workbook(io.BytesIO(file), data_only=True)


@pytest.mark.parametrize("kind", ReportKind)
def test_every_formula_comes_to_what_is_kept_beside_it(kind: ReportKind) -> None:
    formulas, values = _books(content(kind=kind))
    seen = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    seen += 1
                    kept = values[sheet.title][cell.coordinate].value
                    found = _Sheet(formulas, sheet.title).value(cell.value)
                    where = f"{sheet.title} {cell.coordinate} {cell.value}"
                    assert found == pytest.approx("" if kept is None else kept), where
    assert seen > 60


def test_sheets_have_filters_and_headings_that_stay() -> None:
    _, book = _books(content())
    for name in ("学校", "学校各项目标", "分组统计", "逐月趋势", "不计入判定的时段"):
        assert book[name].auto_filter.ref, name
        assert book[name].freeze_panes == "A2", name
    assert book["学校各项目标"]["F2"].value == 100
    assert book["摘要"]["A1"].value == "学校网络带宽达标报告 · 嘉兴市"
    assert "草稿" in book["摘要"]["A2"].value
    _, signed = _books(issued(content()))
    assert signed["摘要"]["A2"].value == "2026年9月 · 嘉教〔2026〕18号"


def test_names_that_look_like_formulas_stay_texts() -> None:
    made = content(2)
    evil = '=HYPERLINK("http://example.invalid","x")'
    first = made.schools[0]
    school = replace(first, school=replace(first.school, name=evil), provider="=1+1")
    book, _ = _books(replace(made, schools=(school, made.schools[1])))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    found = [cell for cell in cells if cell.value in (evil, "=1+1")]
    assert len(found) == 3
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in found)
