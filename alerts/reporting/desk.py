"""What somebody without an account tells of a fault, and of its repair."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from alerts.codes import FaultKind
from alerts.errors import LinkInvalid, TransitionRefused
from alerts.models import Ticket, TicketEvent, TicketReport
from alerts.numbers import lock_judgement, take_numbers
from alerts.reporting.links import About, fits
from alerts.reporting.spots import Spot
from alerts.repositories import ACTIVE, TicketRepository
from alerts.sla.keeping import count_clocks
from alerts.states import STOPPED, TicketState
from alerts.urgency import Impact, Origin
from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.scope import Scope

MAX_WORDS = 500
MAX_NAME = 40
MAX_PHONE = 30
MOST_SATISFIED = 5
#: So long after a repair one may say that it is broken again; later it is another fault.
STILL_BROKEN = timedelta(days=14)
#: So long after its ticket is closed a report is shown, and who told it is known.
REMEMBERED = timedelta(days=180)
_MOST_MERGES = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told.

    Args:
        title: one line, for a ticket that is opened by it.
        kind: what they see.
        words: in their own words.
        name, phone: whom to ask; both may be empty.
        reporter: hash of what their browser shows again.
    """

    title: str
    kind: FaultKind
    words: str
    name: str
    phone: str
    reporter: str


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """Takes what people tell by a link whose signature was looked at. Flushes, never commits."""

    session: Session
    now: datetime

    def report(self, spot: Spot, told: Told) -> tuple[TicketReport, bool]:
        """Open a ticket, or add to the one that is open about the same thing.

        Telling it again from the same browser, or twice at once, changes nothing.

        Returns:
            The report, and whether it is new.

        Raises:
            Invalid: words, name or telephone number are too long.
        """
        words = _fitting("words", told.words, MAX_WORDS)
        name = _fitting("name", told.name, MAX_NAME)
        phone = _fitting("phone", told.phone, MAX_PHONE)
        # Two who report at one moment come one after the other.
        lock_judgement(self.session)
        ticket = open_ticket(self.session, spot, told.kind)
        if ticket is not None:
            before = report_by(self.session, ticket.id, told.reporter)
            if before is not None:
                return before, False
            self._log(ticket, "joined", words)
        else:
            ticket = self._opened(spot, told, words)
        report = TicketReport(
            id=new_id("q"),
            ticket_id=ticket.id,
            room_id=spot.room.id if spot.room else None,
            reporter_hash=told.reporter,
            at=self.now,
            kind=told.kind.value,
            words=words,
            name=name,
            phone=phone,
        )
        self.session.add(report)
        self.session.flush()
        return report, True

    def confirm(self, report: TicketReport, satisfaction: int | None = None) -> bool:
        """It works again; a ticket that waited for that word is closed.

        Returns:
            Whether that was new.

        Raises:
            Invalid: a satisfaction other than 1 to 5.
            TransitionRefused: nobody has said yet that it is repaired.
        """
        if satisfaction is not None and not 1 <= satisfaction <= MOST_SATISFIED:
            raise Invalid(field="satisfaction", reason=f"1 - {MOST_SATISFIED}")
        ticket = self._held(report)
        if ticket.state not in STOPPED:
            raise TransitionRefused(
                number=ticket.number, before=ticket.state, after=TicketState.closed
            )
        if report.confirmed_at is not None:
            return False
        report.confirmed_at, report.satisfaction = self.now, satisfaction
        self.session.add(report)
        self._log(ticket, "confirmed", "" if satisfaction is None else str(satisfaction))
        if ticket.state is TicketState.resolved:
            ticket.state, ticket.closed_at = TicketState.closed, self.now
            self._log(ticket, "closed")
        count_clocks(self.session, [ticket], self.now)
        return True

    def still_broken(self, report: TicketReport, words: str) -> bool:
        """It does not work after all: the ticket is reopened.

        Returns:
            Whether that was new.

        Raises:
            Invalid: too many words.
            TransitionRefused: it was repaired too long ago; report it anew.
        """
        text = _fitting("words", words, MAX_WORDS)
        ticket = self._held(report)
        if ticket.state not in STOPPED:
            return False
        if not may_reopen(ticket, self.now):
            raise TransitionRefused(
                number=ticket.number, before=ticket.state, after=TicketState.reopened
            )
        ticket.state = TicketState.reopened
        ticket.resolved_at = ticket.closed_at = None
        report.confirmed_at = report.satisfaction = None
        self.session.add(report)
        self._log(ticket, "reopened", text)
        count_clocks(self.session, [ticket], self.now)
        return True

    def _opened(self, spot: Spot, told: Told, words: str) -> Ticket:
        [number] = take_numbers(self.session, 1)
        ticket = Ticket(
            id=new_id("t"),
            number=number,
            school_code=spot.school.code,
            device_id=spot.device.id if spot.device else None,
            title=told.title,
            description=words,
            impact=Impact.room,
            category=told.kind.value,
            origin=Origin.qr,
            opened_at=self.now,
        )
        self.session.add(ticket)
        self.session.flush()
        self._log(ticket, "opened")
        count_clocks(self.session, [ticket], self.now)
        return ticket

    def _held(self, report: TicketReport) -> Ticket:
        ticket = ticket_of(self.session, report)
        return TicketRepository(self.session, Scope.everything()).held(ticket.id)

    def _log(self, ticket: Ticket, kind: str, text: str = "") -> None:
        """A line that nobody with an account wrote."""
        self.session.add(ticket)
        self.session.add(TicketEvent(ticket_id=ticket.id, at=self.now, kind=kind, text=text))
        self.session.flush()


def open_ticket(session: Session, spot: Spot, kind: FaultKind | None = None) -> Ticket | None:
    """The oldest ticket about a device that still needs somebody.

    Of a room, whose devices are not told apart: about the same kind of fault.
    """
    query = select(Ticket).where(col(Ticket.state).in_(ACTIVE))
    if spot.device is not None:
        query = query.where(Ticket.device_id == spot.device.id)
    elif kind is None or spot.room is None:
        return None
    else:
        here = select(TicketReport.ticket_id).where(TicketReport.room_id == spot.room.id)
        query = query.where(
            col(Ticket.id).in_(here), col(Ticket.device_id).is_(None), Ticket.category == kind.value
        )
    return session.exec(query.order_by(col(Ticket.number)).limit(1)).first()


def report_by(session: Session, ticket_id: str, reporter: str) -> TicketReport | None:
    """What one browser told about a ticket."""
    return session.exec(
        select(TicketReport).where(
            TicketReport.ticket_id == ticket_id, TicketReport.reporter_hash == reporter
        )
    ).one_or_none()


def report_of(
    session: Session, key: bytes, report_id: str, shown: str, now: datetime
) -> TicketReport:
    """The report of a signed link.

    Raises:
        LinkInvalid: the signature is of something else, or it is too long ago.
    """
    if not fits(key, About.report, report_id, 0, shown):
        raise LinkInvalid
    report = session.get(TicketReport, report_id)
    if report is None:
        raise LinkInvalid
    closed = ticket_of(session, report).closed_at
    if closed is not None and closed < now - REMEMBERED:
        raise LinkInvalid
    return report


def ticket_of(session: Session, report: TicketReport) -> Ticket:
    """The ticket of a report, or the one that goes on for it."""
    ticket = session.get_one(Ticket, report.ticket_id)
    for _ in range(_MOST_MERGES):
        if ticket.merged_into_id is None:
            break
        ticket = session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def may_reopen(ticket: Ticket, now: datetime) -> bool:
    ended = ticket.closed_at or ticket.resolved_at
    return ticket.state in STOPPED and ended is not None and now - ended <= STILL_BROKEN


def reports_of(session: Session, ticket_id: str) -> list[TicketReport]:
    """Who told something about a ticket, the first one first; whoever asks has found the ticket."""
    return list(
        session.exec(
            select(TicketReport)
            .where(TicketReport.ticket_id == ticket_id)
            .order_by(col(TicketReport.at), col(TicketReport.id))
        )
    )


def forget_reporters(session: Session, now: datetime) -> None:
    """Housekeeping: names and telephone numbers, some months after all is done."""
    done = select(Ticket.id).where(col(Ticket.closed_at) < now - REMEMBERED)
    known = (col(TicketReport.name) != "") | (col(TicketReport.phone) != "")
    session.execute(
        update(TicketReport)
        .where(known, col(TicketReport.ticket_id).in_(done))
        .values(name="", phone="")
        .execution_options(synchronize_session=False)
    )


def _fitting(name: str, text: str, longest: int) -> str:
    text = "".join(c for c in text.strip() if c.isprintable() or c == "\n")
    if len(text) > longest:
        raise Invalid(field=name, reason=f"{len(text)} > {longest}")
    return text
