"""Importers of the tables that have some hundred or thousand rows, one class a layout."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from sqlmodel import col, select

from drivers.readings import Kind
from inventory.exchange.devices import devices_numbered
from inventory.exchange.faults import Why
from inventory.exchange.row_importer import AtSchool, Fields, RowImporter, made, need
from inventory.exchange.values import Unfit
from inventory.ids import new_id
from inventory.lines import save_line
from inventory.models import (
    CatalogueModel,
    CertificateLevel,
    Line,
    Medium,
    Room,
    RoomKind,
    SchoolFigures,
    SchoolForm,
    Setting,
    StaffMember,
    StaffRole,
    Stage,
)
from inventory.organisations import add_school, move_school
from inventory.repositories import PortRepository
from inventory.repositories.rooms import RoomRepository
from inventory.repositories.school_records import SchoolFiguresRepository
from inventory.repositories.schools import SchoolRepository
from inventory.schools.figures import save_figures
from inventory.schools.places import building_named, save_room
from inventory.schools.staff import save_staff

#: Month and day of the school statistics.
_COUNTED_ON = (9, 1)


class SchoolImporter(RowImporter):
    """Schools by their codes."""

    types: ClassVar = {"stage": Stage, "setting": Setting, "form": SchoolForm}
    key: ClassVar = ("code",)

    def place(self, values: dict[str, Any]) -> None:
        """A school is its own place."""
        values.pop("school", None)

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        told = dict(values)
        code, bureau = told.pop("code"), told.pop("organisation_code", None)
        school = SchoolRepository(self._session, self._scope).get(code)
        if school is None:
            need(values, "name", "organisation_code")
            add_school(self._session, self._scope, code=code, organisation_code=bureau, **told)
            return made(values)
        fields = self.differences(school, told)
        if bureau is not None and bureau != school.organisation_code:
            fields["organisation_code"] = (school.organisation_code, bureau)
            move_school(self._session, self._scope, code, bureau)
        self._session.add(school)
        self._session.flush()
        return False, fields


class RoomImporter(AtSchool):
    """Rooms by school, building and name; a building that is missing is made."""

    types: ClassVar = {"kind": RoomKind}
    key: ClassVar = ("school", "building", "name")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        school, name = values["school"], values["name"]
        building = values.get("building", "")
        room = RoomRepository(self._session, self._scope).called(school, building, name)
        if room is not None:
            fields = self.differences(room, _only(values, "kind"))
            save_room(self._session, self._scope, room)
            return False, fields
        room = Room(id="", school_code=school, name=name, kind=values.get("kind", RoomKind.other))
        if building:
            room.building_id = building_named(self._session, self._scope, school, building).id
        save_room(self._session, self._scope, room)
        return made(values)


class LineImporter(AtSchool):
    """Lines by school, provider and circuit."""

    types: ClassVar = {"medium": Medium}
    key: ClassVar = ("school", "provider", "circuit")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        told = dict(values)
        school = told.pop("school")
        number, port = told.pop("device", None), told.get("port_name")
        device = None if number is None else self._device(school, number)
        if device is not None:
            told["device_id"] = device
        line = self._session.exec(
            select(Line)
            .where(
                Line.school_code == school,
                Line.provider == told["provider"],
                Line.circuit == told.get("circuit", ""),
            )
            .order_by(col(Line.id))
        ).first()
        at = device or (line.device_id if line is not None else None)
        if port is not None:
            self._check_port(at, port)
        elif line is not None and device not in (None, line.device_id):
            # A port of the device where the line arrived before is none of this one.
            told["port_name"] = None
        if line is None:
            need(told, "down_mbps", "up_mbps")
            save_line(self._session, self._scope, Line(id="", school_code=school, **told))
            return made(values)
        fields = self.differences(line, told)
        save_line(self._session, self._scope, line)
        if "device_id" in fields:
            del fields["device_id"]
            fields["device"] = (None, number)
        return False, fields

    def _device(self, school: str, number: str) -> str:
        found = devices_numbered(self._session, self._scope, [number]).get(number, ())
        here = [device for device, code in found if code == school]
        if len(here) != 1:
            why = Why.ambiguous_device if here else Why.unknown_device
            raise Unfit(why, column="device")
        return here[0]

    def _check_port(self, device: str | None, port: str) -> None:
        if device is None:
            raise Unfit(Why.missing, column="device")
        if PortRepository(self._session, self._scope).get(device, port) is None:
            raise Unfit(Why.unknown_port, column="port_name")


class FiguresImporter(AtSchool):
    """Yearly figures by school, school year and the day they were taken.

    The school is counted by the newest of its snapshots from then on.
    """

    key: ClassVar = ("school", "school_year", "taken_on")

    def place(self, values: dict[str, Any]) -> None:
        super().place(values)
        # School statistics are of the first days of a school year.
        values.setdefault("taken_on", date(values["school_year"], *_COUNTED_ON))

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        told = dict(values)
        school = told.pop("school")
        found = SchoolFiguresRepository(self._session, self._scope).taken(
            school, told["school_year"], told["taken_on"]
        )
        if found is None:
            need(told, "students", "teachers", "classes")
            figures = SchoolFigures(id="", school_code=school, **told)
            save_figures(self._session, self._scope, figures)
            return made(values)
        fields = self.differences(found, told)
        save_figures(self._session, self._scope, found)
        return False, fields


class StaffImporter(AtSchool):
    """People by school, role and name."""

    types: ClassVar = {"role": StaffRole, "certificate_level": CertificateLevel}
    key: ClassVar = ("school", "role", "name")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        told = dict(values)
        school = told.pop("school")
        member = self._session.exec(
            select(StaffMember)
            .where(
                StaffMember.school_code == school,
                StaffMember.role == told["role"],
                StaffMember.name == told["name"],
            )
            # Somebody may have left the role and come back: the newest time is meant.
            .order_by(col(StaffMember.starts_on).desc(), col(StaffMember.id).desc())
        ).first()
        if member is None:
            save_staff(self._session, self._scope, StaffMember(id="", school_code=school, **told))
            return made(values)
        fields = self.differences(member, told)
        save_staff(self._session, self._scope, member)
        return False, fields


class CatalogueImporter(RowImporter):
    """Models by vendor and name; they belong to no school."""

    types: ClassVar = {"kind": Kind}
    key: ClassVar = ("vendor", "model")

    def place(self, values: dict[str, Any]) -> None:
        """A model stands nowhere."""
        values.pop("school", None)

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        found = self._session.exec(
            select(CatalogueModel).where(
                CatalogueModel.vendor == values["vendor"], CatalogueModel.model == values["model"]
            )
        ).first()
        if found is None:
            self._session.add(CatalogueModel(id=new_id("m"), **values))
            self._session.flush()
            return made(values)
        fields = self.differences(found, values)
        self._session.add(found)
        self._session.flush()
        return False, fields


def _only(values: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return {name: values[name] for name in names if name in values}
