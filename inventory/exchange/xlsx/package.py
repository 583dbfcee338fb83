"""The zip around a workbook: looked at before it is unpacked, and bounded while it is."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from xml.parsers import expat

from inventory.exchange.errors import FileTooDense, FileTooLarge, FileUnreadable
from inventory.exchange.limits import MEGABYTE, Limits

_CHUNK = 1 << 16
_ENCRYPTED = 1
#: What damaged or foreign bytes make the standard library raise.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,  # a kind of compression, or of encryption, that it does not know
    ValueError,
)


class Package:
    """Parts of a workbook by their names."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._left = limits.unpacked_bytes
        entries = archive.infolist()
        if len(entries) > limits.parts or any(e.flag_bits & _ENCRYPTED for e in entries):
            raise FileUnreadable
        self.names = frozenset(entry.filename for entry in entries)

    def chunks(self, name: str) -> Iterator[bytes]:
        """One part, unpacked piece by piece.

        Raises:
            FileTooDense: it unpacks to more than a table of its packed size holds.
            FileTooLarge: together with what was read before it is too much.
        """
        entry = self._archive.getinfo(name)
        room = MEGABYTE + entry.compress_size * self._limits.ratio
        with self._archive.open(entry) as part:
            # What the directory says of sizes is not believed.
            while chunk := part.read(_CHUNK):
                room -= len(chunk)
                self._left -= len(chunk)
                if room < 0:
                    raise FileTooDense
                if self._left < 0:
                    raise FileTooLarge(limit=self._limits.unpacked_bytes // MEGABYTE)
                yield chunk


@contextmanager
def open_package(content: bytes, limits: Limits) -> Iterator[Package]:
    """The package in these bytes.

    Raises:
        FileUnreadable: it is damaged or encrypted, or whoever reads it finds that it is.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield Package(archive, limits)
    except DAMAGED as error:
        raise FileUnreadable from error


def parser_of(handler: Any) -> expat.XMLParserType:
    """A parser that calls ``handler.start(name, attributes)``, ``end(name)`` and ``text(data)``.

    A part with a document type is refused: workbooks have none, and entities hide in them.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(*_arguments: object) -> None:
    raise FileUnreadable


def local(name: str) -> str:
    """The name of an element without the prefix of its namespace."""
    return name.rpartition(":")[2]
