"""The files a report comes as, and one that is made while somebody waits or in the background."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import IO

from controller.compliance.district.register import Place
from controller.language import Language
from controller.metrics.store import MetricStore
from controller.reports import tables
from controller.reports.building import ReportAsked, report_of
from controller.reports.content import ReportContent
from controller.reports.docx import docx
from controller.reports.open_data import open_data
from controller.reports.pdf import pdf
from controller.reports.xlsx import xlsx
from inventory.database import SessionFactory, read_only
from inventory.exchange.xlsx.writer import Written
from inventory.repositories import SchoolRepository
from inventory.scope import Scope


class ReportShape(StrEnum):
    """What a report is written as; ``zip`` is open data."""

    pdf = "pdf"
    docx = "docx"
    xlsx = "xlsx"
    csv = "csv"
    json = "json"
    zip = "zip"


MEDIA_TYPES: Mapping[ReportShape, str] = {
    ReportShape.pdf: "application/pdf",
    ReportShape.docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ReportShape.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportShape.csv: "text/csv; charset=utf-8",
    ReportShape.json: "application/json",
    ReportShape.zip: "application/zip",
}
_PRINTERS: Mapping[ReportShape, Callable[[ReportContent, Language], bytes]] = {
    ReportShape.pdf: pdf,
    ReportShape.docx: docx,
    ReportShape.xlsx: xlsx,
    ReportShape.csv: tables.csv,
    ReportShape.json: lambda content, _lang: tables.json(content),
    ReportShape.zip: lambda content, _lang: open_data(content),
}


def printed(content: ReportContent, lang: Language, shape: ReportShape) -> bytes:
    """A report as a file; JSON and open data are the same in every language.

    Raises:
        FontMissing: Chinese cannot be written on paper.
    """
    return _PRINTERS[shape](content, lang)


def name_of(asked: ReportAsked, shape: ReportShape) -> str:
    """What a file of a report is called; ASCII."""
    return f"{asked.kind}-{asked.at}-{asked.first:%Y%m%d}-{asked.last:%Y%m%d}.{shape}"


class ReportFile:
    """A draft that is computed and written.

    Args:
        factory: makes the session it is read in.
        store: gives the metric store.
        scope: of who asks.
        asked: which report.
        lang: its language.
        shape: what it is written as.
    """

    def __init__(
        self,
        factory: SessionFactory,
        store: Callable[[], MetricStore],
        scope: Scope,
        asked: ReportAsked,
        *,
        lang: Language,
        shape: ReportShape,
    ) -> None:
        self._factory = factory
        self._store = store
        self._scope = scope
        self._asked = asked
        self._lang = lang
        self._shape = shape

    def count(self) -> int:
        """Schools it is of.

        Raises:
            NotFound: no such place within the scope.
        """
        with read_only(self._factory) as session:
            place = Place(session, self._scope, self._asked.at)
            return len(SchoolRepository(session, self._scope).under(place.path, self._asked.last))

    def made(self) -> bytes:
        """The file.

        Raises:
            NotFound: no such place within the scope.
            Invalid: days in the wrong order, or too many.
            FontMissing: Chinese cannot be written on paper.
        """
        with read_only(self._factory) as session:
            content = report_of(session, self._store(), self._scope, self._asked)
        return printed(content, self._lang, self._shape)

    def write(self, file: IO[bytes], written: Written) -> None:
        """Write the file; it says how far it is at its end alone."""
        file.write(self.made())
        written(self.count())
