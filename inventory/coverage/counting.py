"""The figures of schools on a day, each as its two numbers.

What counts as what is written in ``docs/coverage.md``; personal devices (BYOD) never count.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

import numpy as np
from sqlmodel import Session

from drivers.readings import Kind
from inventory.coverage.facts import CoverageRepository, Placed
from inventory.coverage.rooms import (
    STUDENTS_LEARN_IN,
    TEACHERS_WORK_IN,
    RoomFact,
    by_school,
    in_reach,
    with_platform,
)
from inventory.coverage.tally import Tally, total
from inventory.models import CampusProgramme, RoomKind, StaffRole, Stage
from inventory.packed.equipment import Equipment
from inventory.packed.records import KINDS, OWNED, ROOM_KINDS
from inventory.repositories import SchoolRepository
from inventory.repositories.school_records import StaffRepository, StaffRow
from inventory.repositories.schools import OpenSchool
from inventory.schools.staff import is_advanced, is_certified, person_of
from inventory.scope import Scope
from inventory.standards.model import Measure

#: By school and measure; a measure that says nothing of a school has no entry.
Tallies: TypeAlias = dict[tuple[str, Measure], Tally]
#: Numbers of things, of which the numerator alone is the figure.
PLAIN = frozenset(
    {
        Measure.creative_spaces,
        Measure.subject_rooms,
        Measure.innovation_laboratories,
        Measure.recording_rooms,
        Measure.smart_campuses,
        Measure.digital_campuses_a_year,
        Measure.management_level,
    }
)
SPECIAL_ROOMS = {
    Measure.creative_spaces: RoomKind.maker_space,
    Measure.subject_rooms: RoomKind.subject_room,
    Measure.innovation_laboratories: RoomKind.digital_lab,
    Measure.recording_rooms: RoomKind.lecture_recording_room,
}
_USED: Mapping[Kind, Measure] = {
    Kind.whiteboard: Measure.whiteboard_hours,
    Kind.terminal: Measure.terminal_hours,
}
_LATEST: Mapping[CampusProgramme, Measure] = {
    CampusProgramme.digital_campus: Measure.digital_campus,
    CampusProgramme.digital_kindergarten: Measure.digital_kindergarten,
    CampusProgramme.smart_campus: Measure.smart_campuses,
}


def count(
    session: Session, scope: Scope, devices: Equipment, *, on: date, now: datetime, under: str = "/"
) -> Tallies:
    """Count every figure of every open school below a path.

    Args:
        session: any.
        scope: of who asks.
        devices: of those schools at least, as plans and standards count them.
        on: schools open, people in office, recognitions good on that day.
        now: to tell what works.
        under: path of a bureau or school.
    """
    opened = SchoolRepository(session, scope).open_on(on)
    schools = [one for one in opened if one.path.startswith(under)]
    facts = CoverageRepository(session, scope)
    rooms = facts.rooms(under)
    found: Tallies = {}
    _count_computers(found, schools, devices)
    _count_rooms(found, schools, rooms, rooms_by_kind(devices))
    _count_reach(found, rooms, facts, under, now)
    for one in facts.terminals(under, now):
        unknown = one.total - one.fast - one.slow
        found[one.school_code, Measure.terminal] = Tally(one.fast, one.total, unknown)
    for used in facts.usage(under):
        measure = _USED[used.kind]
        # What nobody has heard of would come into the denominator.
        found[used.school_code, measure] = Tally(
            round(used.hours), used.known, used.total - used.known, for_below=True
        )
    _count_administrators(found, StaffRepository(session, scope), under, on)
    connected = facts.schools_with_switch(under)
    for school in schools:
        found[school.code, Measure.campus_network] = Tally(int(school.code in connected), 1)
    _count_recognitions(found, schools, facts, under, on)
    codes = {school.code for school in schools}
    return {key: tally for key, tally in found.items() if key[0] in codes}


def _count_computers(found: Tallies, schools: Sequence[OpenSchool], devices: Equipment) -> None:
    """Students for a computer, computers for a teacher; by the rooms they stand in."""
    records = devices.records
    is_computer = (records["kind"] == KINDS.index(Kind.terminal)) & (records["state"] & OWNED != 0)
    place = {code: at for at, code in enumerate(devices.codes)}
    counts = np.zeros((len(devices.codes), len(ROOM_KINDS)), dtype=np.int64)
    np.add.at(counts, (devices.school[is_computer], records["room_kind"][is_computer]), 1)

    def placed(code: str, kinds: Collection[RoomKind | None]) -> int:
        at = place.get(code)
        return 0 if at is None else sum(int(counts[at, ROOM_KINDS.index(one)]) for one in kinds)

    for school in schools:
        # A terminal in no room, or in one that says nothing, may be anybody's.
        known = STUDENTS_LEARN_IN | TEACHERS_WORK_IN
        unknown = placed(school.code, [one for one in ROOM_KINDS if one not in known])
        found[school.code, Measure.students_per_computer] = Tally(
            school.students, placed(school.code, STUDENTS_LEARN_IN), unknown, for_below=True
        )
        found[school.code, Measure.computers_per_teacher] = Tally(
            placed(school.code, TEACHERS_WORK_IN), school.teachers, unknown
        )


def rooms_by_kind(devices: Equipment) -> Mapping[Kind, frozenset[int]]:
    """Keys of rooms that have a device of a kind."""
    records = devices.having(OWNED).records
    records = records[records["room"] != 0]
    return {
        kind: frozenset(np.unique(records["room"][records["kind"] == at]).tolist())
        for at, kind in enumerate(KINDS)
    }


def _count_rooms(
    found: Tallies,
    schools: Iterable[OpenSchool],
    rooms: Sequence[RoomFact],
    having: Mapping[Kind, frozenset[int]],
) -> None:
    """Whiteboards, platforms, special rooms."""
    platforms, boards = with_platform(having), having[Kind.whiteboard]
    classrooms = by_school(rooms, {RoomKind.classroom})
    for school, keys in classrooms.items():
        found[school, Measure.whiteboards_per_classroom] = _among(keys, boards)
    for one in schools:
        equipped = sum(key in platforms for key in classrooms.get(one.code, ()))
        found[one.code, Measure.multimedia_per_class] = Tally(equipped, one.classes)
    for measure, kind in SPECIAL_ROOMS.items():
        for school, keys in by_school(rooms, {kind}).items():
            found[school, measure] = Tally(len(keys), len(keys))


def _count_reach(
    found: Tallies,
    rooms: Sequence[RoomFact],
    facts: CoverageRepository,
    under: str,
    now: datetime,
) -> None:
    """Rooms within reach of a working access point, and with a wire."""
    points = facts.placed([Kind.access_point], under, now)
    switches = {one.room for one in facts.placed([Kind.switch], under, now) if one.works}
    wired = switches | facts.rooms_behind_ports(under, now)
    covered = in_reach(rooms, _that(points, True))
    perhaps = in_reach(rooms, _that(points, None)) - covered
    for school, keys in by_school(rooms, set(RoomKind)).items():
        unknown = sum(key in perhaps for key in keys)
        tally = _among(keys, covered)
        found[school, Measure.wireless_coverage] = Tally(
            tally.numerator, tally.denominator, unknown
        )
        found[school, Measure.wired_coverage] = _among(keys, wired)


def _count_administrators(found: Tallies, staff: StaffRepository, under: str, on: date) -> None:
    """Network administrators in office; who serves several schools counts at the first one."""
    people: dict[str, list[StaffRow]] = {}
    for row in staff.in_role(StaffRole.network_administrator, on):
        if row.path.startswith(under):
            people.setdefault(person_of(row), []).append(row)
    for measure, counts in (
        (Measure.certified_administrators, is_certified),
        (Measure.senior_administrators, is_advanced),
    ):
        for rows in people.values():
            key = (rows[0].school_code, measure)
            good = any(counts(row, on) for row in rows)
            found[key] = total([found.get(key, Tally(0, 0)), Tally(int(good), 1)])


def _count_recognitions(
    found: Tallies,
    schools: Iterable[OpenSchool],
    facts: CoverageRepository,
    under: str,
    on: date,
) -> None:
    good: dict[str, dict[CampusProgramme, int]] = defaultdict(dict)
    this_year: set[str] = set()
    for one in facts.recognitions(under, on):
        good[one.school_code][one.programme] = one.level or 0
        digital = one.programme is CampusProgramme.digital_campus
        if digital and one.recognised_on.year == on.year:
            this_year.add(one.school_code)
    for school in schools:
        has = good[school.code]
        for programme, measure in _LATEST.items():
            kindergartens_only = programme is CampusProgramme.digital_kindergarten
            if not kindergartens_only or school.stage is Stage.kindergarten:
                found[school.code, measure] = Tally(int(programme in has), 1)
        found[school.code, Measure.digital_campuses_a_year] = Tally(
            int(school.code in this_year), 1
        )
        found[school.code, Measure.management_level] = Tally(
            has.get(CampusProgramme.management, 0), 1
        )


def _among(keys: Sequence[int], having: Collection[int]) -> Tally:
    return Tally(sum(key in having for key in keys), len(keys))


def _that(points: Iterable[Placed], works: bool | None) -> set[int]:
    return {one.room for one in points if one.works is works}
