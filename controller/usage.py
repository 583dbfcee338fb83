"""How long devices are in use, from what was read of them: hours a day, and at which hours.

A reading holds until the next one, at most for a while: a gap is a time of which nothing is known,
never one without use. Devices that tell whether their screen is lit are counted by that, others by
whether they are there (``online``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from controller.metrics.store import MetricStore, Series

#: What counts as use; of a device that has both, the first.
METRICS = ("display_on", "online")
HOURS = 24
_HOUR = timedelta(hours=1)
_MAX_DAYS = 92


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One day of the reader's calendar.

    Args:
        known: of how much of the day something is known.
        used: of that, in use.
        by_hour: share of each known hour in use; ``None`` of which nothing is known.
    """

    day: date
    known: timedelta
    used: timedelta
    by_hour: tuple[float | None, ...]

    @property
    def hours(self) -> float | None:
        """Hours in use; ``None`` where nothing is known."""
        return self.used / _HOUR if self.known else None


@dataclass(frozen=True, slots=True)
class Usage:
    """Days of one device, oldest first; ``metric`` is what was counted, if there was anything."""

    metric: str | None
    days: tuple[UsageDay, ...]

    @property
    def mean(self) -> timedelta | None:
        """Use a day, over the days of which anything is known."""
        known = [day.used for day in self.days if day.known]
        return sum(known, timedelta()) / len(known) if known else None


def usage_of(
    store: MetricStore, subject: str, *, now: datetime, days: int, zone: tzinfo, hold: timedelta
) -> Usage:
    """Use of one device in the ``days`` days up to today.

    Args:
        store: the readings.
        subject: inventory id of the device.
        now: nothing counts beyond it.
        days: how many, at most 92.
        zone: whose days they are.
        hold: for so long at most a reading counts.

    Raises:
        ValueError: no days, or too many.
    """
    if not 1 <= days <= _MAX_DAYS:
        raise ValueError(f"days: 1 to {_MAX_DAYS}")
    last = now.astimezone(zone).date()
    wanted = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    start, end = _midnight(wanted[0], zone), _midnight(last + timedelta(days=1), zone)
    found = store.series(subject, METRICS, start=_ms(start - hold), end=_ms(end), parts=[""])
    by_metric = {one.metric: one for one in found if one.part == ""}
    metric = next((name for name in METRICS if name in by_metric), None)
    if metric is None:
        return Usage(None, tuple(UsageDay(day, *_NOTHING) for day in wanted))
    sums = _sums(by_metric[metric], zone, hold, now.timestamp())
    return Usage(metric, tuple(_day(day, sums) for day in wanted))


def hours_a_day(
    store: MetricStore, subjects: Collection[str], *, start: datetime, end: datetime
) -> float | None:
    """Mean hours a day in use, over all devices of which anything is known.

    By two aggregates, whatever their number: the share of readings that said yes is taken for
    the share of time, which is right where readings come at a beat.
    """
    if not subjects or end <= start:
        return None
    shares = store.aggregate(
        "online", start=_ms(start), end=_ms(end), how="mean", subjects=subjects
    )
    return sum(shares.values()) / len(shares) * HOURS if shares else None


_NOTHING = (timedelta(), timedelta(), (None,) * HOURS)
#: (day, hour) to seconds known and seconds in use.
_Sums = Mapping[tuple[date, int], Sequence[float]]


def _sums(readings: Series, zone: tzinfo, hold: timedelta, now: float) -> _Sums:
    sums: dict[tuple[date, int], list[float]] = {}
    longest = hold.total_seconds()
    pairs = zip(readings.times, readings.values, strict=True)
    known = [(at / 1_000, value) for at, value in pairs if value is not None]
    for place, (at, value) in enumerate(known):
        following = known[place + 1][0] if place + 1 < len(known) else now
        begins, until = at, min(following, at + longest, now)
        while begins < until:
            local = datetime.fromtimestamp(begins, zone)
            passed = local.minute * 60 + local.second + local.microsecond / 1e6
            piece = min(until - begins, _HOUR.total_seconds() - passed)
            seconds = sums.setdefault((local.date(), local.hour), [0.0, 0.0])
            seconds[0] += piece
            seconds[1] += piece * (value > 0)
            begins += piece
    return sums


def _day(day: date, sums: _Sums) -> UsageDay:
    hours = [sums.get((day, hour), (0.0, 0.0)) for hour in range(HOURS)]
    return UsageDay(
        day,
        known=timedelta(seconds=sum(known for known, _ in hours)),
        used=timedelta(seconds=sum(used for _, used in hours)),
        by_hour=tuple(used / known if known else None for known, used in hours),
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1_000)
