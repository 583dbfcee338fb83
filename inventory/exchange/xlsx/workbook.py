"""What a sheet needs to be read: where it is, its texts, and which numbers are dates."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inventory.exchange.errors import CellTooLong, FileUnreadable
from inventory.exchange.limits import Limits
from inventory.exchange.xlsx.package import Package, local, parser_of

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
#: Number formats that are dates without being written down in the file (18.8.30 of ECMA-376; those
#: from 27 on belong to Chinese, Japanese and Korean).
_DATES = frozenset({14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)})
#: Parts of a format that are no codes: quoted texts, escaped characters, colours and conditions.
_NO_CODES = re.compile(r'"[^"]*"|\\.|_.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_DATE_CODES = re.compile(r"[yd]|mmm", re.IGNORECASE)
#: A hidden sheet has ``hidden`` or ``veryHidden``.
_VISIBLE = "visible"


@dataclass(frozen=True, slots=True)
class Workbook:
    """Of a workbook, what its first visible sheet needs.

    Args:
        sheet: name of the part.
        texts: shared strings.
        dates: numbers of the cell styles that show dates.
        since_1904: whether days count from 1904 instead of 1900.
    """

    sheet: str
    texts: Sequence[str]
    dates: frozenset[int]
    since_1904: bool


def open_workbook(package: Package, limits: Limits) -> Workbook:
    """Find the first visible sheet and what belongs to it.

    Raises:
        FileUnreadable: there is none.
    """
    book = _Elements("sheet", "workbookPr")
    _parse(package, _WORKBOOK, book)
    sheet = next((a for a in book.of("sheet") if a.get("state", _VISIBLE) == _VISIBLE), None)
    if sheet is None:
        raise FileUnreadable
    reference = next((value for name, value in sheet.items() if local(name) == "id"), None)
    relations = _Elements("Relationship")
    _parse(package, _RELATIONS, relations)
    targets = {a["Id"]: a["Target"] for a in relations.of("Relationship")}
    if reference not in targets:
        raise FileUnreadable
    texts = _Texts(limits)
    if _STRINGS in package.names:
        _parse(package, _STRINGS, texts)
    styles = _Styles()
    if _STYLES in package.names:
        _parse(package, _STYLES, styles)
    properties = next(iter(book.of("workbookPr")), {})
    return Workbook(
        sheet=posixpath.normpath(posixpath.join("/xl", targets[reference])).lstrip("/"),
        texts=texts.found,
        dates=styles.dates(),
        since_1904=properties.get("date1904", "") in ("1", "true"),
    )


def _parse(package: Package, name: str, handler: object) -> None:
    parser = parser_of(handler)
    for chunk in package.chunks(name):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


class _Elements:
    """Attributes of the elements of some names."""

    def __init__(self, *names: str) -> None:
        self._found: dict[str, list[dict[str, str]]] = {name: [] for name in names}

    def of(self, name: str) -> Sequence[Mapping[str, str]]:
        return self._found[name]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) in self._found:
            self._found[local(name)].append(attributes)

    def end(self, name: str) -> None:
        """Attributes are all that is asked for."""

    def text(self, data: str) -> None:
        """Attributes are all that is asked for."""


class _Texts:
    """Shared strings; the readings of characters that Japanese files carry are left out."""

    def __init__(self, limits: Limits) -> None:
        self.found: list[str] = []
        self._limits = limits
        self._parts: list[str] = []
        self._reading = self._phonetic = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        match local(name):
            case "si":
                self._parts = []
            case "rPh":
                self._phonetic = True
            case "t":
                self._reading = not self._phonetic

    def end(self, name: str) -> None:
        match local(name):
            case "si":
                text = "".join(self._parts)
                if len(text) > self._limits.cell:
                    raise CellTooLong(line="?", limit=self._limits.cell)
                self.found.append(text)
            case "rPh":
                self._phonetic = False
            case "t":
                self._reading = False

    def text(self, data: str) -> None:
        if self._reading:
            self._parts.append(data)


class _Styles:
    """Number formats of cell styles."""

    def __init__(self) -> None:
        self._formats: dict[int, str] = {}
        self._styles: list[int] = []
        self._within = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "numFmt":
                self._formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
            case "cellXfs":
                self._within = True
            case "xf" if self._within:
                self._styles.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if local(name) == "cellXfs":
            self._within = False

    def text(self, data: str) -> None:
        """Attributes are all that is asked for."""

    def dates(self) -> frozenset[int]:
        shows_dates = {
            number for number, code in self._formats.items() if _is_date(code)
        } | _DATES - set(self._formats)
        return frozenset(i for i, number in enumerate(self._styles) if number in shows_dates)


def _is_date(code: str) -> bool:
    """Whether a format shows a day, and not only a time or a number."""
    first = _NO_CODES.sub("", code).partition(";")[0]
    return "general" not in first.lower() and bool(_DATE_CODES.search(first))
