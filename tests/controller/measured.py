"""Two weeks of one school's line in the metric store, and the term they lie in."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from controller.metrics.duckdb import DuckDbStore
from controller.settings import Settings
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import CalendarEntry, CalendarKind

#: Two weeks that hour by hour have one test an hour: primary schools teach six hours of a day.
FIRST, LAST = date(2026, 9, 7), date(2026, 9, 18)
ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000


def at(day: int, hour: int, minute: int = 0) -> int:
    """Milliseconds of a time in September 2026, as China has it."""
    return int(datetime(2026, 9, day, hour, minute, tzinfo=ZONE).timestamp() * 1000)


def add_measured(settings: Settings) -> None:
    """SCH-A's line tested at 240 of 300 Mbit/s down and 45 of 50 up; terms are entered."""
    days = [day for day in range(FIRST.day, LAST.day + 1) if date(2026, 9, day).weekday() < 5]
    tests = [at(day, hour, 30) for day in days for hour in (8, 9, 10, 11, 14, 15)]
    probes = [at(day, 8, 20) + n * MINUTE for day in days for n in range(470)]
    series = {
        ("l-a", "speedtest_download_bits_per_second", "s"): (tests, 240e6),
        ("l-a", "speedtest_upload_bits_per_second", "s"): (tests, 45e6),
        ("l-a", "speedtest_outcome", "s"): (tests, 0.0),
        ("l-a", "ping_loss_ratio", "r"): (probes, 0.0),
        ("l-a", "ping_round_trip_seconds", "r"): (probes, 0.01),
    }
    store = DuckDbStore(Path(settings.metrics_url.removeprefix("duckdb:///")))
    for name, (times, value) in series.items():
        size = len(times)
        store.load(
            [name],
            np.array(times, dtype=np.int64),
            np.zeros(size, dtype=np.int32),
            np.full(size, value),
        )
    store.close()
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        session.add(
            CalendarEntry(
                id="ce1", organisation_code="33", kind=CalendarKind.term, name="秋季学期",
                first_day=date(2026, 9, 1), last_day=date(2027, 1, 20),
            )
        )  # fmt: skip
    engine.dispose()
