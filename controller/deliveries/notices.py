"""The job that tells people of schools by e-mail that a draft is open to them, and how long.

Rules are those of reports by e-mail (``controller.deliveries.sending``): people who log in, a
message written down before it is tried, tried again when the mail server is busy.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Final, NamedTuple

from sqlmodel import Session

from controller.auth.permissions import ROLES, Permission
from controller.compliance.district.register import Place
from controller.deliveries.recipients import DISABLED, NO_ADDRESS, OUT_OF_SCOPE
from controller.deliveries.sending import WAITS
from controller.jobs import Transactions
from controller.language import N_, Language, language
from controller.mail.sending import MailFailed, MailRefused, Sender
from inventory.days import day_of
from inventory.editions.errors import FeedbackOver
from inventory.editions.flow import admit_appeal
from inventory.editions.notices import NoticeRepository
from inventory.ids import new_id
from inventory.models import (
    EditionKind,
    EditionNotice,
    EditionState,
    ReportEdition,
    Role,
    SendingState,
    User,
)
from inventory.scope import Scope

NOTICE_SECONDS: Final = 60.0
#: Why somebody is not told: it is too late by now.
OVER: Final = "over"
#: Messages of one round.
_AT_ONCE = 200
_LONGEST_DETAIL = 300
#: Schools that a message names one by one.
_NAMED = 20
_EVERYTHING = Scope.everything()
#: Who speaks for a school; the operator, who may do everything everywhere, does not.
SPEAKERS: Final = tuple(
    role
    for role, allowed in ROLES.items()
    if Permission.appeal_reports in allowed and role is not Role.admin
)
_SUBJECT = N_("Draft report of {place}, {period}: feedback until {day}")
_BODY = N_(
    "{name},\n\nthe draft of the report of {place} for {period} is open to your school until the"
    " end of {day}, Beijing time. Please look at what it says of your school; if it is wrong,"
    " appeal there by then.\n\n{schools}\n\nThis message is sent by itself."
)
_MORE = N_("and {count} more")


class _Notice(NamedTuple):
    """One message that is to be handed over now."""

    notice: EditionNotice
    edition: ReportEdition
    user: User
    place: tuple[str, str]
    schools: tuple[tuple[str, str, str], ...]


def write_notices(session: Session, now: datetime) -> int:
    """Write down messages to people who were not told of an open draft; returns how many."""
    rows, made = NoticeRepository(session, _EVERYTHING), 0
    for edition in rows.open_drafts(day_of(now)):
        for user_id in rows.untold(edition, SPEAKERS):
            rows.write(
                EditionNotice(
                    id=new_id("en"),
                    edition_id=edition.id,
                    round=edition.round,
                    user_id=user_id,
                    next_at=now,
                )
            )
            made += 1
    return made


class Crier:
    """The job.

    Args:
        sender: the mail server.
        public_url: where the console is; empty where nobody has said.
    """

    def __init__(self, sender: Sender, public_url: str) -> None:
        self._sender = sender
        self._url = public_url.rstrip("/")

    def run(self, transactions: Transactions, now: datetime) -> None:
        """One round; what fails is tried again in a later one."""
        with transactions.writing() as session:
            write_notices(session, now)
        with transactions.reading() as session:
            waiting = [one.id for one in NoticeRepository(session, _EVERYTHING).due(now, _AT_ONCE)]
        for notice_id in waiting:
            with transactions.writing() as session:
                found = _claimed(session, notice_id, now)
            if found is None:
                continue
            outcome, detail = self._sent(found, now)
            with transactions.writing() as session:
                notice = session.get_one(EditionNotice, notice_id)
                notice.state, notice.detail = outcome, detail[:_LONGEST_DETAIL]
                if outcome is not SendingState.waiting:
                    notice.ended_at = datetime.now(UTC)
                NoticeRepository(session, _EVERYTHING).write(notice)

    def _sent(self, found: _Notice, now: datetime) -> tuple[SendingState, str]:
        message = self._message(found, language(found.user.language))
        message["Date"] = format_datetime(now)
        try:
            self._sender.send(message)
        except MailRefused as error:
            return SendingState.failed, str(error)
        except MailFailed as error:
            over = found.notice.attempts > len(WAITS)
            return SendingState.failed if over else SendingState.waiting, str(error)
        return SendingState.sent, ""

    def _message(self, found: _Notice, lang: Language) -> EmailMessage:
        edition, user = found.edition, found.user
        first = edition.first_day
        words = {
            "name": user.name or user.login,
            "place": _named(found.place, lang),
            "period": f"{first:%Y}" if edition.kind is EditionKind.year else f"{first:%Y-%m}",
            "day": lang.day(edition.appeals_until) if edition.appeals_until else "",
            "schools": self._schools(found, lang),
        }
        message = EmailMessage()
        # A line end in a name would be a header of its own.
        message["Subject"] = " ".join(lang.gettext(_SUBJECT).format(**words).split())
        message["From"] = self._sender.address
        message["To"] = formataddr((" ".join(user.name.split()), user.email))
        domain = self._sender.address.rpartition("@")[2] or "fleet.invalid"
        message["Message-ID"] = f"<{found.notice.id}@{domain}>"
        # Nobody's holiday reply is wanted (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(lang.gettext(_BODY).format(**words))
        return message

    def _schools(self, found: _Notice, lang: Language) -> str:
        lines = []
        for code, *names in found.schools[:_NAMED]:
            link = f"\n{self._url}/reports/{found.edition.id}/schools/{code}" if self._url else ""
            lines.append(f"{_named((names[0], names[1]), lang)}{link}")
        more = len(found.schools) - _NAMED
        if more > 0:
            lines.append(lang.gettext(_MORE).format(count=more))
        return "\n".join(lines)


def tell_schools(sender: Sender, public_url: str) -> Callable[[Transactions, datetime], None]:
    """The job, to be run every minute."""
    return Crier(sender, public_url).run


def _claimed(session: Session, notice_id: str, now: datetime) -> _Notice | None:
    """Count a message as tried; one that would tell somebody what is not theirs is left."""
    rows = NoticeRepository(session, _EVERYTHING)
    notice = session.get_one(EditionNotice, notice_id)
    if notice.state is not SendingState.waiting:
        return None
    edition, user = (
        session.get_one(ReportEdition, notice.edition_id),
        session.get_one(User, notice.user_id),
    )
    schools = rows.schools_of(edition, user.id, SPEAKERS)
    why = _obstacle(notice, edition, user, schools, now)
    if why:
        notice.state, notice.detail, notice.ended_at = SendingState.skipped, why, now
        rows.write(notice)
        return None
    notice.attempts += 1
    notice.next_at = now + WAITS[min(notice.attempts, len(WAITS)) - 1]
    rows.write(notice)
    place = Place(session, _EVERYTHING, edition.school_code or edition.organisation_code or "")
    found = _Notice(
        notice,
        edition,
        user,
        (place.name, place.name_en),
        tuple((one.code, one.name, one.name_en) for one in schools),
    )
    for one in (notice, edition, user):
        session.refresh(one)
        session.expunge(one)
    return found


def _obstacle(
    notice: EditionNotice,
    edition: ReportEdition,
    user: User,
    schools: object,
    now: datetime,
) -> str:
    """Why somebody is not told; empty where nothing is."""
    if user.disabled_at is not None:
        return DISABLED
    if not user.email:
        return NO_ADDRESS
    if edition.state is not EditionState.draft or edition.round != notice.round:
        return OVER
    try:
        admit_appeal(edition.appeals_until, day_of(now))
    except FeedbackOver:
        return OVER
    return "" if schools else OUT_OF_SCOPE


def _named(names: tuple[str, str], lang: Language) -> str:
    return (lang.code != "zh_CN" and names[1]) or names[0]
