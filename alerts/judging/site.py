"""Which alerts of one school open, which end, and who stays unsaid behind which root."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import TypeVar

from alerts.judging.causes import AGAIN, FRESH, SETTLE, Causes, Why
from alerts.judging.conditions import (
    Absence,
    AgentSilent,
    Clock,
    Condition,
    Flapping,
    LineDown,
    Measured,
    PowerCut,
    Repeated,
)
from alerts.judging.facts import (
    DeviceFacts,
    HappeningFacts,
    Key,
    MeasureFacts,
    PortFacts,
    Site,
    Uplink,
)
from alerts.judging.hours import Hours, Span
from alerts.judging.rules import Definition, RuleSet
from alerts.severity import Severity
from drivers.readings import Kind

_C = TypeVar("_C", bound=Condition)
#: What flaps is ended late: the wait doubles with each return, so often at most.
_MOST_DOUBLINGS = 4
#: What the root of a cause is called.
_ROOTS = {
    Why.uplink: Absence.FAULT,
    Why.port: Flapping.FAULT,
    Why.power: PowerCut.FAULT,
    Why.line: LineDown.FAULT,
    Why.agent: AgentSilent.FAULT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """A root that is to be told of.

    Args:
        since: when its fault began, as far as is known.
        behind: devices that do not answer because of it, in order.
        definition: id and version of the rule that found it.
    """

    key: Key
    severity: Severity
    since: float
    definition: tuple[str, int]
    behind: tuple[str, ...] = ()
    arguments: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdicts:
    """What one look at a site came to.

    Args:
        ends: faults that are over.
        behind: of every root, new or standing, the devices behind it.
        quieted: faults that are not told of because of maintenance or a silence.
        coming: faults that stand and will be told of, with the moment when.
        ask: devices whose newer word is waited for.
        next_at: when the same facts may say something else; ``inf`` for never.
    """

    opens: tuple[Open, ...] = ()
    ends: tuple[Key, ...] = ()
    behind: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    quieted: tuple[Key, ...] = ()
    coming: tuple[tuple[Key, float], ...] = ()
    ask: tuple[str, ...] = ()
    next_at: float = inf


def judge_site(site: Site, rules: RuleSet, now: float) -> Verdicts:
    """Judge one school by what is known of it."""
    return _Look(site, rules, now).verdicts()


def absence_due(since: float, absence: Absence, hours: Hours, unseen: Iterable[Span] = ()) -> float:
    """From when on a silence counts, as far as time goes; ``inf`` while nobody can say.

    School hours that were ``unseen`` do not count.
    """
    if absence.clock is Clock.always:
        return since + absence.hold
    due = hours.after_seen(since, absence.hold, unseen)
    return inf if due is None else due


def is_heard(absence: Absence, hours: Hours, now: float) -> bool:
    """Whether a silence may be told of at this time of the day."""
    return absence.clock is Clock.always or hours.hold(now)


def shortest_rest(rules: RuleSet, kind: Kind) -> float:
    """For how long devices of a kind may surely be silent; 0 for those that always answer."""
    holds = [inf]
    for one in rules.definitions:
        condition, where = one.condition, one.where
        if isinstance(condition, Absence) and (not where.kinds or kind in where.kinds):
            holds.append(condition.hold if condition.clock is Clock.school else 0.0)
            if one.is_everywhere:
                break
    return min(holds)


class _Look:
    def __init__(self, site: Site, rules: RuleSet, now: float) -> None:
        self._site, self._rules, self._now = site, rules, now
        self._causes = Causes(site, rules, now)
        self._found: list[Open] = []
        self._ends: list[Key] = []
        self._behind: dict[Key, list[str]] = defaultdict(list)
        self._quieted: list[Key] = []
        self._coming: list[tuple[Key, float]] = []
        self._ask: set[str] = set()
        self._next = inf

    def verdicts(self) -> Verdicts:
        for agent in self._rules.of(AgentSilent, self._site.path):
            self._agents(*agent)
        for power in self._rules.of(PowerCut, self._site.path):
            self._powers(*power)
        for line in self._rules.of(LineDown, self._site.path):
            self._lines(*line)
        for device in self._site.devices.values():
            for absent in self._of_device(Absence, device):
                self._absence(device, *absent)
        for port in self._rules.of(Flapping, self._site.path):
            self._ports(*port)
        for happening in self._site.happenings:
            self._often(happening)
        for measure in self._site.measures:
            self._measure(measure)
        behind = {key: tuple(sorted(its)) for key, its in self._behind.items()}
        return Verdicts(
            opens=tuple(_with_behind(one, behind) for one in self._found),
            ends=tuple(self._ends),
            behind=behind,
            quieted=tuple(self._quieted),
            coming=tuple(self._coming),
            ask=tuple(sorted(self._ask)),
            next_at=self._next,
        )

    def _of_device(
        self, condition: type[_C], device: DeviceFacts
    ) -> tuple[tuple[Definition, _C], ...]:
        return self._rules.of(condition, self._site.path, device.kind, device.model, device.tags)

    def _absence(self, device: DeviceFacts, rule: Definition, absence: Absence) -> None:
        key = Key(rule.rule, device.id)
        if device.alive:
            if key in self._site.standing and not self._causes.is_silent(device.agent):
                doublings = min(max(device.returns - 1, 0), _MOST_DOUBLINGS)
                stays = device.since + absence.clear_after * 2**doublings
                # A port may go down and up between two polls.
                ports = [self._causes.unsteady(one) for one in device.uplinks]
                calm = [one.changed_at + absence.clear_after for one in ports if one is not None]
                self._end(key, max(stays, *calm, 0.0))
            return
        if key in self._site.standing:
            return
        cause = self._causes.of(device)
        if cause.why is Why.itself:
            self._own_fault(device, key, rule, absence, cause.since)
        elif cause.why is Why.waiting:
            self._look_again(cause.until)
            self._ask.update(cause.ask)
        else:
            self._behind[Key(_ROOTS[cause.why], cause.of, cause.port)].append(device.id)
            if cause.until:
                self._look_again(cause.until)

    def _own_fault(
        self, device: DeviceFacts, key: Key, rule: Definition, absence: Absence, since: float
    ) -> None:
        if absence.clock is Clock.school:
            # A switch that misses one poll in three days must not make them begin anew.
            unseen = self._causes.unseen(device)
            due = absence_due(device.since, absence, self._site.hours, unseen)
        else:
            due = absence_due(since, absence, self._site.hours)
        if since > device.since:
            due = max(due, since + SETTLE)
        if self._now < due:
            self._look_again(due)
        elif not is_heard(absence, self._site.hours, self._now):
            self._look_again(self._site.hours.after(self._now, 0) or inf)
        elif device.failures < absence.polls:
            self._look_again(self._now + AGAIN)
        else:
            figures: dict[str, str | int | float] = {
                "outcome": device.outcome,
                "detail": device.detail,
                "failures": device.failures,
            }
            self._open(rule, key, device.since, figures)

    def _agents(self, rule: Definition, silence: AgentSilent) -> None:
        for agent in self._site.agents.values():
            if agent.school != self._site.code:
                continue
            key = Key(rule.rule, agent.id)
            if key in self._site.standing:
                steady = agent.back_at + silence.clear_after
                if self._now - agent.heard_at > FRESH:
                    continue
                if agent.heard_at >= steady:
                    self._end(key, steady)
                else:
                    # What it said a minute ago is no word of this minute.
                    self._look_again(max(steady, self._now + AGAIN))
            elif self._now - agent.heard_at <= silence.hold:
                if self._now - agent.heard_at > FRESH:
                    self._wait_for(key, agent.heard_at + silence.hold + 1)
            elif any(self._causes.is_out(one) for one in self._causes.powers):
                # Its last word was that the school lives on a battery.
                self._look_again(self._now + 60 * AGAIN)
            elif not any(line.up is False for line in self._site.lines):
                self._open(rule, key, agent.heard_at, {})

    def _powers(self, rule: Definition, cut: PowerCut) -> None:
        for one in self._causes.powers:
            key = Key(rule.rule, one.device)
            if key in self._site.standing:
                if one.back_at is not None:
                    self._end(key, one.back_at + cut.clear_after)
            elif one.failed_at is not None and one.back_at is None:
                if self._now < one.failed_at + cut.hold:
                    self._look_again(one.failed_at + cut.hold)
                else:
                    self._open(rule, key, one.failed_at, {})
        known = {one.device for one in self._causes.powers}
        self._ends += [
            key for key in self._site.standing if key.rule == rule.rule and key.subject not in known
        ]

    def _lines(self, rule: Definition, down: LineDown) -> None:
        unreached = {
            cause.of: cause.since
            for cause in (
                self._causes.of(one) for one in self._site.devices.values() if not one.alive
            )
            if cause.why is Why.line
        }
        for line in self._site.lines:
            key = Key(rule.rule, line.id)
            is_down = line.up is False or line.id in unreached
            if key in self._site.standing:
                reached = max(line.since if line.up else 0.0, self._site.reached_from)
                if not is_down and (line.up or self._now - self._site.answered_at < 2 * FRESH):
                    self._end(key, reached + down.clear_after)
                continue
            if not is_down:
                continue
            since = line.since if line.up is False else unreached[line.id]
            if self._now < since + down.hold:
                self._wait_for(key, since + down.hold)
            else:
                self._open(rule, key, since, {})

    def _ports(self, rule: Definition, flapping: Flapping) -> None:
        known = {(one.device, one.port) for one in self._site.ports}
        for port in self._site.ports:
            key = Key(rule.rule, port.device, port.port)
            if key in self._site.standing:
                self._end(key, port.changed_at + flapping.clear_after)
            elif self._now - port.changed_at > SETTLE:
                # It was: the device behind it may have been told of then.
                continue
            elif port.changes >= flapping.changes and not self._is_told_behind(port):
                self._open(rule, key, port.changed_at, {"changes": port.changes})
        self._ends += [
            key
            for key in self._site.standing
            if key.rule == rule.rule and (key.subject, key.part) not in known
        ]

    def _often(self, facts: HappeningFacts) -> None:
        device = self._site.devices.get(facts.device)
        if device is None:
            return
        last = max(facts.times, default=-inf)
        for rule, repeated in self._of_device(Repeated, device):
            if repeated.event != facts.event:
                continue
            key = Key(rule.rule, facts.device)
            often = sum(at >= self._now - repeated.within for at in facts.times)
            if key in self._site.standing:
                self._end(key, last + repeated.clear_after)
            elif often >= repeated.times and self._now - last <= SETTLE:
                self._open(rule, key, last, {"changes": often})

    def _is_told_behind(self, port: PortFacts) -> bool:
        """Whether the device on a port has an alert already: it is the same fault."""
        return any(
            Uplink(port.device, port.port) in device.uplinks
            and Key(Absence.FAULT, device.id) in self._site.standing
            for device in self._site.devices.values()
        )

    def _measure(self, facts: MeasureFacts) -> None:
        device = self._site.devices.get(facts.subject)
        if device is None or not device.alive or self._causes.is_silent(device.agent):
            # Old values say nothing about today.
            return
        for rule, condition in self._of_device(Measured, device):  # type: ignore[type-abstract]
            if rule.rule != facts.rule:
                continue
            key = Key(rule.rule, facts.subject, facts.part)
            if key in self._site.standing:
                if condition.clears(facts.samples):
                    self._ends.append(key)
            elif condition.fires(facts.samples):
                at, value = facts.samples[-1]
                self._open(rule, key, at, {"value": value})

    def _wait_for(self, key: Key, due: float) -> None:
        """It stands, and is to be told of if it still does then."""
        self._look_again(due)
        if not self._quiet_until(key):
            self._coming.append((key, due))

    def _quiet_until(self, key: Key) -> list[float]:
        return [
            one.end
            for one in self._site.quiets
            if one.begin <= self._now < one.end and one.covers(key.subject, key.rule)
        ]

    def _open(
        self, rule: Definition, key: Key, since: float, arguments: Mapping[str, str | int | float]
    ) -> None:
        quiet = self._quiet_until(key)
        if quiet:
            self._quieted.append(key)
            self._look_again(max(quiet))
            return
        self._found.append(
            Open(
                key=key,
                severity=rule.severity,
                since=since,
                definition=(rule.id, rule.version),
                arguments=arguments,
            )
        )

    def _end(self, key: Key, due: float) -> None:
        if self._now >= due:
            self._ends.append(key)
        else:
            self._look_again(due)

    def _look_again(self, at: float) -> None:
        # A moment that is over has been looked at: what is waited for then is news.
        self._next = min(self._next, max(at, self._now + 1))


def _with_behind(one: Open, behind: Mapping[Key, tuple[str, ...]]) -> Open:
    return replace(one, behind=behind[one.key]) if one.key in behind else one
