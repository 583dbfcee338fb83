"""Run the rules over what is known, and judge what they say.

Called every few seconds for everything, and for what was found by that, a few subjects at a time.
Both look only at what may change an alert: devices that failed and have none, alerts whose device
answers, lines whose newest test disagrees with their alert.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, literal_column, or_
from sqlmodel import Session, col, select

from alerts.evidence import LOOK_BACK, Readings, bandwidth_window, demanded, newest_tests
from alerts.judgement import QUIET_PERIOD, Judgement, in_chunks, judge
from alerts.judging.conditions import Measured, PowerCut
from alerts.judging.facts import Key
from alerts.judging.site import Open, judge_site, shortest_rest
from alerts.looks.asking import Coming, Look
from alerts.looks.every import every_look
from alerts.looks.line_facts import carries_nothing
from alerts.looks.measured import Vitals, measured_faults
from alerts.models import Alert
from alerts.quiet.lines import Place, QuietLines
from alerts.repositories.moments import Moments
from alerts.repositories.sites import SiteRepository
from alerts.rulebook.whole import DEFAULT_RULES, Rules
from alerts.rules import BandwidthBelowTarget, Clear, Finding
from alerts.storm.standing import OF_SITES
from drivers.readings import ALIVE, Kind
from inventory.days import day_of
from inventory.models import Device, DeviceState, Lifecycle, Line, Protocol, School
from inventory.repositories.lines import runs_on
from inventory.repositories.schools import stands
from inventory.repositories.scoped import Repository
from inventory.scope import Scope
from inventory.speedtest_servers import outside_addresses
from inventory.standards.access import access_target
from inventory.standards.bound import Bindings, kind_of

__all__ = ["DEFAULT_RULES", "Rules", "evaluate", "judge_vitals", "look_around", "to_judge"]
#: Devices looked up by their ids at once; with more, PostgreSQL reads them all instead.
_LOOKED_UP = 200
#: With more devices than this, all of a city's are read in one go.
_READ_ALL_FROM = 5_000


def evaluate(
    session: Session,
    store: Readings,
    now: datetime,
    scope: Scope,
    *,
    subjects: Collection[str] | None = None,
    rules: Rules = DEFAULT_RULES,
    quiet_period: timedelta = QUIET_PERIOD,
) -> Judgement:
    """Open and clear alerts, with their tickets, by what polls and tests say.

    Of devices only roots are told of (:mod:`alerts.judging`): who is behind one stays unsaid.

    Args:
        session: one that writes; flushed, never committed.
        store: the readings.
        now: aware; contracts and targets hold by the date it shows.
        scope: what to look at.
        subjects: only these devices and lines; ``None`` for all.
        rules: the rules in force.
        quiet_period: a fault that comes back sooner reopens its ticket.
    """
    rules = rules.with_those_of_bureaus(session)
    evidence = _Evidence(session, scope)
    findings: list[Finding] = []
    clears: list[Clear] = []
    for some in in_chunks(subjects) if subjects is not None else (None,):
        for verdict in (
            *evidence.devices(rules, now, some),
            *evidence.power_cuts(rules, now, some),
            *evidence.others(rules, store, now, some),
            *evidence.lines(rules.bandwidth_below_target, store, now, some),
        ):
            if isinstance(verdict, Finding):
                findings.append(verdict)
            elif isinstance(verdict, Clear):
                clears.append(verdict)
    return judge(session, findings, clears, now, quiet_period=quiet_period)


@dataclass(frozen=True, slots=True)
class News:
    """What is known that alerts do not say yet.

    Args:
        subjects: devices, lines and boxes it is about, in order.
        dark: of schools nobody hears of: faults to be told of now, and those that will be.
    """

    subjects: list[str]
    dark: list[Finding | Coming]


def look_around(
    session: Session, store: Readings, now: datetime, scope: Scope, *, rules: Rules = DEFAULT_RULES
) -> News:
    """What is known that alerts do not say yet.

    Only reads. What is found is evaluated again by whoever writes, a few at a time: it may have
    changed meanwhile.
    """
    rules = rules.with_those_of_bureaus(session)
    evidence = _Evidence(session, scope)
    found: set[str] = set()
    dark: list[Finding | Coming] = []
    for verdict in (
        *evidence.devices(rules, now, None),
        *evidence.power_cuts(rules, now, None),
        *evidence.others(rules, store, now, None),
        *evidence.lines(rules.bandwidth_below_target, store, now, None),
    ):
        if isinstance(verdict, Coming):
            dark.append(verdict)
            continue
        found.add(verdict.subject)
        if isinstance(verdict, Finding) and verdict.rule in OF_SITES:
            dark.append(verdict)
    return News(sorted(found), dark)


def to_judge(
    session: Session, store: Readings, now: datetime, scope: Scope, *, rules: Rules = DEFAULT_RULES
) -> list[str]:
    """Devices and lines of which something is known that alerts do not say yet, in order."""
    return look_around(session, store, now, scope, rules=rules).subjects


def judge_vitals(
    session: Session,
    store: Vitals,
    now: datetime,
    scope: Scope,
    *,
    rules: Rules = DEFAULT_RULES,
    but: tuple[type[Measured], ...] = (),
) -> tuple[list[Finding], list[Clear]]:
    """What measured values say that alerts do not say yet: for ``alerts.judgement.judge``.

    Only reads, and looks at one value a series but for those that are past a level. Values come
    once a minute or less: nobody need ask more often.

    Args:
        session: only read.
        store: the readings.
        now: aware.
        scope: what to look at.
        rules: the rules in force.
        but: conditions that are left for another time.
    """
    rules = rules.with_those_of_bureaus(session)
    look = Look(session, scope, rules.judged, Moments(now, rules.pace))
    found = list(measured_faults(look, store, but=but))
    return (
        [one for one in found if isinstance(one, Finding)],
        [one for one in found if isinstance(one, Clear)],
    )


class _Evidence(Repository):
    """The queries behind the rules, within a scope."""

    def devices(
        self, rules: Rules, now: datetime, some: list[str] | None
    ) -> Iterator[Finding | Clear]:
        """What polls of devices say that alerts do not say yet."""
        rule = rules.device_down
        alert = and_(
            col(Alert.subject) == DeviceState.device_id,
            col(Alert.rule) == rule.name,
            col(Alert.cleared_at).is_(None),
        )
        # That a device is not to be seen is no fault: somebody has switched it off.
        is_watched = and_(
            col(Device.lifecycle) == Lifecycle.in_service,
            col(Device.protocol).not_in([Protocol.none, Protocol.presence]),
            # Nor in a school that has closed: nobody teaches there.
            stands(day_of(now)),
        )
        is_alive = col(DeviceState.outcome).in_(ALIVE)
        query = (
            select(DeviceState, Device, Alert.opened_at)
            .join(Device, col(Device.id) == DeviceState.device_id)
            .join(School, col(School.code) == Device.school_code)
            .outerjoin(Alert, alert)
            .where(
                self._at_visible_school(Device.school_code),
                or_(
                    and_(
                        col(Alert.id).is_(None),
                        ~is_alive,
                        col(DeviceState.failures) >= rule.polls,
                        is_watched,
                    ),
                    and_(col(Alert.id).is_not(None), or_(is_alive, ~is_watched)),
                ),
            )
        )
        # Those with news are few, and known by indices; the rest of the city is not looked at.
        for few in in_chunks(self._suspects(rules, now), _LOOKED_UP) if some is None else (some,):
            rows: Any = self._session.exec(query.where(col(DeviceState.device_id).in_(few)))
            yield from self._verdicts(rules, now, rows.all())

    def power_cuts(
        self, rules: Rules, now: datetime, some: list[str] | None
    ) -> Iterator[Finding | Clear]:
        """What UPSs say of the mains that alerts do not say yet."""
        query = select(Alert.subject, Alert.opened_at).where(
            self._at_visible_school(Alert.school_code),
            Alert.rule == PowerCut.FAULT,
            col(Alert.cleared_at).is_(None),
        )
        opened = dict(self._session.exec(_only(query, Alert.subject, some)).all())
        sites = SiteRepository(self._session, self._scope, rules.judged, Moments(now, rules.pace))
        told = sites.told_of_mains(some, opened)
        for _, device in told:
            if device.id in opened and device.lifecycle is not Lifecycle.in_service:
                yield Clear(rule=PowerCut.FAULT, subject=device.id, withdrawn=True)
        told = [row for row in told if row[1].lifecycle is Lifecycle.in_service]
        standing = {Key(PowerCut.FAULT, one): at for one, at in opened.items()}
        asked = {device.id for _, device in told}
        for site in sites.sites(told, standing):
            found = judge_site(site, rules.judged, now.timestamp())
            for key in found.ends:
                if key in standing and key.subject in asked:
                    yield Clear(rule=key.rule, subject=key.subject)
            for one in found.opens:
                if one.key.rule == PowerCut.FAULT and one.key.subject in asked:
                    yield _finding(one)

    def others(
        self, rules: Rules, store: Readings, now: datetime, some: list[str] | None
    ) -> Iterator[Finding | Clear | Coming]:
        """What is known of boxes, lines and ports that alerts do not say yet."""
        look = Look(
            session=self._session,
            scope=self._scope,
            rules=rules.judged,
            moments=Moments(now, rules.pace),
            some=None if some is None else frozenset(some),
        )
        return every_look(look, store, rules.listening_since)

    def _suspects(self, rules: Rules, now: datetime) -> set[str]:
        """Devices whose failing may count by now, and those that have an open alert."""
        rule = rules.device_down
        failing = select(DeviceState.device_id, DeviceState.since).where(
            # The first condition is the index's own, word for word.
            col(DeviceState.failures) > literal_column("0"),
            col(DeviceState.failures) >= rule.polls,
        )
        resting = {kind: hold for kind in Kind if (hold := shortest_rest(rules.judged, kind))}
        # In the evening half of a city is switched off. Too short is too short by any clock.
        latest = now - timedelta(seconds=min(resting.values(), default=0) * rules.pace)
        found: set[str] = set()
        recent: set[str] = set()
        for device_id, since in self._session.exec(failing):
            (found if not resting or since <= latest else recent).add(device_id)
        found |= self._of_kinds(recent, [kind for kind in Kind if kind not in resting])
        standing = select(Alert.subject).where(
            Alert.rule == rule.name, col(Alert.cleared_at).is_(None)
        )
        return found.union(self._session.exec(standing))

    def _of_kinds(self, devices: Collection[str], kinds: Collection[Kind]) -> set[str]:
        """Those of the devices that are of one of these kinds."""
        query = select(Device.id).where(col(Device.kind).in_(kinds))
        if len(devices) > _READ_ALL_FROM:
            everywhere: set[str] = set(self._session.exec(query))
            return everywhere.intersection(devices)
        return {
            one
            for few in in_chunks(devices, _LOOKED_UP)
            for one in self._session.exec(query.where(col(Device.id).in_(few)))
        }

    def _verdicts(
        self, rules: Rules, now: datetime, rows: Sequence[tuple[DeviceState, Device, Any]]
    ) -> Iterator[Finding | Clear]:
        name = rules.device_down.name
        standing, told = {}, []
        for state, device, opened_at in rows:
            if opened_at is not None and state.outcome not in ALIVE:
                yield Clear(rule=name, subject=device.id, withdrawn=True)
                continue
            told.append((state, device))
            if opened_at is not None:
                standing[Key(name, device.id)] = opened_at
        states = {device.id: state for state, device in told}
        sites = SiteRepository(
            self._session, self._scope, rules.judged, Moments(now, rules.pace)
        ).sites(told, standing)
        for site in sites:
            found = judge_site(site, rules.judged, now.timestamp())
            for key in found.ends:
                if key in standing:
                    yield Clear(rule=name, subject=key.subject)
            for one in found.opens:
                if one.key.rule == name and one.key.subject in states:
                    yield _finding(one, states[one.key.subject])

    def lines(
        self, rule: BandwidthBelowTarget, store: Readings, now: datetime, some: list[str] | None
    ) -> Iterator[Finding | Clear]:
        """What active tests say that alerts do not say yet."""
        asked, places = self._targets(now, some)
        quiet = QuietLines(self._session, places, now - LOOK_BACK, now)
        lines = list(dict.fromkeys(line for line, _ in asked))
        standing = self._standing(rule.name, some)
        for subject, part in standing:
            if (subject, part) not in asked:
                yield Clear(rule=rule.name, subject=subject, part=part, withdrawn=True)
        moment = int(now.timestamp() * 1000)
        beyond = outside_addresses(self._session, day_of(now)) if lines else frozenset()
        for (line, direction), measured in newest_tests(store, lines, moment, beyond).items():
            target = asked.get((line, direction.value))
            if target is None:
                continue
            is_open = (line, direction.value) in standing
            # A test that agrees with its alert, or with there being none, changes nothing.
            if rule.passes(measured, target) is not is_open:
                continue
            if not is_open and (
                quiet.is_quiet(line, rule.name) or carries_nothing(store, line, moment)
            ):
                continue
            without = quiet.maintained(line, rule.name)
            window = bandwidth_window(
                store, line, direction, target, moment, outside=beyond, without=without
            )
            if is_open and rule.clears(window):
                yield Clear(rule=rule.name, subject=line, part=direction.value)
            elif not is_open:
                finding = rule.check(window)
                if finding is not None:
                    yield finding

    def _targets(
        self, now: datetime, some: list[str] | None
    ) -> tuple[dict[tuple[str, str], float], dict[str, Place]]:
        """Bit/s asked of lines of open schools, by line and way; and where they are."""
        query = (
            select(Line.id, School)
            .join(School, col(School.code) == Line.school_code)
            .where(
                self._at_visible_school(Line.school_code),
                runs_on(day_of(now)),
                stands(day_of(now)),
            )
        )
        lines = self._session.exec(_only(query, Line.id, some)).all()
        if not lines:
            return {}, {}
        today = day_of(now)
        bindings = Bindings(self._session, self._scope, today, today)
        asked = {
            (line, way.value): asked
            for line, school in lines
            for way, asked in demanded(access_target(bindings.of(kind_of(school), today))).items()
        }
        return asked, {line: Place(school.code, school.path) for line, school in lines}

    def _standing(self, rule: str, some: list[str] | None) -> set[tuple[str, str]]:
        query = select(Alert.subject, Alert.part).where(
            self._at_visible_school(Alert.school_code),
            Alert.rule == rule,
            col(Alert.cleared_at).is_(None),
        )
        return set(self._session.exec(_only(query, Alert.subject, some)))


def _finding(one: Open, state: DeviceState | None = None) -> Finding:
    since = {"since": state.since.isoformat(timespec="seconds")} if state is not None else {}
    behind = {"behind": len(one.behind)} if one.behind else {}
    return Finding(
        rule=one.key.rule,
        subject=one.key.subject,
        severity=one.severity,
        arguments={**one.arguments, **since, **behind},
        definition="{}@{}".format(*one.definition),
    )


def _only(query: Any, column: Any, some: list[str] | None) -> Any:
    return query if some is None else query.where(col(column).in_(some))
