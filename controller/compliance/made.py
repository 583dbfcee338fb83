"""When the tests of a line were made: looked at once for all directions and targets. Pure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from controller.compliance.hours import Slots, between, days_and_hours
from controller.compliance.inputs import LineTests
from drivers.readings import LineTestOutcome

_DEAD = int(LineTestOutcome.line_down)


class Spread(NamedTuple):
    """How some tests lie in the days and hours of a school.

    Args:
        days: with tests, days since 1970, rising.
        made: tests of each.
        begins: place of the first test of each.
        missing_hours: school hours of the day without any.
    """

    days: list[int]
    made: list[int]
    begins: NDArray[np.int64]
    missing_hours: tuple[int, ...]


class Made:
    """Tests of a line in the order of their times.

    What all targets and directions ask of them is looked at once.

    Args:
        tests: in any order.
        slots: school hours that count.
    """

    def __init__(self, tests: LineTests, slots: Slots) -> None:
        if (tests.at[1:] < tests.at[:-1]).any():
            tests = tests.some(np.argsort(tests.at, kind="stable"))
        self.tests, self.slots = tests, slots
        #: Which of them say something of the line: of the outcomes the first three, the lowest.
        self.told = tests.outcome <= _DEAD
        #: Which of them lie in school hours.
        self.counted = between(slots.edges, tests.at)
        self.any_outside = bool(tests.internet.any())
        #: Of these, tests across the outlet, and those that stay within the network.
        self.across = self.counted & tests.internet
        self.within = self.counted & ~tests.internet if self.any_outside else self.counted
        self._days, self._hours = days_and_hours(tests.at)
        self._dead = tests.outcome == _DEAD
        self._any_dead = bool(self._dead.any())
        self._least_limit = float(np.fmin.reduce(tests.limit, initial=np.inf))
        self._most_others = float(np.fmax.reduce(tests.others, initial=-np.inf))
        self._known: dict[bytes, Spread] = {}

    def proving(self, counted: NDArray[np.bool_], target: float) -> NDArray[np.bool_]:
        """Of some tests those that could have reached a rate: box, server and cap allow it."""
        if not self._least_limit < target:
            return counted
        return counted & ~(self.tests.limit < target)

    def dead(self, chosen: NDArray[np.int64]) -> int:
        """How many of those at these places failed because the line was dead."""
        return int(np.count_nonzero(self._dead[chosen])) if self._any_dead else 0

    def busy(self, chosen: NDArray[np.int64], rate: float) -> int:
        """During how many of them others had more of the line than a rate."""
        if not self._most_others > rate:
            return 0
        return int(np.count_nonzero(self.tests.others[chosen] > rate))

    def spread(self, chosen: NDArray[np.int64]) -> Spread:
        """How those at these places, which rise, are spread; most directions choose the same."""
        key = chosen.tobytes()
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._spread(chosen)
        return found

    def _spread(self, chosen: NDArray[np.int64]) -> Spread:
        sampled = np.bincount(self._hours[chosen]).nonzero()[0].tolist()
        missing = tuple(sorted(self.slots.hours.difference(sampled)))
        days = self._days[chosen]
        if not len(days):
            return Spread([], [], np.empty(0, dtype=np.int64), missing)
        begins = np.concatenate(([0], np.flatnonzero(days[1:] != days[:-1]) + 1))
        ends = [*begins[1:].tolist(), len(days)]
        made = [end - begin for begin, end in zip(begins.tolist(), ends, strict=True)]
        return Spread(days[begins].tolist(), made, begins, missing)
