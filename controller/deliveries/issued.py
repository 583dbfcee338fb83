"""The report that was issued, as it is sent: its own frozen file, and which edition that is."""

from sqlmodel import Session

from controller.compliance.district.register import Place
from controller.deliveries.message import Report, Signed
from controller.deliveries.periods import Period
from controller.language import Language
from inventory.deliveries.repository import Placed
from inventory.editions.documents import document
from inventory.editions.repository import EditionRepository
from inventory.models import EditionKind
from inventory.scope import Scope


def issued_report(
    session: Session, delivery: Placed, period: Period, lang: Language, url: str
) -> Report | None:
    """The newest frozen edition of a delivery's place and period, if there is one.

    Args:
        session: to read with.
        delivery: of which place, and of a month or a year.
        period: of the report.
        lang: of the recipient.
        url: where the console is; empty where nobody has said.

    Raises:
        NotFound: the place is gone.
        ValueError: the file cannot be unpacked.
    """
    row, path = delivery
    scope, code = Scope((path,)), row.school_code or row.organisation_code or ""
    kind = EditionKind(row.kind.value)
    edition = EditionRepository(session, scope).frozen_of(path, kind, period.first)
    file = document(session, edition, f"report.{lang.code}.pdf") if edition else None
    if edition is None or file is None or edition.issued_on is None:
        return None
    place = Place(session, scope, code)
    days = f"{period.first:%Y%m%d}-{period.last:%Y%m%d}"
    return Report(
        kind=row.kind,
        place=(lang.code != "zh_CN" and place.name_en) or place.name,
        period=period,
        name=f"{row.kind}-{code}-{days}-edition-{edition.number}.pdf",
        content=file.content,
        link=f"{url}/reports/{edition.id}" if url else "",
        signed=Signed(
            edition.number,
            edition.document_number,
            edition.issued_on,
            edition.signer,
            edition.sha256,
        ),
    )
