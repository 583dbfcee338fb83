"""Cells as Chinese ledgers write them."""

# ruff: noqa: DTZ001 - days of a calendar have no zone

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.exchange.faults import Why
from inventory.exchange.junk import is_junk
from inventory.exchange.layout import Column, Holds
from inventory.exchange.ledger import DEVICES
from inventory.exchange.mapping import match
from inventory.exchange.values import Unfit, is_blank, plain_text, value_of
from inventory.exchange.xlsx import BrokenCell


def read(holds: Holds, cell: object, **more: object) -> object:
    column = Column("field", "Heading", "标题", holds=holds, **more)  # type: ignore[arg-type]
    return value_of(column, cell, {"投影机": "projector"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell",
    [
        "2024-09-01",
        "2024/9/1",
        "2024.9.1",
        "2024年9月1日",
        "２０２４年９月１日",
        "20240901",
        "2024年9月",
        "2024-09",
        "二〇二四年九月一日",
        "2024-09-01 08:30:00",
        "2024-09-01T08:30",
        datetime(2024, 9, 1, 8, 30),
        45_536,
        20240901,
    ],
)
def test_days_are_read_as_people_write_them(cell: object) -> None:
    assert read(Holds.day, cell) == date(2024, 9, 1)


def test_chinese_numerals_count_to_thirty_one() -> None:
    assert read(Holds.day, "二〇二四年十二月三十一日") == date(2024, 12, 31)
    assert read(Holds.day, "二零二四年十月二十日") == date(2024, 10, 20)


def test_a_month_without_a_day_ends_a_warranty_on_its_last() -> None:
    assert read(Holds.last_day, "2024年2月") == date(2024, 2, 29)


@pytest.mark.parametrize(
    "cell", ["24-9-1", "2024-13-01", "2024-02-30", "soon", 7, True, "1/9/2024"]
)
def test_what_is_no_day_is_refused(cell: object) -> None:
    with pytest.raises(Unfit) as unfit:
        read(Holds.day, cell)
    assert unfit.value.why is Why.not_a_date


@pytest.mark.parametrize("cell", ["1848-01-01", "2224-09-01"])
def test_a_year_that_cannot_be_meant_is_refused(cell: str) -> None:
    with pytest.raises(Unfit) as unfit:
        read(Holds.day, cell)
    assert unfit.value.why is Why.date_far


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("12,345.60", "12345.60"),
        ("¥12,345.6元", "12345.60"),
        ("１２３４５．６", "12345.60"),
        ("1.2万元", "12000.00"),
        (12_345.6, "12345.60"),
        (0.1 + 0.2, "0.30"),
        ("2.345", "2.35"),
        ("2.344", "2.34"),
        (8, "8.00"),
    ],
)
def test_money_is_read_to_the_cent_and_halves_go_up(cell: object, amount: str) -> None:
    assert read(Holds.money, cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["-5", "1,23", "12 yuan", "1e9", "NaN", True, float("nan"), "½"])
def test_what_is_no_money_is_refused(cell: object) -> None:
    with pytest.raises(Unfit) as unfit:
        read(Holds.money, cell)
    assert unfit.value.why is Why.not_an_amount


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_any_amount_comes_back_as_it_was_written(amount: Decimal) -> None:
    for text in (f"{amount:,}", f"{amount}", f"￥{amount:,}元"):
        assert read(Holds.money, text) == amount


def test_a_number_typed_as_a_number_is_the_same_text() -> None:
    assert read(Holds.number, 20_230_001) == "20230001"
    assert read(Holds.number, " ＺＣ－０１ ") == "ZC-01"


def test_a_number_whose_digits_excel_lost_is_refused() -> None:
    with pytest.raises(Unfit) as unfit:
        read(Holds.number, 20_230_001_000_100_010.0)
    assert unfit.value.why is Why.digits_lost


@pytest.mark.parametrize(
    ("holds", "cell", "why"),
    [
        (Holds.text, BrokenCell("#REF!"), Why.broken),
        (Holds.text, "x" * 300, Why.too_long),
        (Holds.whole, "2.5", Why.not_a_number),
        (Holds.whole, "99999999999", Why.too_large),
        (Holds.truth, "maybe", Why.not_yes_or_no),
        (Holds.choice, "课桌", Why.unknown_word),
        (Holds.year, "2026-2028", Why.not_a_year),
    ],
)
def test_what_does_not_fit_tells_why(holds: Holds, cell: object, why: Why) -> None:
    with pytest.raises(Unfit) as unfit:
        read(holds, cell)
    assert unfit.value.why is why


def test_choices_truths_and_years_are_words() -> None:
    assert read(Holds.choice, " 投影机（教学） ") == "projector"
    assert (read(Holds.truth, "是"), read(Holds.truth, "No"), read(Holds.truth, "√")) == (
        True,
        False,
        True,
    )
    assert read(Holds.year, "2026-2027学年") == 2026


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "N/A", "/", "—", "　"])
def test_blanks_are_blank_in_words_too(cell: str | None) -> None:
    assert is_blank(cell)


def test_invisible_characters_are_no_part_of_a_text() -> None:
    assert plain_text("\u200bA\u00a01\r\n") == "A 1"
    assert plain_text("'=1+1") == "=1+1"


@pytest.mark.parametrize(
    "number", ["0", "0000", "无编号", "123456", "****", "-", "xxx", "test", "00-00"]
)
def test_junk_is_no_asset_number(number: str) -> None:
    assert is_junk(number)


@pytest.mark.parametrize("number", ["1", "42", "TY20230001", "2023-0001", "A1"])
def test_plain_numbers_are_asset_numbers(number: str) -> None:
    assert not is_junk(number)


def test_headings_of_ledgers_are_known() -> None:
    headings = (
        *("序号", "资产编号", "资产名称", "规格型号", "取得日期", "原值（元）", "使用部门"),
        *("存放地点", "保管人", "备注"),
    )
    assert match(DEVICES, headings) == {
        "asset_number": "资产编号",
        "name": "资产名称",
        "model": "规格型号",
        "purchased_on": "取得日期",
        "price_cny": "原值（元）",
        "school": "使用部门",
        "room": "存放地点",
        "custodian": "保管人",
    }


def test_a_better_heading_wins_and_each_is_taken_once() -> None:
    found = match(DEVICES, ("单价", "原值", "价格", "*资产编号*", "Asset number"))
    assert found == {"asset_number": "*资产编号*", "price_cny": "原值"}
