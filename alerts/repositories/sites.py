"""What is known of schools whose devices have news, as the judging wants it.

Only what the news hang on is read: the devices themselves, who sees whom in their schools, those
on their way up, their agents and UPSs, and school hours where something counts only then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, literal_column
from sqlmodel import Session, col, select

from alerts.judging.conditions import Absence, Clock, Flapping
from alerts.judging.engine import FLAP_WINDOW
from alerts.judging.facts import (
    AgentFacts,
    DeviceFacts,
    Key,
    LineFacts,
    PortFacts,
    Site,
    Uplink,
)
from alerts.judging.hours import NONE, Hours
from alerts.judging.rules import RuleSet
from alerts.judging.tree import uplinks_of
from alerts.models import Alert
from alerts.repositories.absences import with_absences
from alerts.repositories.boxes import facts_of, heard_of, schools_of, silences_of
from alerts.repositories.happenings import flapping_in, ports_of
from alerts.repositories.links import links_of
from alerts.repositories.moments import Moments
from alerts.repositories.powers import on_battery_lately, powers_of
from alerts.repositories.quiets import quiets_now
from drivers.readings import ALIVE
from inventory.assets.tags import tags_of
from inventory.calendars import school_hours
from inventory.calendars.loading import Calendars
from inventory.days import day_of
from inventory.models import (
    Device,
    DeviceState,
    Lifecycle,
    Line,
    Protocol,
    School,
)
from inventory.repositories.lines import runs_on
from inventory.repositories.scoped import Repository
from inventory.scope import Scope

#: School hours are known from this long before, and until this long after today.
_PAST, _AHEAD = timedelta(days=80), timedelta(days=8)
#: Ways up that are followed, at most.
_DEEPEST = 8


@dataclass(slots=True)
class _School:
    devices: dict[str, DeviceFacts] = field(default_factory=dict)
    standing: dict[Key, float] = field(default_factory=dict)


class _Reach(NamedTuple):
    """How a school is reached that is polled from elsewhere; as a site has it."""

    lines: Sequence[LineFacts] = ()
    answered_at: float = inf
    reached_from: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What is known of a school beside its devices.

    Args:
        standing: open alerts, with the moment each was opened.
    """

    agents: Mapping[str, AgentFacts] = field(default_factory=dict)
    lines: Sequence[LineFacts] = ()
    ports: Sequence[PortFacts] = ()
    standing: Mapping[Key, datetime] = field(default_factory=dict)


class SiteRepository(Repository):
    """Facts of schools within the caller's scope."""

    def __init__(self, session: Session, scope: Scope, rules: RuleSet, moments: Moments) -> None:
        super().__init__(session, scope)
        self._rules, self._moments = rules, moments

    def sites(
        self,
        told: Sequence[tuple[DeviceState, Device]],
        standing: Mapping[Key, datetime],
        others: Mapping[Key, tuple[str, datetime]] | None = None,
    ) -> Iterator[Site]:
        """The schools of these devices, with the open alerts that are asked about.

        Args:
            told: devices with news.
            standing: open alerts of devices, with the moment each was opened.
            others: those of lines and agents, with their schools.
        """
        schools = sorted({device.school_code for _, device in told})
        if not schools:
            return
        links, kinds = links_of(self._session, schools)
        ways = uplinks_of(links, kinds)
        rows = self._with_those_above([*self._failing(schools), *told], ways)
        returns = self._returns(list(standing))
        made: dict[str, _School] = defaultdict(_School)
        for state, device in rows.values():
            facts = self._facts(state, device, ways, returns.get(device.id, 0))
            made[device.school_code].devices[device.id] = facts
        for key, opened in standing.items():
            if key.subject in rows:
                its = made[rows[key.subject][1].school_code]
                its.standing[key] = self._moments.of(opened)
        for key, (code, opened) in (others or {}).items():
            if code in made:
                made[code].standing[key] = self._moments.of(opened)
        boxes = {one.agent_id for one, _ in rows.values() if one.agent_id}
        heard, serves = heard_of(self._session, boxes), schools_of(self._session, boxes)
        elsewhere = {one for one, codes in serves.items() if len(codes) > 1}
        reached = self._reached(
            {its.school_code for its, _ in rows.values() if its.agent_id in elsewhere}
        )
        powers = powers_of(self._session, self._moments, made)
        paths = self._paths(made)
        hours = self._hours(made, paths)
        places = {code: school.path for code, school in paths.items()}
        quiets = quiets_now(self._session, places, self._moments.now, self._moments.of)
        resting = {code: made[code].devices for code in hours}
        now = self._moments.now
        ports = ports_of(self._session, self._moments, made, self._flap_window())
        for key, (code, opened) in flapping_in(self._session, made).items():
            made[code].standing[key] = self._moments.of(opened)
        silences = silences_of(self._session, boxes, now - _PAST, now, self._moments.of)
        for one in with_absences(self._session, resting, now - _PAST, now, self._moments.of):
            made[rows[one.id][1].school_code].devices[one.id] = one
        for code, school in made.items():
            yield Site(
                code=code,
                path=paths[code].path,
                devices=school.devices,
                agents={
                    one: facts_of(one, heard[one], serves.get(one, ()), code, silences.get(one, ()))
                    for one in {device.agent for device in school.devices.values()}
                    if one in heard
                },
                powers=powers.get(code, ()),
                ports=ports.get(code, ()),
                quiets=quiets.get(code, ()),
                hours=hours.get(code, NONE),
                standing=school.standing,
                **reached.get(code, _Reach())._asdict(),
            )

    def bare(self, schools: Mapping[str, About]) -> Iterator[Site]:
        """Schools without a word of their devices: for what is no fault of one."""
        if not schools:
            return
        paths = {code: school.path for code, school in self._paths(schools).items()}
        powers = powers_of(self._session, self._moments, schools)
        quiets = quiets_now(self._session, paths, self._moments.now, self._moments.of)
        for code, its in schools.items():
            yield Site(
                code=code,
                path=paths[code],
                agents=its.agents,
                lines=its.lines,
                ports=its.ports,
                powers=powers.get(code, ()),
                quiets=quiets.get(code, ()),
                answered_at=-inf,
                standing={key: self._moments.of(at) for key, at in its.standing.items()},
            )

    def told_of_mains(
        self, some: Collection[str] | None, also: Collection[str]
    ) -> Sequence[tuple[DeviceState, Device]]:
        """UPSs that said something of their mains lately, and others by their ids.

        Args:
            some: only these devices; ``None`` for all.
            also: ids of those with alerts.
        """
        ids = {*on_battery_lately(self._session, self._moments.now, some), *also}
        query = (
            select(DeviceState, Device)
            .join(Device, col(Device.id) == DeviceState.device_id)
            .where(self._at_visible_school(Device.school_code), col(Device.id).in_(ids))
        )
        return self._session.exec(query).all() if ids else ()

    def _failing(self, schools: Collection[str]) -> Iterable[tuple[DeviceState, Device]]:
        """All of these schools that do not answer: who is behind a root is named with it."""
        query = (
            select(DeviceState, Device)
            .join(Device, col(Device.id) == DeviceState.device_id)
            .where(
                col(DeviceState.school_code).in_(schools),
                # The index's own words.
                col(DeviceState.failures) > literal_column("0"),
                _is_asked(),
            )
        )
        return self._session.exec(query).all()

    def _with_those_above(
        self,
        told: Iterable[tuple[DeviceState, Device]],
        ways: Mapping[str, Sequence[Uplink]],
    ) -> dict[str, tuple[DeviceState, Device]]:
        rows = {device.id: (state, device) for state, device in told}
        fresh = list(rows)
        for _ in range(_DEEPEST):
            above = {
                way.device
                for one in fresh
                for way in _ways(rows[one][0], ways)
                if way.device not in rows
            }
            if not above:
                break
            query = (
                select(DeviceState, Device)
                .join(Device, col(Device.id) == DeviceState.device_id)
                .where(
                    self._at_visible_school(Device.school_code),
                    col(DeviceState.device_id).in_(above),
                    # What nobody asks any more keeps its last state for ever.
                    _is_asked(),
                )
            )
            fresh = []
            for state, device in self._session.exec(query):
                rows[device.id] = (state, device)
                fresh.append(device.id)
        return rows

    def _facts(
        self,
        state: DeviceState,
        device: Device,
        ways: Mapping[str, Sequence[Uplink]],
        returns: int,
    ) -> DeviceFacts:
        return DeviceFacts(
            id=device.id,
            kind=device.kind,
            alive=state.outcome in ALIVE,
            since=self._moments.of(state.since),
            taken_at=self._moments.of(state.taken_at),
            failures=state.failures,
            agent=state.agent_id or "",
            uplinks=tuple(_ways(state, ways)),
            returns=returns,
            outcome=state.outcome.value,
            detail=state.detail,
            model=device.model or "",
            tags=tags_of(device.custom_fields),
        )

    def _returns(self, keys: Collection[Key]) -> Mapping[str, int]:
        """How often devices with alerts have come back lately, this time included."""
        if not keys:
            return {}
        since = self._moments.now - timedelta(seconds=FLAP_WINDOW * self._moments.pace)
        query = (
            select(Alert.subject, func.count())
            .where(
                col(Alert.subject).in_({key.subject for key in keys}),
                Alert.rule == Absence.FAULT,
                col(Alert.cleared_at) >= since,
            )
            .group_by(col(Alert.subject))
        )
        past = dict(self._session.exec(query).all())
        return {key.subject: 1 + past.get(key.subject, 0) for key in keys}

    def _paths(self, schools: Collection[str]) -> Mapping[str, School]:
        query = select(School).where(col(School.code).in_(schools))
        return {one.code: one for one in self._session.exec(query)}

    def _reached(self, schools: Collection[str]) -> Mapping[str, _Reach]:
        """Lines of schools, when anything of each answered last, and since when something does."""
        if not schools:
            return {}
        query = (
            select(
                DeviceState.school_code,
                func.max(DeviceState.taken_at),
                func.min(DeviceState.since),
            )
            .where(
                col(DeviceState.school_code).in_(schools),
                col(DeviceState.outcome).in_(ALIVE),
            )
            .group_by(col(DeviceState.school_code))
        )
        answers = {code: times for code, *times in self._session.exec(query)}
        lines: dict[str, list[LineFacts]] = defaultdict(list)
        of_schools = select(Line.school_code, Line.id).where(
            col(Line.school_code).in_(schools), runs_on(day_of(self._moments.now))
        )
        for code, line in self._session.exec(of_schools.order_by(col(Line.id))):
            lines[code].append(LineFacts(id=line, up=None, since=0.0, taken_at=0.0))
        of = self._moments.of
        return {
            code: _Reach(
                lines[code],
                *(map(of, answers[code]) if code in answers else (-inf, 0.0)),
            )
            for code in schools
        }

    def _flap_window(self) -> float:
        """Seconds in which changes of ports are counted."""
        conditions = (one.condition for one in self._rules.definitions)
        return max((one.within for one in conditions if isinstance(one, Flapping)), default=0.0)

    def _hours(
        self, made: Mapping[str, _School], schools: Mapping[str, School]
    ) -> Mapping[str, Hours]:
        """School hours of schools with something that counts only then."""
        wanted = [
            schools[code]
            for code, its in made.items()
            if any(
                absence.clock is Clock.school
                for one in its.devices.values()
                for _, absence in self._rules.of(
                    Absence, schools[code].path, one.kind, one.model, one.tags
                )
            )
        ]
        if not wanted:
            return {}
        today = day_of(self._moments.now)
        first, last = today - _PAST, today + _AHEAD
        calendars = Calendars(self._session, self._scope, first, last).of_schools(wanted)
        found: dict[int, Hours] = {}
        for calendar in calendars.values():
            if id(calendar) not in found:
                hours = school_hours(calendar, first, last)
                # Days nobody has entered a term for are taken for days of school.
                windows = (*hours.windows, *hours.unknown)
                found[id(calendar)] = Hours(
                    (self._moments.of(one.begins_at), self._moments.of(one.ends_at))
                    for one in windows
                )
        return {code: found[id(calendar)] for code, calendar in calendars.items()}


def _is_asked() -> ColumnElement[bool]:
    return and_(
        col(Device.lifecycle) == Lifecycle.in_service,
        col(Device.protocol).not_in([Protocol.none, Protocol.presence]),
    )


def _ways(state: DeviceState, ways: Mapping[str, Sequence[Uplink]]) -> Sequence[Uplink]:
    """Where forwarding tables saw it, else what LLDP and CDP tell."""
    if state.attached_device_id is not None:
        return (Uplink(state.attached_device_id, state.attached_port or ""),)
    return ways.get(state.device_id, ())
