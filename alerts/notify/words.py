"""What a notice says, in the receiver's language: all of it, since links may not open outside."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import or_
from sqlmodel import Session, col, select

from alerts.messages import (
    N_,
    alert_text,
    alert_title,
    step_name,
    ticket_text,
    ticket_title,
)
from alerts.models import Alert, Ticket, TicketEvent
from alerts.notify.channels import Told
from alerts.notify.models import Notice, NoticeEvent, NoticeKind
from alerts.severity import Severity
from inventory.days import day_of
from inventory.models import (
    Device,
    Line,
    Organisation,
    Room,
    School,
    StaffMember,
    StaffRole,
    User,
)


class Speech(Protocol):
    """A language."""

    @property
    def code(self) -> str: ...

    def gettext(self, message: str) -> str: ...

    def moment(self, at: datetime) -> str: ...


#: The language of a code.
Speak = Callable[[str], Speech]

_TITLES = {
    NoticeKind.alert_opened: N_("Alert: {what}"),
    NoticeKind.alert_cleared: N_("Over: {what}"),
    NoticeKind.list_grown: N_("Added to a list: {what}"),
    NoticeKind.ticket_opened: N_("New ticket: {what}"),
    NoticeKind.ticket_assigned: N_("Ticket assigned: {what}"),
    NoticeKind.ticket_put_back: N_("Ticket put back into the queue: {what}"),
    NoticeKind.ticket_prioritised: N_("Priority of a ticket changed: {what}"),
    NoticeKind.ticket_waiting: N_("Ticket waits: {what}"),
    NoticeKind.ticket_resolved: N_("Ticket resolved: {what}"),
    NoticeKind.ticket_reopened: N_("Ticket reopened: {what}"),
    NoticeKind.ticket_closed: N_("Ticket closed: {what}"),
    NoticeKind.ticket_commented: N_("Comment on a ticket: {what}"),
    NoticeKind.ticket_escalated: N_("Ticket escalated: {what}"),
}
_TEST_TITLE = N_("Test message of Campus Fleet")
_TEST_TEXT = N_("This channel works: alerts and tickets will look like this.")
_LABELS = (
    ("school", N_("School: {text}")),
    ("bureau", N_("Bureau: {text}")),
    ("room", N_("Room: {text}")),
    ("device", N_("Device: {text}")),
    ("line", N_("Line: {text}")),
    ("fault", N_("Fault: {text}")),
    ("words", N_("Note: {text}")),
    ("ticket", N_("Ticket: {text}")),
    ("priority", N_("Priority: {text}")),
    ("assignee", N_("Assigned to: {text}")),
    ("phone", N_("Phone: {text}")),
    ("began", N_("Since: {text}")),
    ("at", N_("Time: {text}")),
    ("link", "{text}"),
)
_FLOOR = N_("floor {floor}")
#: Who is called about a school, the first of them who has a phone.
_CALLED = (
    StaffRole.network_administrator,
    StaffRole.part_time_technician,
    StaffRole.leader,
    StaffRole.district_technician,
)
#: Lines of a log whose text stands in a line of its own: who has it, how urgent it is.
_SAID_ELSEWHERE = frozenset({"assigned", "prioritised"})
_LONGEST = 600


class Writer:
    """Writes notices out.

    Args:
        session: one that reads.
        speak: the languages there are.
        public_url: where the console is; empty where nobody has said.
    """

    def __init__(self, session: Session, speak: Speak, public_url: str = "") -> None:
        self._session, self._speak = session, speak
        self._url = public_url.rstrip("/")

    def told(self, notice: Notice, language: str) -> Told | None:
        """What it says; nothing where what it is about has gone."""
        event = self._session.get_one(NoticeEvent, notice.event_id)
        speech = self._speak(language)
        if notice.kind is NoticeKind.test:
            return _test(notice, speech)
        ticket = self._session.get(Ticket, event.ticket_id) if event.ticket_id else None
        alert = self._session.get(Alert, event.alert_id) if event.alert_id else None
        about = alert or ticket
        school = self._session.get(School, about.school_code) if about is not None else None
        if about is None or school is None:
            return None
        device = self._session.get(Device, about.device_id) if about.device_id else None
        line = self._session.get(Line, about.line_id) if about.line_id else None
        subject = device.name if device else f"{line.provider} {line.circuit}" if line else ""
        bureau = self._bureau(about)
        subject = subject or (_name(bureau, speech) if bureau else "")
        say = speech.gettext
        if alert is not None:
            what, fault = alert_title(alert, subject, say), alert_text(alert, say)
        else:
            what, fault = ticket_title(ticket, subject, say), ticket_text(ticket, say)  # type: ignore[arg-type]
        room = self._room(device, speech)
        phone = "" if bureau else self._phone(school, day_of(event.at))
        link = f"{self._url}/tickets/{ticket.number}" if self._url and ticket else ""
        place = _name(bureau or school, speech)
        values = {
            "school": "" if bureau else place,
            "bureau": place if bureau else "",
            "room": room,
            "device": " ".join(filter(None, (subject, device.address or ""))) if device else "",
            "line": subject if line else "",
            "fault": " ".join(filter(None, (what, fault))),
            "words": self._words(event, say),
            "ticket": f"#{ticket.number}" if ticket else "",
            "priority": ticket.priority.value.upper() if ticket else "",
            "assignee": self._assignee(ticket),
            "phone": phone,
            "began": speech.moment(about.opened_at),
            "at": speech.moment(event.at) if event.at != about.opened_at else "",
            "link": link,
        }
        # What is wrong with a bureau names it already.
        title = say(_TITLES[notice.kind]).format(what=what if bureau else f"{place} {what}")
        return Told(
            id=notice.id,
            kind=notice.kind,
            fault=notice.fault,
            severity=about.severity,
            is_over=notice.kind
            in (NoticeKind.alert_cleared, NoticeKind.ticket_resolved, NoticeKind.ticket_closed),
            at=event.at,
            began=about.opened_at,
            # A line end in a name would be a header of its own.
            title=" ".join(title.split())[:200],
            lines=[
                say(label).format(text=" ".join(values[name].split())[:_LONGEST])
                for name, label in _LABELS
                if values[name]
            ],
            school_code="" if bureau else school.code,
            organisation_code=bureau.code if bureau else "",
            school=place,
            room=room,
            device_id=device.id if device else "",
            device=subject if device else "",
            rule=about.rule,
            ticket=ticket.number if ticket else None,
            phone=phone,
            link=link,
        )

    def _bureau(self, about: Alert | Ticket) -> Organisation | None:
        code = about.organisation_code
        return self._session.get(Organisation, code) if code else None

    def _room(self, device: Device | None, speech: Speech) -> str:
        room = self._session.get(Room, device.room_id) if device and device.room_id else None
        if room is None:
            return ""
        floor = speech.gettext(_FLOOR).format(floor=room.floor) if room.floor else ""
        return " ".join(filter(None, (room.building, floor, room.name)))

    def _phone(self, school: School, today: date) -> str:
        """Whom to call about a school: name and number."""
        staff = self._session.exec(
            select(StaffMember).where(
                StaffMember.school_code == school.code,
                StaffMember.phone != "",
                or_(col(StaffMember.starts_on).is_(None), col(StaffMember.starts_on) <= today),
                or_(col(StaffMember.ends_on).is_(None), col(StaffMember.ends_on) >= today),
            )
        ).all()
        called = sorted(
            (one for one in staff if one.role in _CALLED),
            key=lambda one: (_CALLED.index(one.role), one.id),
        )
        return f"{called[0].name} {called[0].phone}".strip() if called else ""

    def _words(self, event: NoticeEvent, say: Callable[[str], str]) -> str:
        line = (
            self._session.get(TicketEvent, event.ticket_event_id) if event.ticket_event_id else None
        )
        if line is None or line.kind in _SAID_ELSEWHERE:
            return ""
        step = step_name(line.step, say) if line.step else ""
        return " ".join(filter(None, (step, line.text)))

    def _assignee(self, ticket: Ticket | None) -> str:
        user = (
            self._session.get(User, ticket.assignee_id) if ticket and ticket.assignee_id else None
        )
        return " ".join(filter(None, (user.name or user.login, user.phone))) if user else ""


def _test(notice: Notice, speech: Speech) -> Told:
    return Told(
        id=notice.id,
        kind=notice.kind,
        fault=notice.fault,
        severity=Severity.warning,
        is_over=True,
        at=notice.made_at,
        began=notice.made_at,
        title=speech.gettext(_TEST_TITLE),
        lines=[speech.gettext(_TEST_TEXT), speech.moment(notice.made_at)],
    )


def _name(place: School | Organisation, speech: Speech) -> str:
    return (speech.code != "zh_CN" and place.name_en) or place.name
