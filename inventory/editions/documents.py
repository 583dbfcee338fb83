"""Parts of an edition as they are kept: bytes with their SHA-256, packed where that helps."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import zstandard
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from inventory.editions.errors import DocumentTooLarge
from inventory.models import EditionDocument, ReportEdition

JSON = "application/json"
#: Bytes of one document as it is handed out, and as it is kept.
MOST_BYTES = 1_000_000_000
MOST_KEPT = 256_000_000
_MEGABYTE = 1_000_000
_KEPT: Any = (
    EditionDocument.media_type,
    EditionDocument.size,
    EditionDocument.is_packed,
    EditionDocument.content,
)
#: Already packed by their own formats.
_DENSE = ("application/pdf", "application/vnd.", "image/")


class DocumentNote(NamedTuple):
    """What is told of a document without its bytes."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Made:
    """A document that is to be kept; ``content`` as it is handed out."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """A document ready to be kept, so that many of a city fit into memory."""

    note: DocumentNote
    is_packed: bool
    content: bytes


def pack(made: Made) -> Packed:
    """A document ready to be kept.

    Raises:
        DocumentTooLarge: it is larger than one is kept.
    """
    dense = made.media_type.startswith(_DENSE)
    size = len(made.content)
    content = made.content if dense else zstandard.compress(made.content, 6)
    if size > MOST_BYTES or len(content) > MOST_KEPT:
        raise DocumentTooLarge(name=made.name, megabytes=size // _MEGABYTE)
    digest = hashlib.sha256(made.content).hexdigest()
    note = DocumentNote(made.name, made.media_type, size, digest)
    return Packed(note, not dense, content)


def keep(session: Session, edition: ReportEdition, documents: Sequence[Packed]) -> None:
    """Keep documents of the present round of an edition; flushes."""
    for one in documents:
        session.add(
            EditionDocument(
                edition_id=edition.id,
                round=edition.round,
                name=one.note.name,
                media_type=one.note.media_type,
                size=one.note.size,
                sha256=one.note.sha256,
                is_packed=one.is_packed,
                content=one.content,
            )
        )
    session.flush()


def notes(session: Session, edition: ReportEdition) -> list[DocumentNote]:
    """Documents of the present round of an edition the caller has found, by name."""
    rows = session.exec(
        select(EditionDocument)
        .where(EditionDocument.edition_id == edition.id, EditionDocument.round == edition.round)
        .order_by(col(EditionDocument.name))
        .options(defer(EditionDocument.content))  # type: ignore[arg-type]  # a column
    )
    return [DocumentNote(row.name, row.media_type, row.size, row.sha256) for row in rows]


def document(session: Session, edition: ReportEdition, name: str) -> Made | None:
    """One of them, as it is handed out.

    Raises:
        ValueError: what is kept cannot be unpacked.
    """
    # Columns and no row: a session would hold the bytes of every row it has seen.
    row = session.execute(
        select(*_KEPT).where(
            EditionDocument.edition_id == edition.id,
            EditionDocument.round == edition.round,
            EditionDocument.name == name,
        )
    ).one_or_none()
    return None if row is None else Made(name, row.media_type, _content(name, row))


def every_document(session: Session, edition: ReportEdition) -> Iterator[Made]:
    """All of them, one at a time in memory.

    Raises:
        ValueError: what is kept cannot be unpacked.
    """
    for note in notes(session, edition):
        found = document(session, edition, note.name)
        if found is not None:
            yield found


def _content(name: str, row: Any) -> bytes:
    content: bytes = row.content
    if not row.is_packed:
        return content
    try:
        unpack = zstandard.ZstdDecompressor()
        return unpack.decompress(content, max_output_size=max(row.size, 1))
    except zstandard.ZstdError as error:
        raise ValueError(f"{name}: {error}") from error
