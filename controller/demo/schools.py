"""Who answers for the demonstration's schools, what statistics say of them, and what they need.

Quotes of standards are from the plans named beside them; the numbers of people are invented.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from drivers.simulate.campus import CENTRAL, POINT, URBAN
from inventory.models import (
    CertificateLevel,
    EquipmentBasis,
    EquipmentRule,
    RoomKind,
    SchoolFigures,
    StaffMember,
    StaffRole,
)
from inventory.schools.figures import save_figures
from inventory.schools.staff import save_staff
from inventory.scope import Scope
from inventory.shortages.standards import save_rule

_EVERYTHING: Final = Scope.everything()
_LIWAN: Final = "广州荔湾区教育信息化改革试点实施方案"
_ZIBO: Final = "淄博市教育信息化三年行动计划"
_SOURCE: Final = "学校（机构）统计报表 基教统"
#: Students, teachers and classes of the last three school years, the newest one last.
_FIGURES: Final = {
    URBAN.code: ((712, 54, 17), (735, 56, 18), (756, 58, 18)),
    CENTRAL.code: ((301, 22, 8), (290, 21, 8), (280, 21, 8)),
    POINT.code: ((45, 4, 3), (41, 4, 3), (36, 4, 3)),
}
_OCTOBER: Final = 10
_CERTIFICATE: Final = "网络工程师（计算机技术与软件专业技术资格）"
_SHORT_COURSE: Final = "中小学网络管理员培训合格证"


def register_figures(session: Session, today: date) -> None:
    """Three years of school statistics, each of the autumn its school year began in."""
    newest = today.year if today.month >= _OCTOBER else today.year - 1
    for school, years in _FIGURES.items():
        for back, (students, teachers, classes) in enumerate(reversed(years)):
            save_figures(
                session,
                _EVERYTHING,
                SchoolFigures(
                    id="",
                    school_code=school,
                    school_year=newest - back,
                    students=students,
                    teachers=teachers,
                    classes=classes,
                    source=_SOURCE,
                    taken_on=date(newest - back, 9, 15),
                ),
            )


def register_staff(session: Session, today: date, users: Mapping[str, str]) -> None:
    """Named people of each school; ``users``: ids of those with a log-in, by its name."""
    administrator, technician = StaffRole.network_administrator, StaffRole.district_technician
    since = date(today.year - 3, 9, 1)
    people = (
        StaffMember(id="", school_code=URBAN.code, role=StaffRole.leader, name="方志远"),
        StaffMember(
            id="", school_code=URBAN.code, role=administrator, name="陈明",
            user_id=users["school"], phone="000-0000-0101", certificate_name=_CERTIFICATE,
            certificate_level=CertificateLevel.middle, certificate_number="YX-2021-0417",
            certificate_expires_on=today + timedelta(days=400),
        ),
        StaffMember(
            id="", school_code=URBAN.code, role=StaffRole.part_time_technician, name="苏婷",
        ),
        StaffMember(id="", school_code=CENTRAL.code, role=StaffRole.leader, name="韩春梅"),
        StaffMember(
            id="", school_code=CENTRAL.code, role=administrator, name="赵海",
            user_id=users["central"], phone="000-0000-0102", certificate_name=_SHORT_COURSE,
            certificate_level=CertificateLevel.junior, certificate_number="YX-2023-0088",
            certificate_expires_on=today + timedelta(days=40),
        ),
        StaffMember(id="", school_code=POINT.code, role=StaffRole.leader, name="吴老师"),
        *(
            StaffMember(
                id="", school_code=school.code, role=technician, name="王工",
                user_id=users["technician"],
            )
            for school in (URBAN, CENTRAL, POINT)
        ),
    )  # fmt: skip
    for member in people:
        member.starts_on = since
        save_staff(session, _EVERYTHING, member)


def register_standards(session: Session, today: date) -> None:
    """What the plans demand of every school, as rules that count."""
    since = date(today.year - 1, 1, 1)
    by_class, by_student = EquipmentBasis.school_class, EquipmentBasis.student
    for rule in (
        EquipmentRule(
            id="", standard=_LIWAN, item="多媒体教学平台", basis=by_class, quantity=1, per=1,
            quote="多媒体教学平台与班级数的比例达100%", kinds="whiteboard,display,projector",
            valid_from=since,
        ),
        EquipmentRule(
            id="", standard=_LIWAN, item="学生用计算机", basis=by_student, quantity=1, per=6,
            quote="学校电脑生机比达到6:1以上", kinds="terminal",
            placed_in=RoomKind.computer_room.value, valid_from=since,
        ),
        EquipmentRule(
            id="", standard=_ZIBO, item="无线接入点", basis=EquipmentBasis.room,
            room_kind=RoomKind.computer_room, quantity=1, per=1, quote="有线无线全覆盖",
            kinds="access_point", valid_from=since,
        ),
    ):  # fmt: skip
        save_rule(session, _EVERYTHING, rule)
