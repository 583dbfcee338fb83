"""Steps of one repair as people take them, each by its person and dated back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alerts.codes import FaultKind
from alerts.models import Ticket, TicketReport
from alerts.reporting.desk import ReportDesk, Told, ticket_of
from alerts.reporting.links import About
from alerts.reporting.spots import LinkRepository
from alerts.tickets import TicketDesk
from alerts.work.checklists import checklist
from alerts.work.desk import WorkDesk
from controller.demo import drawn
from controller.demo.telling import Telling
from controller.language import language
from controller.pages.views.public_report import title_of, where_of
from controller.reporting import reporter_hash
from controller.ticket_photos import add_photo, keep_photos, keep_signature
from inventory.assets.attachments import FileFolder
from inventory.models import Device
from inventory.scope import Scope

_EVERYTHING: Final = Scope.everything()
_TECHNICIAN: Final = "technician"


@dataclass(frozen=True, slots=True)
class Repair:
    """One device that breaks, and what everybody does about it.

    Args:
        told: who can act.
        folder: where photos go.
        device: which one, by its name in the simulation.
        began: when it broke; steps are told by hours after it.
    """

    told: Telling
    folder: FileFolder
    device: str
    began: datetime

    @property
    def row(self) -> Device:
        return self.told.session.get_one(Device, self.told.devices[self.device])

    def at(self, hours: float) -> datetime:
        """The moment so long after it broke."""
        return self.began + timedelta(hours=hours)

    def desk(self, hours: float, login: str = _TECHNICIAN) -> TicketDesk:
        """The desk of tickets, for one step of one person."""
        return TicketDesk(self.told.session, _EVERYTHING, self.told.users[login], self.at(hours))

    def work(self, hours: float) -> WorkDesk:
        """What the technician writes down of the repair."""
        actor = self.told.users[_TECHNICIAN]
        return WorkDesk(self.told.session, _EVERYTHING, actor, self.at(hours))

    def reported(
        self,
        kind: FaultKind,
        words: str,
        name: str,
        *,
        phone: str = "",
        picture: bytes | None = None,
        hours: float = 0,
    ) -> TicketReport:
        """Somebody without an account scans the label of the device."""
        session, lang = self.told.session, language("zh_CN")
        spot = LinkRepository(session, _EVERYTHING).spot(About.device, self.row.id)
        where = where_of(lang, spot.school, spot.room, spot.device)
        title = title_of(where, kind, lang)
        said = Told(title, kind, words, name, phone, reporter_hash(f"{self.device} {name}"))
        report, _ = ReportDesk(session, self.at(hours)).report(spot, said)
        if picture is not None:
            keep_photos(self.folder, session, self.ticket(report), [picture], self.at(hours))
        return report

    def opened(self, login: str, title: str, description: str = "") -> Ticket:
        """Somebody with an account reports it."""
        row = self.row
        return self.desk(0, login).open(
            row.school_code, title, device_id=row.id, description=description
        )

    def begun(self, ticket: Ticket, hours: float) -> None:
        """The technician takes it, comes, and takes a photo."""
        self.desk(hours).take(ticket.id)
        self.desk(hours + 0.5).start(ticket.id)
        actor = (self.told.users[_TECHNICIAN], _TECHNICIAN)
        file = (f"{self.device}.jpg", drawn.photo(stripes=4))
        session, now = self.told.session, self.at(hours + 0.6)
        add_photo(self.folder, session, _EVERYTHING, ticket.id, file, actor=actor, now=now)

    def checked(self, ticket: Ticket, hours: float, most: int = 99) -> None:
        """The technician ticks the checklist off, or the first lines of it."""
        for check in checklist(self.row.kind)[:most]:
            self.work(hours).check(ticket.id, check, done=True)

    def confirmed(
        self, report: TicketReport, hours: float, points: int, *, signs: bool = False
    ) -> None:
        """Who reported it says that it works again."""
        session, now = self.told.session, self.at(hours)
        ReportDesk(session, now).confirm(report, points)
        if signs:
            keep_signature(self.folder, session, report, drawn.signature(), now)

    def still_broken(self, report: TicketReport, hours: float, words: str) -> None:
        """Who reported it says that it does not."""
        ReportDesk(self.told.session, self.at(hours)).still_broken(report, words)

    def ticket(self, report: TicketReport) -> Ticket:
        """The ticket a report is about."""
        return ticket_of(self.told.session, report)
