"""What can be found of the inventory: devices, schools, rooms, lines, people.

A source reads the columns it needs for any number of keys at once. Layers above add their own
(tickets) to ``SOURCES``; the triggers that tell of changes are in the migrations.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, exists, select
from sqlmodel import Session, col

from inventory.models import Device, DeviceMac, Grant, Line, Room, School, User
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing as it is now.

    Args:
        ref: its key.
        school_code: ``None`` for what belongs to no school.
        paths: where it lies: of its school, or of each grant of a person.
        texts: what is searched of it; empty ones count for nothing.
    """

    ref: str
    school_code: str | None
    paths: tuple[str, ...]
    texts: tuple[str | None, ...]


class Source(Protocol):
    """One kind of things."""

    @property
    def kind(self) -> str:
        """Its name in documents and answers."""
        ...

    def entries(self, session: Session, refs: Collection[str]) -> Iterable[Entry]:
        """Those of these keys that exist; at most some hundred keys at a time."""
        ...

    def keys(self) -> Select[Any]:
        """Every key there is, as text."""
        ...

    def visible(self, scope: Scope, ref: Any, school: Any) -> ColumnElement[bool]:
        """SQL for "this lies within the scope", by the register itself.

        Args:
            scope: of the caller.
            ref: the column with its key.
            school: the column with its school's code.
        """
        ...


@dataclass(frozen=True, slots=True)
class _OfSchools:
    """Rows of a table that belong to schools."""

    kind: str
    key: Any
    school: Any
    texts: tuple[Any, ...]

    def entries(self, session: Session, refs: Collection[str]) -> Iterable[Entry]:
        query = select(self.key, self.school, col(School.path), *self.texts)
        if self.key.class_ is not School:
            query = query.join(School, col(School.code) == self.school)
        query = query.where(self.key.in_(refs))
        for ref, school, path, *texts in session.execute(query):
            yield Entry(ref, school, (path,), tuple(None if t is None else str(t) for t in texts))

    def keys(self) -> Select[Any]:
        return select(self.key)

    def visible(self, scope: Scope, ref: Any, school: Any) -> ColumnElement[bool]:
        return exists().where(col(School.code) == school, scope.condition(col(School.path)))


@dataclass(frozen=True, slots=True)
class _Devices(_OfSchools):
    """Devices with the hardware addresses that belong to each."""

    def entries(self, session: Session, refs: Collection[str]) -> Iterable[Entry]:
        macs: dict[str, list[str]] = defaultdict(list)
        query = select(col(DeviceMac.device_id), col(DeviceMac.mac))
        for device, mac in session.execute(query.where(col(DeviceMac.device_id).in_(refs))):
            macs[device].append(mac)
        for entry in _OfSchools.entries(self, session, refs):
            texts = (*entry.texts, *sorted(macs.get(entry.ref, ())))
            yield Entry(entry.ref, entry.school_code, entry.paths, texts)


class _People:
    """Who may log in; they lie wherever they have a grant."""

    kind = "person"

    def entries(self, session: Session, refs: Collection[str]) -> Iterator[Entry]:
        paths: dict[str, list[str]] = defaultdict(list)
        query = select(col(Grant.user_id), col(Grant.scope_path))
        for user, path in session.execute(query.where(col(Grant.user_id).in_(refs))):
            paths[user].append(path)
        people = select(col(User.id), col(User.login), col(User.name))
        for user, *texts in session.execute(people.where(col(User.id).in_(refs))):
            yield Entry(user, None, tuple(paths.get(user, ())), tuple(texts))

    def keys(self) -> Select[Any]:
        return select(col(User.id))

    def visible(self, scope: Scope, ref: Any, school: Any) -> ColumnElement[bool]:
        if "/" in scope.prefixes:
            return exists().where(col(User.id) == ref)
        within = scope.condition(col(Grant.scope_path))
        return exists().where(col(Grant.user_id) == ref, within)


def of_schools(kind: str, key: Any, school: Any, *texts: Any) -> Source:
    """Rows of a table that belong to schools.

    Args:
        kind: their name in documents and answers, at most 15 characters.
        key: the primary key's column.
        school: the column with the school's code.
        texts: columns that are searched.
    """
    return _OfSchools(kind, key, school, texts)


SOURCES: Sequence[Source] = (
    of_schools(
        "school",
        col(School.code),
        col(School.code),
        *(col(School.code), col(School.name), col(School.name_en), col(School.address)),
    ),
    _Devices(
        "device",
        col(Device.id),
        col(Device.school_code),
        (
            *(col(Device.name), col(Device.asset_number), col(Device.serial)),
            *(col(Device.address), col(Device.vendor), col(Device.model)),
            *(col(Device.custodian), col(Device.id)),
        ),
    ),
    of_schools("room", col(Room.id), col(Room.school_code), col(Room.name), col(Room.building)),
    of_schools("line", col(Line.id), col(Line.school_code), col(Line.circuit), col(Line.provider)),
    _People(),
)
