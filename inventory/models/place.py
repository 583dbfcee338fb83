"""Where equipment stands: campus, building, room."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Dialect, String, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class RoomKind(StrEnum):
    """What a room is for; equipment standards speak of these."""

    classroom = "classroom"
    #: Equipped for one subject (学科教室).
    subject_room = "subject_room"
    computer_room = "computer_room"
    maker_space = "maker_space"
    lecture_recording_room = "lecture_recording_room"
    laboratory = "laboratory"
    digital_lab = "digital_lab"
    office = "office"
    server_room = "server_room"
    library = "library"
    hall = "hall"
    other = "other"


_KINDS = frozenset(RoomKind)

#: What rooms were called before there was a list; a controller of that time may go on beside.
_FORMER = dict.fromkeys(("network", "wiring", "server"), RoomKind.server_room)


class RoomKindText(TypeDecorator[RoomKind]):
    """A :class:`RoomKind` in the text column that rooms have always had.

    A word that is none of them, written by a controller of before the list, is ``other``.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: RoomKind | None, dialect: Dialect) -> str | None:
        return None if value is None else RoomKind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> RoomKind | None:
        if value is None:
            return None
        return RoomKind(value) if value in _KINDS else _FORMER.get(value, RoomKind.other)


class Campus(SQLModel, table=True):
    """One site of a school (校区); most schools have one and need no row."""

    __table_args__ = (UniqueConstraint("school_code", "name", name="uq_campus_school_code_name"),)

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    name: str = Field(max_length=100)
    address: str = Field(default="", max_length=200)


class Building(SQLModel, table=True):
    """One building of a school; its name is unique there."""

    __table_args__ = (UniqueConstraint("school_code", "name", name="uq_building_school_code_name"),)

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    campus_id: str | None = Field(default=None, foreign_key="campus.id", index=True)
    name: str = Field(max_length=100)
    #: Floors above ground.
    floors: int | None = None


class Room(SQLModel, table=True):
    """A place a technician can find: building, floor, room."""

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    #: The building's name, kept in step with its row by ``inventory.schools.places``.
    building: str = ""
    name: str
    kind: RoomKind = Field(default=RoomKind.classroom, sa_type=RoomKindText)
    building_id: str | None = Field(default=None, foreign_key="building.id", index=True)
    #: 1 is the ground floor, -1 the first one below it.
    floor: int | None = None
    area_square_metres: Decimal | None = Field(default=None, max_digits=8, decimal_places=2)
    seats: int | None = None
