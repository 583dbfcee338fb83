"""What stands behind a figure of one school: each room, terminal or person."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_
from sqlalchemy import select as columns
from sqlmodel import Session, col

from drivers.readings import Kind
from inventory.coverage.behind_records import PROGRAMMES, USED, recognised, switches, used
from inventory.coverage.cases import Case, CaseKind
from inventory.coverage.counting import SPECIAL_ROOMS, rooms_by_kind
from inventory.coverage.facts import (
    SEEN_WITHIN,
    TERMINAL_BITS_PER_SECOND,
    CoverageRepository,
)
from inventory.coverage.rooms import (
    STUDENTS_LEARN_IN,
    TEACHERS_WORK_IN,
    RoomFact,
    in_reach,
    with_platform,
)
from inventory.models import (
    Device,
    DeviceState,
    Lifecycle,
    Port,
    Room,
    RoomKind,
    School,
    StaffRole,
)
from inventory.packed.equipment import Equipment
from inventory.repositories.school_records import StaffRepository
from inventory.repositories.scoped import Repository
from inventory.schools.staff import is_advanced, is_certified
from inventory.scope import Scope
from inventory.standards.model import Measure

_ROOMS = {
    Measure.whiteboards_per_classroom,
    Measure.multimedia_per_class,
    Measure.wireless_coverage,
    Measure.wired_coverage,
    *SPECIAL_ROOMS,
}
_COMPUTERS: Mapping[Measure, frozenset[RoomKind]] = {
    Measure.students_per_computer: STUDENTS_LEARN_IN,
    Measure.computers_per_teacher: TEACHERS_WORK_IN,
}
_ADMINISTRATORS = {Measure.certified_administrators, Measure.senior_administrators}
#: Measures that have a list behind them.
LISTED = frozenset(
    {
        *(*_ROOMS, *_COMPUTERS, *_ADMINISTRATORS, *PROGRAMMES, *USED),
        *(Measure.terminal, Measure.campus_network),
    }
)
_OWNED = (Lifecycle.in_service, Lifecycle.in_repair, Lifecycle.in_stock)


def behind(
    session: Session,
    scope: Scope,
    school: School,
    measure: Measure,
    devices: Equipment,
    *,
    on: date,
    now: datetime,
) -> list[Case]:
    """The list, what does not count first; as things are now, whatever month is looked at."""
    facts = CoverageRepository(session, scope)
    if measure in _ROOMS:
        rooms = [one for one in facts.rooms(school.path) if one.school_code == school.code]
        cases = _rooms(measure, rooms, facts, devices, under=school.path, now=now)
    elif measure in _ADMINISTRATORS:
        cases = _administrators(session, scope, school.code, measure, on)
    elif measure in PROGRAMMES:
        cases = recognised(session, scope, school.code, measure, on)
    elif measure in USED:
        cases = used(session, scope, school.code, measure)
    elif measure is Measure.campus_network:
        cases = switches(session, scope, school.code)
    elif measure in LISTED:
        cases = list(_Devices(session, scope).cases(school.code, measure, now))
    else:
        cases = []
    return sorted(
        cases, key=lambda one: (one.counts is True, one.counts is None, one.place, one.name)
    )


def _rooms(
    measure: Measure,
    rooms: Sequence[RoomFact],
    facts: CoverageRepository,
    devices: Equipment,
    *,
    under: str,
    now: datetime,
) -> list[Case]:
    perhaps: set[int] = set()
    if measure is Measure.wireless_coverage:
        points = facts.placed([Kind.access_point], under, now)
        good = in_reach(rooms, {one.room for one in points if one.works})
        perhaps = in_reach(rooms, {one.room for one in points if one.works is None}) - good
    elif measure is Measure.wired_coverage:
        switches = facts.placed([Kind.switch], under, now)
        good = {one.room for one in switches if one.works} | facts.rooms_behind_ports(under, now)
    elif measure in SPECIAL_ROOMS:
        rooms = [room for room in rooms if room.kind is SPECIAL_ROOMS[measure]]
        good = {room.key for room in rooms}
    else:
        rooms = [room for room in rooms if room.kind is RoomKind.classroom]
        having = rooms_by_kind(devices)
        boards = measure is Measure.whiteboards_per_classroom
        good = set(having[Kind.whiteboard]) if boards else with_platform(having)
    return [
        Case(
            CaseKind.room,
            room.id,
            room.name,
            room.building,
            True if room.key in good else None if room.key in perhaps else False,
        )
        for room in rooms
    ]


def _administrators(
    session: Session, scope: Scope, code: str, measure: Measure, on: date
) -> list[Case]:
    counts = is_certified if measure is Measure.certified_administrators else is_advanced
    people = StaffRepository(session, scope).in_role(StaffRole.network_administrator, on)
    return [
        Case(
            CaseKind.person,
            one.id,
            one.name,
            one.certificate_name,
            counts(one, on),
        )
        for one in people
        if one.school_code == code
    ]


class _Devices(Repository):
    """Terminals of one school."""

    def cases(self, code: str, measure: Measure, now: datetime) -> Iterable[Case]:
        by_port = measure is Measure.terminal
        rows = self._session.execute(
            columns(
                col(Device.id),
                col(Device.name),
                col(Room.name),
                col(Room.kind),
                col(Port.speed_bits_per_second),
                col(DeviceState.attached_at),
            )
            .join(Room, col(Room.id) == col(Device.room_id), isouter=True)
            .join(DeviceState, col(DeviceState.device_id) == col(Device.id), isouter=True)
            .join(
                Port,
                and_(
                    col(Port.device_id) == col(DeviceState.attached_device_id),
                    col(Port.name) == col(DeviceState.attached_port),
                ),
                isouter=True,
            )
            .where(
                col(Device.school_code) == code,
                self._at_visible_school(Device.school_code),
                col(Device.kind) == Kind.terminal,
                col(Device.is_personal).is_(False),
                col(Device.lifecycle) == Lifecycle.in_service
                if by_port
                else col(Device.lifecycle).in_(_OWNED),
            )
        )
        for device, name, room, kind, speed, seen in rows:
            if by_port:
                known = speed is not None and seen is not None and seen >= now - SEEN_WITHIN
                counts = speed >= TERMINAL_BITS_PER_SECOND if known else None
                yield Case(
                    CaseKind.device, device, name, room or "", counts, speed if known else None
                )
            else:
                placed = kind in STUDENTS_LEARN_IN | TEACHERS_WORK_IN
                counts = kind in _COMPUTERS[measure] if placed else None
                yield Case(CaseKind.device, device, name, room or "", counts)
