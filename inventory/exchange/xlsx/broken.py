"""Cells that hold an error, or a formula nobody has calculated.

python-calamine gives an empty text for both, and an empty cell changes nothing: an amount that
reads ``#REF!`` would be left as it was without a word. So these, and only these, are looked for in
the sheet itself; most sheets have no formula, which is soon found out.
"""

import posixpath
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET
from xml.parsers import expat

_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_CHUNK = 1 << 20
#: An opened formula, or a cell of the type of errors, and how much of it may lie before a chunk.
_SUSPECT = re.compile(rb"""<(?:\w+:)?f[\s/>]|\st\s*=\s*["']e["']""")
_OVERLAP = 64
_DIGITS = "0123456789"
_LETTERS = 26
#: A formula without a result, as reports show it.
_NEVER = "=…"


def broken_cells(archive: zipfile.ZipFile, sheet: str) -> Mapping[int, Mapping[int, str]]:
    """What is shown in broken cells, by the number of the row and the index of the cell.

    Args:
        archive: the workbook.
        sheet: the name of a sheet.

    Raises:
        KeyError, zipfile.BadZipFile, ElementTree.ParseError, expat.ExpatError: it is damaged.
    """
    part = _part_of(archive, sheet)
    if not any(_SUSPECT.search(text) for text in _overlapping(archive, part)):
        return {}
    found = _Found()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    with archive.open(part) as file:
        parser.ParseFile(file)
    return found.cells


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    sheets = (e for e in ET.fromstring(archive.read(_BOOK)).iter() if _local(e.tag) == "sheet")  # noqa: S314 - in a process with bounds
    attributes = next(e.attrib for e in sheets if e.attrib.get("name") == sheet)
    reference = next(value for name, value in attributes.items() if _local(name) == "id")
    relations = ET.fromstring(archive.read(_RELATIONS))  # noqa: S314
    target = next(e.attrib["Target"] for e in relations if e.attrib.get("Id") == reference)
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _overlapping(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    before = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            yield before + chunk
            before = chunk[-_OVERLAP:]


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]


class _Found:
    """State between the calls of the parser."""

    def __init__(self) -> None:
        self.cells: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._row = self._column = 0
        self._kind = ""
        self._has_formula = self._is_value = False
        self._value: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif name == "c":
            letters = attributes.get("r", "").rstrip(_DIGITS)
            self._column = _column(letters) if letters else self._column + 1
            self._kind = attributes.get("t", "")
            self._has_formula = False
            self._value = []
        elif name == "f":
            self._has_formula = True
        self._is_value = name == "v"

    def end(self, name: str) -> None:
        self._is_value = False
        if _local(name) != "c":
            return
        text = "".join(self._value)
        if self._kind == "e":
            self.cells[self._row][self._column - 1] = text
        elif self._has_formula and not text and self._kind != "str":
            self.cells[self._row][self._column - 1] = _NEVER

    def text(self, data: str) -> None:
        if self._is_value:
            self._value.append(data)


def _column(letters: str) -> int:
    """``C`` is 3."""
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number
