"""Speed tests of lines out of the metric store: readings of one time and server are one test."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from controller.compliance.inputs import LineTests
from controller.metrics.store import MetricStore, Samples
from drivers.readings import LineTestOutcome

_DOWN = "speedtest_download_bits_per_second"
_UP = "speedtest_upload_bits_per_second"
_OUTCOME = "speedtest_outcome"
_CAP = "speedtest_cap_bits_per_second"
_PORT = "speedtest_box_port_bits_per_second"
_IN, _RECEIVED, _SECONDS = (
    "speedtest_port_in_bytes",
    "speedtest_received_bytes",
    "speedtest_port_seconds",
)
_METRICS = (_DOWN, _UP, _OUTCOME, _CAP, _PORT, _IN, _RECEIVED, _SECONDS)
#: Headers of what the test itself received are in the port's counters alone.
_HEADERS = 1.05
_NOTHING: Samples = (np.empty(0, dtype=np.int64), np.empty(0))
_Key = tuple[str, str]


def line_tests(
    store: MetricStore,
    lines: Collection[str],
    *,
    start: int,
    end: int,
    internet: Collection[str] = (),
) -> Mapping[str, LineTests]:
    """Tests by line id, those of all its servers; a line that was not tested is left out.

    Args:
        store: where the readings are.
        lines: their ids.
        start: milliseconds, included.
        end: not included.
        internet: test servers that lie outside the education network, as readings name them.
    """
    found = {metric: store.samples(metric, lines, start=start, end=end) for metric in _METRICS}
    keys = sorted({*found[_OUTCOME], *found[_DOWN], *found[_UP]})
    outside = frozenset(internet)
    by_line: dict[str, list[LineTests]] = {}
    for key in keys:
        made = _of_server(found, key, is_outside=key[1] in outside)
        by_line.setdefault(key[0], []).append(made)
    return {line: together(some) for line, some in by_line.items()}


def together(some: Sequence[LineTests]) -> LineTests:
    """The tests of several servers as those of one line."""
    if len(some) == 1:
        return some[0]
    columns = zip(*(_columns(one) for one in some), strict=True)
    return LineTests(*(np.concatenate(column) for column in columns))


def _of_server(
    found: Mapping[str, Mapping[_Key, Samples]], key: _Key, *, is_outside: bool
) -> LineTests:
    rates = [found[metric].get(key, _NOTHING)[0] for metric in (_OUTCOME, _DOWN, _UP)]
    at: NDArray[np.int64] = rates[0]
    if any(len(times) and not _holds(at, times) for times in rates[1:]):
        at = np.unique(np.concatenate(rates))

    def column(metric: str) -> NDArray[np.float64]:
        return _placed(at, found[metric].get(key, _NOTHING))

    seconds = column(_SECONDS)
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (column(_IN) - _HEADERS * column(_RECEIVED)) * 8 / seconds
    others[~(seconds > 0)] = np.nan
    outcome = column(_OUTCOME)
    outcome[np.isnan(outcome)] = LineTestOutcome.ok
    return LineTests(
        at,
        column(_DOWN),
        column(_UP),
        outcome.astype(np.int8),
        np.fmin(column(_CAP), column(_PORT)),
        others,
        np.full(len(at), is_outside),
    )


def _placed(at: NDArray[np.int64], samples: Samples) -> NDArray[np.float64]:
    """Values at those times; NaN where there is none."""
    times, values = samples
    if len(times) == len(at) and np.array_equal(times, at):
        return values.astype(np.float64)
    placed = np.full(len(at), np.nan)
    if len(times):
        places = np.searchsorted(at, times)
        inside = (places < len(at)) & (at[np.minimum(places, len(at) - 1)] == times)
        placed[places[inside]] = values[inside]
    return placed


def _holds(at: NDArray[np.int64], times: NDArray[np.int64]) -> bool:
    if len(times) == len(at):
        return np.array_equal(at, times)
    return bool(np.isin(times, at).all())


def _columns(one: LineTests) -> tuple[NDArray[np.generic], ...]:
    return (one.at, one.down, one.up, one.outcome, one.limit, one.others, one.internet)
