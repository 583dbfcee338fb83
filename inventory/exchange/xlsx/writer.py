"""Workbooks written while they are sent: texts, numbers, days and amounts, and nothing else.

A register has four million cells. Each costs a look-up and a piece of text here; the parts that a
workbook needs beside its sheets are the least that ECMA-376 asks for. Texts stand in their cells,
so nothing is kept for the end, and what goes out can be sent as it comes.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias
from xml.sax.saxutils import escape, quoteattr

#: What a cell that is written out may hold.
Shown: TypeAlias = str | int | Decimal | date | None
#: What begins like a formula, in any width.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: Numbers of the cell styles in ``_STYLES``.
_BOLD, _DAY, _MONEY, _TEXT = 1, 2, 3, 4
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"'
    ' applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
#: What no XML holds (XML 1.0, 2.2), and a carriage return, which reading would make a line feed.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKED = re.compile("[<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EPOCH = date(1899, 12, 30).toordinal()
_DAY_SECONDS: Final = 86_400
#: What Excel takes in one cell.
_LONGEST = 32_767
_WIDTHS = range(8, 41)
#: Rows whose text travels together, and cells of a sheet that are remembered.
_AT_ONCE = 500
_REMEMBERED = 20_000
_LETTERS = 26
#: Texts of cells repeat so much that trying harder hardly makes the file smaller.
_COMPRESSION = 2
#: Characters that no name of a sheet has, and the longest one.
_NO_NAME = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31


class Sheet(NamedTuple):
    """One table of a workbook: its name, a heading a column, and as many values a row."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Shown]]


class _Sink:
    """Takes what zipfile writes, until it is sent."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits: ``taken`` asks for it."""

    def close(self) -> None:
        """What it holds is sent all the same."""

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


def xlsx_chunks(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """The bytes of a workbook, sheet after sheet; rows are asked for as they are sent.

    Args:
        sheets: with names that differ; rows of one are read before those of the next.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as package:
        for name, text in _parts(sheets):
            package.writestr(name, text)
        for number, sheet in enumerate(sheets, start=1):
            with package.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                for text in _sheet(sheet):
                    part.write(text.encode())
                    if data := sink.taken():
                        yield data
    yield sink.taken()


def _parts(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    """Everything beside the sheets."""
    numbers = range(1, len(sheets) + 1)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{kinds}</Types>',
    )
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    names = "".join(
        f'<sheet name={quoteattr(_name(sheet.title))} sheetId="{n}" r:id="rId{n}"/>'
        for n, sheet in enumerate(sheets, start=1)
    )
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
    )
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")])
    yield "xl/styles.xml", _STYLES


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _name(title: str) -> str:
    return _NO_NAME.sub(" ", title)[:_LONGEST_NAME]


def _sheet(sheet: Sheet) -> Iterator[str]:
    """One sheet: a heading that stays, then rows, some hundred of them at a time."""
    letters = [_letters(column) for column in range(len(sheet.headings))]
    widths = "".join(
        f'<col min="{n}" max="{n}" customWidth="1"'
        f' width="{min(_WIDTHS[-1], max(_WIDTHS[0], 2 * len(heading)))}"/>'
        for n, heading in enumerate(sheet.headings, start=1)
    )
    heads = "".join(
        f'<c r="{letter}1"{_body_of_text(heading, _BOLD)}'
        for letter, heading in zip(letters, sheet.headings, strict=True)
    )
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols>"
        f'<sheetData><row r="1">{heads}</row>'
    )
    parts: list[str] = []
    #: The end of a cell by the type and the value of it: ledgers say the same again and again.
    known: defaultdict[type, dict[Shown, str]] = defaultdict(dict)
    for line, row in enumerate(sheet.rows, start=2):
        parts.append(f'<row r="{line}">')
        for letter, value in zip(letters, row, strict=True):
            if value is None or value == "":
                continue
            bodies = known[type(value)]
            body = bodies.get(value)
            if body is None:
                body = _body(value)
                if len(bodies) < _REMEMBERED:
                    bodies[value] = body
            parts.append(f'<c r="{letter}{line}"{body}')
        parts.append("</row>")
        if line % _AT_ONCE == 0:
            yield "".join(parts)
            parts.clear()
    yield "".join(parts) + "</sheetData></worksheet>"


def _body(value: Shown) -> str:
    """What follows the place of a cell, to the end of its element."""
    if isinstance(value, str):
        return _body_of_text(value, _TEXT if value.startswith(DANGEROUS) else 0)
    if isinstance(value, datetime):
        seconds = value.hour * 3_600 + value.minute * 60 + value.second
        return f' s="{_DAY}"><v>{value.toordinal() - _EPOCH + seconds / _DAY_SECONDS}</v></c>'
    if isinstance(value, date):
        return f' s="{_DAY}"><v>{value.toordinal() - _EPOCH}</v></c>'
    style = f' s="{_MONEY}"' if isinstance(value, Decimal) else ""
    return f"{style}><v>{value}</v></c>"


def _body_of_text(text: str, style: int) -> str:
    text = text[:_LONGEST]
    if _MARKED.search(text):
        text = escape(_NOT_XML.sub("", text), {"\r": "&#13;"})
    kept = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    styled = f' s="{style}"' if style else ""
    return f'{styled} t="inlineStr"><is><t{kept}>{text}</t></is></c>'


def _letters(column: int) -> str:
    """Column 2 is ``C``."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return letters
