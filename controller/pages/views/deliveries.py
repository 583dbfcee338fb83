"""Reports that are sent by e-mail on a page: which, to whom, what became of the last messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, StringConstraints
from pydantic import Field as Limits

from controller.auth.permissions import Permission
from controller.deliveries.recipients import DISABLED, NO_ADDRESS, OUT_OF_SCOPE, eligible
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureau_options
from controller.pages.views.record_form import Field
from inventory.deliveries.keeping import LAST_DAY, LONGEST_ADDRESS
from inventory.deliveries.repository import DeliveryRepository, Placed
from inventory.models import (
    DeliveryKind,
    Organisation,
    ReportDelivery,
    ReportSending,
    School,
    SendingState,
    User,
)

KINDS: Mapping[DeliveryKind, str] = {
    DeliveryKind.month: N_("Report of the month"),
    DeliveryKind.year: N_("Report of the year"),
}
STATES: Mapping[SendingState, tuple[str, str]] = {
    SendingState.waiting: (N_("Waiting to be sent"), "warn"),
    SendingState.sent: (N_("Sent"), "good"),
    SendingState.failed: (N_("Not delivered"), "bad"),
    SendingState.skipped: (N_("Left out"), "idle"),
}
#: Why somebody was left out.
REASONS: Mapping[str, str] = {
    NO_ADDRESS: N_("no e-mail address"),
    OUT_OF_SCOPE: N_("may not see the place any more"),
    DISABLED: N_("log-in is disabled"),
}
#: Messages shown of each delivery.
_LOG = 10
_LONGEST_LOGINS = 2_000


class DeliveryForm(BaseModel):
    """A delivery as it is typed; log-ins are parted by spaces or commas."""

    at: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    kind: DeliveryKind = DeliveryKind.month
    day: Annotated[int, Limits(ge=1, le=LAST_DAY)] = 5
    recipients: Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_LOGINS)]

    @property
    def logins(self) -> list[str]:
        return self.recipients.replace(",", " ").replace("，", " ").replace("、", " ").split()


class AddressForm(BaseModel):
    """One's own e-mail address."""

    email: Annotated[str, StringConstraints(max_length=LONGEST_ADDRESS)] = ""


@dataclass(frozen=True, slots=True)
class SendingRow:
    """One message: state, tone and detail in the reader's language."""

    row: ReportSending
    login: str
    state: str
    tone: str
    detail: str

    @property
    def period(self) -> date | None:
        return self.row.period


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery with its place, kind and people in words."""

    row: ReportDelivery
    place: str
    kind: str
    recipients: Sequence[User]
    log: Sequence[SendingRow]


@dataclass(frozen=True, slots=True)
class DeliveriesView:
    """Everything on the page.

    Args:
        can_send: a mail server is named.
        address: one's own, empty where there is none.
    """

    rows: Sequence[DeliveryRow]
    can_send: bool
    address: str


def deliveries_view(look: Look) -> DeliveriesView:
    """Deliveries of places whose reports the reader manages.

    Raises:
        PermissionDenied: the reader manages none.
    """
    rows = DeliveryRepository(look.session, look.caller.require(Permission.manage_reports))
    user = look.session.get(User, look.caller.id)
    return DeliveriesView(
        rows=[_row(look, rows, one) for one in rows.all()],
        can_send=bool(look.request.app.state.settings.smtp_host),
        address=user.email if user is not None else "",
    )


def delivery_fields(look: Look) -> Sequence[Field]:
    """The form of a new delivery."""
    scope = look.caller.require(Permission.manage_reports)
    logins = ", ".join(one.login for one in _known(look)) or "—"
    known = look.lang.gettext(N_("Who may see the bureau and has an address: {logins}"))
    return (
        Field("at", N_("Bureau"), "choice", needed=True, choices=bureau_options(look, scope)),
        Field(
            "kind", N_("Report"), "choice", needed=True,
            choices=[(kind.value, look.lang.gettext(text)) for kind, text in KINDS.items()],
        ),
        Field(
            "day", N_("From this day of the month on (1 to 28)"), "number", needed=True,
            hint=N_("A year's report is sent in January."),
        ),
        Field(
            "recipients", N_("Log-ins of the recipients"), needed=True, longest=_LONGEST_LOGINS,
            hint=known.format(logins=logins),
        ),
    )  # fmt: skip


def address_fields() -> Sequence[Field]:
    """The form of one's own address."""
    hint = N_("Reports and tests are sent there. Empty: none is sent to you.")
    return (Field("email", N_("E-mail address"), longest=LONGEST_ADDRESS, hint=hint),)


def _known(look: Look) -> Sequence[User]:
    """People to choose from: those who may see the first of the reader's places."""
    scope = look.caller.require(Permission.manage_reports)
    return eligible(look.session, scope, scope.prefixes[0])


def _row(look: Look, rows: DeliveryRepository, one: Placed) -> DeliveryRow:
    return DeliveryRow(
        row=one.row,
        place=_place(look, one.row),
        kind=look.lang.gettext(KINDS[one.row.kind]),
        recipients=rows.recipients(one.row),
        log=[_sending(look, row, login) for row, login in rows.log(one.row, _LOG)],
    )


def _place(look: Look, row: ReportDelivery) -> str:
    found: School | Organisation
    if row.school_code is not None:
        found = look.session.get_one(School, row.school_code)
    else:
        found = look.session.get_one(Organisation, row.organisation_code)
    english = look.lang.code != "zh_CN" and found.name_en
    return english or found.name


def _sending(look: Look, row: ReportSending, login: str) -> SendingRow:
    text, tone = STATES[row.state]
    known = REASONS.get(row.detail)
    detail = look.lang.gettext(known) if known is not None else row.detail
    return SendingRow(row, login, look.lang.gettext(text), tone, detail)
