"""Signing (签发), freezing, and the scan of the stamped paper."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlmodel import Session

from inventory.assets.attachments import media_type_of
from inventory.days import day_of
from inventory.editions.appeals import files_of
from inventory.editions.desk import EditionDesk, Person, label_of
from inventory.editions.documents import Packed, keep, notes
from inventory.editions.errors import (
    AppealsOpen,
    NumberUsed,
    RecomputationNeeded,
    SameHands,
    ScanUnfit,
)
from inventory.editions.manifest import manifest, sha256_of
from inventory.editions.repository import EditionRepository
from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.models import AppealState, EditionScan, EditionState, ReportEdition
from inventory.schools.checks import check_text

#: Bytes one scan may have, and scans one edition may have.
MAX_SCAN: Final = 20_000_000
MOST_SCANS: Final = 10
_SCANS: Final = ("application/pdf", "image/jpeg", "image/png")
_MAX_NUMBER = 100
_MAX_NAME = 200
_MAX_COPIES = 1_000
_S = EditionState


class SigningDesk:
    """Steps of one person who signs, or of the machine that prints for them."""

    def __init__(self, session: Session, person: Person, now: datetime) -> None:
        self._session = session
        self._person = person
        self._now = now
        self._desk = EditionDesk(session, person, now)
        self._editions = EditionRepository(session, person.scope)

    def issue(
        self,
        edition_id: str,
        *,
        number: str,
        issuer: str,
        signer: str,
        on: date,
        copies_to: str = "",
        printed_by: str = "",
    ) -> ReportEdition:
        """Sign it.

        Args:
            edition_id: of an edition under review.
            number: of the document (文号).
            issuer: the bureau whose document it is.
            signer: who signs (签发人), as printed.
            on: the day it bears.
            copies_to: who else is sent the paper (抄送).
            printed_by: who prints it (印发机关).

        Raises:
            NotFound, EditionStepRefused: it is not under review.
            AppealsOpen: a school waits for an answer.
            RecomputationNeeded: an appeal was upheld since it was computed.
            SameHands: the person has reviewed it, or answered appeals.
            NumberUsed: another edition has the number.
            Invalid: a word is missing or too long; a day in the future or within the period.
        """
        row = self._desk.in_state(edition_id, _S.review)
        appeals = self._editions.appeals(row.id)
        waiting = sum(one.state is AppealState.open for one in appeals)
        if waiting:
            raise AppealsOpen(count=waiting)
        stale = sum(one.state is AppealState.upheld and one.round == row.round for one in appeals)
        if stale:
            raise RecomputationNeeded(count=stale)
        if self._person.id in {row.reviewed_by, *(one.answered_by for one in appeals)}:
            raise SameHands(key=label_of(row))
        row.document_number = check_text("document_number", number, _MAX_NUMBER, needed=True)
        if self._editions.has_number(row.document_number, row.id):
            raise NumberUsed(key=row.document_number)
        row.issuer = check_text("issuer", issuer, _MAX_NAME, needed=True)
        row.signer = check_text("signer", signer, _MAX_NUMBER, needed=True)
        row.copies_to = check_text("copies_to", copies_to, _MAX_COPIES)
        row.printed_by = check_text("printed_by", printed_by, _MAX_NAME)
        row.signed_by, row.issued_on = self._person.id, on
        today = day_of(self._now)
        if not row.last_day < on <= today:
            raise Invalid(field="issued_on", reason=f"{on} ({row.last_day} – {today})")
        return self._desk.move(row, _S.issued, row.document_number)

    def freeze(self, edition_id: str, printed: Sequence[Packed]) -> ReportEdition:
        """Freeze it with what was printed of it; nothing of it changes from then on.

        Args:
            edition_id: of an edition that is signed.
            printed: content and files beside what is kept of it already.

        Raises:
            NotFound, EditionStepRefused: it is not signed, or frozen already.
        """
        row = self._desk.in_state(edition_id, _S.issued)
        keep(self._session, row, printed)
        before = self._editions.get(row.supersedes_id) if row.supersedes_id else None
        appeals = [
            (one, [(file.name, file.sha256) for file in files_of(self._session, one.id)])
            for one in self._editions.appeals(row.id)
        ]
        row.manifest = manifest(
            row,
            before=before,
            steps=self._editions.steps(row.id),
            appeals=appeals,
            documents=notes(self._session, row),
        )
        row.sha256 = sha256_of(row.manifest.encode())
        row.frozen_at = self._now
        return self._desk.move(row, _S.frozen)

    def add_scan(self, edition_id: str, *, name: str, content: bytes) -> EditionScan:
        """Put the scan of the stamped paper beside a frozen edition; it stays.

        Raises:
            NotFound, EditionStepRefused: it is not frozen.
            ScanUnfit: neither PDF, JPEG nor PNG; empty, too large, or one too many.
        """
        row = self._desk.in_state(edition_id, _S.frozen)
        media = media_type_of(content)
        shown = "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[:200]
        fits = media in _SCANS and len(content) <= MAX_SCAN
        if not fits or len(self._editions.scans(row.id)) >= MOST_SCANS:
            megabytes = MAX_SCAN // 1_000_000
            raise ScanUnfit(name=shown or "-", megabytes=megabytes, most=MOST_SCANS)
        scan = EditionScan(
            id=new_id("ec"),
            edition_id=row.id,
            name=shown or "scan",
            media_type=media or "",
            size=len(content),
            sha256=sha256_of(content),
            content=content,
            uploaded_by=self._person.id,
            uploaded_name=self._person.name,
            uploaded_at=self._now,
        )
        self._session.add(scan)
        self._session.flush()
        return scan
