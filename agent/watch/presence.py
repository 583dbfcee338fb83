"""Watching devices that speak nothing: most panels, PCs with restore cards, silent Windows.

Every beat of the tables the switches are asked whether they still have the addresses they had, by
GET: a packet for sixteen devices, and nothing of any other address is read. Whole forwarding
tables are read only to find where a device hangs: when the agent starts or the plan changes, then
while some device is missing every sixth beat (30 min), else with the inventory (6 h). Ports of
devices that were found are watched through the switches' own polls, which happen anyway.

Nothing is kept on disk, and of addresses that are not in the plan nothing is kept at all
(``agent.watch.sightings``).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agent.watch.presence_rules import Evidence, is_present
from agent.watch.sightings import (
    Sighting,
    best_of,
    look_again,
    look_at_router,
    look_at_switch,
)
from drivers.base import SnmpSession
from drivers.errors import DriverError
from drivers.plan import Cadence, Plan, Target
from drivers.readings import Attachment, Block, Outcome, Poll

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Beats between two searches while some device is not to be found.
_SEARCH_BEATS = 6
#: Switches looked at in the same moment, and the longest a look may take.
_AT_ONCE = 4
_LONGEST_LOOK_SECONDS = 60.0
_PINGS_AT_ONCE = 32
#: Where a device hangs that speaks for itself is told when it changes, and so often.
_TELL_PLACE_SECONDS = 3_600.0
_IN, _UP = "port_in_bits_per_second", "port_up"

#: Whether an address answers an echo request; ``None`` where the box may not ask.
Answers = Callable[[str], Awaitable[bool | None]]


@dataclass(slots=True)
class _Watched:
    """One device to look for."""

    target: Target
    sighting: Sighting | None = None
    #: Of the last round: whether some table had it.
    listed: bool | None = None
    resolved: bool = False
    #: Its hardware address, if it is registered by its IP address alone.
    learned: str | None = None
    last_seen: float | None = None
    present: bool | None = None
    told: tuple[str, str] | None = None
    told_at: float = field(default=float("-inf"))


class Presence:
    """The running watch.

    Args:
        keep: takes each poll, at once.
        connect: a session with an SNMP device of the plan.
        answers: asks an address for an echo.
        clock: seconds since the epoch, for ``taken_at``.
    """

    def __init__(
        self,
        keep: Callable[[Poll], None],
        connect: Callable[[Target], SnmpSession],
        answers: Answers,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._keep = keep
        self._connect = connect
        self._answers = answers
        self._clock = clock
        self._cadence = Cadence()
        self._watched: dict[str, _Watched] = {}
        self._switches: dict[str, Target] = {}
        #: Ids that turned out to hold no forwarding or ARP table, until the next long search.
        self._no_bridges: set[str] = set()
        self._no_routers: set[str] = set()
        self._links: dict[tuple[str, str], tuple[bool | None, float | None]] = {}
        #: Switches that some device was found at.
        self._placed: set[str] = set()
        self._next_search = self._next_long_search = 0.0
        self._task: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"Presence({len(self._watched)} devices)"

    @property
    def found(self) -> int:
        """Devices whose place is known."""
        return sum(one.sighting is not None for one in self._watched.values())

    async def follow(self, plan: Plan) -> None:
        """Begin anew when the devices or switches changed; what was found is kept."""
        watched = {t.id: t for t in plan.targets if t.presence is not None}
        switches = {t.id: t for t in plan.targets if t.snmp is not None and t.address}
        if (
            watched == {id_: one.target for id_, one in self._watched.items()}
            and switches == self._switches
            and plan.cadence == self._cadence
        ):
            return
        await self.close()
        for id_, target in watched.items():
            known = self._watched.get(id_)
            if known is None or known.target.presence != target.presence:
                self._watched[id_] = _Watched(target)
            else:
                known.target = target
        for gone in self._watched.keys() - watched.keys():
            del self._watched[gone]
        for one in self._watched.values():
            if one.sighting is not None and one.sighting.switch not in switches:
                one.sighting = None
        self._switches, self._cadence = switches, plan.cadence
        self._no_bridges.clear()
        self._no_routers.clear()
        self._links.clear()
        self._placed.clear()
        self._next_search = self._next_long_search = 0.0
        if watched:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop; looks under way are given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def heard(self, poll: Poll) -> None:
        """Take note of what a switch's own poll says of ports that matter here."""
        if poll.subject not in self._placed:
            return
        for block in poll.blocks:
            for metric in (_UP, _IN):
                values = block.columns.get(metric)
                for part, value in zip(block.parts, values or (), strict=False):
                    key = (poll.subject, part)
                    if key not in self._links or value is None:
                        continue
                    up, rate = self._links[key]
                    self._links[key] = (value > 0, rate) if metric == _UP else (up, value)

    async def round(self) -> None:
        """Look once, and keep what was found; never raises for a device's fault."""
        await self._check()
        now = self._clock()
        # Any clock may be set; a search too many is cheaper than one that never comes.
        missing = any(not one.listed for one in self._watched.values())
        if now >= self._next_long_search:
            self._no_bridges.clear()
            self._no_routers.clear()
            self._next_long_search = now + self._cadence.inventory
            await self._search()
        elif missing and now >= self._next_search:
            await self._search()
        self._links = {
            one.sighting.place: self._links.get(one.sighting.place, (None, None))
            for one in self._watched.values()
            if one.sighting is not None
        }
        self._placed = {switch for switch, _ in self._links}
        await self._judge()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        # The switches' own first polls go first.
        await asyncio.sleep(min(self._cadence.reachability / 2, 10.0))
        while True:
            began = loop.time()
            try:
                await self.round()
            except Exception:
                # A mistake of ours must not end the watch, nor pass unseen.
                log.exception("looking for devices failed")
            await asyncio.sleep(max(self._cadence.tables - (loop.time() - began), 1.0))

    async def _check(self) -> None:
        """Ask the switches for the addresses they had."""
        by_switch: dict[str, list[_Watched]] = defaultdict(list)
        for one in self._watched.values():
            # Of one that no switch has, the last search's word holds until the next.
            if one.sighting is not None:
                one.listed = None
                by_switch[one.sighting.switch].append(one)

        async def ask(switch: str) -> None:
            known = {id(one.sighting): one for one in by_switch[switch]}
            sightings = [one.sighting for one in by_switch[switch] if one.sighting is not None]
            held = await self._ask(switch, lambda session: look_again(session, sightings))
            if held is None:
                return
            still = {id(sighting) for sighting in held}
            for key, one in known.items():
                one.listed = key in still

        await _each(by_switch, ask)

    async def _search(self) -> None:
        """Read the tables of every school that misses a device, or of all of them."""
        self._next_search = self._clock() + _SEARCH_BEATS * self._cadence.tables
        by_school: dict[str, list[_Watched]] = defaultdict(list)
        for one in self._watched.values():
            by_school[one.target.school].append(one)
        for school, everyone in by_school.items():
            switches = [t.id for t in self._switches.values() if t.school == school]
            await self._resolve(everyone, switches)
            await self._locate(everyone, switches)

    async def _locate(self, everyone: Sequence[_Watched], switches: Sequence[str]) -> None:
        owners = {mac: one for one in everyone for mac in _macs(one)}
        seen: dict[str, list[Sighting]] = defaultdict(list)
        complete: list[bool] = []
        silent: set[str] = set()

        async def ask(switch: str) -> None:
            look = await self._ask(
                switch, lambda session: look_at_switch(switch, session, owners.keys())
            )
            if look is None:
                silent.add(switch)
                return
            if not look.stations and look.complete:
                self._no_bridges.add(switch)
                return
            complete.append(look.complete)
            for sighting in look.sightings:
                seen[owners[sighting.station.mac].target.id].append(sighting)

        await _each([switch for switch in switches if switch not in self._no_bridges], ask)
        everybody_answered = bool(complete) and all(complete) and not silent
        for one in everyone:
            best = best_of(seen[one.target.id])
            if best is not None:
                one.listed = True
                # Switches further up see it, too: no reason to believe that it moved there.
                if one.sighting is None or one.sighting.switch not in silent:
                    one.sighting = best
            elif everybody_answered and one.sighting is None and _macs(one):
                one.listed = False

    async def _resolve(self, everyone: Sequence[_Watched], switches: Sequence[str]) -> None:
        """Find in ARP and neighbour tables what is registered by its IP address alone."""
        addresses = {one.target.address: one.target.id for one in everyone if one.target.address}
        macs = {mac: one.target.id for one in everyone for mac in _macs(one)}
        resolved: dict[str, str] = {}

        async def ask(switch: str) -> None:
            answer = await self._ask(
                switch, lambda session: look_at_router(session, addresses, macs)
            )
            if answer is None:
                return
            found, neighbours = answer
            if not neighbours:
                self._no_routers.add(switch)
            resolved.update(found)

        await _each([switch for switch in switches if switch not in self._no_routers], ask)
        for one in everyone:
            one.resolved = one.target.id in resolved
            if one.resolved:
                one.learned = resolved[one.target.id]

    async def _ask(self, switch: str, question: Callable[[SnmpSession], Awaitable[T]]) -> T | None:
        """The answer of one switch; ``None``, and nothing claimed, where there is none."""
        target = self._switches.get(switch)
        if target is None:
            return None
        try:
            async with asyncio.timeout(_LONGEST_LOOK_SECONDS):
                return await question(self._connect(target))
        except (DriverError, TimeoutError) as error:
            log.debug("%s was not asked for stations: %s", switch, error)
            return None

    async def _judge(self) -> None:
        async def judge(id_: str) -> None:
            one = self._watched[id_]
            if one.target.speaks:
                self._tell_place(one)
                return
            answered = False
            if not one.listed and one.target.address:
                answered = bool(await self._answers(one.target.address))
            self._conclude(one, answered=answered)

        await _each(tuple(self._watched), judge, at_once=_PINGS_AT_ONCE)

    def _conclude(self, one: _Watched, *, answered: bool) -> None:
        """Keep whether a device is there, if that can be told."""
        now, sighting = self._clock(), one.sighting
        link, rate = (None, None) if sighting is None else self._links[sighting.place]
        # On a port with others behind it neither link nor traffic is this device's.
        own = sighting is not None and sighting.crowd == 1
        evidence = Evidence(
            listed=one.listed,
            # What an earlier poll said of its port is no news while the switch is away.
            link=link if own and one.listed is not None else None,
            traffic=rate if own and one.listed is not None else None,
            # A router's memory is long: it counts only where no switch would know better.
            resolved=one.resolved and sighting is None,
            answered=answered,
        )
        present = is_present(
            evidence, last_seen=one.last_seen, now=now, hold=self._cadence.tables * 1.5
        )
        if present is None:
            return
        if answered or one.listed:
            one.last_seen = now
        if present is not one.present:
            log.info("%s is %s", one.target.id, "there" if present else "not there")
        one.present = present
        block = Block(("",), {"online": [float(present)]})
        self._keep(self._poll(one, blocks=(block,)))

    def _tell_place(self, one: _Watched) -> None:
        """Tell where a device hangs that tells everything else itself."""
        place, now = one.sighting.place if one.sighting and one.listed else None, self._clock()
        if place is None or (place == one.told and now - one.told_at < _TELL_PLACE_SECONDS):
            return
        one.told, one.told_at = place, now
        self._keep(self._poll(one, beside=True))

    def _poll(self, one: _Watched, *, blocks: tuple[Block, ...] = (), beside: bool = False) -> Poll:
        seen, place = one.sighting if one.listed else None, None
        if seen is not None:
            place = Attachment(seen.switch, seen.station.port, seen.station.vlan)
        return Poll(
            subject=one.target.id,
            school=one.target.school,
            taken_at=int(self._clock() * 1000),
            outcome=Outcome.ok,
            blocks=blocks,
            attachment=place,
            beside=beside,
        )


def _macs(one: _Watched) -> Sequence[str]:
    """The hardware addresses to look for."""
    presence = one.target.presence
    registered = presence.macs if presence is not None else ()
    return registered or ((one.learned,) if one.learned else ())


async def _each(
    keys: Iterable[str], do: Callable[[str], Awaitable[None]], *, at_once: int = _AT_ONCE
) -> None:
    """Do something for every key, a few at a time."""
    slots = asyncio.Semaphore(at_once)

    async def one(key: str) -> None:
        async with slots:
            await do(key)

    async with asyncio.TaskGroup() as tasks:
        for key in keys:
            tasks.create_task(one(key))
