"""Who answers for a school's equipment and network (定编定岗定责)."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import text_enum


class StaffRole(StrEnum):
    """What somebody is to a school."""

    leader = "leader"
    network_administrator = "network_administrator"
    part_time_technician = "part_time_technician"
    district_technician = "district_technician"


class CertificateLevel(StrEnum):
    """Level of a professional certificate (初级, 中级, 高级)."""

    junior = "junior"
    middle = "middle"
    senior = "senior"


class StaffMember(SQLModel, table=True):
    """One person in one role at one school; with a log-in or without."""

    __tablename__ = "staff_member"

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    role: StaffRole = Field(sa_type=text_enum(StaffRole))
    name: str = Field(max_length=100)
    phone: str = Field(default="", max_length=40)
    user_id: str | None = Field(default=None, foreign_key="app_user.id", index=True)
    #: First and last day in the role; open where there is none.
    starts_on: date | None = None
    ends_on: date | None = None
    certificate_name: str = Field(default="", max_length=200)
    certificate_level: CertificateLevel | None = Field(
        default=None, sa_type=text_enum(CertificateLevel)
    )
    certificate_number: str = Field(default="", max_length=100)
    #: The last day it is good for; without one it is good for ever.
    certificate_expires_on: date | None = None
