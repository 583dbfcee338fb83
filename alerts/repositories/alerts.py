"""Questions about alerts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from alerts.models import Alert, Severity, Ticket, TicketEvent
from alerts.repositories.bureaus import no_others_bureau, not_behind
from alerts.repositories.order import by_school, loudest
from inventory.errors import NotFound
from inventory.models import Device, Line, Organisation, School
from inventory.repositories.scoped import Page, Repository, window, within
from inventory.schools.checks import check_text
from inventory.scope import Scope

#: Characters of a reason to leave an alert as it is.
MAX_REASON = 500
_BUREAU = col(Alert.organisation_code)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with where it is, what it is about, and the number of its ticket."""

    alert: Alert
    school: School
    device: Device | None
    line: Line | None
    ticket_number: int | None
    #: Whose own it is, of a bureau's.
    bureau: Organisation | None = None


class AlertRepository(Repository):
    """Alerts of the schools within the caller's scope."""

    def get(self, alert_id: str) -> Alert | None:
        return self._session.exec(
            select(Alert).where(Alert.id == alert_id, self._visible())
        ).one_or_none()

    def open_at(self, school: str) -> Sequence[Alert]:
        """Open alerts of one school, the loudest first, then the youngest."""
        return self._open(_of_school(school))

    def open_on(self, subjects: Collection[str]) -> Sequence[Alert]:
        """Open alerts on these devices and lines."""
        return self._open(col(Alert.subject).in_(subjects))

    def of_device(self, device_id: str, *, limit: int = 50) -> Sequence[Alert]:
        """Alerts of one device, open ones first, then the youngest."""
        return self._history(col(Alert.device_id) == device_id, limit)

    def of_line(self, line_id: str, *, limit: int = 50) -> Sequence[Alert]:
        """Alerts of one line, open ones first, then the youngest."""
        return self._history(col(Alert.line_id) == line_id, limit)

    def page(
        self,
        *,
        is_open: bool | None = True,
        rule: str | None = None,
        severity: Severity | None = None,
        school: str | None = None,
        under: str = "/",
        only: Collection[str] | None = None,
        storm: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[AlertRow]:
        """One page of alerts, the youngest first; ``is_open=None`` is open and past ones.

        What is held back behind a bureau's alert is left out, but where a school is asked for.

        Args:
            is_open: ``None`` for open and past ones.
            rule: only alerts of that name.
            severity: only alerts this loud.
            school: a school's code; its bureaus' own are no part of it.
            under: a path prefix.
            only: ids, to look among these.
            storm: id of a bureau's alert, for those behind it.
            offset: rows to leave out.
            limit: rows of a page.
        """
        query: Any = select(Alert.id).where(self._visible())
        if storm is not None:
            query = query.where(Alert.storm_id == storm)
        elif school is None and only is None:
            query = query.where(not_behind(self._scope))
        if only is not None:
            query = query.where(col(Alert.id).in_(only))
        if is_open is not None:
            cleared = col(Alert.cleared_at)
            query = query.where(cleared.is_(None) if is_open else cleared.is_not(None))
        if rule is not None:
            query = query.where(Alert.rule == rule)
        if severity is not None:
            query = query.where(Alert.severity == severity)
        if school is not None:
            query = query.where(_of_school(school))
        if under != "/":
            query = query.join(School, col(School.code) == Alert.school_code)
            query = query.where(
                within(col(School.path), under), no_others_bureau(Scope((under,)), _BUREAU)
            )
        # Ids first: what hangs on an alert is read for one page only.
        order = (col(Alert.opened_at).desc(), col(Alert.id))
        ids = self._session.exec(window(query.order_by(*order), offset, limit)).all()
        found = [AlertRow(*row) for row in self._session.exec(_rows(ids).order_by(*order)).all()]
        return Page(found, self._count(query))

    def named(self, alert_ids: Collection[str]) -> Sequence[AlertRow]:
        """The visible ones of these ids."""
        found = self._session.exec(_rows(alert_ids).where(self._visible()))
        return [AlertRow(*row) for row in found]

    def count_open(self, *, school: str | None = None) -> Mapping[Severity, int]:
        """How many alerts are open, by severity; every severity is there.

        What is held back behind a bureau's alert counts at its school only.
        """
        query = select(Alert.severity, func.count()).where(
            self._visible(),
            col(Alert.cleared_at).is_(None),
            not_behind(self._scope) if school is None else _of_school(school),
        )
        found = dict(self._session.exec(query.group_by(col(Alert.severity))).all())
        return {severity: found.get(severity, 0) for severity in Severity}

    def count_open_by_school(self) -> Mapping[str, int]:
        """How many alerts are open at which school; schools without one are left out."""
        return by_school(
            self._session.exec(
                select(Alert.school_code, func.count())
                .where(self._visible(), col(Alert.cleared_at).is_(None), _BUREAU.is_(None))
                .group_by(col(Alert.school_code))
            )
        )

    def acknowledge(self, alert_id: str, actor_id: str, now: datetime, reason: str = "") -> Alert:
        """Somebody has seen it; the first to say so is kept, and told of in the ticket's log.

        Raises:
            NotFound: no such alert within the scope.
            Invalid: too long a reason.
        """
        alert = self._known(alert_id)
        text = check_text("reason", reason, MAX_REASON)
        if alert.acknowledged_at is None:
            alert.acknowledged_at, alert.acknowledged_by = now, actor_id
            alert.acknowledged_text = text
            self._tell_ticket(alert, "acknowledged", actor_id, now, text)
        return self._save(alert)

    def unacknowledge(self, alert_id: str, actor_id: str, now: datetime) -> Alert:
        """Nobody sees to it after all; the ticket's log keeps who had said so.

        Raises:
            NotFound: no such alert within the scope.
        """
        alert = self._known(alert_id)
        if alert.acknowledged_at is not None:
            alert.acknowledged_at = alert.acknowledged_by = None
            alert.acknowledged_text = ""
            self._tell_ticket(alert, "unacknowledged", actor_id, now)
        return self._save(alert)

    def _known(self, alert_id: str) -> Alert:
        alert = self.get(alert_id)
        if alert is None:
            raise NotFound(what="alert", key=alert_id)
        return alert

    def _tell_ticket(
        self, alert: Alert, kind: str, actor_id: str, now: datetime, text: str = ""
    ) -> None:
        if alert.ticket_id is not None:
            self._session.add(
                TicketEvent(
                    ticket_id=alert.ticket_id, at=now, kind=kind, actor_id=actor_id, text=text
                )
            )

    def _open(self, condition: Any) -> Sequence[Alert]:
        return self._session.exec(
            select(Alert)
            .where(self._visible(), col(Alert.cleared_at).is_(None), condition)
            .order_by(loudest(Alert.severity), col(Alert.opened_at).desc(), col(Alert.id))
        ).all()

    def _history(self, condition: ColumnElement[bool], limit: int) -> Sequence[Alert]:
        query = (
            select(Alert)
            .where(self._visible(), condition)
            .order_by(
                col(Alert.cleared_at).is_not(None), col(Alert.opened_at).desc(), col(Alert.id)
            )
        )
        found: Sequence[Alert] = self._session.exec(window(query, 0, limit)).all()
        return found

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Alert.school_code) & no_others_bureau(self._scope, _BUREAU)


def _rows(ids: Collection[str]) -> Any:
    return (
        select(Alert, School, Device, Line)
        .add_columns(col(Ticket.number), Organisation)
        .join(School, col(School.code) == Alert.school_code)
        .outerjoin(Device, col(Device.id) == Alert.device_id)
        .outerjoin(Line, col(Line.id) == Alert.line_id)
        .outerjoin(Ticket, col(Ticket.id) == Alert.ticket_id)
        .outerjoin(Organisation, col(Organisation.code) == Alert.organisation_code)
        .where(col(Alert.id).in_(ids))
    )


def _of_school(code: str) -> ColumnElement[bool]:
    return (col(Alert.school_code) == code) & _BUREAU.is_(None)
