"""What is known of schools whose devices have news, as the judging wants it.

Only what the news hang on is read: the devices themselves, who sees whom in their schools, those
on their way up, their agents and UPSs, and school hours where something counts only then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal_column
from sqlmodel import Session, col, select

from alerts.judging.conditions import Absence, Clock
from alerts.judging.engine import FLAP_WINDOW
from alerts.judging.facts import AgentFacts, DeviceFacts, Key, PowerFacts, Site, Uplink
from alerts.judging.hours import NONE, Hours
from alerts.judging.rules import RuleSet
from alerts.judging.tree import Link, uplinks_of
from alerts.models import Alert
from alerts.repositories.absences import with_absences
from alerts.repositories.happenings import NAMED, word_of
from alerts.repositories.quiets import quiets_now
from drivers.readings import ALIVE, Kind
from inventory.calendars import school_hours
from inventory.calendars.loading import Calendars
from inventory.days import day_of
from inventory.models import (
    Agent,
    Device,
    DeviceEvent,
    DeviceState,
    Lifecycle,
    Neighbour,
    Protocol,
    School,
)
from inventory.repositories.scoped import Repository
from inventory.scope import Scope

#: School hours are known from this long before, and until this long after today.
_PAST, _AHEAD = timedelta(days=80), timedelta(days=8)
#: Ways up that are followed, at most.
_DEEPEST = 8
#: Events of a UPS on battery are told again every minute (RFC 1628) unless their maker says when
#: mains are back; longer ago they say nothing.
_TOLD_AGAIN, _EVENTS_SINCE = timedelta(minutes=3), timedelta(days=2)
_AGAIN_AND_AGAIN, _ONCE, _BACK = "ups_on_battery", "on_battery", "power_restored"
_OF_MAINS = frozenset({_AGAIN_AND_AGAIN, _ONCE, _BACK})


@dataclass(frozen=True, slots=True)
class Moments:
    """Times as judging counts them.

    Args:
        now: aware.
        pace: seconds that count as one; a demonstration lives faster.
    """

    now: datetime
    pace: float = 1.0

    def of(self, at: datetime) -> float:
        end = self.now.timestamp()
        return end - (end - at.timestamp()) / self.pace


@dataclass(slots=True)
class _School:
    devices: dict[str, DeviceFacts] = field(default_factory=dict)
    standing: dict[Key, float] = field(default_factory=dict)


class SiteRepository(Repository):
    """Facts of schools within the caller's scope."""

    def __init__(self, session: Session, scope: Scope, rules: RuleSet, moments: Moments) -> None:
        super().__init__(session, scope)
        self._rules, self._moments = rules, moments

    def sites(
        self, told: Sequence[tuple[DeviceState, Device]], standing: Mapping[Key, datetime]
    ) -> Iterator[Site]:
        """The schools of these devices, with the open alerts that are asked about."""
        schools = sorted({device.school_code for _, device in told})
        if not schools:
            return
        links, kinds = self._links(schools)
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
        agents = self._agents({one.agent_id for one, _ in rows.values() if one.agent_id})
        powers = self._powers(made)
        paths = self._paths(made)
        hours = self._hours(made, paths)
        places = {code: school.path for code, school in paths.items()}
        quiets = quiets_now(self._session, places, self._moments.now, self._moments.of)
        resting = {code: made[code].devices for code in hours}
        now = self._moments.now
        for one in with_absences(self._session, resting, now - _PAST, now, self._moments.of):
            made[rows[one.id][1].school_code].devices[one.id] = one
        for code, school in made.items():
            yield Site(
                code=code,
                path=paths[code].path,
                devices=school.devices,
                # Where a box stands is not known: it speaks for all schools it polls.
                agents={
                    one.agent: AgentFacts(id=one.agent, school=code, heard_at=agents[one.agent])
                    for one in school.devices.values()
                    if one.agent in agents
                },
                powers=powers.get(code, ()),
                quiets=quiets.get(code, ()),
                hours=hours.get(code, NONE),
                standing=school.standing,
            )

    def told_of_mains(
        self, some: Collection[str] | None, also: Collection[str]
    ) -> Sequence[tuple[DeviceState, Device]]:
        """UPSs that said something of their mains lately, and others by their ids.

        Args:
            some: only these devices; ``None`` for all.
            also: ids of those with alerts.
        """
        lately = (
            select(DeviceEvent.device_id, DeviceEvent.kind, DeviceEvent.fields)
            .join(Device, col(Device.id) == DeviceEvent.device_id)
            .where(
                col(Device.kind) == Kind.ups,
                col(DeviceEvent.kind).in_([_AGAIN_AND_AGAIN, _ONCE, NAMED]),
                col(DeviceEvent.at) >= self._moments.now - _EVENTS_SINCE,
            )
        )
        if some is not None:
            lately = lately.where(col(DeviceEvent.device_id).in_(some))
        ids = {
            device
            for device, kind, fields in self._session.exec(lately)
            if word_of(kind, fields) in _OF_MAINS
        }
        ids.update(also)
        query = (
            select(DeviceState, Device)
            .join(Device, col(Device.id) == DeviceState.device_id)
            .where(self._at_visible_school(Device.school_code), col(Device.id).in_(ids))
        )
        return self._session.exec(query).all() if ids else ()

    def _links(self, schools: Collection[str]) -> tuple[list[Link], dict[str, Kind]]:
        """Who sees whom by LLDP and CDP, among the devices of the same school."""
        seen: Any = (
            select(Device.school_code, Neighbour.device_id, Neighbour.local_port)
            .add_columns(col(Neighbour.remote_name))
            .join(Device, col(Device.id) == Neighbour.device_id)
            .where(col(Device.school_code).in_(schools), col(Neighbour.remote_name).is_not(None))
        )
        told = self._session.exec(seen).all()
        if not told:
            return [], {}
        known: Any = select(Device.school_code, Device.name, Device.id, Device.kind).where(
            col(Device.school_code).in_(schools)
        )
        ids: dict[tuple[str, str], str] = {}
        kinds: dict[str, Kind] = {}
        for school, name, device, kind in self._session.exec(known):
            ids[school, _short(name)] = device
            kinds[device] = kind
        links = [
            Link(device, port, ids[school, _short(name)])
            for school, device, port, name in told
            if (school, _short(name)) in ids
        ]
        return links, kinds

    def _failing(self, schools: Collection[str]) -> Iterable[tuple[DeviceState, Device]]:
        """All of these schools that do not answer: who is behind a root is named with it."""
        query = (
            select(DeviceState, Device)
            .join(Device, col(Device.id) == DeviceState.device_id)
            .where(
                col(DeviceState.school_code).in_(schools),
                # The index's own words.
                col(DeviceState.failures) > literal_column("0"),
                col(Device.lifecycle) == Lifecycle.in_service,
                col(Device.protocol).not_in([Protocol.none, Protocol.presence]),
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

    def _agents(self, ids: Collection[str]) -> Mapping[str, float]:
        """When agents were last heard; those that never were are left out."""
        query = select(Agent.id, Agent.last_seen_at, Agent.last_batch_at).where(
            col(Agent.id).in_(ids)
        )
        # Boxes are heard at their own pace, whatever the moments'.
        return {
            agent: max(heard).timestamp()
            for agent, *times in self._session.exec(query)
            if (heard := [one for one in times if one is not None])
        }

    def _powers(self, schools: Collection[str]) -> Mapping[str, Sequence[PowerFacts]]:
        """What the UPSs of schools said of the mains within the last days."""
        now = self._moments.now
        query: Any = (
            select(Device.school_code, Device.id, DeviceEvent.kind, DeviceEvent.at)
            .add_columns(col(DeviceEvent.fields), col(DeviceState.taken_at))
            .join(Device, col(Device.id) == DeviceEvent.device_id)
            .join(DeviceState, col(DeviceState.device_id) == Device.id)
            .where(
                col(Device.school_code).in_(schools),
                col(Device.kind) == Kind.ups,
                col(DeviceEvent.kind).in_([*_OF_MAINS, NAMED]),
                col(DeviceEvent.at) >= now - _EVENTS_SINCE,
            )
            .order_by(col(DeviceEvent.at))
        )
        told: dict[tuple[str, str], list[tuple[str, datetime]]] = defaultdict(list)
        asked: dict[str, datetime] = {}
        for school, device, kind, at, fields, taken_at in self._session.exec(query):
            word = word_of(kind, fields)
            if word in _OF_MAINS:
                told[school, device].append((word, at))
                asked[device] = taken_at
        found: dict[str, list[PowerFacts]] = defaultdict(list)
        for (school, device), events in told.items():
            failed, back = last_outage(events, now)
            found[school].append(
                PowerFacts(
                    device=device,
                    failed_at=None if failed is None else self._moments.of(failed),
                    back_at=None if back is None else self._moments.of(back),
                    taken_at=self._moments.of(asked[device]),
                )
            )
        return found

    def _paths(self, schools: Collection[str]) -> Mapping[str, School]:
        query = select(School).where(col(School.code).in_(schools))
        return {one.code: one for one in self._session.exec(query)}

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


def last_outage(
    events: Sequence[tuple[str, datetime]], now: datetime
) -> tuple[datetime | None, datetime | None]:
    """When mains last failed and when they came back, by a UPS's events in the order of time."""
    failed, back, last = None, None, None
    for kind, at in events:
        if kind == _BACK:
            back = at if failed is not None else None
            continue
        is_over = back is not None or (
            kind == _AGAIN_AND_AGAIN and last is not None and at - last > _TOLD_AGAIN
        )
        if failed is None or is_over:
            failed, back = at, None
        last = at
    if failed is not None and back is None and last is not None:
        is_told_again = any(kind == _AGAIN_AND_AGAIN for kind, at in events if at >= failed)
        if is_told_again and now - last > _TOLD_AGAIN:
            back = last
    return failed, back


def _ways(state: DeviceState, ways: Mapping[str, Sequence[Uplink]]) -> Sequence[Uplink]:
    """Where forwarding tables saw it, else what LLDP and CDP tell."""
    if state.attached_device_id is not None:
        return (Uplink(state.attached_device_id, state.attached_port or ""),)
    return ways.get(state.device_id, ())


def _short(name: str) -> str:
    """A host's name without its domain."""
    return name.split(".", 1)[0].casefold()
