"""What a verdict is made of, as plain values: nothing in here knows a database or a clock.

Times are milliseconds since 1970, UTC. Rates are bit/s. Shares are 0 to 1.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import msgspec
import numpy as np
from numpy.typing import NDArray

from controller.compliance.paths import ServerFacts
from drivers.readings import LineTestOutcome
from inventory.models import Medium
from inventory.standards.model import Flow, Measure

Window = tuple[int, int]
#: Grows whenever the same inputs could give another answer.
METHOD = "campus-fleet/bandwidth/3"
#: Methods before tests were told apart by the way they went. Since 2 the inputs of finding 4 are
#: means of five minutes; they were readings as they came.
ONE_PATH = frozenset({"campus-fleet/bandwidth/1", "campus-fleet/bandwidth/2"})
#: Methods by which bundles can be judged again.
KNOWN_METHODS = ONE_PATH | {METHOD}


class _Plain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of plain values."""


class Method(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When data suffice, and limits that no plan names.

    Args:
        fewest_tests: in each direction.
        fewest_days: on which there are tests.
        presence: share of the scheduled tests, and of the probes, that must be there.
        availability: share of declared school hours (NTIA: at most 48 h of outage in 365 days).
        latency: seconds that ``latency_share`` of probes must not exceed.
    """

    version: str = METHOD
    fewest_tests: int = 42
    fewest_days: int = 5
    presence: Fraction = Fraction(4, 5)
    availability: Fraction = Fraction(9945, 10_000)
    latency: float = 0.1
    latency_share: Fraction = Fraction(19, 20)


class Policy(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tolerance beside the plans' words; printed on every report.

    Args:
        test_share: of the target, which a test must reach.
        pass_share: of the tests, which must reach it.
        adopted_on: empty until a bureau adopts it; the report says so then.
    """

    name: str = "FCC 80/80"
    test_share: Fraction = Fraction(4, 5)
    pass_share: Fraction = Fraction(4, 5)
    document_number: str = ""
    adopted_by: str = ""
    adopted_on: date | None = None
    organisation_code: str = ""

    @property
    def is_adopted(self) -> bool:
        return self.adopted_on is not None


class Demand(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A target of bandwidth as it holds for one school.

    Args:
        bits_per_second: what is asked for, multiplied where it is per class or user; ``None``
            where the school's numbers are not known.
        flows: directions, each judged by itself.
        pending: questions nobody has answered; such a demand is shown and not judged.
        confirmed: what its use rests on: answers, by whom and when.
    """

    standard: str
    version: int
    fingerprint: str
    target: str
    plan: str
    quote: str
    measure: Measure
    bits_per_second: float | None
    flows: tuple[Flow, ...] = (Flow.down, Flow.up)
    medium: Medium | None = None
    pending: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()


class LineFacts(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract that ran in the period; ``port`` is the speed of the port it arrives on."""

    id: str
    provider: str
    circuit: str
    medium: Medium
    down: float
    up: float
    port: float | None = None


class Probes(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Probes of one line within the school hours that count.

    Args:
        every: seconds between two of them.
        made: times at which references were asked.
        answered: of these, times at which one answered.
        latency: seconds that 95 % of round trips did not exceed.
        round_trips: of which that was found.
    """

    every: int = 60
    made: int = 0
    answered: int = 0
    latency: float | None = None
    round_trips: int = 0


class Usage(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """95th percentiles of what the uplink carried in 5 minutes, and how many there were.

    Args:
        down: bit/s, of the means of such windows as lie in school hours.
        up: likewise.
        samples: windows with readings in both directions, if both were read.
        every: seconds of a window.
    """

    down: float | None = None
    up: float | None = None
    samples: int = 0
    every: int = 300


class Exclusion(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Time that does not count, and who approved that."""

    begin: int
    end: int
    reason: str
    approved_by: str
    approved_at: int


class Exemption(_Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The school is held against nothing."""

    reason: str
    approved_by: str
    approved_at: int
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LineTests:
    """Active tests of one line as columns of equal length, in any order.

    Args:
        at: when each began.
        down: goodput; 0 is a failed test, NaN one that says nothing of this direction.
        up: likewise.
        outcome: ``LineTestOutcome``; the line is judged by ok, partial and line_down alone.
        limit: the least of the box's port, the test server and the cap; NaN where not known.
        others: what others had of the line meanwhile, bit/s; NaN where not known.
        internet: the server lies outside the education network.
    """

    at: NDArray[np.int64]
    down: NDArray[np.float64]
    up: NDArray[np.float64]
    outcome: NDArray[np.int8]
    limit: NDArray[np.float64]
    others: NDArray[np.float64]
    internet: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def rate(self, flow: Flow) -> NDArray[np.float64]:
        return self.up if flow is Flow.up else self.down

    def some(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "LineTests":
        return LineTests(
            self.at[chosen],
            self.down[chosen],
            self.up[chosen],
            self.outcome[chosen],
            self.limit[chosen],
            self.others[chosen],
            self.internet[chosen],
        )

    @classmethod
    def none(cls) -> "LineTests":
        return cls.of([], [], [])

    @classmethod
    def of(
        cls,
        at: list[int],
        down: list[float | None],
        up: list[float | None],
        *,
        outcome: list[int] | None = None,
        limit: list[float | None] | None = None,
        others: list[float | None] | None = None,
        internet: list[bool] | None = None,
    ) -> "LineTests":
        """From lists, where ``None`` is what is not known."""
        size = len(at)
        return cls(
            np.array(at, dtype=np.int64),
            np.array(down, dtype=np.float64),
            np.array(up, dtype=np.float64),
            np.array(outcome or [LineTestOutcome.ok] * size, dtype=np.int8),
            np.array(limit or [None] * size, dtype=np.float64),
            np.array(others or [None] * size, dtype=np.float64),
            np.array(internet or [False] * size, dtype=np.bool_),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolInputs:
    """One school in one period.

    Args:
        code: of the school; no verdict depends on it.
        windows: school hours, in order and apart; exclusions are not yet taken out.
        scheduled: tests within the network that were planned in them; 0: one each school hour.
        scheduled_outside: the same of tests that cross the outlet; as many as ``scheduled`` by
            methods that did not tell them apart.
        servers: test servers that are for the school, the nearest bureau's first.
        lines: contracts that ran; the tests are those of ``tested``.
        tested: id of the line the box hangs on; empty where there is none.
        exclusions: approved, one by one.
        calendar: SHA-256 of the calendar the windows were made of.
    """

    code: str
    windows: tuple[Window, ...]
    demands: tuple[Demand, ...]
    lines: tuple[LineFacts, ...]
    tests: LineTests
    probes: Probes
    usage: Usage
    tested: str = ""
    scheduled: int = 0
    scheduled_outside: int = 0
    servers: tuple[ServerFacts, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    exemption: Exemption | None = None
    calendar: str = ""
