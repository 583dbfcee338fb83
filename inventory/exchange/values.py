"""Cells become values, in the ways Chinese ledgers write them.

Each function takes a cell and raises ``Unfit`` with the reason; none of them guesses.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from inventory.exchange.faults import Why
from inventory.exchange.layout import Column, Holds, plain
from inventory.exchange.tables import Cell
from inventory.exchange.xlsx import BrokenCell

#: Ledgers write these where they mean nothing.
BLANKS = frozenset(
    {"", "无", "暂无", "未知", "不详", "待定", "na", "n/a", "null", "none", "nil", "—", "――"}
    | {"-", "--", "---", "/", "\\", "?", "??", "空", "没有", "#n/a"}
)
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2100, 12, 31)
#: Excel's day number 1 is 1900-01-01, and it believes in a 29 February of that year.
_EXCEL_ZERO = date(1899, 12, 30)
#: Day numbers of 1954 to 2119: no other number in a column of dates is one of them.
_DAY_NUMBERS = range(20_000, 80_001)
#: From here on a binary number of Excel no longer has all digits somebody typed.
_EXACT = 10**15
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*(?:[-/.月]\s*(?:(\d{1,2})\s*日?)?)?"
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?\Z"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
_DIGITS = dict(zip("〇零○一二三四五六七八九", "000123456789", strict=True))
_YEAR = re.compile(r"(\d{4})(?:\s*[-~/—至]+\s*(\d{4}))?\s*学?年?度?\Z")
_AMOUNT = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+")
_CURRENCY = re.compile(r"^(?:rmb|cny|¥|￥)|(?:元整?|圆整?|rmb|cny)$")
_TEN_THOUSAND = "万"
_GUARDED = tuple(f"'{c}" for c in "=+-@\t\r\n＝＋－＠")
_YES = frozenset({"是", "有", "y", "yes", "true", "1", "√", "✓", "对", "公办"})
_NO = frozenset({"否", "无", "n", "no", "false", "0", "×", "✗", "民办"})


class Unfit(Exception):
    """A cell that is not what its column holds.

    Args:
        why: the reason.
        column: the field it is about, where whoever asks does not know.
        arguments: fields of the reason's words.
    """

    def __init__(self, why: Why, /, column: str = "", **arguments: object) -> None:
        self.why = why
        self.column = column
        self.arguments = arguments
        super().__init__(why)


def is_blank(cell: Cell) -> bool:
    """Whether a cell says nothing, in words or without."""
    if cell is None:
        return True
    return isinstance(cell, str) and plain_text(cell).casefold() in BLANKS


def plain_text(text: str) -> str:
    """A text as it is kept: without spaces around it and characters nobody sees."""
    if text.startswith(_GUARDED):
        # What ``writing.guarded`` put before it, so that what goes out comes in again.
        text = text[1:]
    if text.isprintable():
        return text.strip(" 　")
    kept = (" " if c.isspace() else c for c in text if c.isprintable() or c.isspace())
    return " ".join("".join(kept).split())


def value_of(column: Column, cell: Cell, vocabulary: Mapping[str, str]) -> Any:
    """What a cell of this column holds.

    Args:
        column: says how it is read.
        cell: not blank.
        vocabulary: words of a choice, as ``layout.plain`` makes them, to the value of each.

    Raises:
        Unfit: it holds something else.
    """
    if isinstance(cell, BrokenCell):
        raise Unfit(Why.broken)
    if column.holds is Holds.choice:
        return _choice(cell, vocabulary)
    return _READERS[column.holds](column, cell)


def _text(column: Column, cell: Cell) -> str:
    text = plain_text(_as_text(cell))
    if column.holds is Holds.number:
        text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > column.longest:
        raise Unfit(Why.too_long, longest=column.longest)
    return text


def _as_text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT:
            raise Unfit(Why.digits_lost)
        return str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)


def _day(column: Column, cell: Cell) -> date:
    day = _told_day(cell, last=column.holds is Holds.last_day)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Unfit(Why.date_far, first=FIRST_DAY, last=LAST_DAY)
    return day


def _told_day(cell: Cell, *, last: bool) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, int) and not isinstance(cell, bool) and cell in _DAY_NUMBERS:
        return _EXCEL_ZERO + timedelta(days=cell)
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    found = _COMPACT.match(text) or _DAY.match(text) or _DAY.match(_with_digits(text))
    if found is None:
        raise Unfit(Why.not_a_date)
    year, month = int(found[1]), int(found[2])
    try:
        if found[3] is None:
            return date(year, month, monthrange(year, month)[1] if last else 1)
        return date(year, month, int(found[3]))
    except ValueError:
        raise Unfit(Why.not_a_date) from None


def _with_digits(text: str) -> str:
    """``二〇二四年十二月三日`` with digits; other texts come out as they are, or as nonsense."""
    text = re.sub(r"([一二三])?十([一二三四五六七八九])?", _tens, text)
    return "".join(_DIGITS.get(c, c) for c in text)


def _tens(found: "re.Match[str]") -> str:
    return (found[1] or "一") + (found[2] or "零")


def _amount(column: Column, cell: Cell) -> Decimal:
    before, after = column.digits
    why = Why.not_an_amount if column.holds is Holds.money else Why.not_a_number
    if isinstance(cell, bool | datetime):
        raise Unfit(why)
    if isinstance(cell, int | float):
        # The shortest text that means this number: 0.1 + 0.2 is not 0.3 in a sheet either.
        text, times = str(cell), 1
    else:
        text, times = _told_amount(str(cell), why)
    try:
        amount = Decimal(text.replace(",", "")) * times
    except InvalidOperation:
        raise Unfit(why) from None
    if not amount.is_finite() or amount < 0:
        raise Unfit(why)
    if amount >= 10**before:
        raise Unfit(Why.too_large, most=f"{10**before - 1:,}")
    return amount.quantize(Decimal(1).scaleb(-after), ROUND_HALF_UP)


def _told_amount(text: str, why: Why) -> tuple[str, int]:
    text = unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
    text = _CURRENCY.sub("", _CURRENCY.sub("", text).removesuffix("mbps").removesuffix("m"))
    times = 1
    if text.endswith(_TEN_THOUSAND):
        text, times = text.removesuffix(_TEN_THOUSAND), 10_000
    if not _AMOUNT.fullmatch(text):
        raise Unfit(why)
    return text, times


def _whole(column: Column, cell: Cell) -> int:
    text = unicodedata.normalize("NFKC", str(cell)).strip().replace(",", "")
    text = text.removesuffix(".0")
    if isinstance(cell, bool) or not (text.isascii() and text.isdigit()):
        raise Unfit(Why.not_a_number)
    if len(text) > len(str(column.most)) or int(text) > column.most:
        raise Unfit(Why.too_large, most=f"{column.most:,}")
    return int(text)


def _year(_column: Column, cell: Cell) -> int:
    found = _YEAR.match(unicodedata.normalize("NFKC", str(cell)).strip())
    if found is None or (found[2] and int(found[2]) != int(found[1]) + 1):
        raise Unfit(Why.not_a_year)
    if not FIRST_DAY.year <= int(found[1]) <= LAST_DAY.year:
        raise Unfit(Why.date_far, first=FIRST_DAY.year, last=LAST_DAY.year)
    return int(found[1])


def _truth(_column: Column, cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    word = plain(str(cell))
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unfit(Why.not_yes_or_no)


def _choice(cell: Cell, vocabulary: Mapping[str, str]) -> str:
    found = vocabulary.get(plain(str(cell)))
    if found is None:
        raise Unfit(Why.unknown_word)
    return found


_READERS: Mapping[Holds, Callable[[Column, Cell], Any]] = {
    Holds.text: _text,
    Holds.number: _text,
    Holds.day: _day,
    Holds.last_day: _day,
    Holds.money: _amount,
    Holds.decimal: _amount,
    Holds.whole: _whole,
    Holds.year: _year,
    Holds.truth: _truth,
}
