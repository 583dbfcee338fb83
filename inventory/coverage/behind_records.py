"""Recognitions, switches and hours of use behind figures of one school."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select as columns
from sqlmodel import Session, col

from drivers.readings import Kind
from inventory.coverage.cases import Case, CaseKind
from inventory.models import CampusProgramme, Device, DeviceUsage, Lifecycle, Room
from inventory.repositories.recognitions import RecognitionRepository
from inventory.repositories.scoped import Repository
from inventory.scope import Scope
from inventory.standards.model import Measure

PROGRAMMES: Mapping[Measure, CampusProgramme] = {
    Measure.digital_campus: CampusProgramme.digital_campus,
    Measure.digital_campuses_a_year: CampusProgramme.digital_campus,
    Measure.digital_kindergarten: CampusProgramme.digital_kindergarten,
    Measure.smart_campuses: CampusProgramme.smart_campus,
    Measure.management_level: CampusProgramme.management,
}
#: Kinds of devices whose hours of use are counted.
USED: Mapping[Measure, Kind] = {
    Measure.whiteboard_hours: Kind.whiteboard,
    Measure.terminal_hours: Kind.terminal,
}


def recognised(session: Session, scope: Scope, code: str, measure: Measure, on: date) -> list[Case]:
    """Recognitions of a school in one programme, those that are over among them."""
    rows = RecognitionRepository(session, scope).at_school(code)
    this_year = measure is Measure.digital_campuses_a_year
    return [
        Case(
            CaseKind.recognition,
            one.id,
            one.programme,
            one.document,
            one.recognised_on <= on
            and (one.ends_on is None or one.ends_on >= on)
            and (not this_year or one.recognised_on.year == on.year),
            level=one.level,
            since=one.recognised_on,
        )
        for one in rows
        if one.programme is PROGRAMMES[measure]
    ]


def switches(session: Session, scope: Scope, code: str) -> list[Case]:
    """Switches in service: one of them makes a campus network."""
    return [
        Case(CaseKind.device, device, name, room or "", True)
        for device, name, room, _hours in _Placed(session, scope).of_kind(code, Kind.switch)
    ]


def used(session: Session, scope: Scope, code: str, measure: Measure) -> list[Case]:
    """Devices in service with their hours a week; of some nothing was read."""
    return [
        Case(
            CaseKind.device,
            device,
            name,
            room or "",
            None if hours is None else True,
            hours=hours,
        )
        for device, name, room, hours in _Placed(session, scope).of_kind(code, USED[measure])
    ]


class _Placed(Repository):
    """Devices of one school with their rooms."""

    def of_kind(self, code: str, kind: Kind) -> list[tuple[str, str, str | None, float | None]]:
        rows = self._session.execute(
            columns(col(Device.id), col(Device.name), col(Room.name), col(DeviceUsage.hours_a_week))
            .join(Room, col(Room.id) == col(Device.room_id), isouter=True)
            .join(DeviceUsage, col(DeviceUsage.device_id) == col(Device.id), isouter=True)
            .where(
                col(Device.school_code) == code,
                self._at_visible_school(Device.school_code),
                col(Device.kind) == kind,
                col(Device.is_personal).is_(False),
                col(Device.lifecycle) == Lifecycle.in_service,
            )
        )
        return [(device, name, room, hours) for device, name, room, hours in rows]
