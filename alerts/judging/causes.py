"""Why a device does not answer: its own fault, or that of something between it and us.

A device that was asked before its dead switch was must not be told of. So the word of everything
that could be the cause is waited for until it is newer than the device's own silence, and not for
ever: who stays unheard for ``PATIENCE`` is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce

from alerts.judging.conditions import Absence, AgentSilent, Flapping, LineDown
from alerts.judging.facts import DeviceFacts, Key, PortFacts, PowerFacts, Site, Uplink
from alerts.judging.hours import Span
from alerts.judging.rules import RuleSet

#: An agent that was heard this long ago still speaks for its devices.
FRESH = 90.0
#: The longest wait for the word of what may be the cause.
PATIENCE = 300.0
#: What a device has, after a cause has gone, to answer again; after mains came back.
SETTLE, RECOVERY = 300.0, 900.0
#: Between two looks at something that is waited for.
AGAIN = 20.0
#: Devices fall silent before their UPS has been asked.
_BEFORE_UPS = 300.0
#: A UPS that fell silent on its battery explains others for so long while its box is heard; and
#: for so long while nothing is heard of the school.
_UNHEARD_UPS, _UNSEEN_OUTAGE = 86_400.0, 7 * 86_400.0
#: Changes of a port from which on it explains the device behind it, before it is called flapping.
_UNSTEADY = 3


class Why(StrEnum):
    """What keeps a device from answering."""

    itself = "itself"
    uplink = "uplink"
    port = "port"
    power = "power"
    line = "line"
    agent = "agent"
    waiting = "waiting"


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause, and what it belongs to.

    Args:
        of: id of the device, line or agent that is the root; ``port`` is a port of it.
        since: of its own fault: from when on the device had no other excuse.
        until: when to look again.
        ask: devices whose newer word would decide.
    """

    why: Why
    of: str
    port: str = ""
    since: float = 0.0
    until: float = 0.0
    ask: tuple[str, ...] = ()


class Causes:
    """The causes of one site at one moment; each device's is found once."""

    def __init__(self, site: Site, rules: RuleSet, now: float) -> None:
        self._site, self._rules, self._now = site, rules, now
        self._known: dict[str, Cause] = {}
        self._ports = {(one.device, one.port): one for one in site.ports}
        silences = rules.of(AgentSilent, site.path)
        self._silent_after = silences[0][1].hold if silences else AgentSilent().hold
        self._lines_are_told = bool(rules.of(LineDown, site.path))
        #: What UPSs say, and where one cannot say it any more what follows from its box.
        self.powers = [replace(one, back_at=self._back_at(one)) for one in site.powers]

    def of(self, device: DeviceFacts) -> Cause:
        """Why a device that is not alive is not."""
        if device.id not in self._known:
            # Whoever is asked while being looked at is part of a ring: the first is its root.
            self._known[device.id] = Cause(Why.itself, device.id, since=device.since)
            found = self._found(device)
            if found.why is not Why.uplink or found.of != device.id:
                self._known[device.id] = found
        return self._known[device.id]

    def is_silent(self, agent: str) -> bool:
        """Whether an agent says nothing; one nobody knows is taken to speak."""
        known = self._site.agents.get(agent)
        return known is not None and self._now - known.heard_at > self._silent_after

    def outage_of(self, device: DeviceFacts) -> PowerFacts | None:
        """The power cut that a device fell silent in, until its mains are back for a while."""
        for one in self.powers:
            if one.failed_at is None or device.since < one.failed_at - _BEFORE_UPS:
                continue
            if self.is_out(one):
                return one
            if one.back_at is not None and one.failed_at <= self._now < one.back_at + RECOVERY:
                return one
        return None

    def is_out(self, power: PowerFacts) -> bool:
        """Whether mains are away, as far as is known."""
        if power.failed_at is None or power.back_at is not None:
            return False
        ups = self._site.devices.get(power.device)
        # Of a school that is asked from elsewhere something would answer.
        is_dark = ups is not None and self._site.answered_at <= ups.since + FRESH
        if ups is None or ups.alive or is_dark or self.is_silent(ups.agent):
            return self._now - power.taken_at < _UNSEEN_OUTAGE
        return self._now - ups.since < _UNHEARD_UPS

    def _back_at(self, power: PowerFacts) -> float | None:
        """When mains came back: a box that came back while its UPS does not answer has them."""
        ups = self._site.devices.get(power.device)
        if power.back_at is not None or power.failed_at is None or ups is None or ups.alive:
            return power.back_at
        box = self._site.agents.get(ups.agent)
        if box is None or box.school != self._site.code or self.is_silent(box.id):
            return None
        came_back = box.back_at > power.failed_at and self._now > box.back_at + RECOVERY
        return box.back_at if came_back else None

    def unsteady(self, uplink: Uplink) -> PortFacts | None:
        """The port a device hangs on, if it goes up and down."""
        port = self._ports.get((uplink.device, uplink.port))
        if port is None:
            return None
        is_told = Key(Flapping.FAULT, port.device, port.port) in self._site.standing
        return port if is_told or port.changes >= _UNSTEADY else None

    def unseen(self, device: DeviceFacts) -> list[Span]:
        """When in its silence something else would have kept a device from answering.

        Whether it was on in these times nobody can say; all others of its silence count.
        """
        found = [(device.since, self._excused_until(device))]
        found += [
            (one.failed_at, one.back_at)
            for one in self.powers
            if one.failed_at is not None and one.back_at is not None
        ]
        agent = self._site.agents.get(device.agent)
        found += agent.away if agent is not None else ()
        above = [self._site.devices.get(one.device) for one in device.uplinks]
        aways = [_away(one, device.since) for one in above if one is not None]
        together: Sequence[Span] = reduce(_both, aways) if aways else ()
        found += together
        return [(begin, end) for begin, end in found if end > max(begin, device.since)]

    def _found(self, device: DeviceFacts) -> Cause:
        early = self._of_agent(device) or self._of_power(device)
        if early is not None:
            return early
        above = self._of_uplinks(device)
        if above.why is not Why.itself:
            return above
        return Cause(Why.itself, device.id, since=max(above.since, self._excused_until(device)))

    def _of_agent(self, device: DeviceFacts) -> Cause | None:
        agent = self._site.agents.get(device.agent)
        if agent is None:
            return None
        if self.is_silent(agent.id):
            return Cause(Why.agent, agent.id)
        heard = self._now - agent.heard_at <= FRESH
        if not heard or device.taken_at < agent.back_at:
            return self._wait(device)
        return None

    def _of_power(self, device: DeviceFacts) -> Cause | None:
        outage = self.outage_of(device)
        if outage is not None:
            until = self._now + RECOVERY
            if outage.back_at is not None:
                until = outage.back_at + RECOVERY
            return Cause(Why.power, outage.device, until=until)
        unasked = [
            one.device
            for one in self.powers
            if one.device != device.id and self._speaks(one.device) and one.taken_at <= device.since
        ]
        return self._wait(device, *unasked) if unasked and self._waits(device) else None

    def _speaks(self, device: str) -> bool:
        known = self._site.devices.get(device)
        return known is None or (known.alive and not self.is_silent(known.agent))

    def _of_uplinks(self, device: DeviceFacts) -> Cause:
        ways = [one for one in device.uplinks if one.device in self._site.devices]
        if not ways:
            return self._of_line(device) or Cause(Why.itself, device.id, since=device.since)
        found = [self._over(device, way) for way in ways]
        for why in (Why.itself, Why.waiting):
            of_that = [one for one in found if one.why is why]
            if of_that:
                return max(of_that, key=lambda one: one.since)
        return found[0]

    def _over(self, device: DeviceFacts, way: Uplink) -> Cause:
        """Why it is not reached over one of its uplinks; ``itself`` when that one works."""
        parent = self._site.devices[way.device]
        if not parent.alive:
            root = self.of(parent)
            if root.why is Why.itself and not self._is_told(parent):
                return Cause(Why.itself, device.id, since=device.since)
            return Cause(Why.uplink, parent.id) if root.why in (Why.itself, Why.waiting) else root
        port = self.unsteady(way)
        if port is not None:
            return Cause(Why.port, port.device, port.port)
        if parent.taken_at <= device.since and self._waits(device):
            return self._wait(device, parent.id)
        # One that came back after the device had gone was away with it.
        return Cause(Why.itself, device.id, since=max(device.since, self._back_of(parent, device)))

    @staticmethod
    def _back_of(parent: DeviceFacts, device: DeviceFacts) -> float:
        return parent.since if parent.since > device.since else 0.0

    def _of_line(self, device: DeviceFacts) -> Cause | None:
        """For schools whose agent stands elsewhere: nothing of them answers any more."""
        agent = self._site.agents.get(device.agent)
        is_elsewhere = agent is not None and agent.school != self._site.code
        last = self._site.answered_at
        answers = last > device.since and self._now - last <= FRESH
        if not is_elsewhere or answers or not self._lines_are_told:
            return None
        lines = sorted(self._site.lines, key=lambda one: (one.up is not False, one.id))
        return Cause(Why.line, lines[0].id, since=device.since) if lines else None

    def _is_told(self, device: DeviceFacts) -> bool:
        """Whether a rule speaks of its absence; one of which none does explains nobody's."""
        path = self._site.path
        return bool(self._rules.of(Absence, path, device.kind, device.model, device.tags))

    def _excused_until(self, device: DeviceFacts) -> float:
        """When the last thing ended that a device may have been silent for."""
        ends = [0.0]
        for power in self.powers:
            if power.back_at is not None and power.failed_at is not None:
                ends += [power.back_at] if device.since >= power.failed_at - _BEFORE_UPS else []
        agent = self._site.agents.get(device.agent)
        if agent is not None and agent.back_at <= device.since < agent.back_at + SETTLE:
            # Both were away, and a box may start sooner than others do.
            ends.append(agent.back_at + RECOVERY - SETTLE)
        if agent is not None and agent.school != self._site.code:
            ends.append(self._site.reached_from)
        ends += [
            one.end
            for one in self._site.quiets
            if one.begin <= device.since < one.end <= self._now
            and one.covers(device.id, Absence.FAULT)
        ]
        return max(end for end in ends if end == 0 or end > device.since)

    def _waits(self, device: DeviceFacts) -> bool:
        return self._now < device.since + PATIENCE

    def _wait(self, device: DeviceFacts, *ask: str) -> Cause:
        return Cause(Why.waiting, device.id, until=self._now + AGAIN, ask=ask)


def _away(parent: DeviceFacts, since: float) -> Sequence[Span]:
    """When a device was away itself, from a moment on; the worst where nobody knows."""
    if parent.away is not None:
        return parent.away
    return [(since, parent.since)] if parent.alive else []


def _both(some: Sequence[Span], others: Sequence[Span]) -> Sequence[Span]:
    """Where spans meet others: with two ways up, one that works is enough."""
    met = [(max(a, c), min(b, d)) for a, b in some for c, d in others]
    return [(begin, end) for begin, end in met if begin < end]
