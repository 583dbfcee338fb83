"""Parts of editions as answers: to be saved, and never shown as a page of ours."""

from urllib.parse import quote

from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from controller.editions.contents import DRAFT
from controller.editions.files import SHAPES, printed
from controller.editions.package import package
from controller.errors import NotFound
from controller.language import Language
from controller.reports.content import decode
from inventory.editions.desk import label_of
from inventory.editions.documents import Made, document
from inventory.models import EditionScan, EditionState, ReportEdition

_CHUNK = 1 << 18


def document_file(session: Session, row: ReportEdition, name: str, lang: Language) -> Response:
    """One part of an edition the caller sees; a draft is printed as ``draft.pdf`` when asked for.

    Raises:
        NotFound: it has none of that name.
        FontMissing: Chinese cannot be written.
    """
    found = document(session, row, name) or _printed(session, row, name, lang)
    if found is None:
        raise NotFound
    short = name.rpartition("/")[2]
    return Response(
        found.content,
        media_type=found.media_type,
        headers=_headers(f"{label_of(row)} {short}", row.sha256),
    )


def _printed(session: Session, row: ReportEdition, name: str, lang: Language) -> Made | None:
    """What whoever reviews or signs reads: the draft with its mark across every page."""
    shape = next((one for one in SHAPES if name == f"draft.{one.ending}"), None)
    kept = document(session, row, DRAFT) if shape and row.state is not EditionState.frozen else None
    return printed(decode(kept.content), shape, lang) if shape and kept else None


def scan_file(session: Session, row: ReportEdition, scan_id: str) -> Response:
    """A scan beside an edition the caller sees.

    Raises:
        NotFound: there is none of that id.
    """
    scan = session.get(EditionScan, scan_id)
    if scan is None or scan.edition_id != row.id:
        raise NotFound
    return Response(scan.content, media_type=scan.media_type, headers=_headers(scan.name, ""))


def package_file(session: Session, row: ReportEdition) -> Response:
    """All of an edition the caller sees, as ZIP."""
    file = package(session, row)
    return StreamingResponse(
        iter(lambda: file.read(_CHUNK), b""),
        media_type="application/zip",
        headers=_headers(f"{label_of(row)}.zip", row.sha256),
        background=BackgroundTask(file.close),
    )


def _headers(name: str, sha256: str) -> dict[str, str]:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    # The edition's, which its paper bears.
    return headers | ({"X-Edition-SHA256": sha256} if sha256 else {})
