"""The content of an edition as it is kept: JSON that everything printed is made of."""

from datetime import date

from msgspec.structs import replace
from sqlmodel import Session

from controller.editions.gathering import Gathered
from controller.reports.building import ReportAsked, content_of
from controller.reports.content import ReportContent, ReportKind, decode, encode
from inventory.editions.documents import JSON, Made
from inventory.models import ReportEdition
from inventory.scope import Scope

#: What a draft says; the signed one bears number, signer and day.
DRAFT, SIGNED = "draft.json", "content.json"


def draft_of(session: Session, row: ReportEdition, gathered: Gathered, today: date) -> Made:
    """The content of a draft, out of what was gathered and of the register.

    Raises:
        NotFound: the place is gone.
    """
    asked = ReportAsked(
        at=row.school_code or row.organisation_code or "",
        kind=ReportKind(row.kind.value),
        first=row.first_day,
        last=row.last_day,
        made_on=today,
        money=row.tells_amounts,
    )
    # The place's own scope, so that figures are the same whoever asks for them.
    scope = Scope((row.path,))
    made = content_of(session, scope, asked, gathered.verdicts, gathered.digests)
    head = replace(made.head, edition=row.number)
    return Made(DRAFT, JSON, encode(replace(made, head=head)))


def signed_of(row: ReportEdition, draft: bytes) -> ReportContent:
    """The content of the edition that was signed: the draft's figures under its signature.

    Raises:
        ValueError: the draft cannot be read.
    """
    made = decode(draft)
    head = replace(
        made.head,
        edition=row.number,
        document_number=row.document_number,
        issuer=row.issuer,
        signed_by=row.signer,
        issued_on=row.issued_on,
        copies_to=row.copies_to,
        printed_by=row.printed_by,
        is_draft=False,
    )
    return replace(made, head=head)


def written(content: ReportContent) -> Made:
    """The content that is frozen."""
    return Made(SIGNED, JSON, encode(content))
