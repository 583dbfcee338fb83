"""A county lives through its year: what is true, what polls see of it, and what is told of that."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, floor, inf
from random import Random

from alerts.judging.documents import shipped_rules
from alerts.judging.engine import Watch
from alerts.judging.facts import AgentFacts, Key, LineFacts, PowerFacts, Quiet
from tests.alerts.year.county import CLASSROOM, School, build_hours, build_school, moment
from tests.alerts.year.planting import (
    HOUR,
    Maintenance,
    Planted,
    Span,
    plan_maintenance,
    plant,
)

#: Between two rounds of judging, and between two polls.
ROUND, EVERY = 20.0, 60.0
MINUTE = 60.0


@dataclass
class Told:
    """An alert that was raised."""

    key: Key
    school: str
    at: float
    behind: tuple[str, ...]


@dataclass
class Year:
    """What was planted, and what came of it."""

    planted: list[Planted]
    told: list[Told] = field(default_factory=list)
    ended: int = 0
    transitions: int = 0
    rounds: int = 0
    maintained: int = 0
    #: Open at the end of the year.
    standing: int = 0

    def matched(self) -> dict[int, list[Told]]:
        """Alerts by the place of the root they name, while it lasted; -1 for those of none."""
        found: dict[int, list[Told]] = defaultdict(list)
        by_key = defaultdict(list)
        for place, one in enumerate(self.planted):
            for key in one.names:
                by_key[key].append((place, one))
        for told in self.told:
            roots = (
                place
                for place, one in by_key[told.key]
                if one.begin <= told.at <= one.end + 15 * MINUTE
            )
            found[next(roots, -1)].append(told)
        return found

    @property
    def missed(self) -> list[Planted]:
        found = self.matched()
        return [one for place, one in enumerate(self.planted) if place not in found]

    @property
    def extra(self) -> list[Told]:
        found = self.matched()
        return [
            *found.get(-1, ()),
            *(one for place, its in found.items() if place >= 0 for one in its[1:]),
        ]

    def __str__(self) -> str:
        kinds = Counter(one.what for one in self.planted)
        return (
            f"planted {len(self.planted)}"
            f" ({', '.join(f'{count} {what}' for what, count in kinds.items())}),"
            f" {self.maintained} times of maintenance; alerts {len(self.told)},"
            f" missed {len(self.missed)}, extra {len(self.extra)}, open at the end {self.standing};"
            f" {self.transitions:,} transitions, {self.rounds:,} rounds of judging"
        )


class _Group:
    """Schools that share an agent, with what is true of them."""

    def __init__(self, schools: Sequence[School], year: Year, random: Random, start: float, hours):
        self.schools, self.year, self.random = schools, year, random
        self.host = schools[0]
        self.agent = self.host.agent
        rules = shipped_rules()
        self.watches = {
            one.code: Watch(one.code, rules, one.devices.values(), hours=hours) for one in schools
        }
        self.of = {name: one for one in schools for name in one.devices}
        self.faults: Counter[str] = Counter()
        self.off: set[str] = set()
        self.reach = dict.fromkeys(self.of, True)
        self.seen = dict.fromkeys(self.of, True)
        self.line_down: set[str] = set()
        self.heard, self.last_heard, self.back_at = True, start, start
        self.queue: list[tuple[float, int, str, tuple]] = []
        self.count = 0
        self.rounds: dict[str, float] = {}
        for one in schools:
            self.watches[one.code].tell_agent(self._box(), is_heard=True)
            self.watches[one.code].tell_line(
                LineFacts(id=one.line, up=None, since=start, taken_at=start)
            )
            if one.has_ups:
                ups = f"{one.code}-ups"
                facts = PowerFacts(device=ups, failed_at=None, back_at=None, taken_at=start)
                self.watches[one.code].tell_power(facts)

    def at(self, when: float, what: str, *arguments) -> None:
        self.count += 1
        heapq.heappush(self.queue, (when, self.count, what, arguments))

    def live(self, until: float) -> None:
        while self.queue and self.queue[0][0] < until:
            now, _, what, arguments = heapq.heappop(self.queue)
            getattr(self, f"do_{what}")(now, *arguments)

    # What is true.

    def do_fault(self, now: float, device: str, change: int) -> None:
        self.faults[device] += change
        self._spread(now, device)

    def do_switch(self, now: float, device: str, on: bool) -> None:
        (self.off.discard if on else self.off.add)(device)
        self._spread(now, device)

    def do_agent(self, now: float, change: int) -> None:
        self.faults[self.agent] += change
        self._hear(now)

    def do_line(self, now: float, school: School, down: bool) -> None:
        (self.line_down.add if down else self.line_down.discard)(school.code)
        if school.has_other_way:
            facts = LineFacts(id=school.line, up=not down, since=now, taken_at=now)
            self.watches[school.code].tell_line(facts)
            self._arrange(school.code)
        if school.is_remote:
            self._spread(now, school.top)
        self._hear(now)

    def do_mains(self, now: float, school: School, end: float) -> None:
        """Mains go away: what is on the battery lives on while that lasts."""
        battery = min(end, now + self.random.uniform(20, 60) * MINUTE)
        for name in school.devices:
            from_ = battery if name in school.on_battery else now
            if from_ >= end:
                continue
            self.at(from_, "fault", name, 1)
            self.at(end + self.random.uniform(1, 5) * MINUTE, "fault", name, -1)
            if school.devices[name].kind in CLASSROOM:
                # Nobody has switched it on again.
                self.at(from_, "switch", name, False)
        if not school.is_remote:
            from_ = battery if school.has_ups else now
            if from_ < end:
                self.at(from_, "agent", 1)
                self.at(end + 2 * MINUTE, "agent", -1)
        if school.has_ups:
            self.at(now, "ups", school, now, None)
            self.at(end, "ups", school, now, end)

    def do_ups(self, now: float, school: School, failed: float, back: float | None) -> None:
        """The UPS is asked at its next poll at which it and the agent live."""
        ups = f"{school.code}-ups"
        asked = self._poll_after(ups, now)
        if not self.reach[ups] or not self.heard:
            if back is not None:
                self.at(now + MINUTE, "ups", school, failed, back)
            return
        self.at(asked, "mains_seen", school, failed, back)

    def do_mains_seen(self, now: float, school: School, failed: float, back: float | None) -> None:
        ups = f"{school.code}-ups"
        if not self.heard or not self.reach[ups]:
            if back is not None:
                self.at(now, "ups", school, failed, back)
            return
        facts = PowerFacts(
            device=ups, failed_at=failed, back_at=now if back else None, taken_at=now
        )
        self.watches[school.code].tell_power(facts)
        self._arrange(school.code)

    def do_flap(self, now: float, device: str, until: float, down: bool) -> None:
        school = self.of[device]
        way = school.devices[device].uplinks[0]
        self.faults[device] += 1 if down else -1
        self._spread(now, device)
        if self.heard and self.reach[way.device]:
            self.watches[school.code].tell_port(way.device, way.port, now)
            self._arrange(school.code)
        if now < until or down:
            later = self.random.uniform(20, 150) if down else self.random.uniform(30, 220)
            self.at(now + later, "flap", device, until, not down)

    def do_lost(self, now: float, device: str) -> None:
        """One poll is lost on the way."""
        if self.heard and self.seen[device] and self.reach[device]:
            self._see(self._poll_after(device, now), device, alive=False)

    def do_quiet(self, now: float, school: School, quiets: Sequence[Quiet]) -> None:
        self.watches[school.code].tell_quiets(quiets)

    def _lives(self, device: str) -> bool:
        school = self.of[device]
        if self.faults[device] > 0 or device in self.off:
            return False
        ways = school.devices[device].uplinks
        if ways:
            return self.reach[ways[0].device]
        return not (school.is_remote and school.code in self.line_down)

    def _spread(self, now: float, device: str) -> None:
        """What is reached anew, or not any more, is noticed at its next poll."""
        school, changed = self.of[device], [device]
        while changed:
            one = changed.pop()
            lives = self._lives(one)
            if lives is not self.reach[one]:
                self.reach[one] = lives
                self.at(self._poll_after(one, now), "poll", one)
                changed += school.children.get(one, ())
        self._hear(now)

    def _hear(self, now: float) -> None:
        """Whether the agent gets through to the controller."""
        host = self.host
        heard = (
            self.faults[self.agent] == 0
            and self.reach[f"{host.code}-core"]
            and self.reach[f"{host.code}-fw"]
            and (host.has_other_way or host.code not in self.line_down)
        )
        if heard is self.heard:
            return
        self.heard = heard
        if heard:
            self.back_at = now
            for name, lives in self.reach.items():
                if lives is not self.seen[name]:
                    self.at(self._poll_after(name, now), "poll", name)
        else:
            self.last_heard = now
        for code, watch in self.watches.items():
            watch.tell_agent(self._box(), is_heard=heard)
            self._arrange(code)

    def _box(self) -> AgentFacts:
        return AgentFacts(
            id=self.agent, school=self.host.code, heard_at=self.last_heard, back_at=self.back_at
        )

    # What polls see, and what is made of it.

    def _poll_after(self, device: str, now: float) -> float:
        phase = self.of[device].phases[device]
        return ceil((now - phase) / EVERY) * EVERY + phase

    def do_poll(self, now: float, device: str) -> None:
        if self.heard and self.reach[device] is not self.seen[device]:
            self._see(now, device, alive=self.reach[device])

    def _see(self, now: float, device: str, *, alive: bool) -> None:
        self.seen[device] = alive
        self.year.transitions += 1
        code = self.of[device].code
        self.watches[code].tell_device(device, alive=alive, at=now)
        self._arrange(code)
        if alive is not self.reach[device]:
            self.at(now + EVERY, "poll", device)

    def _arrange(self, code: str) -> None:
        """The next round at which a school is to be looked at."""
        due = self.watches[code].due
        if due < inf:
            at = ceil(due / ROUND) * ROUND
            if at < self.rounds.get(code, inf):
                self.rounds[code] = at
                self.at(at, "judge", code)

    def do_judge(self, now: float, code: str) -> None:
        if self.rounds.get(code) != now:
            return
        del self.rounds[code]
        self.year.rounds += 1
        found = self.watches[code].judge(now)
        for one in found.opens:
            self.year.told.append(Told(one.key, code, now, one.behind))
        self.year.ended += len(found.ends)
        watch = self.watches[code]
        watch.due = max(watch.due, now + 1)
        self._arrange(code)


def live_through(
    *, schools: int, devices: int, roots: int, days: int, seed: int, first: date
) -> Year:
    """A county of ``schools`` with ``devices`` each, from ``first`` for so many days."""
    random = Random(seed)  # noqa: S311
    start, end = moment(first), moment(first + timedelta(days=days))
    hours, school_days = build_hours(first, first + timedelta(days=days))
    school_days = [day for day in school_days if day[1] < end]
    made = [build_school(place, random, devices, start) for place in range(schools)]
    span = Span(start, end, school_days)
    planted = plant(made, random, span, roots)
    maintenance = list(plan_maintenance(made, random, span, planted))
    year = Year(planted, maintained=len(maintenance))
    groups: dict[str, list[School]] = defaultdict(list)
    for school in made:
        groups[school.agent_school].append(school)
    for members in groups.values():
        codes = {one.code for one in members}
        group = _Group(members, year, random, start, hours)
        for one in planted:
            if one.school.code in codes:
                _begin(group, one)
        _maintain(group, [one for one in maintenance if one.school.code in codes])
        _lose(group, random, start, end)
        # Nights one after the other: a year of them at once would not fit the memory.
        marks = [begin - 2 * HOUR for begin, _ in school_days] + [end]
        for day, until in zip([None, *school_days], marks, strict=True):
            if day is not None:
                _teach(group, random, *day)
            group.live(until)
        year.standing += sum(len(one.standing) for one in group.watches.values())
    return year


def _begin(group: _Group, one: Planted) -> None:
    if one.what in ("device", "classroom", "switch"):
        group.at(one.begin, "fault", one.subject, 1)
        group.at(one.end, "fault", one.subject, -1)
    elif one.what == "line":
        group.at(one.begin, "line", one.school, True)
        group.at(one.end, "line", one.school, False)
    elif one.what == "power":
        group.at(one.begin, "mains", one.school, one.end)
    elif one.what == "port":
        group.at(one.begin, "flap", one.subject, one.end, True)
    else:
        group.at(one.begin, "agent", 1)
        group.at(one.end, "agent", -1)


def _maintain(group: _Group, maintenance: Iterable[Maintenance]) -> None:
    for one in maintenance:
        taken = one.devices or (f"{one.school.code}-core",)
        subjects = frozenset(one.devices)
        group.at(one.begin - 60, "quiet", one.school, [Quiet(one.begin, one.end, subjects)])
        for device in taken:
            group.at(one.begin + 5 * MINUTE, "fault", device, 1)
            group.at(one.end - group.random.uniform(1, 20) * MINUTE, "fault", device, -1)


def _lose(group: _Group, random: Random, start: float, end: float) -> None:
    """Two polls a day of a school are lost on the way."""
    for school in group.schools:
        names = list(school.devices)
        for _ in range(floor(2 * (end - start) / 86_400)):
            group.at(random.uniform(start, end), "lost", random.choice(names))


def _teach(group: _Group, random: Random, begin: float, end: float) -> None:
    """A day of school: rooms are used from the morning, late, or not at all."""
    for name, school in group.of.items():
        if school.devices[name].kind not in CLASSROOM:
            continue
        luck = random.random()
        if luck < 0.01:
            on = inf
        elif luck < 0.06:
            on = begin + random.uniform(0, 2) * HOUR
        else:
            on = begin - random.uniform(0, 30) * MINUTE
        if on < inf:
            group.at(on, "switch", name, True)
        group.at(end + random.uniform(-30, 90) * MINUTE, "switch", name, False)
