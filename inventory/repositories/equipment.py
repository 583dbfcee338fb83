"""Questions about equipment standards and what schools have of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, false, func, or_, true
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.errors import NotFound, OutOfScope
from inventory.models import Device, EquipmentRule, Lifecycle, Organisation, Room, RoomKind
from inventory.repositories.scoped import Repository

#: What a school has: it works there, or will again.
OWNED = (Lifecycle.in_service, Lifecycle.in_repair, Lifecycle.in_stock)


class EquipmentRuleRepository(Repository):
    """Rules that bind schools within the caller's scope."""

    def get(self, rule_id: str) -> EquipmentRule | None:
        return self._session.exec(
            select(EquipmentRule).where(EquipmentRule.id == rule_id, self._visible())
        ).one_or_none()

    def all(self) -> Sequence[EquipmentRule]:
        """Every visible rule, by document and item, the newest version first."""
        return self._session.exec(
            select(EquipmentRule)
            .where(self._visible())
            .order_by(
                col(EquipmentRule.standard),
                col(EquipmentRule.item),
                col(EquipmentRule.valid_from).desc(),
                col(EquipmentRule.id),
            )
        ).all()

    def keep(self, rule: EquipmentRule) -> EquipmentRule:
        """Keep a rule, new or changed.

        Raises:
            NotFound: no such bureau.
            OutOfScope: it would bind schools outside the scope.
        """
        self._admit_rule(rule)
        return self._save(rule)

    def remove(self, rule: EquipmentRule) -> None:
        """Forget a rule that was a mistake; one that is given up gets a last day instead.

        Raises:
            OutOfScope: it binds schools outside the scope.
        """
        self._admit_rule(rule)
        self._session.delete(rule)
        self._session.flush()

    def owned(
        self,
        kinds: Collection[Kind],
        *,
        by_room: bool = False,
        states: Collection[Lifecycle] = OWNED,
    ) -> Mapping[tuple[str, Kind, RoomKind | None], int]:
        """Devices of these kinds by school, kind and, if asked, kind of room; personal ones not.

        Without ``by_room`` the room's kind is ``None``.
        """
        conditions = (
            self._at_visible_school(Device.school_code),
            col(Device.kind).in_(kinds),
            col(Device.lifecycle).in_(states),
            col(Device.is_personal).is_(False),
        )
        found: Counter[tuple[str, Kind, RoomKind | None]] = Counter()
        if not by_room:
            rows = self._session.execute(
                select(col(Device.school_code), col(Device.kind), func.count())
                .where(*conditions)
                .group_by(col(Device.school_code), col(Device.kind))
            )
            for school, kind, count in rows:
                found[school, kind, None] = count
            return found
        # By room id first: the join is with a few thousand groups, and not with every device.
        groups = (
            select(
                col(Device.school_code),
                col(Device.kind),
                col(Device.room_id).label("room_id"),
                func.count().label("devices"),
            )
            .where(*conditions)
            .group_by(col(Device.school_code), col(Device.kind), col(Device.room_id))
            .subquery()
        )
        for school, kind, room_kind, count in self._session.execute(
            select(groups.c.school_code, groups.c.kind, Room.kind, func.sum(groups.c.devices))
            .join(Room, col(Room.id) == groups.c.room_id, isouter=True)
            .group_by(groups.c.school_code, groups.c.kind, Room.kind)
        ):
            found[school, kind, room_kind] += int(count)
        return found

    def in_rooms(
        self, room_kind: RoomKind, kinds: Collection[Kind]
    ) -> Sequence[tuple[str, str, int]]:
        """School, room, and devices of these kinds in it, for every room of that kind."""
        devices = (
            select(col(Device.room_id).label("room_id"), func.count().label("devices"))
            .where(
                self._at_visible_school(Device.school_code),
                col(Device.kind).in_(kinds),
                col(Device.lifecycle).in_(OWNED),
                col(Device.is_personal).is_(False),
            )
            .group_by(col(Device.room_id))
            .subquery()
        )
        rows = self._session.execute(
            select(col(Room.school_code), col(Room.id), func.coalesce(devices.c.devices, 0))
            .join(devices, devices.c.room_id == col(Room.id), isouter=True)
            .where(self._at_visible_school(Room.school_code), Room.kind == room_kind)
            .order_by(col(Room.school_code), col(Room.id))
        )
        return [(school, room, int(count)) for school, room, count in rows]

    def rooms_by_kind(self) -> Mapping[tuple[str, RoomKind], int]:
        """Rooms by school and kind."""
        rows = self._session.execute(
            select(col(Room.school_code), col(Room.kind), func.count())
            .where(self._at_visible_school(Room.school_code))
            .group_by(col(Room.school_code), col(Room.kind))
        )
        return {(school, kind): count for school, kind, count in rows}

    def _admit_rule(self, rule: EquipmentRule) -> None:
        if rule.organisation_code is None:
            if not self._sees_everything:
                raise OutOfScope(key="/")
            return
        with self._session.no_autoflush:
            bureau = self._session.get(Organisation, rule.organisation_code)
        if bureau is None:
            raise NotFound(what="organisation", key=rule.organisation_code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=bureau.code)

    def _visible(self) -> ColumnElement[bool]:
        """Rules for all, of bureaus within the scope, and of those above it."""
        if self._sees_everything:
            return true()
        above = {
            code for prefix in self._scope.prefixes for code in prefix.strip("/").split("/") if code
        }
        within = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        bound = col(EquipmentRule.organisation_code)
        if not above:
            return false()
        return or_(bound.is_(None), bound.in_(above), bound.in_(within))
