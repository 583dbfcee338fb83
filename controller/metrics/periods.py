"""How long metrics are kept, and the stretches of time that share a file. All in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["raw", "hourly", "daily"]

HOUR = 3_600_000
DAY = 24 * HOUR
#: What names of metrics of single tests begin with.
TESTS = "speedtest_"
#: What a roll-up row sums up.
WIDTH: dict[Kind, int] = {"hourly": HOUR, "daily": DAY}


@dataclass(frozen=True, slots=True)
class Retention:
    """Days for which samples, hourly and daily roll-ups, and the ledger of batches are kept.

    An epoch of an agent leaves the ledger when nothing of it came for ``ledger_days``, which must
    be longer than any agent's spool keeps a batch (``spool_max_days``, 14 by default): what is
    forgotten here must never be sent again.

    Tests of lines are few and are judged one by one, until the report on a year is closed: their
    samples (metrics that begin with ``TESTS``) are kept for ``test_days``.
    """

    raw_days: float = 90.0
    hourly_days: float = 3 * 365.0
    daily_days: float = 10 * 365.0
    ledger_days: float = 400.0
    test_days: float = 500.0

    def oldest_test(self, now: int) -> int:
        """The time from which on samples of tests are kept; no later than others."""
        return now - round(max(self.test_days, self.raw_days) * DAY)

    def oldest(self, kind: Kind, now: int) -> int:
        """The time from which on ``kind`` is kept."""
        days = {"raw": self.raw_days, "hourly": self.hourly_days, "daily": self.daily_days}
        return now - round(days[kind] * DAY)


def period_of(kind: Kind, at: int) -> tuple[int, int]:
    """The stretch ``[start, end)`` around a time: a month of samples or hours, a year of days.

    Raises:
        ValueError, OverflowError: a time no calendar has.
    """
    day = datetime.fromtimestamp(at // 1000, UTC)
    if kind == "daily":
        return _midnight(day.year, 1), _midnight(day.year + 1, 1)
    following = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)  # noqa: PLR2004
    return _midnight(day.year, day.month), _midnight(*following)


def day_of(at: int) -> str:
    """The day of a time, such as ``2026-09-21``."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d")


def _midnight(year: int, month: int) -> int:
    return round(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1000
