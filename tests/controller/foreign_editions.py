"""A frozen edition of county A, with a part, a file, an appeal and a scan of each."""

import json

import msgspec
from sqlmodel import Session

from controller.compliance.inputs import Policy
from controller.compliance.results import SchoolVerdict
from inventory.editions.documents import JSON, Made, keep, pack
from inventory.editions.manifest import FORMAT, sha256_of
from inventory.editions.parts import packed
from inventory.models import (
    Attachment,
    AttachmentPurpose,
    EditionAppeal,
    EditionKind,
    EditionScan,
    EditionSchool,
    EditionState,
    ReportEdition,
)
from tests.inventory.city import NOW, A


def add_edition(session: Session, stored_as: str) -> None:
    """Write it; ``stored_as``: the file that was handed in with the appeal."""
    row = ReportEdition(
        id="ed-A",
        organisation_code=A.code,
        path=A.path,
        kind=EditionKind.month,
        first_day=NOW.date().replace(day=1),
        last_day=NOW.date().replace(day=28),
        number=1,
        round=1,
        state=EditionState.issued,
        issued_on=NOW.date(),
    )
    session.add(row)
    session.flush()
    verdict = SchoolVerdict(
        school=A.school,
        state=None,
        targets=(),
        pending=(),
        exclusions=(),
        exemption=None,
        policy=Policy(),
        method="1",
        calendar="",
    )
    plain = json.loads(msgspec.json.encode(verdict, enc_hook=str))
    keep(session, row, [pack(Made("content.json", JSON, b"{}"))])
    session.add(
        EditionSchool(edition_id=row.id, round=1, school_code=A.school, verdict=packed(plain))
    )
    session.add(
        EditionAppeal(id="ea-A", edition_id=row.id, round=1, school_code=A.school, text="A")
    )
    session.add(
        Attachment(
            id="ef-A",
            owner_table="edition_appeal",
            owner_id="ea-A",
            school_code=A.school,
            purpose=AttachmentPurpose.other,
            name="letter.pdf",
            media_type="application/pdf",
            size=8,
            sha256="",
            stored_as=stored_as,
        )
    )
    session.add(
        EditionScan(
            id="es-A",
            edition_id=row.id,
            name="scan.pdf",
            media_type="application/pdf",
            size=8,
            sha256="",
            content=b"%PDF-1.7",
        )
    )
    session.flush()
    row.manifest = json.dumps({"format": FORMAT, "documents": []})
    row.sha256 = sha256_of(row.manifest.encode())
    row.state = EditionState.frozen
    session.flush()
