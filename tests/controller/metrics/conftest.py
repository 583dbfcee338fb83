"""A clock that the test moves, and short ways to say what is stored."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block

#: 2026-03-10 08:00 UTC, in milliseconds.
MORNING = 1_773_129_600_000
DAY = 86_400_000


@dataclass
class Clock:
    now: int = MORNING

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def batch() -> Callable[..., Append]:
    """``batch(sequence, (subject, at, {metric: {part: value}}), ...)``."""

    def make(sequence: int, *polls: tuple[str, int, dict[str, dict[str, float | None]]]) -> Append:
        rows = tuple(
            Rows(
                subject,
                at,
                tuple(
                    Block(tuple(parts), {metric: list(parts.values())})
                    for metric, parts in metrics.items()
                ),
            )
            for subject, at, metrics in polls
        )
        return Append(BatchKey("a1", "e1", sequence), rows)

    return make
