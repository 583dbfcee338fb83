"""The register as files, in the reader's words: one table, or all of them as one workbook."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import IO

from sqlmodel import Session

from controller.exchange.tables import count_of, rows_of
from controller.exchange.words import heading, teller
from controller.language import N_, Language
from inventory.database import SessionFactory, read_only
from inventory.exchange.layout import Layout
from inventory.exchange.register import Wanted
from inventory.exchange.writing import csv_chunks
from inventory.exchange.xlsx.writer import Sheet, Shown, Written, write_sheets
from inventory.scope import Scope

_SCHOOL_NAME = N_("School name")
#: A row is one device; only an import needs to be told.
_NOT_WRITTEN = frozenset({"quantity"})


class FileFormat(StrEnum):
    """What a file is written as."""

    xlsx = "xlsx"
    csv = "csv"


MEDIA_TYPES = {
    FileFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.csv: "text/csv; charset=utf-8",
}


class Export:
    """One file: a CSV that is written while it is sent, or a workbook that is written first.

    Args:
        factory: makes the session the rows are read in; it lives as long as the file is written.
        layouts: tables with where the reader may see their rows; of CSV the first one is written.
        wanted: which rows.
        priced: where the reader may see prices.
        changes: whether the reader may change whatever they see of people.
        lang: of headings and words.
    """

    def __init__(
        self,
        factory: SessionFactory,
        layouts: Sequence[tuple[Layout, Scope]],
        wanted: Wanted,
        *,
        priced: Scope,
        lang: Language,
        changes: bool = False,
    ) -> None:
        self._factory = factory
        self._layouts = layouts
        self._wanted = wanted
        self._priced = priced
        self._lang = lang
        self._changes = changes

    def count(self) -> int:
        """Rows of all its tables."""
        with read_only(self._factory) as session:
            return sum(
                count_of(session, scope, layout, self._wanted) for layout, scope in self._layouts
            )

    def csv(self) -> Iterator[bytes]:
        """The first table as CSV."""
        with read_only(self._factory) as session:
            [sheet] = self._sheets(session, self._layouts[:1])
            yield from csv_chunks(sheet.headings, sheet.rows)

    def write(self, file: IO[bytes], written: Written = lambda _rows: None) -> None:
        """Write all tables as one workbook.

        Args:
            file: to write to, seekable.
            written: told how many rows are written; what it raises ends the writing.
        """
        with read_only(self._factory) as session:
            write_sheets(file, self._sheets(session, self._layouts), written)

    def _sheets(self, session: Session, layouts: Sequence[tuple[Layout, Scope]]) -> Sequence[Sheet]:
        return [
            self._sheet(layout, rows_of(
                session, scope, layout, self._fields(layout),
                wanted=self._wanted, priced=self._priced,
            ))
            for layout, scope in layouts
        ]  # fmt: skip

    def _fields(self, layout: Layout) -> Sequence[str]:
        """Fields of the columns that are written, the school's name beside its code."""
        fields = []
        for column in layout.columns:
            if column.field in _NOT_WRITTEN or (column.private and not self._changes):
                continue
            if column.priced and not self._priced.prefixes:
                continue
            fields.append(column.field)
            if column.field == "school":
                fields.append("school_name")
        return fields

    def _sheet(self, layout: Layout, rows: Iterator[Sequence[object]]) -> Sheet:
        names = {column.field: heading(self._lang, column) for column in layout.columns}
        names["school_name"] = self._lang.gettext(_SCHOOL_NAME)
        headings = [names[field] for field in self._fields(layout)]
        return Sheet(self._lang.gettext(layout.title), headings, self._told(rows))

    def _told(self, rows: Iterator[Sequence[object]]) -> Iterator[Sequence[Shown]]:
        tell = teller(self._lang)
        for row in rows:
            yield [tell(value) for value in row]
