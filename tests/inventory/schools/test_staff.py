"""People of schools, and the two ratios of certificates."""

from datetime import date

import pytest
from sqlmodel import Session, select

from inventory.errors import Invalid
from inventory.models import CertificateLevel, School, StaffMember, StaffRole
from inventory.schools.staff import (
    CertificateUnnamed,
    LeaderNamedAlready,
    county_certificates,
    expiring_certificates,
    save_staff,
)
from inventory.scope import Scope
from tests.inventory.city import A, B

ALL = Scope.everything()
TODAY = date(2026, 9, 1)


def _named(session: Session, name: str, **fields: object) -> StaffMember:
    values = {
        "id": "", "school_code": A.school, "role": StaffRole.network_administrator, "name": name,
    }  # fmt: skip
    return save_staff(session, ALL, StaffMember(**(values | fields)))


def _nobody(session: Session) -> None:
    for row in session.exec(select(StaffMember)):
        session.delete(row)
    session.flush()


def test_a_person_needs_no_log_in_and_may_have_one(city: Session) -> None:
    assert _named(city, "王老师", phone="0574-1").user_id is None
    assert _named(city, "李老师", user_id=A.row("u")).user_id == A.row("u")
    with pytest.raises(Invalid):
        _named(city, "x", user_id="u-none")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"phone": "0" * 41},
        {"starts_on": TODAY, "ends_on": date(2026, 8, 31)},
    ],
)
def test_an_entry_that_cannot_be_is_refused(city: Session, fields: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        _named(city, **({"name": "x"} | fields))


def test_a_level_or_a_last_day_belongs_to_a_certificate(city: Session) -> None:
    for fields in (
        {"certificate_level": CertificateLevel.junior},
        {"certificate_number": "1"},
        {"certificate_expires_on": TODAY},
    ):
        with pytest.raises(CertificateUnnamed):
            _named(city, "x", **fields)


def test_a_school_has_one_leader_at_a_time(city: Session) -> None:
    first = _named(city, "张", role=StaffRole.leader, ends_on=date(2026, 8, 31))
    _named(city, "陈", role=StaffRole.leader, starts_on=TODAY)
    with pytest.raises(LeaderNamedAlready) as caught:
        _named(city, "赵", role=StaffRole.leader, starts_on=date(2026, 8, 31))
    assert caught.value.arguments["key"] == "张"
    first.phone = "1"
    save_staff(city, ALL, first)
    _named(city, "赵", role=StaffRole.leader, school_code=A.point)


def test_the_ratios_count_each_person_once_and_only_certificates_that_are_good(
    two_counties: Session,
) -> None:
    session = two_counties
    _nobody(session)
    good = {"certificate_name": "网络管理员"}
    _named(session, "甲", phone="1", certificate_level=CertificateLevel.senior, **good)
    _named(session, "甲", phone="1", school_code=A.point)
    _named(session, "乙", certificate_level=CertificateLevel.junior, **good)
    _named(
        session, "丙", certificate_expires_on=date(2026, 8, 31),
        certificate_level=CertificateLevel.middle, **good,
    )  # fmt: skip
    _named(session, "丁", ends_on=date(2026, 8, 31), **good)
    _named(session, "戊", role=StaffRole.part_time_technician, **good)
    county = county_certificates(session, A.scope, TODAY)
    assert [one.bureau for one in county] == [A.code]
    (found,) = county
    assert (found.administrators, found.certified, found.advanced) == (3, 2, 1)
    assert found.certified_ratio == pytest.approx(2 / 3)
    assert found.advanced_ratio == pytest.approx(1 / 3)
    assert (found.schools, found.unmanned) == (2, [])
    both = county_certificates(session, ALL, TODAY)
    assert [one.bureau for one in both] == [A.code, B.code]
    assert (both[1].administrators, both[1].certified_ratio) == (0, None)
    assert both[1].unmanned == [B.point, B.school]


def test_a_school_that_is_led_is_looked_after_and_one_that_closed_needs_nobody(
    city: Session,
) -> None:
    _nobody(city)
    _named(city, "甲")
    assert county_certificates(city, ALL, TODAY)[0].unmanned == []
    _nobody(city)
    city.get_one(School, A.point).closed_on = date(2026, 8, 31)
    (found,) = county_certificates(city, ALL, TODAY)
    assert (found.schools, found.unmanned) == (1, [A.school])


def test_certificates_are_listed_before_they_end_and_after(city: Session) -> None:
    _nobody(city)
    for name, ends in (
        ("ended", date(2026, 1, 1)),
        ("soon", date(2026, 11, 30)),
        ("later", date(2026, 12, 1)),
    ):
        _named(city, name, certificate_name="x", certificate_expires_on=ends)
    assert [row.name for row in expiring_certificates(city, ALL, TODAY).items] == ["ended", "soon"]
    assert expiring_certificates(city, ALL, TODAY, 365).total == 3
    second = expiring_certificates(city, ALL, TODAY, 365, offset=1, limit=1)
    assert ([row.name for row in second.items], second.total) == (["soon"], 3)
