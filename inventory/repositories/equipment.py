"""Questions about equipment standards and what schools have of it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, false, func, or_, true
from sqlmodel import col, select

from inventory.errors import NotFound, OutOfScope
from inventory.models import EquipmentRule, Organisation, Room, RoomKind
from inventory.repositories.scoped import Repository


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
