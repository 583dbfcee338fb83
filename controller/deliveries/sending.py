"""The job that sends reports: writes down what is due, makes it, hands it to the mail server.

A message is written before it is tried, and counted as tried before it is handed over. A
controller that dies in between tries it again later, with the same message id. Of several
controllers the leader alone does this.
"""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Final, NamedTuple

from sqlmodel import Session

from controller.auth.permissions import Permission
from controller.deliveries.issued import issued_report
from controller.deliveries.message import Report, message_of
from controller.deliveries.periods import Period, due, latest
from controller.deliveries.recipients import may_read, obstacle
from controller.errors import FleetError
from controller.jobs import Transactions
from controller.language import Language, language
from controller.mail.sending import MailFailed, MailRefused, Sender
from controller.metrics.store import MetricStore
from controller.reports.building import ReportAsked, report_of
from controller.reports.content import ReportKind
from controller.reports.files import ReportShape, name_of
from controller.reports.pdf import pdf
from inventory.days import day_of
from inventory.deliveries.repository import DeliveryRepository, Placed
from inventory.errors import InventoryError
from inventory.ids import new_id
from inventory.models import DeliveryKind, ReportSending, SendingState, User
from inventory.scope import Scope

logger = logging.getLogger(__name__)
DELIVERY_SECONDS: Final = 60.0
#: Until a message that was not taken is tried again; after the last one it is given up.
WAITS: Final = (
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
#: Messages of one round.
_AT_ONCE = 50
_LONGEST_DETAIL = 300
_EVERYTHING = Scope.everything()


class _Letter(NamedTuple):
    """One message that is to be handed over now; rows are read, and belong to no session."""

    sending: ReportSending
    delivery: Placed
    user: User
    with_costs: bool


def write_due(session: Session, now: datetime) -> int:
    """Write down the messages of all reports that are due; returns how many are new."""
    rows, today, made = DeliveryRepository(session, _EVERYTHING), day_of(now), 0
    for delivery in rows.running():
        period = due(delivery.row, today, day_of(delivery.row.made_at))
        if period is None:
            continue
        written = rows.written_for(delivery.row, period.first)
        for user in rows.recipients(delivery.row):
            if user.id not in written:
                rows.write(new_sending(delivery, user, period.first, now))
                made += 1
    return made


def new_sending(delivery: Placed, user: User, period: date | None, now: datetime) -> ReportSending:
    """A message that waits to be sent; one without a period is a test."""
    return ReportSending(
        id=new_id("rs"),
        delivery_id=delivery.row.id,
        user_id=user.id,
        period=period,
        next_at=now,
    )


class Post:
    """The job.

    Args:
        store: where readings are.
        sender: the mail server.
        public_url: where the console is; empty where nobody has said.
    """

    def __init__(self, store: MetricStore, sender: Sender, public_url: str) -> None:
        self._store = store
        self._sender = sender
        self._url = public_url.rstrip("/")

    def run(self, transactions: Transactions, now: datetime) -> None:
        """One round; what fails is tried again in a later one."""
        with transactions.writing() as session:
            write_due(session, now)
        with transactions.reading() as session:
            waiting = [
                one.id for one in DeliveryRepository(session, _EVERYTHING).due(now, _AT_ONCE)
            ]
        made: dict[tuple[str, date | None, str, bool], Report] = {}
        for sending_id in waiting:
            with transactions.writing() as session:
                letter = _claimed(session, sending_id, now)
            if letter is None:
                continue
            outcome, detail = self._sent(letter, transactions, now, made)
            with transactions.writing() as session:
                _note(session, sending_id, outcome, detail)

    def _sent(
        self,
        letter: _Letter,
        transactions: Transactions,
        now: datetime,
        made: dict[tuple[str, date | None, str, bool], Report],
    ) -> tuple[SendingState, str]:
        """Make and hand over one message: what became of it, and what the server said."""
        lang = language(letter.user.language)
        key = letter.delivery.row.id, letter.sending.period, lang.code, letter.with_costs
        try:
            if key not in made:
                with transactions.reading() as session:
                    made[key] = self._report(session, letter, lang, now)
            message = message_of(made[key], letter.sending, letter.user, self._sender.address, lang)
            message["Date"] = format_datetime(now)
            self._sender.send(message)
        except MailRefused as error:
            return SendingState.failed, str(error)
        except MailFailed as error:
            return _again(letter.sending), str(error)
        except (InventoryError, FleetError) as error:
            logger.exception("the report of %s could not be made", letter.delivery.path)
            return _again(letter.sending), str(error)
        signed = made[key].signed
        return SendingState.sent, signed.number if signed else ""

    def _report(self, session: Session, letter: _Letter, lang: Language, now: datetime) -> Report:
        """The edition that was issued, with its own file; else a draft as it comes out now.

        Raises:
            InventoryError, FleetError: it cannot be made.
        """
        row, path = letter.delivery
        period = _period(letter)
        issued = issued_report(session, letter.delivery, period, lang, self._url)
        if issued is not None:
            return issued
        asked = ReportAsked(
            at=row.school_code or row.organisation_code or "",
            kind=ReportKind.year if row.kind is DeliveryKind.year else ReportKind.month,
            first=period.first,
            last=period.last,
            made_on=day_of(now),
            money=letter.with_costs,
        )
        # What lies outside the place is nobody's business who is sent the place's report.
        content = report_of(session, self._store, Scope((path,)), asked)
        place = content.head.place
        return Report(
            kind=row.kind,
            place=(lang.code != "zh_CN" and place.name_en) or place.name,
            period=period,
            name=name_of(asked, ReportShape.pdf),
            content=pdf(content, lang),
            link=f"{self._url}{_page(letter, period)}" if self._url else "",
        )


def deliver_reports(
    store: MetricStore, sender: Sender, public_url: str
) -> Callable[[Transactions, datetime], None]:
    """The job, to be run every minute."""
    return Post(store, sender, public_url).run


def _claimed(session: Session, sending_id: str, now: datetime) -> _Letter | None:
    """Count a message as tried; one whose recipient may not have it any more is left."""
    rows = DeliveryRepository(session, _EVERYTHING)
    sending = session.get_one(ReportSending, sending_id)
    delivery = rows.get(sending.delivery_id)
    if delivery is None or sending.state is not SendingState.waiting:
        return None
    user = session.get_one(User, sending.user_id)
    why = obstacle(session, user, delivery.path)
    if why:
        sending.state, sending.detail, sending.ended_at = SendingState.skipped, why, now
        rows.write(sending)
        return None
    sending.attempts += 1
    sending.next_at = now + WAITS[min(sending.attempts, len(WAITS)) - 1]
    rows.write(sending)
    letter = _Letter(
        sending, delivery, user, may_read(session, user, delivery.path, Permission.read_costs)
    )
    for one in (sending, delivery.row, user):
        session.refresh(one)
        session.expunge(one)
    return letter


def _note(session: Session, sending_id: str, outcome: SendingState, detail: str) -> None:
    sending = session.get_one(ReportSending, sending_id)
    sending.state, sending.detail = outcome, detail[:_LONGEST_DETAIL]
    if outcome is not SendingState.waiting:
        sending.ended_at = datetime.now(UTC)
    DeliveryRepository(session, _EVERYTHING).write(sending)


def _again(sending: ReportSending) -> SendingState:
    """Whether there is another attempt; a test has one only."""
    over = sending.period is None or sending.attempts > len(WAITS)
    return SendingState.failed if over else SendingState.waiting


def _period(letter: _Letter) -> Period:
    kind, first = letter.delivery.row.kind, letter.sending.period
    if first is None:
        return latest(kind, day_of(datetime.now(UTC)))
    later = first + timedelta(days=366 if kind is DeliveryKind.year else 31)
    return Period(first, later.replace(day=1) - timedelta(days=1))


def _page(letter: _Letter, period: Period) -> str:
    row = letter.delivery.row
    if row.school_code is not None:
        return f"/schools/{row.school_code}"
    return f"/compliance?at={row.organisation_code}&month={period.last:%Y-%m}"
