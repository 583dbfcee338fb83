"""How fast the demonstration runs: three sets of intervals, and nothing else."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Speed(StrEnum):
    """How much happens in a minute."""

    slow = "slow"
    normal = "normal"
    fast = "fast"


@dataclass(frozen=True, slots=True)
class Tempo:
    """Intervals in seconds; ``day`` is simulated seconds a second.

    Args:
        day: how fast the school day passes.
        reachability: between two looks at a device.
        tables: between two readings of all its ports.
        publish: between two states of a whiteboard or terminal.
        test: between two speed tests of a line.
        judge: between two looks of the rules.
        batch: the longest an agent holds readings back.
        quiet: from the first healthy device to the power cut.
        outage: from the power cut to the power's return.
    """

    day: float
    reachability: float
    tables: float
    publish: float
    test: float
    judge: float
    batch: float
    quiet: float
    outage: float


TEMPOS: Final = {
    Speed.slow: Tempo(
        day=24.0,
        reachability=30.0,
        tables=60.0,
        publish=30.0,
        test=300.0,
        judge=10.0,
        batch=5.0,
        quiet=180.0,
        outage=300.0,
    ),
    Speed.normal: Tempo(
        day=240.0,
        reachability=5.0,
        tables=10.0,
        publish=10.0,
        test=60.0,
        judge=2.0,
        batch=2.0,
        quiet=35.0,
        outage=60.0,
    ),
    Speed.fast: Tempo(
        day=720.0,
        reachability=2.0,
        tables=5.0,
        publish=4.0,
        test=20.0,
        judge=1.0,
        batch=1.0,
        quiet=6.0,
        outage=14.0,
    ),
}
