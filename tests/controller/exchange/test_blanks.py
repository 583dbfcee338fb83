"""Empty workbooks: every column is known again, and a row that is filled in is taken."""

from io import BytesIO

import openpyxl
import pytest
from sqlmodel import Session

from controller.exchange.blanks import write_blank
from controller.language import language
from drivers.readings import Kind
from inventory.assets.custom import FieldWish, define_field
from inventory.exchange.importing import layout_of
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.mapping import match


def blank(session: Session, layout: str, lang: str = "zh_CN") -> openpyxl.Workbook:
    kept = BytesIO()
    write_blank(kept, layout_of(session, layout), language(lang))
    return openpyxl.load_workbook(kept)


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_every_heading_of_an_empty_workbook_is_known(two_counties: Session, lang: str) -> None:
    define_field(two_counties, Kind.ups, "battery_on", FieldWish(label="换电池日期"))
    for name in LAYOUTS:
        layout = layout_of(two_counties, name)
        book = blank(two_counties, name, lang)
        headings = [str(cell.value) for cell in book.worksheets[0][1]]
        assert set(match(layout, headings)) == {column.field for column in layout.columns}
        needed = {h for h in headings if h.endswith("*")}
        assert len(needed) == sum(column.needed for column in layout.columns)


def test_a_choice_is_a_list_of_words_that_are_taken(two_counties: Session) -> None:
    book = blank(two_counties, "rooms")
    page, words = book.worksheets
    [offered] = page.data_validations.dataValidation
    assert (offered.type, str(offered.sqref)) == ("list", "D2:D5001")
    told = [cell.value for cell in words["A"]]
    assert told[0] == "房间类型"
    assert "图书室" in told or "计算机教室" in told
    assert offered.formula1 == f"'{words.title}'!$A$2:$A${len(told)}"
