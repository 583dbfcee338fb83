"""What is counted of schools, kept month by month, and the lists behind it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from drivers.readings import Kind, Outcome
from inventory.coverage.behind import behind
from inventory.coverage.counting import Tallies, count
from inventory.coverage.keeping import MeasureRepository
from inventory.coverage.tally import Stand, Tally, total
from inventory.models import (
    CampusProgramme,
    CertificateLevel,
    Device,
    DeviceState,
    DeviceUsage,
    Port,
    Protocol,
    Recognition,
    Room,
    RoomKind,
    School,
    StaffMember,
    StaffRole,
)
from inventory.packed.equipment import Equipment
from inventory.packed.reading import RecordRepository
from inventory.scope import Scope
from inventory.standards.model import Measure
from tests.inventory.city import NOW, A, B

ALL = Scope.everything()
TODAY = date(2026, 9, 1)
MONTH = date(2026, 9, 1)


class Campus:
    """Adds rooms and devices to a school of county A's."""

    def __init__(self, session: Session, school: str) -> None:
        self._session = session
        self._school = school
        self._number = 0

    def room(self, name: str, kind: RoomKind = RoomKind.classroom, floor: int = 3) -> str:
        room = Room(id=f"r-{name}", school_code=self._school, name=name, kind=kind, floor=floor)
        self._session.add(room)
        self._session.flush()
        return room.id

    def device(self, kind: Kind, room: str | None = None, **fields: Any) -> Device:
        self._number += 1
        name = f"{kind}-{self._number}"
        values: dict[str, Any] = {"id": f"{self._school[:3]}{name}"[:20], "name": name}
        device = Device(school_code=self._school, kind=kind, room_id=room, **(values | fields))
        self._session.add(device)
        self._session.flush()
        return device

    def heard(self, device: Device, ago: timedelta = timedelta(), **fields: Any) -> None:
        at = NOW - ago
        values: dict[str, Any] = {
            "outcome": Outcome.ok,
            "taken_at": at,
            "since": at,
            "last_ok_at": at,
        }
        self._session.add(
            DeviceState(device_id=device.id, school_code=self._school, **(values | fields))
        )
        self._session.flush()


@pytest.fixture
def campus(city: Session) -> Campus:
    """The teaching point of county A, where there is nothing yet: 90 students, 9 teachers."""
    school = city.get_one(School, A.point)
    school.students, school.teachers, school.classes = 90, 9, 3
    return Campus(city, A.point)


def counted(session: Session, scope: Scope = ALL, under: str = "/") -> Tallies:
    devices = Equipment.of(RecordRepository(session, scope).records(under=under))
    return count(session, scope, devices, on=TODAY, now=NOW, under=under)


def test_computers_are_whose_they_stand_with(city: Session, campus: Campus) -> None:
    lab = campus.room("机房", RoomKind.computer_room)
    office = campus.room("办公室", RoomKind.office)
    for _ in range(15):
        campus.device(Kind.terminal, lab)
    for _ in range(6):
        campus.device(Kind.terminal, office)
    campus.device(Kind.terminal)
    campus.device(Kind.terminal, lab, is_personal=True)
    found = counted(city)
    assert found[A.point, Measure.students_per_computer] == Tally(90, 15, 1, for_below=True)
    assert found[A.point, Measure.computers_per_teacher] == Tally(6, 9, 1)


def test_classrooms_and_special_rooms(city: Session, campus: Campus) -> None:
    first, second, third = (campus.room(name) for name in ("1班", "2班", "3班"))
    campus.room("创客", RoomKind.maker_space)
    campus.device(Kind.whiteboard, first)
    campus.device(Kind.whiteboard, first)
    campus.device(Kind.projector, second)
    campus.device(Kind.terminal, second)
    campus.device(Kind.projector, third)
    found = counted(city)
    assert found[A.point, Measure.whiteboards_per_classroom] == Tally(1, 3)
    assert found[A.point, Measure.multimedia_per_class] == Tally(2, 3)
    assert found[A.point, Measure.creative_spaces].numerator == 1
    assert (A.point, Measure.recording_rooms) not in found


def test_wireless_reaches_neighbours_of_a_point_that_works(city: Session, campus: Campus) -> None:
    rooms = [campus.room(f"{number}") for number in range(301, 308)]
    campus.heard(campus.device(Kind.access_point, rooms[0]), ago=timedelta(days=2))
    campus.heard(campus.device(Kind.access_point, rooms[3]), ago=timedelta(days=8))
    campus.device(Kind.access_point, rooms[6], protocol=Protocol.none)
    found = counted(city)[A.point, Measure.wireless_coverage]
    assert found == Tally(2, 7, 2)


def test_a_room_is_wired_by_a_switch_or_by_what_hangs_on_one(city: Session, campus: Campus) -> None:
    closet, class_1, class_2 = (campus.room(name) for name in ("弱电间", "1班", "2班"))
    switch = campus.device(Kind.switch, closet)
    campus.heard(switch)
    behind_it = campus.device(Kind.terminal, class_1)
    campus.heard(behind_it, attached_device_id=switch.id, attached_port="G1", attached_at=NOW)
    long_ago = campus.device(Kind.terminal, class_2)
    before = NOW - timedelta(days=31)
    campus.heard(long_ago, attached_device_id=switch.id, attached_port="G2", attached_at=before)
    assert counted(city)[A.point, Measure.wired_coverage] == Tally(2, 3)


def test_terminals_are_fast_by_their_port_and_unknown_without_one(
    city: Session, campus: Campus
) -> None:
    switch = campus.device(Kind.switch)
    for name, speed in (("G1", 1_000_000_000), ("G2", 10_000_000)):
        city.add(
            Port(device_id=switch.id, name=name, index=1, speed_bits_per_second=speed, seen_at=NOW)
        )
        terminal = campus.device(Kind.terminal)
        campus.heard(terminal, attached_device_id=switch.id, attached_port=name, attached_at=NOW)
    campus.device(Kind.terminal)
    assert counted(city)[A.point, Measure.terminal] == Tally(1, 3, 1)


def test_certificates_count_while_they_are_good(city: Session, campus: Campus) -> None:
    del campus
    for number, (level, expires) in enumerate(
        [
            (CertificateLevel.senior, None),
            (CertificateLevel.junior, TODAY),
            (CertificateLevel.senior, TODAY - timedelta(days=1)),
        ]
    ):
        city.add(
            StaffMember(
                id=f"p{number}",
                school_code=A.point,
                role=StaffRole.network_administrator,
                name=f"{number}",
                certificate_name="网络管理员",
                certificate_level=level,
                certificate_expires_on=expires,
            )
        )
    city.flush()
    found = counted(city)
    assert found[A.point, Measure.certified_administrators] == Tally(2, 3)
    assert found[A.point, Measure.senior_administrators] == Tally(1, 3)


def test_who_serves_two_schools_is_one_administrator(city: Session, campus: Campus) -> None:
    del campus
    for school in (A.school, A.point):
        city.add(
            StaffMember(
                id=f"both-{school[:5]}",
                school_code=school,
                role=StaffRole.network_administrator,
                name="陈老师",
                phone="000-1",
            )
        )
    city.flush()
    found = counted(city)
    people = [
        tally
        for (_, measure), tally in found.items()
        if measure is Measure.certified_administrators
    ]
    assert total(people) == Tally(1, 2), "the city has one with a certificate besides"


def test_recognitions_count_from_their_day_to_their_last(city: Session, campus: Campus) -> None:
    del campus
    given: list[tuple[CampusProgramme, dict[str, Any]]] = [
        (CampusProgramme.digital_campus, {"recognised_on": date(2026, 3, 1)}),
        (CampusProgramme.smart_campus, {"recognised_on": TODAY + timedelta(days=1)}),
        (
            CampusProgramme.management,
            {"recognised_on": date(2020, 1, 1), "level": 2, "ends_on": date(2025, 1, 1)},
        ),
        (CampusProgramme.management, {"recognised_on": date(2025, 1, 2), "level": 3}),
    ]
    city.add_all(
        Recognition(id=f"g{number}", school_code=A.point, programme=programme, **fields)
        for number, (programme, fields) in enumerate(given)
    )
    city.flush()
    found = counted(city)
    assert found[A.point, Measure.digital_campus] == Tally(1, 1)
    assert found[A.point, Measure.digital_campuses_a_year] == Tally(1, 1)
    assert found[A.point, Measure.smart_campuses] == Tally(0, 1)
    assert found[A.point, Measure.management_level] == Tally(3, 1)
    assert (A.point, Measure.digital_kindergarten) not in found


def test_recognitions_are_listed_with_their_day_and_notice(city: Session, campus: Campus) -> None:
    del campus
    city.add_all(
        Recognition(
            id=f"g{year}", school_code=A.point, programme=CampusProgramme.digital_campus,
            recognised_on=date(year, 3, 1), level=1, document=f"{year}号",
        )
        for year in (2025, 2026)
    )  # fmt: skip
    city.flush()

    def listed(measure: Measure) -> list[tuple[bool | None, str, date | None]]:
        point = city.get_one(School, A.point)
        devices = Equipment.of(RecordRepository(city, ALL).records(under=point.path))
        cases = behind(city, ALL, point, measure, devices, on=TODAY, now=NOW)
        return [(one.counts, one.place, one.since) for one in cases]

    both = [(True, "2025号", date(2025, 3, 1)), (True, "2026号", date(2026, 3, 1))]
    assert listed(Measure.digital_campus) == both
    assert listed(Measure.digital_campuses_a_year) == [(False, *both[0][1:]), both[1]]
    assert listed(Measure.smart_campuses) == []


def test_hours_of_use_are_those_of_devices_somebody_has_heard_of(
    city: Session, campus: Campus
) -> None:
    room = campus.room("1班")
    for hours in (20.0, 30.4, None):
        board = campus.device(Kind.whiteboard, room)
        if hours is not None:
            city.add(
                DeviceUsage(
                    device_id=board.id, school_code=A.point, hours_a_week=hours, counted_at=NOW
                )
            )
    city.flush()
    found = counted(city)[A.point, Measure.whiteboard_hours]
    assert found == Tally(50, 2, 1, for_below=True)
    point = city.get_one(School, A.point)
    devices = Equipment.of(RecordRepository(city, ALL).records(under=point.path))
    cases = behind(city, ALL, point, Measure.whiteboard_hours, devices, on=TODAY, now=NOW)
    assert [(one.counts, one.hours) for one in cases] == [(None, None), (True, 20.0), (True, 30.4)]


def test_a_closed_school_counts_nowhere(city: Session, campus: Campus) -> None:
    campus.room("1班")
    city.get_one(School, A.point).closed_on = TODAY - timedelta(days=1)
    city.flush()
    assert {school for school, _ in counted(city)} == {A.school}


def test_kept_figures_are_those_of_the_last_count(city: Session, campus: Campus) -> None:
    campus.room("1班")
    repository = MeasureRepository(city, ALL)
    repository.keep(counted(city), {}, [A.school, A.point], month=MONTH, counted_at=NOW)
    campus.room("2班")
    again = NOW + timedelta(hours=1)
    found = counted(city)
    stands = {(A.point, Measure.wired_coverage): Stand.missed}
    repository.keep(found, stands, [A.school, A.point], month=MONTH, counted_at=again)
    assert repository.counted_at(MONTH) == again
    assert repository.months() == [MONTH]
    assert repository.of_school(A.point, MONTH) == {
        measure: tally for (school, measure), tally in found.items() if school == A.point
    }
    classrooms = repository.of_measure(Measure.whiteboards_per_classroom, MONTH, A.path)
    assert [(one.school.code, one.tally.denominator) for one in classrooms] == [
        (A.point, 2),
        (A.school, 2),
    ]
    assert repository.stands(MONTH, A.path) == {Measure.wired_coverage: {Stand.missed: 1}}
    totals = repository.totals([MONTH], A.path)[MONTH]
    assert totals[Measure.whiteboards_per_classroom] == Tally(0, 4)


def test_a_county_sees_its_own_figures(two_counties: Session) -> None:
    session = two_counties
    MeasureRepository(session, ALL).keep(
        counted(session), {}, [A.school, B.school], month=MONTH, counted_at=NOW
    )
    own = MeasureRepository(session, A.scope)
    assert {one.school.code for one in own.of_measure(Measure.campus_network, MONTH)} == {A.school}
    assert own.of_school(B.school, MONTH) == {}
    assert own.totals([MONTH])[MONTH][Measure.campus_network].denominator == 1
    nobody = MeasureRepository(session, Scope(()))
    assert nobody.months() == []
    assert nobody.counted_at(MONTH) is None
    assert {school for school, _ in counted(session, A.scope)} == {A.school, A.point}


@pytest.mark.parametrize(
    "measure",
    [
        Measure.whiteboards_per_classroom,
        Measure.multimedia_per_class,
        Measure.wireless_coverage,
        Measure.wired_coverage,
        Measure.terminal,
        Measure.computers_per_teacher,
        Measure.certified_administrators,
        Measure.recording_rooms,
    ],
)
def test_the_list_behind_a_figure_adds_up_to_it(
    city: Session, campus: Campus, measure: Measure
) -> None:
    first, office = campus.room("1班"), campus.room("办公室", RoomKind.office)
    campus.room("2班")
    campus.room("录播室", RoomKind.lecture_recording_room)
    campus.device(Kind.whiteboard, first)
    campus.heard(campus.device(Kind.access_point, first))
    switch = campus.device(Kind.switch, office)
    campus.heard(switch)
    city.add(
        Port(device_id=switch.id, name="G1", index=1, speed_bits_per_second=10**9, seen_at=NOW)
    )
    computer = campus.device(Kind.terminal, office)
    campus.heard(computer, attached_device_id=switch.id, attached_port="G1", attached_at=NOW)
    campus.device(Kind.terminal)
    city.add(
        StaffMember(
            id="p", school_code=A.point, role=StaffRole.network_administrator, name="未持证"
        )
    )
    city.flush()
    school = city.get_one(School, A.point)
    devices = Equipment.of(RecordRepository(city, ALL).records(under=school.path))
    cases = behind(city, ALL, school, measure, devices, on=TODAY, now=NOW)
    tally = counted(city)[A.point, measure]
    assert sum(one.counts is True for one in cases) == tally.numerator
    assert sum(one.counts is None for one in cases) == tally.unknown
    assert cases == sorted(cases, key=lambda one: one.counts is True)
