"""Speed tests of lines out of the metric store: readings of one time and server are one test."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from controller.compliance.inputs import LineTests
from controller.compliance.paths import NOWHERE, Paths
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
#: Line id to the servers that are for its school.
PathsOf = Callable[[str], Paths]


def _nowhere(_line: str) -> Paths:
    return NOWHERE


def line_tests(
    store: MetricStore,
    lines: Collection[str],
    *,
    start: int,
    end: int,
    paths: PathsOf = _nowhere,
) -> Mapping[str, LineTests]:
    """Tests by line id, those of all its servers; a line that was not tested is left out.

    Args:
        store: where the readings are.
        lines: their ids.
        start: milliseconds, included.
        end: not included.
        paths: what is known of test servers, by line; of others tests stay within the network.
    """
    by_line: dict[str, list[LineTests]] = {}
    for (line, _), made in by_server(store, lines, start=start, end=end, paths=paths).items():
        by_line.setdefault(line, []).append(made)
    return {line: together(some) for line, some in by_line.items()}


def by_server(
    store: MetricStore,
    lines: Collection[str],
    *,
    start: int,
    end: int,
    paths: PathsOf = _nowhere,
) -> Mapping[tuple[str, str], LineTests]:
    """Tests by line id and server, as :func:`line_tests` puts them together."""
    found: dict[str, dict[_Key, Samples]] = {metric: {} for metric in _METRICS}
    told = store.samples_of(_METRICS, lines, start=start, end=end)
    for (line, metric, server), samples in told.items():
        found[metric][line, server] = samples
    keys = sorted({*found[_OUTCOME], *found[_DOWN], *found[_UP]})
    # Where no port was read, nothing is divided by nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        return {key: _of_server(found, key, paths(key[0])) for key in keys}


def together(some: Sequence[LineTests]) -> LineTests:
    """The tests of several servers as those of one line."""
    if len(some) == 1:
        return some[0]
    columns = zip(*(_columns(one) for one in some), strict=True)
    return LineTests(*(np.concatenate(column) for column in columns))


def _of_server(found: Mapping[str, Mapping[_Key, Samples]], key: _Key, paths: Paths) -> LineTests:
    rates = [found[metric].get(key, _NOTHING)[0] for metric in (_OUTCOME, _DOWN, _UP)]
    at: NDArray[np.int64] = rates[0]
    if any(len(times) and not _holds(at, times) for times in rates[1:]):
        at = np.unique(np.concatenate(rates))

    def column(metric: str) -> NDArray[np.float64]:
        return _placed(at, found[metric].get(key, _NOTHING))

    seconds = column(_SECONDS)
    others = (column(_IN) - _HEADERS * column(_RECEIVED)) * 8 / seconds
    others[~(seconds > 0)] = np.nan
    outcome = column(_OUTCOME)
    outcome = np.where(np.isnan(outcome), float(LineTestOutcome.ok), outcome)
    limit, capacity = np.fmin(column(_CAP), column(_PORT)), paths.capacity(key[1], at)
    return LineTests(
        at,
        column(_DOWN),
        column(_UP),
        outcome.astype(np.int8),
        limit if capacity is None else np.fmin(limit, capacity),
        others,
        paths.outside(key[1], at),
    )


def _placed(at: NDArray[np.int64], samples: Samples) -> NDArray[np.float64]:
    """Values at those times; NaN where there is none."""
    times, values = samples
    if _same(times, at):
        return values.astype(np.float64, copy=False)
    placed = np.full(len(at), np.nan)
    if len(times):
        places = np.searchsorted(at, times)
        inside = (places < len(at)) & (at[np.minimum(places, len(at) - 1)] == times)
        placed[places[inside]] = values[inside]
    return placed


def _holds(at: NDArray[np.int64], times: NDArray[np.int64]) -> bool:
    return _same(at, times) if len(times) == len(at) else bool(np.isin(times, at).all())


def _same(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """``np.array_equal`` in a tenth of its time, which thousands of lines are felt in."""
    return one is other or (len(one) == len(other) and one.tobytes() == other.tobytes())


def _columns(one: LineTests) -> tuple[NDArray[np.generic], ...]:
    return (one.at, one.down, one.up, one.outcome, one.limit, one.others, one.internet)
