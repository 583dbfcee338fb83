"""The newest speed test of each line, as the metric store has it."""

from collections.abc import Collection, Mapping, Sequence
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


def last_tests(
    store: MetricStore, lines: Sequence[str], now: datetime, outside: Collection[str] = ()
) -> Mapping[str, SpeedTest]:
    """By line id; lines that were not tested lately are left out.

    Args:
        store: where readings are.
        lines: their ids.
        now: the time.
        outside: servers beyond the outlet to the Internet; they count where there is no test to
            another one, for what is shown is held against the target of the access.
    """
    if not lines:
        return {}
    since = int((now - FRESH).timestamp() * 1000)
    latest = store.latest(lines, (DOWNLOAD, UPLOAD), since=since)
    found: dict[str, tuple[bool, int, SpeedTest]] = {}
    for (line, metric, part), (at, value) in latest.items():
        rank = part not in outside, at
        if metric != DOWNLOAD or (line in found and found[line][:2] >= rank):
            continue
        upload = latest.get((line, UPLOAD, part))
        when = datetime.fromtimestamp(at / 1000, UTC)
        found[line] = (*rank, SpeedTest(when, value, upload[1] if upload else None))
    return {line: test for line, (_, _, test) in found.items()}


def chief_lines(lines: Sequence[Contract]) -> dict[str, Contract]:
    """Of each school the line with the fastest contract, by school code."""
    chief: dict[str, Contract] = {}
    for line in lines:
        known = chief.get(line.school_code)
        if known is None or line.down_mbps > known.down_mbps:
            chief[line.school_code] = line
    return chief
