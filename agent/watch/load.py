"""What a box that cannot keep up leaves out: the least important first, and it says so.

Polls that end late are the sign, whatever the reason: a processor that is busy, slots that are
taken, a network that bears no more, a disk that holds the batches up. Medians are judged, so that
a few slow devices say nothing. Inventory goes first, then gauges, then ports. Whether a device
answers, and its uplink, is read at every beat for ever: nobody healthy gets a gap there.
"""

from collections import deque
from statistics import median

from agent.watch.want import Want
from drivers.plan import Cadence

#: Lateness, as a share of the cadence, from which on a kind of poll is left out ...
_LIMITS = ((0.05, Want.tables), (0.10, Want.ports), (0.20, Want.reachability))
#: ... and the share of that limit below which it is read again.
_RELIEF = 0.5
#: So many polls are looked at. After a change twice as many are waited for, because what was
#: begun before still keeps the box busy.
_WINDOW = 64
_ENOUGH = 128
#: What is not read where polls go no further than this.
_LEFT_OUT = {Want.tables: "inventory", Want.ports: "gauges", Want.reachability: "ports"}


class Load:
    """How late polls of living devices end, and how far they may go for it."""

    def __init__(self) -> None:
        self._beats: deque[float] = deque(maxlen=_WINDOW)
        self._tables: deque[float] = deque(maxlen=_WINDOW)
        self._since = 0
        self._level = 0
        #: Seconds a beat ended after it was due to begin, in the middle of the last ones.
        self.lag = 0.0
        #: How often a kind of table was due and left out, since the start.
        self.shed = dict.fromkeys(_LEFT_OUT.values(), 0)

    def ended(self, want: Want, late: float) -> None:
        """A poll ended so many seconds after it was due to begin."""
        if want is Want.inventory:
            return  # takes what it takes, and keeps nobody waiting
        (self._beats if want is Want.reachability else self._tables).append(late)
        self._since += 1

    def most(self, cadence: Cadence) -> Want:
        """How far a poll may go now."""
        if self._since >= _ENOUGH:
            self._since = 0
            self._judge(cadence)
        return _LIMITS[self._level - 1][1] if self._level else Want.inventory

    def _judge(self, cadence: Cadence) -> None:
        self.lag = median(self._beats) if self._beats else 0.0
        # Where no tables are begun, those that still end say nothing about what is to come.
        read = self._tables and self._level < len(_LIMITS)
        tables = median(self._tables) if read else 0.0
        strain = max(self.lag / cadence.reachability, tables / cadence.tables)
        if self._level < len(_LIMITS) and strain > _LIMITS[self._level][0]:
            self._level += 1
        elif self._level and strain < _LIMITS[self._level - 1][0] * _RELIEF:
            self._level -= 1
        else:
            return
        # What was measured before says nothing about how it goes from now on.
        self._beats.clear()
        self._tables.clear()

    def left_out(self, due: Want, most: Want) -> None:
        """Count what a poll that was due leaves out because it may go no further than ``most``."""
        for level, table in _LEFT_OUT.items():
            if most <= level < due:
                self.shed[table] += 1
