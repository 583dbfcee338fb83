"""Who is above whom: city, county, township, school.

``path`` is the materialised chain of codes, ``/3301/330483/``; a school's ends with its own code.
Everything a caller may see is a prefix of paths, so a scope is one index range.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm.base import NO_VALUE
from sqlmodel import Field, SQLModel

from inventory.errors import CodeIsImmutable
from inventory.models.base import PATH, code_constraint, text_enum


class Level(StrEnum):
    """Administrative level (Ningbo plan: 市、区县(市)、乡镇(街道)三级)."""

    city = "city"
    county = "county"
    township = "township"


class Stage(StrEnum):
    """School stage (学段)."""

    kindergarten = "kindergarten"
    primary = "primary"
    junior_secondary = "junior_secondary"
    nine_year = "nine_year"
    senior_secondary = "senior_secondary"
    vocational = "vocational"
    special = "special"


class Setting(StrEnum):
    """Urban-rural class of school statistics: 城区, 镇区, 乡村."""

    urban = "urban"
    town = "town"
    rural = "rural"


class SchoolForm(StrEnum):
    """Whether a school stands for itself: central schools lead village schools and points."""

    school = "school"
    central_school = "central_school"
    village_school = "village_school"
    teaching_point = "teaching_point"


class Organisation(SQLModel, table=True):
    """A city, county or township bureau."""

    __table_args__ = (code_constraint(1),)

    code: str = Field(primary_key=True, max_length=32)
    name: str
    name_en: str = ""
    level: Level = Field(sa_type=text_enum(Level))
    parent_code: str | None = Field(default=None, foreign_key="organisation.code", index=True)
    path: str = Field(index=True, unique=True, sa_type=PATH)


class School(SQLModel, table=True):
    """One school, for ever under one code (一校一号): 4 to 32 of ``A-Z 0-9 -``, immutable."""

    __table_args__ = (code_constraint(4),)

    code: str = Field(primary_key=True, max_length=32)
    name: str
    name_en: str = ""
    #: County, township, or the city itself for schools that belong to it directly.
    organisation_code: str = Field(foreign_key="organisation.code", index=True)
    path: str = Field(index=True, unique=True, sa_type=PATH)
    stage: Stage = Field(default=Stage.primary, sa_type=text_enum(Stage))
    setting: Setting = Field(default=Setting.urban, sa_type=text_enum(Setting))
    form: SchoolForm = Field(default=SchoolForm.school, sa_type=text_enum(SchoolForm))
    is_public: bool = True
    #: The central school whose staff and box serve this one (一校多点).
    lead_school_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    address: str = ""
    students: int = 0
    teachers: int = 0
    classes: int = 0
    #: Its last day; a school that has closed keeps its code, its rooms and its history.
    closed_on: date | None = None
    #: The school that goes on, after a merger.
    successor_code: str | None = Field(default=None, foreign_key="school.code", index=True)


def _refuse_new_code(school: School, value: Any, before: Any, _initiator: Any) -> None:
    if before is not NO_VALUE and before is not None and before != value:
        raise CodeIsImmutable(key=before)


event.listen(School.code, "set", _refuse_new_code, active_history=True)
