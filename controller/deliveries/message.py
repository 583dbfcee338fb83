"""A report as an e-mail: a few lines, a link, the PDF."""

from datetime import date
from email.message import EmailMessage
from email.utils import formataddr
from typing import NamedTuple

from controller.deliveries.periods import Period
from controller.language import N_, Language
from inventory.models import DeliveryKind, ReportSending, User

_SUBJECTS = {
    DeliveryKind.month: N_("Bandwidth report of {place}, {month}"),
    DeliveryKind.year: N_("Annual report of {place}, {year}"),
}
_TEST = N_("Test: {subject}")
_BODY = N_(
    "{name},\n\nattached is the report of {place} from {first} to {last}: {standing}\n\n{link}\n\n"
    "This message is sent by itself. Whoever keeps the deliveries of {place} can end it."
)
_DRAFT = N_("a draft as it comes out today, which nobody has signed.")
_SIGNED = N_(
    "edition {edition} as it was issued, {number} of {day}, signed by {signer}. The SHA-256 of the"
    " edition is {sha256}."
)


class Signed(NamedTuple):
    """The frozen edition whose own file is sent."""

    edition: int
    number: str
    day: date
    signer: str
    sha256: str


class Report(NamedTuple):
    """What is sent.

    Args:
        place: name of the place, in the recipient's language.
        name: of the file; ASCII.
        content: of the PDF.
        link: where it is to be seen in the console; empty where no address is set.
        signed: the edition it is of; none of a draft.
    """

    kind: DeliveryKind
    place: str
    period: Period
    name: str
    content: bytes
    link: str
    signed: Signed | None = None


def message_of(
    report: Report, sending: ReportSending, user: User, sender: str, lang: Language
) -> EmailMessage:
    """The message to one recipient; the same message id however often it is tried."""
    first, last = report.period
    words = {
        "place": report.place,
        "month": f"{first:%Y-%m}",
        "year": first.year,
        "first": lang.day(first),
        "last": lang.day(last),
        "name": user.name or user.login,
        "standing": _standing(report.signed, lang),
        "link": report.link,
    }
    subject = lang.gettext(_SUBJECTS[report.kind]).format(**words)
    if sending.period is None:
        subject = lang.gettext(_TEST).format(subject=subject)
    message = EmailMessage()
    # A line end in a name would be a header of its own.
    message["Subject"] = " ".join(subject.split())
    message["From"] = sender
    message["To"] = formataddr((" ".join(user.name.split()), user.email))
    message["Message-ID"] = f"<{sending.id}@{sender.rpartition('@')[2] or 'fleet.invalid'}>"
    # Nobody's holiday reply is wanted (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(lang.gettext(_BODY).format(**words))
    message.add_attachment(
        report.content, maintype="application", subtype="pdf", filename=report.name
    )
    return message


def _standing(signed: Signed | None, lang: Language) -> str:
    if signed is None:
        return lang.gettext(_DRAFT)
    return lang.gettext(_SIGNED).format(**signed._asdict() | {"day": lang.day(signed.day)})
