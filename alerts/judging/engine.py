"""A school watched by what changes: told of transitions, it says when to judge, and judges.

Who says nothing new is as before: a device is taken to be asked every ``every`` seconds for as
long as its agent is heard. Nothing is done for polls that agree with what is known.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

from alerts.judging.conditions import Absence, AgentSilent, LineDown
from alerts.judging.facts import (
    ONE_OUTAGE,
    AgentFacts,
    DeviceFacts,
    Key,
    LineFacts,
    MeasureFacts,
    PortFacts,
    PowerFacts,
    Quiet,
    Site,
)
from alerts.judging.hours import NONE, Hours, Span
from alerts.judging.rules import RuleSet
from alerts.judging.site import Verdicts, absence_due, judge_site

#: Returns of a device, and changes of a port, count for so long.
FLAP_WINDOW = 7_200.0
_PORT_WINDOW = 3_600.0


#: Faults of what is between a school and who asks it.
_OF_WAYS = frozenset({LineDown.FAULT, AgentSilent.FAULT})


@dataclass(slots=True)
class _Box:
    facts: AgentFacts
    is_heard: bool = True


class Watch:
    """One school. Every ``tell`` may bring ``due`` nearer; ``judge`` sets it anew."""

    def __init__(
        self,
        code: str,
        rules: RuleSet,
        devices: Iterable[DeviceFacts],
        *,
        path: str = "/",
        hours: Hours = NONE,
        every: float = 60.0,
    ) -> None:
        self._code, self._rules, self._path, self._hours = code, rules, path, hours
        self._every = every
        self._devices = {one.id: one for one in devices}
        self._boxes: dict[str, _Box] = {}
        self._powers: dict[str, PowerFacts] = {}
        self._lines: dict[str, LineFacts] = {}
        self._quiets: list[Quiet] = []
        self._measures: list[MeasureFacts] = []
        self._returns: dict[str, deque[float]] = {}
        self._ports: dict[tuple[str, str], deque[float]] = {}
        self._parents = {way.device for one in self._devices.values() for way in one.uplinks}
        #: When parents and boxes were away: of those behind them these hours do not count.
        self._away: dict[str, list[Span]] = {}
        #: Of devices that do not answer: from when on that counts.
        self._counts_from: dict[str, float] = {}
        self.standing: dict[Key, float] = {}
        self.due = inf

    def tell_device(self, device: str, *, alive: bool, at: float) -> None:
        """A poll found a device otherwise than the one before."""
        before = self._devices[device]
        if alive and not before.alive and device in self._parents:
            self._note_away(device, before.since, at)
        self._devices[device] = facts = replace(before, alive=alive, since=at, taken_at=at)
        if alive:
            self._counts_from.pop(device, None)
            self._returns.setdefault(device, deque()).append(at)
            # Of a line or a box nobody tells that the devices behind it are back.
            if any(key.subject == device or key.rule in _OF_WAYS for key in self.standing):
                self._look_at(at)
            return
        found = self._rules.of(Absence, self._path, facts.kind, facts.model, facts.tags)
        for _, absence in found:
            due = absence_due(at, absence, self._hours)
            self._counts_from[device] = due
            self._look_at(due)

    def tell_agent(self, facts: AgentFacts, *, is_heard: bool) -> None:
        """A box is heard again (from ``back_at`` on), or was last heard at ``heard_at``."""
        before = self._boxes.get(facts.id)
        if is_heard and before is not None and not before.is_heard:
            self._note_away(facts.id, before.facts.heard_at, facts.back_at)
        self._boxes[facts.id] = _Box(facts, is_heard)
        if is_heard:
            self._look_at(facts.back_at)
            return
        for _, silence in self._rules.of(AgentSilent, self._path):
            self._look_at(facts.heard_at + silence.hold + 1)

    def tell_power(self, facts: PowerFacts) -> None:
        """A UPS lost its mains, or has them back."""
        before = self._powers.get(facts.device)
        if before is not None and _goes_on(before, facts):
            facts = replace(facts, failed_at=before.failed_at)
        self._powers[facts.device] = facts
        self._look_at(facts.taken_at)

    def tell_line(self, facts: LineFacts) -> None:
        """A line was found otherwise than before."""
        self._lines[facts.id] = facts
        self._look_at(facts.taken_at)

    def tell_port(self, device: str, port: str, at: float) -> None:
        """A port went up or down."""
        changes = self._ports.setdefault((device, port), deque())
        changes.append(at)
        self._look_at(at)

    def tell_quiets(self, quiets: Sequence[Quiet]) -> None:
        """Maintenance and silences that are known from now on, instead of those before."""
        self._quiets = list(quiets)

    def tell_measures(self, measures: Iterable[MeasureFacts], at: float) -> None:
        """Windows of new samples; they are judged once."""
        self._measures += measures
        self._look_at(at)

    def judge(self, now: float) -> Verdicts:
        """What opens and ends; both are kept as standing alerts."""
        site = self._site(now)
        found = judge_site(site, self._rules, now)
        for key in found.ends:
            self.standing.pop(key, None)
        for one in found.opens:
            self.standing[one.key] = now
        self._measures.clear()
        later = (due for due in self._counts_from.values() if due > now)
        self.due = min(found.next_at, min(later, default=inf))
        return found

    def _note_away(self, name: str, begin: float, end: float) -> None:
        if not self._hours.between(begin, end):
            return
        oldest = min((self._devices[one].since for one in self._counts_from), default=end)
        kept = [one for one in self._away.get(name, ()) if one[1] > oldest]
        self._away[name] = [*kept, (begin, end)]

    def _look_at(self, at: float) -> None:
        self.due = min(self.due, at)

    def _site(self, now: float) -> Site:
        agents = {
            key: replace(
                box.facts,
                heard_at=now if box.is_heard else box.facts.heard_at,
                away=tuple(self._away.get(key, ())),
            )
            for key, box in self._boxes.items()
        }
        devices = self._looked_at(now, agents)
        answered_at, reached_from = inf, 0.0
        if any(one.school != self._code for one in agents.values()):
            answered_at, reached_from = self._reach(now, agents)
        return Site(
            code=self._code,
            path=self._path,
            devices=devices,
            agents=agents,
            powers=[
                replace(one, taken_at=self._asked(self._devices[one.device], now, agents))
                for one in self._powers.values()
            ],
            lines=list(self._lines.values()),
            ports=list(self._unsteady(now)),
            measures=list(self._measures),
            quiets=self._quiets,
            answered_at=answered_at,
            reached_from=reached_from,
            hours=self._hours,
            standing=self.standing,
        )

    def _looked_at(self, now: float, agents: dict[str, AgentFacts]) -> dict[str, DeviceFacts]:
        """Devices whose silence counts by now, those with alerts, and what they hang on."""
        wanted = [one for one, due in self._counts_from.items() if due <= now]
        wanted += [key.subject for key in self.standing if key.subject in self._devices]
        wanted += [one.subject for one in self._measures if one.subject in self._devices]
        found: dict[str, DeviceFacts] = {}
        while wanted:
            device = self._devices.get(wanted.pop())
            if device is not None and device.id not in found:
                found[device.id] = self._as_of(device, now, agents)
                wanted += [one.device for one in device.uplinks]
        return found

    def _as_of(self, device: DeviceFacts, now: float, agents: dict[str, AgentFacts]) -> DeviceFacts:
        taken_at = self._asked(device, now, agents)
        failures = 0 if device.alive else 1 + int((taken_at - device.since) / self._every)
        returns = self._returns.get(device.id)
        while returns and returns[0] < now - FLAP_WINDOW:
            returns.popleft()
        return replace(
            device,
            taken_at=taken_at,
            failures=failures,
            returns=len(returns) if returns else 0,
            away=tuple(self._away.get(device.id, ())),
        )

    def _asked(self, device: DeviceFacts, now: float, agents: dict[str, AgentFacts]) -> float:
        """When it was last asked, if it was asked all the time."""
        agent = agents.get(device.agent)
        until = now if agent is None else min(now, agent.heard_at)
        if until <= device.since:
            return device.since
        return device.since + (until - device.since) // self._every * self._every

    def _reach(self, now: float, agents: dict[str, AgentFacts]) -> tuple[float, float]:
        alive = [one for one in self._devices.values() if one.alive]
        return (
            max((self._asked(one, now, agents) for one in alive), default=0.0),
            min((one.since for one in alive), default=0.0),
        )

    def _unsteady(self, now: float) -> Iterable[PortFacts]:
        for (device, port), changes in list(self._ports.items()):
            last = changes[-1]
            while changes and changes[0] < now - _PORT_WINDOW:
                changes.popleft()
            if changes:
                yield PortFacts(device=device, port=port, changes=len(changes), changed_at=last)
            else:
                del self._ports[device, port]


def _goes_on(before: PowerFacts, now: PowerFacts) -> bool:
    """Whether what a UPS says belongs to the outage it told of before."""
    if before.failed_at is None or now.failed_at is None:
        return False
    return before.back_at is None or now.failed_at < before.back_at + ONE_OUTAGE
