"""Tables of some hundred rows: each row is written by the functions that pages use.

Their checks are the same that way. Whether a file is only looked at is decided by whoever rolls
the transaction back.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from sqlmodel import Session, col, select

from drivers.readings import Kind
from inventory.errors import Invalid, InventoryError
from inventory.exchange.faults import Why
from inventory.exchange.outcome import MOST_SHOWN, Change, Comparison
from inventory.exchange.parsing import Findings, Parsed
from inventory.exchange.places import Schools
from inventory.exchange.values import Unfit
from inventory.ids import new_id
from inventory.models import (
    Building,
    CatalogueModel,
    Line,
    Medium,
    Room,
    SchoolFigures,
    SchoolForm,
    Setting,
    Stage,
)
from inventory.organisations import add_school, move_school
from inventory.repositories.lines import LineRepository
from inventory.repositories.rooms import RoomRepository
from inventory.repositories.schools import SchoolRepository
from inventory.schools.places import save_building, save_room
from inventory.scope import Scope

Progress = Callable[[str, int, int], None]
_EVERY = 50
#: Month and day of the school statistics.
_COUNTED_ON = (9, 1)


class RowImporter:
    """Writes a row at a time; a row that is refused leaves nothing."""

    #: Fields to the enumerations they are values of.
    types: ClassVar[Mapping[str, Callable[[str], Any]]] = {}
    key: ClassVar[tuple[str, ...]] = ()

    def __init__(self, session: Session, scope: Scope, *, school: str | None = None) -> None:
        self._session = session
        self._scope = scope
        self._school = school

    def compare(self, rows: Sequence[Parsed], findings: Findings, progress: Progress) -> Comparison:
        """Write rows, each on its own; what does not fit goes to ``findings``."""
        shown: list[Change] = []
        counts = {"created": 0, "changed": 0, "unchanged": 0}
        seen: dict[tuple[str, ...], int] = {}
        for done, row in enumerate(rows, start=1):
            if done % _EVERY == 0:
                progress("compare", done, len(rows))
            change = self._tried(row, seen, findings)
            if change is None:
                continue
            what = "created" if change.made else "changed" if change.fields else "unchanged"
            counts[what] += 1
            if change.fields and len(shown) < MOST_SHOWN:
                shown.append(change)
        return Comparison(**counts, shown=shown, also={})

    def write(self, _progress: Progress) -> None:
        """Everything is written already."""

    def _tried(
        self, row: Parsed, seen: dict[tuple[str, ...], int], findings: Findings
    ) -> Change | None:
        values = {
            name: self.types[name](value) if name in self.types else value
            for name, value in row.values.items()
        }
        try:
            if self._school is not None:
                values.setdefault("school", self._school)
            self.place(values)
            key = tuple(str(values.get(name, "")) for name in self.key)
            if key in seen:
                findings.add(row.line, self.key[0], " ".join(key), Why.repeated, line=seen[key])
                return None
            seen[key] = row.line
            with self._session.begin_nested():
                made, fields = self.keep(values)
        except Unfit as unfit:
            findings.add(row.line, "school", values.get("school"), unfit.why, **unfit.arguments)
            return None
        except InventoryError as error:
            findings.add(
                row.line, "", " ".join(map(str, row.values.values())), Why.refused, error=error
            )
            return None
        return Change(row.line, " ".join(filter(None, key)), made, fields)

    def place(self, values: dict[str, Any]) -> None:
        """Replace what people call a place by its key.

        Raises:
            Unfit: there is no such place within the scope.
        """

    def keep(self, values: dict[str, Any]) -> tuple[bool, Mapping[str, tuple[Any, Any]]]:
        """Write one row: whether it is new, and what it changes.

        Raises:
            InventoryError: the register refuses it.
        """
        raise InventoryError

    def differences(self, row: Any, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Set what differs, and tell it."""
        found = {
            name: (getattr(row, name), value)
            for name, value in values.items()
            if getattr(row, name) != value
        }
        for name, (_before, value) in found.items():
            setattr(row, name, value)
        return found


def _made(values: Mapping[str, Any]) -> tuple[bool, Mapping[str, tuple[Any, Any]]]:
    return True, {name: (None, value) for name, value in values.items()}


class SchoolImporter(RowImporter):
    """Schools by their codes."""

    types: ClassVar = {"stage": Stage, "setting": Setting, "form": SchoolForm}
    key: ClassVar = ("code",)

    def place(self, values: dict[str, Any]) -> None:
        """A school is its own place."""
        values.pop("school", None)

    def keep(self, values: dict[str, Any]) -> tuple[bool, Mapping[str, tuple[Any, Any]]]:
        told = dict(values)
        code, bureau = told.pop("code"), told.pop("organisation_code", None)
        school = SchoolRepository(self._session, self._scope).get(code)
        if school is None:
            for name, value in (("name", told.get("name")), ("organisation_code", bureau)):
                if not value:
                    raise Invalid(field=name, reason="-")
            add_school(self._session, self._scope, code=code, organisation_code=bureau, **told)
            return _made(values)
        fields = self.differences(school, told)
        if bureau is not None and bureau != school.organisation_code:
            fields["organisation_code"] = (school.organisation_code, bureau)
            move_school(self._session, self._scope, code, bureau)
        self._session.add(school)
        self._session.flush()
        return False, fields


class _AtSchool(RowImporter):
    """Rows that belong to a school somebody may change."""

    def __init__(self, session: Session, scope: Scope, *, school: str | None = None) -> None:
        super().__init__(session, scope, school=school)
        self._schools = Schools(session, scope)

    def place(self, values: dict[str, Any]) -> None:
        if "school" not in values:
            raise Unfit(Why.school_missing)
        values["school"] = self._schools.code_of(values["school"])


class RoomImporter(_AtSchool):
    """Rooms by school, building and name; a building that is missing is made."""

    key: ClassVar = ("school", "building", "name")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Mapping[str, tuple[Any, Any]]]:
        school, name = values["school"], values["name"]
        building = values.get("building", "")
        if RoomRepository(self._session, self._scope).called(school, building, name):
            return False, {}
        room = Room(id="", school_code=school, name=name)
        if building:
            room.building_id = self._building(school, building)
        save_room(self._session, self._scope, room)
        return _made(values)

    def _building(self, school: str, name: str) -> str:
        found = self._session.exec(
            select(Building).where(Building.school_code == school, Building.name == name)
        ).first()
        if found is None:
            made = Building(id="", school_code=school, name=name)
            found = save_building(self._session, self._scope, made)
        return found.id


class LineImporter(_AtSchool):
    """Lines by school, provider and circuit."""

    types: ClassVar = {"medium": Medium}
    key: ClassVar = ("school", "provider", "circuit")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Mapping[str, tuple[Any, Any]]]:
        told = dict(values)
        school = told.pop("school")
        line = self._session.exec(
            select(Line)
            .where(
                Line.school_code == school,
                Line.provider == told["provider"],
                Line.circuit == told.get("circuit", ""),
            )
            .order_by(col(Line.id))
        ).first()
        if line is None:
            for name in ("down_mbps", "up_mbps"):
                if name not in told:
                    raise Invalid(field=name, reason="-")
            LineRepository(self._session, self._scope).add(
                Line(id=new_id("l"), school_code=school, **told)
            )
            return _made(values)
        fields = self.differences(line, told)
        self._session.add(line)
        self._session.flush()
        return False, fields


class FiguresImporter(_AtSchool):
    """Yearly figures by school, school year and the day they were taken."""

    key: ClassVar = ("school", "school_year", "taken_on")

    def keep(self, values: dict[str, Any]) -> tuple[bool, Mapping[str, tuple[Any, Any]]]:
        told = dict(values)
        school = told.pop("school")
        # School statistics are of the first days of a school year.
        told.setdefault("taken_on", date(told["school_year"], *_COUNTED_ON))
        found = self._session.exec(
            select(SchoolFigures).where(
                SchoolFigures.school_code == school,
                SchoolFigures.school_year == told["school_year"],
                SchoolFigures.taken_on == told["taken_on"],
            )
        ).first()
        if found is None:
            for name in ("students", "teachers", "classes"):
                if name not in told:
                    raise Invalid(field=name, reason="-")
            self._session.add(SchoolFigures(id=new_id("sf"), school_code=school, **told))
            self._session.flush()
            return _made(values)
        fields = self.differences(found, told)
        self._session.add(found)
        self._session.flush()
        return False, fields


class CatalogueImporter(RowImporter):
    """Models by vendor and name; they belong to no school."""

    types: ClassVar = {"kind": Kind}
    key: ClassVar = ("vendor", "model")

    def place(self, values: dict[str, Any]) -> None:
        """A model stands nowhere."""
        values.pop("school", None)

    def keep(self, values: dict[str, Any]) -> tuple[bool, Mapping[str, tuple[Any, Any]]]:
        found = self._session.exec(
            select(CatalogueModel).where(
                CatalogueModel.vendor == values["vendor"], CatalogueModel.model == values["model"]
            )
        ).first()
        if found is None:
            self._session.add(CatalogueModel(id=new_id("m"), **values))
            self._session.flush()
            return _made(values)
        fields = self.differences(found, values)
        self._session.add(found)
        self._session.flush()
        return False, fields
