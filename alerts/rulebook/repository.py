"""Questions about rules of bureaus, and what is written of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, true
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from alerts.models import Alert
from alerts.rulebook.errors import RuleNameTaken
from alerts.rulebook.models import AlertRule, AlertRuleVersion
from inventory.errors import NotFound, OutOfScope
from inventory.models import Organisation, School
from inventory.repositories.scoped import Repository

#: A rule with its newest version.
Kept = tuple[AlertRule, AlertRuleVersion, Organisation]


class RuleRepository(Repository):
    """Rules of bureaus within the caller's scope and above it; written within it only."""

    def kept(self, organisation_code: str | None = None) -> Sequence[Kept]:
        """Rules with their newest versions, those taken away included; lowest places first."""
        query: Any = (
            select(AlertRule, AlertRuleVersion, Organisation)
            .join(AlertRuleVersion, col(AlertRuleVersion.rule_id) == AlertRule.id)
            .join(Organisation, col(Organisation.code) == AlertRule.organisation_code)
            .where(col(AlertRuleVersion.number) == AlertRule.newest, self._is_visible())
            .order_by(col(AlertRule.place), col(AlertRule.id))
        )
        if organisation_code is not None:
            query = query.where(AlertRule.organisation_code == organisation_code)
        return list(self._session.exec(query))

    def get(self, rule_id: str) -> Kept:
        """A rule with its newest version.

        Raises:
            NotFound: no such rule within the scope or above it.
        """
        query: Any = (
            select(AlertRule, Organisation)
            .join(Organisation, col(Organisation.code) == AlertRule.organisation_code)
            .where(AlertRule.id == rule_id, self._is_visible())
        )
        found = self._session.exec(query).first()
        if found is None:
            raise NotFound(what="alert_rule", key=rule_id)
        rule, bureau = found
        return rule, self.version(rule, rule.newest), bureau

    def of_name(self, organisation_code: str, name: str) -> AlertRule | None:
        """A bureau's rule of a name, also one that was taken away."""
        return self._session.exec(
            select(AlertRule).where(
                AlertRule.organisation_code == organisation_code, AlertRule.name == name
            )
        ).first()

    def version(self, rule: AlertRule, number: int) -> AlertRuleVersion:
        """One version.

        Raises:
            NotFound: there is none of that number.
        """
        found = self._session.exec(
            select(AlertRuleVersion).where(
                AlertRuleVersion.rule_id == rule.id, AlertRuleVersion.number == number
            )
        ).first()
        if found is None:
            raise NotFound(what="version", key=f"{rule.name}@{number}")
        return found

    def versions(self, rule: AlertRule) -> Sequence[AlertRuleVersion]:
        """Every version, the newest first."""
        return self._session.exec(
            select(AlertRuleVersion)
            .where(AlertRuleVersion.rule_id == rule.id)
            .order_by(col(AlertRuleVersion.number).desc())
        ).all()

    def admitted(self, organisation_code: str) -> Organisation:
        """A bureau whose rules the caller may write.

        Raises:
            NotFound: no such bureau.
            OutOfScope: it lies outside the scope.
        """
        bureau = self._session.get(Organisation, organisation_code)
        if bureau is None:
            raise NotFound(what="organisation", key=organisation_code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=organisation_code)
        return bureau

    def lock(self, rule: AlertRule) -> None:
        """Read a rule again; nobody else changes it before this transaction ends."""
        self._session.refresh(rule, with_for_update=True)

    def below(self, bureau: Organisation, codes: Collection[str]) -> Collection[str]:
        """Of codes those of bureaus and schools that are it, or below it."""
        found: set[str] = set()
        for table in (Organisation, School):
            query: Any = select(table.code, table.path).where(col(table.code).in_(codes))
            found |= {
                code for code, path in self._session.exec(query) if path.startswith(bureau.path)
            }
        return found

    def last_place(self, organisation_code: str) -> int:
        query = select(func.max(AlertRule.place)).where(
            AlertRule.organisation_code == organisation_code
        )
        return self._session.exec(query).one() or 0

    def add(self, rule: AlertRule, version: AlertRuleVersion) -> None:
        """Keep a new rule.

        Raises:
            RuleNameTaken: somebody else was quicker.
        """
        try:
            with self._session.begin_nested():
                self._save(rule)
        except IntegrityError as error:
            raise RuleNameTaken(key=rule.name) from error
        self._save(version)

    def append(self, rule: AlertRule, version: AlertRuleVersion) -> None:
        """Keep another version of a rule that is locked."""
        rule.newest = version.number
        self._save(rule)
        self._save(version)

    def fired(self, since: datetime) -> dict[tuple[str, str], int]:
        """Alerts opened since a time, by rule (``3304/switch_hot``, or shipped ``switch_hot``).

        Those without a rule's id, of what is judged in other ways, are under their fault's name.
        """
        query: Any = (
            select(Alert.definition, Alert.rule, func.count())
            .where(self._at_visible_school(Alert.school_code), col(Alert.opened_at) >= since)
            .group_by(col(Alert.definition), col(Alert.rule))
        )
        found: dict[tuple[str, str], int] = {}
        for definition, rule, count in self._session.exec(query):
            key = definition.rpartition("@")[0], rule
            found[key] = found.get(key, 0) + count
        return found

    def _is_visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        path = col(Organisation.path)
        above = [
            "/" + "/".join(codes[: end + 1]) + "/"
            for codes in (prefix.strip("/").split("/") for prefix in self._scope.prefixes)
            for end in range(len(codes))
        ]
        return or_(self._scope.condition(path), path.in_(above))
