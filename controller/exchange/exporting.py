"""The register as files, in the reader's words."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from tempfile import TemporaryFile
from typing import IO

from controller.exchange.words import heading, told
from controller.language import N_, Language
from inventory.database import SessionFactory, read_only
from inventory.exchange.layout import Column, Layout
from inventory.exchange.register import RegisterRepository, Wanted
from inventory.exchange.writing import Shown, csv_chunks, write_xlsx
from inventory.scope import Scope

_CHUNK = 1 << 16
_SCHOOL_NAME = N_("School name")


class FileFormat(StrEnum):
    """What a file is written as."""

    xlsx = "xlsx"
    csv = "csv"


MEDIA_TYPES = {
    FileFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.csv: "text/csv; charset=utf-8",
}


class Export:
    """One file: ``chunks`` may be asked for once.

    Args:
        factory: makes the session the rows are read in; it lives as long as the file is written.
        scope: what the reader may see.
        priced: where the reader may see prices.
    """

    def __init__(
        self,
        factory: SessionFactory,
        layout: Layout,
        wanted: Wanted,
        *,
        scope: Scope,
        priced: Scope,
        lang: Language,
    ) -> None:
        self._factory = factory
        self._layout = layout
        self._wanted = wanted
        self._scope = scope
        self._priced = priced
        self._lang = lang
        self._columns = [
            column
            for column in layout.columns
            if column.field != "quantity" and (priced.prefixes or not column.priced)
        ]

    def chunks(self, shape: FileFormat) -> Iterator[bytes]:
        """The bytes of the file; of XLSX they come when its last row is written."""
        with read_only(self._factory) as session:
            rows = self._rows(RegisterRepository(session, self._scope))
            if shape is FileFormat.csv:
                yield from csv_chunks(self._headings(), rows)
                return
            with TemporaryFile() as file:
                write_xlsx(file, self._lang.gettext(self._layout.title), self._headings(), rows)
                file.seek(0)
                yield from _parts(file)

    def _headings(self) -> Sequence[str]:
        return [text for column in self._columns for text in self._heading(column)]

    def _heading(self, column: Column) -> Sequence[str]:
        first = heading(self._lang, column)
        return (first, self._lang.gettext(_SCHOOL_NAME)) if column.field == "school" else (first,)

    def _rows(self, register: RegisterRepository) -> Iterator[Sequence[Shown]]:
        names = []
        for column in self._columns:
            names += [column.field, "school_name"] if column.field == "school" else [column.field]
        lang = self._lang
        for row in register.rows(self._layout, self._wanted, self._priced):
            yield [told(lang, row[name]) for name in names]


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(_CHUNK):
        yield part
