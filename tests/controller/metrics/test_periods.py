"""What housekeeping decides by: the periods of files, and which of them become one."""

import random

from controller.metrics import housekeeping
from controller.metrics.manifest import Manifest, Segment
from controller.metrics.periods import DAY, period_of

#: 2026-03-10 08:00 UTC, a Tuesday.
T = 1_773_129_600_000


def test_periods_follow_the_calendar() -> None:
    assert period_of("raw", T) == period_of("hourly", T)
    assert period_of("hourly", T)[1] - period_of("hourly", T)[0] == 31 * DAY
    assert period_of("daily", T)[1] - period_of("daily", T)[0] == 365 * DAY
    chance = random.Random(3)  # noqa: S311 - not for secrets
    for kind in ("raw", "hourly", "daily"):
        for _ in range(200):
            at = chance.randrange(0, 4 * T)
            start, end = period_of(kind, at)
            assert start <= at < end
            assert period_of(kind, end)[0] == end


def test_similar_files_become_one_and_a_large_one_is_left_alone() -> None:
    def of(*rows: int, kind: str = "raw", end: int = 100) -> list[int]:
        segments = tuple(
            Segment(f"s{n}", kind, 0, end, 0, 1, size)  # type: ignore[arg-type]
            for n, size in enumerate(rows)
        )
        return [one.rows for one in housekeeping.similar(Manifest(segments=segments), 50)]

    assert of(10, 10, 10) == []
    assert of(10, 10, 10, 10) == [10, 10, 10, 10]
    assert of(10, 1000, 10, 10) == []
    assert of(10, 1000, 10, 10, 12) == [10, 10, 10, 12]
    assert of(9000, 4000, end=40) == [4000, 9000]
    assert of(9000, 40, end=40) == []
    assert of(9000, end=40) == []
