"""What a label stands on, and how its links stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.errors import LinkInvalid
from alerts.models import ReportLink
from alerts.reporting.links import About, fits, path
from inventory.errors import NotFound
from inventory.models import Device, Lifecycle, Room, School
from inventory.repositories.scoped import Repository

#: Of other devices nobody reports a fault: they are gone, or not there yet.
_THERE = frozenset({Lifecycle.in_service, Lifecycle.in_stock, Lifecycle.in_repair, Lifecycle.lent})
#: Devices of a room that are offered to choose from.
MOST_OFFERED = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """A device, or a room: what somebody stands before who scans a label."""

    school: School
    room: Room | None
    device: Device | None

    @property
    def about(self) -> About:
        return About.room if self.device is None else About.device

    @property
    def id(self) -> str:
        row = self.device or self.room
        return row.id if row else ""


def spot_of(session: Session, key: bytes, about: About, row_id: str, shown: str) -> Spot:
    """What a signed link is about.

    Raises:
        LinkInvalid: the signature is of something else, or of an older label; the label was
            withdrawn, or nothing is there any more. They are not told apart.
    """
    link = session.get(ReportLink, row_id)
    genuine = fits(key, about, row_id, link.version if link else 0, shown)
    if not genuine or (link is not None and link.revoked_at is not None):
        raise LinkInvalid
    device = session.get(Device, row_id) if about is About.device else None
    if about is About.device and (device is None or not _reportable(device)):
        raise LinkInvalid
    room_id = device.room_id if device else row_id
    room = session.get(Room, room_id) if room_id else None
    row = device or room
    if row is None:
        raise LinkInvalid
    return Spot(session.get_one(School, row.school_code), room, device)


def links_of_room(session: Session, key: bytes, room: Room) -> Sequence[tuple[Device, str]]:
    """Devices of a room with the path of their links; those without a label that holds are not."""
    query = (
        select(Device, ReportLink)
        .join(ReportLink, col(ReportLink.subject_id) == col(Device.id), isouter=True)
        .where(
            Device.room_id == room.id,
            Device.school_code == room.school_code,
            col(ReportLink.revoked_at).is_(None),
        )
        .order_by(col(Device.kind), col(Device.asset_number), col(Device.id))
        .limit(MOST_OFFERED)
    )
    return [
        (device, path(key, About.device, device.id, link.version if link else 0))
        for device, link in session.exec(query)
        if _reportable(device)
    ]


class LinkRepository(Repository):
    """Labels of devices and rooms within the caller's scope."""

    def spot(self, about: About, row_id: str) -> Spot:
        """The device or the room.

        Raises:
            NotFound: none within the scope.
        """
        device = self._session.get(Device, row_id) if about is About.device else None
        room_id = device.room_id if device else row_id
        room = self._session.get(Room, room_id) if room_id else None
        row = device or room
        if row is None or (about is About.device and device is None):
            raise NotFound(what=about.value, key=row_id)
        school = self._session.get_one(School, row.school_code)
        if not self._scope.covers(school.path):
            raise NotFound(what=about.value, key=row_id)
        return Spot(school, room, device)

    def link(self, spot: Spot) -> ReportLink:
        """How its label stands; a row that was never written stands for the first one."""
        kept = self._session.get(ReportLink, spot.id)
        return kept or ReportLink(subject_id=spot.id, school_code=spot.school.code)

    def versions(self, ids: Sequence[str]) -> dict[str, int]:
        """Versions of labels that hold, by device or room; the others are left out."""
        changed: dict[str, ReportLink] = {}
        for begin in range(0, len(ids), 500):
            some = col(ReportLink.subject_id).in_(ids[begin : begin + 500])
            changed |= {
                row.subject_id: row for row in self._session.exec(select(ReportLink).where(some))
            }
        return {
            one: changed[one].version if one in changed else 0
            for one in ids
            if one not in changed or changed[one].revoked_at is None
        }

    def renew(self, spot: Spot) -> ReportLink:
        """New labels: those printed before lead nowhere from now on."""
        link = self.link(spot)
        link.version, link.revoked_at = link.version + 1, None
        return self._save(link)

    def revoke(self, spot: Spot, now: datetime) -> ReportLink:
        """No label of it leads anywhere until it is given new ones."""
        link = self.link(spot)
        link.revoked_at = link.revoked_at or now
        return self._save(link)


def _reportable(device: Device) -> bool:
    return device.lifecycle in _THERE and not device.is_personal
