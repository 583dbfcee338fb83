"""Schools made up for verdicts: a month of school days, and tests that pass or fail as told."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from controller.compliance.hours import slots
from controller.compliance.inputs import (
    Demand,
    LineFacts,
    LineTests,
    Policy,
    Probes,
    SchoolInputs,
    Usage,
    Window,
)
from drivers.readings import LineTestOutcome
from inventory.models import Medium
from inventory.standards.model import Measure

HOUR = 3_600_000
DAY = 24 * HOUR
#: Monday, 7 September 2026, 0:00 in China.
MONDAY = 1_788_710_400_000
MBPS = 1_000_000
ADOPTED = Policy(name="Rule 7", adopted_by="Mei", adopted_on=date(2026, 9, 1))


def windows(days: int = 20) -> tuple[Window, ...]:
    """8:00 to 11:00 and 14:00 to 17:00 of so many school days: six hours each."""
    first = [MONDAY + (n // 5 * 7 + n % 5) * DAY for n in range(days)]
    return tuple(
        (day + begin * HOUR, day + end * HOUR)
        for day in first
        for begin, end in ((8, 11), (14, 17))
    )


def times(days: int = 20) -> list[int]:
    """One test in each school hour, at twenty past."""
    return [hour + 20 * 60_000 for begin, end in windows(days) for hour in range(begin, end, HOUR)]


def demand(mbps: float = 100, **said: Any) -> Demand:
    fields: dict[str, Any] = {
        "standard": "national", "version": 1, "fingerprint": "0" * 64, "target": "access_all",
        "plan": "国家", "quote": "100M以上", "measure": Measure.access,
        "bits_per_second": mbps * MBPS,
    }  # fmt: skip
    return Demand(**fields | said)


def line(down: float = 100, up: float = 100, **said: Any) -> LineFacts:
    fields: dict[str, Any] = {
        "id": "l1", "provider": "电信", "circuit": "T-1", "medium": Medium.fibre,
        "down": down * MBPS, "up": up * MBPS, "port": 1000 * MBPS,
    }  # fmt: skip
    return LineFacts(**fields | said)


def made_tests(
    rates: Sequence[float | None], at: Sequence[int] | None = None, **said: Any
) -> LineTests:
    """Tests of both directions alike, Mbit/s; 0 is a dead line, ``None`` one that says nothing."""
    bits = [None if rate is None else rate * MBPS for rate in rates]
    dead = {0: LineTestOutcome.line_down, None: LineTestOutcome.server_busy}
    outcome = [int(dead.get(rate, LineTestOutcome.ok)) for rate in rates]
    days = -(-len(rates) // 6)
    when = list(at) if at is not None else times(days)[: len(rates)]
    return LineTests.of(when, bits, bits, outcome=outcome, **said)


def school(rates: Sequence[float | None], **said: Any) -> SchoolInputs:
    """A school whose tests came out like this, all else being well."""
    days = said.pop("days", -(-len(rates) // 6))
    its = windows(days)
    seconds = sum(end - begin for begin, end in its) // 1000
    fields: dict[str, Any] = {
        "code": "SCH-1", "windows": its, "demands": (demand(),), "lines": (line(),),
        "tests": made_tests(rates), "tested": "l1", "scheduled": slots(its).number,
        "probes": Probes(made=seconds // 60, answered=seconds // 60, latency=0.02,
                         round_trips=seconds // 60),
        "usage": Usage(down=30e6, up=5e6, samples=seconds // 300),
    }  # fmt: skip
    return SchoolInputs(**fields | said)
