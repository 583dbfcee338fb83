"""Alerts of the past, made from polls that came late.

After an outage an agent tells how things are first and how they were afterwards
(``docs/decisions/0022-catching-up.md``). ``alerts.evaluation`` judges how things are. Here the rule
for dead devices is run over a device's whole curve of poll outcomes, once nothing new of its past
comes any more, and its alerts are brought into line: times become those of the polls that prove
them, and what is missing is made, with its ticket, if it would have been told of
(``alerts.school_past``). What came in time has been judged: nothing is missing of that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol as Interface

from sqlmodel import Session, col, select

from alerts.evaluation import DEFAULT_RULES, Rules
from alerts.evidence import Readings
from alerts.judgement import QUIET_PERIOD, judge, record_past
from alerts.judging.conditions import Absence
from alerts.judging.site import shortest_rest
from alerts.models import Alert
from alerts.numbers import lock_judgement
from alerts.rules import Clear, DeviceDown, DeviceWindow, Finding
from alerts.school_past import Past, Told, told_of
from drivers.readings import ALIVE, OUTCOME_METRIC, OUTCOMES, Kind, Outcome
from inventory.days import day_of
from inventory.intake.reviews import due_reviews, end_review
from inventory.models import Device, DeviceReview, Lifecycle, Protocol, School

#: A device is looked at when nothing new came of its past for so long.
SETTLED = timedelta(seconds=30)
#: What is older when it comes has come late: the judging of how things are has not seen it.
LATE = timedelta(minutes=5)
#: How far before the news the curve is read, for the polls the news may go on from.
_LOOK_BEFORE = timedelta(hours=1)
#: Devices looked at in one run; the others wait for the next.
MOST = 500
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Episode:
    """One fault, from the poll that proved it to the one that ended it.

    Args:
        finding: what the rule said.
        opened_at: of the poll at which it fired.
        cleared_at: of the first poll that found the device alive, for good; ``None``: none yet.
        seen_whole: whether the curve shows it from its beginning.
    """

    finding: Finding
    opened_at: datetime
    cleared_at: datetime | None
    seen_whole: bool


class ReadingsOfPast(Readings, Past, Interface):
    """What is asked of a metric store."""


def episodes(
    rule: DeviceDown,
    subject: str,
    kind: Kind,
    polls: Iterable[tuple[datetime, Outcome]],
    clear_after: timedelta = timedelta(),
) -> list[Episode]:
    """Run the rule over a device's polls, which come in the order of time. Pure.

    A device that is not alive again within ``clear_after`` of its return has not been back.
    """
    found: list[Episode] = []
    failures, since, lived = 0, None, False
    open_: Episode | None = None
    back: datetime | None = None
    for at, outcome in polls:
        if outcome in ALIVE:
            back = back or at
            if open_ is not None and at - back >= clear_after:
                found.append(replace(open_, cleared_at=back))
                open_ = None
            failures, since, lived = 0, None, True
            continue
        failures, since, back = failures + 1, since or at, None
        if open_ is None:
            window = DeviceWindow(
                subject=subject, kind=kind, outcome=outcome, failures=failures, since=since
            )
            if (finding := rule.check(window)) is not None:
                open_ = Episode(finding, at, None, lived)
    return found if open_ is None else [*found, open_]


def review(
    session: Session,
    store: ReadingsOfPast,
    now: datetime,
    *,
    rules: Rules = DEFAULT_RULES,
    quiet_period: timedelta = QUIET_PERIOD,
    settled: timedelta = SETTLED,
    most: int = MOST,
) -> int:
    """Bring the alerts of devices into line with their past; returns how many were looked at.

    Args:
        session: one that writes; flushed, never committed.
        store: the readings.
        now: aware.
        rules: the rules in force.
        quiet_period: as for :func:`alerts.evaluation.evaluate`.
        settled: how long nothing new must have come of a device.
        most: devices to look at; those that wait longest.
    """
    marks = due_reviews(session, quiet_since=now - settled, most=most)
    if marks:
        lock_judgement(session)
        rules = rules.with_those_of_bureaus(session)
    pasts = _Pasts(session, store, rules, marks, now)
    for mark in marks:
        device = session.get(Device, mark.device_id)
        if device is not None and _is_watched(session, device, rules, now):
            rule = rules.device_down
            standing = _alerts(session, rule.name, device.id, mark.from_at)
            earliest = min([mark.from_at, *(alert.opened_at for alert in standing)])
            polls = _polls(store, device.id, earliest - _LOOK_BEFORE, now)
            found = episodes(rule, device.id, device.kind, polls, pasts.calm(device))
            _bring_into_line(
                session,
                standing,
                [
                    episode
                    for episode in found
                    if episode.cleared_at is None or episode.cleared_at >= mark.from_at
                ],
                now,
                quiet_period,
                told=partial(pasts.told, device, mark),
            )
        end_review(session, mark)
    return len(marks)


class _Pasts:
    """What would have been told of, school by school; looked for once it is asked."""

    def __init__(
        self,
        session: Session,
        store: ReadingsOfPast,
        rules: Rules,
        marks: Sequence[DeviceReview],
        now: datetime,
    ) -> None:
        self._session, self._store, self._rules, self._now = session, store, rules, now
        self._begin = min((one.from_at for one in marks), default=now) - _LOOK_BEFORE
        self._found: dict[str, Mapping[str, Sequence[Told]]] = {}

    def calm(self, device: Device) -> timedelta:
        """For how long a device answers until its alert ends."""
        school = self._session.get_one(School, device.school_code)
        told = self._rules.judged.of(Absence, school.path, device.kind, device.model or "")
        absence = told[0][1] if told else Absence()
        return timedelta(seconds=absence.clear_after * self._rules.pace)

    def told(self, device: Device, mark: DeviceReview, episode: Episode) -> Finding | None:
        """A fault that is over as it would have been told of; ``None``: it would not, or was."""
        if mark.marked_at - mark.from_at <= LATE * self._rules.pace or episode.cleared_at is None:
            return None
        code = device.school_code
        if code not in self._found:
            school = self._session.get_one(School, code)
            self._found[code] = told_of(
                self._session, self._store, self._rules, school, (self._begin, self._now)
            )
        for one in self._found[code].get(device.id, ()):
            ends_after = one.end is None or one.end >= episode.opened_at
            if one.begin <= episode.cleared_at and ends_after:
                name = "{}@{}".format(*one.fault.definition)
                return replace(episode.finding, severity=one.fault.severity, definition=name)
        return None


def _is_watched(session: Session, device: Device, rules: Rules, now: datetime) -> bool:
    """Whether its past is told of; what rests whenever there is no school is told of live only."""
    closed_on = session.get_one(School, device.school_code).closed_on
    return (
        device.lifecycle is Lifecycle.in_service
        and device.protocol not in (Protocol.none, Protocol.presence)
        and not shortest_rest(rules.judged, device.kind)
        and (closed_on is None or closed_on >= day_of(now))
    )


def _bring_into_line(
    session: Session,
    standing: Iterable[Alert],
    found: Iterable[Episode],
    now: datetime,
    quiet_period: timedelta,
    *,
    told: Callable[[Episode], Finding | None],
) -> None:
    unmatched = list(standing)
    was_open = any(one.cleared_at is None for one in unmatched)
    for episode in found:
        alert = next((one for one in unmatched if _overlaps(one, episode)), None)
        if alert is not None:
            unmatched.remove(alert)
            _correct(session, alert, episode, now)
        elif episode.cleared_at is None and was_open:
            # It was told of as one with an earlier fault, which is over.
            _make(session, episode, now, quiet_period)
        elif (finding := told(episode)) is not None:
            _make(session, replace(episode, finding=finding), now, quiet_period)


def _alerts(session: Session, rule: str, subject: str, since: datetime) -> Sequence[Alert]:
    """Alerts of a device that were open at or after ``since``, oldest first."""
    return session.exec(
        select(Alert)
        .where(
            Alert.subject == subject,
            Alert.rule == rule,
            col(Alert.cleared_at).is_(None) | (col(Alert.cleared_at) >= since),
        )
        .order_by(col(Alert.opened_at))
        .execution_options(populate_existing=True)
    ).all()


def _polls(
    store: Readings, subject: str, start: datetime, now: datetime
) -> list[tuple[datetime, Outcome]]:
    curves = store.series(
        subject, [OUTCOME_METRIC], start=_milliseconds(start), end=_milliseconds(now) + 1
    )
    return [
        (datetime.fromtimestamp(at / 1000, UTC), OUTCOMES[int(value)])
        for curve in curves
        for at, value in zip(curve.times, curve.values, strict=True)
        if value is not None and 0 <= value < len(OUTCOMES)
    ]


def _milliseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // _MILLISECOND


def _overlaps(alert: Alert, episode: Episode) -> bool:
    begins_before = episode.cleared_at is None or alert.opened_at <= episode.cleared_at
    ends_after = alert.cleared_at is None or alert.cleared_at >= episode.opened_at
    return begins_before and ends_after


def _correct(session: Session, alert: Alert, episode: Episode, now: datetime) -> None:
    """Give an alert the times of its evidence."""
    if episode.seen_whole:
        alert.opened_at = episode.opened_at
    if episode.cleared_at is not None:
        if alert.cleared_at is None:
            judge(session, [], [_end_of(episode)], now)
        alert.cleared_at = episode.cleared_at
    session.add(alert)
    session.flush()


def _make(session: Session, episode: Episode, now: datetime, quiet_period: timedelta) -> None:
    """Make an alert that nobody made, with its ticket."""
    if episode.cleared_at is not None:
        span = episode.opened_at, episode.cleared_at
        record_past(session, episode.finding, span, now, quiet_period=quiet_period)
        return
    for alert in judge(session, [episode.finding], [], now, quiet_period=quiet_period).opened:
        _correct(session, alert, replace(episode, seen_whole=True), now)


def _end_of(episode: Episode) -> Clear:
    finding = episode.finding
    return Clear(rule=finding.rule, subject=finding.subject, part=finding.part)
