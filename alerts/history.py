"""Alerts of the past, made from polls that came late.

After an outage an agent tells how things are first and how they were afterwards
(``docs/decisions/0022-catching-up.md``). ``alerts.evaluation`` judges how things are. Here the rule
for dead devices is run over a device's whole curve of poll outcomes, once nothing new of its past
comes any more, and its alerts are brought into line: what is missing is made, with its ticket, and
times become those of the polls that prove them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from alerts.evaluation import DEFAULT_RULES, Rules
from alerts.evidence import Readings
from alerts.judgement import QUIET_PERIOD, judge, record_past
from alerts.judging.site import shortest_rest
from alerts.models import Alert
from alerts.numbers import lock_judgement
from alerts.rules import Clear, DeviceDown, DeviceWindow, Finding
from drivers.readings import ALIVE, OUTCOME_METRIC, OUTCOMES, Kind, Outcome
from inventory.intake.reviews import due_reviews, end_review
from inventory.models import Device, Lifecycle, Protocol

#: A device is looked at when nothing new came of its past for so long.
SETTLED = timedelta(seconds=30)
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
        cleared_at: of the first poll that found the device alive; ``None``: none did yet.
        seen_whole: whether the curve shows it from its beginning.
    """

    finding: Finding
    opened_at: datetime
    cleared_at: datetime | None
    seen_whole: bool


def episodes(
    rule: DeviceDown, subject: str, kind: Kind, polls: Iterable[tuple[datetime, Outcome]]
) -> list[Episode]:
    """Run the rule over a device's polls, which come in the order of time. Pure."""
    found: list[Episode] = []
    failures, since, lived = 0, None, False
    finding, opened_at, whole = None, None, False
    for at, outcome in polls:
        if outcome in ALIVE:
            if finding is not None and opened_at is not None:
                found.append(Episode(finding, opened_at, at, whole))
            failures, since, lived = 0, None, True
            finding = None
            continue
        failures += 1
        since = since or at
        if finding is None:
            window = DeviceWindow(
                subject=subject, kind=kind, outcome=outcome, failures=failures, since=since
            )
            finding, opened_at, whole = rule.check(window), at, lived
    if finding is not None and opened_at is not None:
        found.append(Episode(finding, opened_at, None, whole))
    return found


def review(
    session: Session,
    store: Readings,
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
    for mark in marks:
        device = session.get(Device, mark.device_id)
        if device is not None and _is_watched(device, rules):
            rule = rules.device_down
            standing = _alerts(session, rule.name, device.id, mark.from_at)
            earliest = min([mark.from_at, *(alert.opened_at for alert in standing)])
            polls = _polls(store, device.id, earliest - _LOOK_BEFORE, now)
            _bring_into_line(
                session,
                standing,
                [
                    episode
                    for episode in episodes(rule, device.id, device.kind, polls)
                    if episode.cleared_at is None or episode.cleared_at >= mark.from_at
                ],
                now,
                quiet_period,
            )
        end_review(session, mark)
    return len(marks)


def _is_watched(device: Device, rules: Rules) -> bool:
    """Whether its past is told of; what rests whenever there is no school is told of live only."""
    return (
        device.lifecycle is Lifecycle.in_service
        and device.protocol is not Protocol.none
        and not shortest_rest(rules.judged, device.kind)
    )


def _bring_into_line(
    session: Session,
    standing: Iterable[Alert],
    found: Iterable[Episode],
    now: datetime,
    quiet_period: timedelta,
) -> None:
    unmatched = list(standing)
    for episode in found:
        alert = next((one for one in unmatched if _overlaps(one, episode)), None)
        if alert is not None:
            unmatched.remove(alert)
            _correct(session, alert, episode, now)
        else:
            _make(session, episode, now, quiet_period)


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
    """Make an alert that nobody made, with its ticket, and end it if it is over."""
    opened = judge(session, [episode.finding], [], now, quiet_period=quiet_period).opened
    if not opened:
        # A later fault of the same device is open: they share the ticket.
        if episode.cleared_at is not None:
            record_past(session, episode.finding, episode.opened_at, episode.cleared_at)
        return
    _correct(
        session,
        opened[0],
        Episode(episode.finding, episode.opened_at, episode.cleared_at, seen_whole=True),
        now,
    )


def _end_of(episode: Episode) -> Clear:
    finding = episode.finding
    return Clear(rule=finding.rule, subject=finding.subject, part=finding.part)
