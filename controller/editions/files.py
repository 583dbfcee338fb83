"""What is kept of an edition when it is signed: its content, and the files printed of it.

Printed files are kept as they are: fonts and programs change, and another day would print other
bytes of the same content.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from controller.editions.contents import signed_of, written
from controller.language import LANGUAGES, Language, language
from controller.reports.content import ReportContent
from controller.reports.docx import docx
from controller.reports.pdf import pdf
from controller.reports.xlsx import xlsx
from inventory.editions.documents import Made
from inventory.models import ReportEdition

_OFFICE = "application/vnd.openxmlformats-officedocument."


class Shape(NamedTuple):
    """A kind of file that is printed of a content."""

    ending: str
    media_type: str
    make: Callable[[ReportContent, Language], bytes]


SHAPES = (
    Shape("pdf", "application/pdf", pdf),
    Shape("docx", f"{_OFFICE}wordprocessingml.document", docx),
    Shape("xlsx", f"{_OFFICE}spreadsheetml.sheet", xlsx),
)


def signed_files(row: ReportEdition, draft: bytes) -> Iterator[tuple[int, int, Made]]:
    """The files of an edition that is signed, one after the other: number, how many, file.

    Args:
        row: signed.
        draft: its content as it was reviewed.

    Raises:
        ValueError: the draft cannot be read.
        FontMissing: Chinese cannot be written.
    """
    content = signed_of(row, draft)
    wanted = [(shape, code) for shape in SHAPES for code in LANGUAGES]
    yield 0, len(wanted), written(content)
    for done, (shape, code) in enumerate(wanted):
        yield done, len(wanted), printed(content, shape, language(code))


def printed(content: ReportContent, shape: Shape, lang: Language) -> Made:
    """One file of a content in one language.

    Raises:
        FontMissing: Chinese cannot be written.
    """
    name = f"report.{lang.code}.{shape.ending}"
    return Made(name, shape.media_type, shape.make(content, lang))
