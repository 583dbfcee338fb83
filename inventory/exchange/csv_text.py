"""CSV as Chinese offices make it: UTF-8 with or without a mark, GB18030, UTF-16 from Excel."""

import csv
from collections.abc import Generator, Sequence
from io import StringIO

from inventory.exchange.errors import CellTooLong, FileUnreadable, TooManyColumns, TooManyRows
from inventory.exchange.limits import Limits

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: GB18030 holds every character of GBK and GB 2312.
_WITHOUT_MARK = ("utf-8", "gb18030")
_DELIMITERS = (",", "\t", ";", "，")
_SAMPLE = 8_192


def csv_rows(content: bytes, limits: Limits) -> Generator[tuple[int, Sequence[str]], None, None]:
    """Rows with the number of the line each begins in.

    Raises:
        FileUnreadable: no text in one of these encodings, or quotes that never end.
        TooManyRows, TooManyColumns, CellTooLong: beyond the limits.
    """
    text = _decoded(content)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    begins = 1
    try:
        for cells in reader:
            if begins > limits.rows:
                raise TooManyRows(limit=limits.rows)
            if len(cells) > limits.columns:
                raise TooManyColumns(line=begins, limit=limits.columns)
            if any(len(cell) > limits.cell for cell in cells):
                raise CellTooLong(line=begins, limit=limits.cell)
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise FileUnreadable from error


def _decoded(content: bytes) -> str:
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else _WITHOUT_MARK:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Programs and pictures decode as GB18030 often enough; texts have no control characters.
        if "\0" in text:
            break
        return text
    raise FileUnreadable


def _delimiter(text: str) -> str:
    """The delimiter there is most of outside quotes, in the beginning of the text."""
    outside = "".join(text[:_SAMPLE].split('"')[::2])
    return max(_DELIMITERS, key=outside.count)
