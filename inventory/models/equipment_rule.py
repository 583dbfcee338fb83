"""Equipment standards (配备标准) as data."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import text_enum
from inventory.models.organisation import Setting, Stage
from inventory.models.place import RoomKind, RoomKindText


class EquipmentBasis(StrEnum):
    """What a rule counts to know how much a school needs."""

    school = "school"
    school_class = "class"
    student = "student"
    teacher = "teacher"
    room = "room"


class EquipmentRule(SQLModel, table=True):
    """``quantity`` of something for every ``per`` classes, students, teachers, or rooms.

    The newest row of one (bureau, standard, item, stage, setting, classes) whose ``valid_from`` has
    come is in force, so a new version is a new row and the old one answers for its time.
    """

    __tablename__ = "equipment_rule"

    id: str = Field(primary_key=True, max_length=20)
    #: Title of the document, shown beside every figure it leads to.
    standard: str = Field(max_length=200)
    item: str = Field(max_length=100)
    quote: str = Field(default="", max_length=500)
    #: Whom it binds: schools below a bureau, of a stage, a setting, a size; empty for all.
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    stage: Stage | None = Field(default=None, sa_type=text_enum(Stage))
    setting: Setting | None = Field(default=None, sa_type=text_enum(Setting))
    classes_from: int | None = None
    classes_to: int | None = None
    basis: EquipmentBasis = Field(sa_type=text_enum(EquipmentBasis))
    #: The rooms a rule by room speaks of.
    room_kind: RoomKind | None = Field(default=None, sa_type=RoomKindText)
    quantity: int
    per: int = 1
    #: Kinds of devices that count, parted by commas; none: rooms count.
    kinds: str = Field(default="", max_length=400)
    #: Kinds of rooms they have to stand in, parted by commas; none: anywhere.
    placed_in: str = Field(default="", max_length=400)
    valid_from: date
    #: The last day it holds, where it was given up and not replaced.
    valid_until: date | None = None
