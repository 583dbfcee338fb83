"""The newest speed test of each line, as the metric store has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.metrics.store import MetricStore
from inventory.repositories.lines import Contract

DOWNLOAD = "speedtest_download_bits_per_second"
UPLOAD = "speedtest_upload_bits_per_second"
#: A test older than this says nothing about today.
FRESH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SpeedTest:
    """The newest test of one line; bit/s."""

    at: datetime
    download: float
    upload: float | None


def last_tests(store: MetricStore, lines: Sequence[str], now: datetime) -> Mapping[str, SpeedTest]:
    """By line id; lines that were not tested lately are left out."""
    if not lines:
        return {}
    since = int((now - FRESH).timestamp() * 1000)
    latest = store.latest(lines, (DOWNLOAD, UPLOAD), since=since)
    tests: dict[str, SpeedTest] = {}
    for (line, metric, part), (at, value) in latest.items():
        if metric != DOWNLOAD:
            continue
        when = datetime.fromtimestamp(at / 1000, UTC)
        if line in tests and tests[line].at >= when:
            continue
        upload = latest.get((line, UPLOAD, part))
        tests[line] = SpeedTest(when, value, upload[1] if upload else None)
    return tests


def chief_lines(lines: Sequence[Contract]) -> dict[str, Contract]:
    """Of each school the line with the fastest contract, by school code."""
    chief: dict[str, Contract] = {}
    for line in lines:
        known = chief.get(line.school_code)
        if known is None or line.down_mbps > known.down_mbps:
            chief[line.school_code] = line
    return chief
