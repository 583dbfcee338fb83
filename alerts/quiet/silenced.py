"""Which open alerts nobody wants to hear of now; whoever counts or sends leaves them out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select

from alerts.models import Alert
from alerts.quiet.times import QuietTime, is_anything_quiet, quiet_times
from alerts.repositories.bureaus import not_behind
from inventory.models import School
from inventory.repositories.scoped import Repository

_MOMENT = timedelta(microseconds=1)
#: Schools whose alerts are asked for by their codes.
_NAMED = 500


def silenced(session: Session, alerts: Iterable[Alert], now: datetime) -> Mapping[str, QuietTime]:
    """What keeps alerts unheard at a moment, by their ids; of several the one that lasts longest.

    Alerts that are over, and those nothing speaks of, are left out.

    Args:
        session: only reads; nothing is asked beyond the schools of these alerts.
        alerts: any.
        now: aware.
    """
    # A bureau's own is silenced by nothing that is said of one of its schools.
    asked = [one for one in alerts if one.cleared_at is None and one.organisation_code is None]
    if not asked:
        return {}
    codes = {one.school_code for one in asked}
    schools = select(School.code, School.path).where(col(School.code).in_(codes))
    paths = dict(session.exec(schools).all())
    times = quiet_times(session, paths, now, now + _MOMENT)
    found = ((one.id, _longest(one, times.get(one.school_code, ()), now)) for one in asked)
    return {alert: time for alert, time in found if time is not None}


class SilencedAlert(NamedTuple):
    """An open alert and what keeps it unheard."""

    alert: Alert
    time: QuietTime


class SilencedRepository(Repository):
    """Silenced alerts of the schools within the caller's scope."""

    def open_at(self, now: datetime, *, held: bool = True) -> Sequence[SilencedAlert]:
        """All that are open; two short queries where nothing is quiet.

        Args:
            now: aware.
            held: whether those that are held back behind a bureau's alert are among them.
        """
        if not is_anything_quiet(self._session, now):
            return []
        schools = select(School.code, School.path).where(self._scope.condition(col(School.path)))
        paths = dict(self._session.exec(schools).all())
        times = quiet_times(self._session, paths, now, now + _MOMENT)
        if not times:
            return []
        query = select(Alert).where(
            self._at_visible_school(Alert.school_code),
            col(Alert.cleared_at).is_(None),
            # Bureaus' own, and what is behind them, are told of otherwise.
            col(Alert.organisation_code).is_(None),
            col(Alert.storm_id).is_(None),
        )
        if not held:
            query = query.where(not_behind(self._scope))
        if len(times) <= _NAMED:
            query = query.where(col(Alert.school_code).in_(times))
        rows = self._session.exec(query.order_by(col(Alert.id)))
        found = ((one, _longest(one, times.get(one.school_code, ()), now)) for one in rows)
        return [SilencedAlert(one, time) for one, time in found if time is not None]


def _longest(alert: Alert, times: Iterable[QuietTime], now: datetime) -> QuietTime | None:
    holding = (one for one in times if one.holds(now) and one.covers(alert.subject, alert.rule))
    return max(holding, key=lambda one: one.end, default=None)
