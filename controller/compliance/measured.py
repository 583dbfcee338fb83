"""Probes and uplinks of many lines in their own school hours, out of the metric store.

The store is asked once for each metric, however many calendars the lines have between them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from controller.compliance.hours import edges_of
from controller.compliance.inputs import Probes, Usage, Window
from controller.metrics.store import MetricStore, Samples
from controller.metrics.within import Chosen, Figures

#: What readings of the gateway are named; it lies within the school and proves no line.
GATEWAY = "gateway"
_LOSS, _TRIP = "ping_loss_ratio", "ping_round_trip_seconds"
_DOWN, _UP = "port_in_bits_per_second", "port_out_bits_per_second"
#: Lines whose probes are looked at one by one together: a month of them is some 10 MB a line.
_AT_ONCE = 20
_Port = tuple[str, str]


class Where(NamedTuple):
    """A line, the port it arrives on (device, name), and the school hours that count."""

    line: str
    port: _Port | None
    windows: tuple[Window, ...]


def probes_of(
    store: MetricStore, lines: Sequence[Where], *, every: int, doubtful: float
) -> Mapping[str, Probes]:
    """Probes by line id; lines that nobody probed are left out.

    A line was up when any reference answered. The reference that answered most often tells nearly
    that; where it would cost the line its availability, times are compared one by one, and of
    those that answered at a time the quickest counts.

    Args:
        store: where the readings are.
        lines: with hours of their own.
        every: seconds between two probes.
        doubtful: share of answers below which several references are compared.
    """
    chosen = [
        Chosen(windows, subjects=frozenset(one.line for one in some), without=(GATEWAY,))
        for windows, some in _by_windows(lines).items()
    ]
    made = _by_line(store.within([_LOSS], chosen, p95=False))
    answered = _by_line(store.within([_TRIP], chosen))
    found: dict[str, Probes] = {}
    unsure: list[Where] = []
    for one in lines:
        hosts = made.get(one.line)
        if not hosts:
            continue
        trips = answered.get(one.line, {})
        best = max(trips, key=lambda host: (trips[host].number, host), default="")
        its = trips.get(best)
        asked, up = max(host.number for host in hosts.values()), its.number if its else 0
        if len(hosts) > 1 and up < doubtful * asked:
            unsure.append(one)
        found[one.line] = Probes(
            every=every,
            made=asked,
            answered=up,
            latency=its.p95 if its else None,
            round_trips=up,
        )
    return found | {one.line: one.probes(every) for one in _one_by_one(store, unsure)}


def usage_of(store: MetricStore, lines: Sequence[Where], *, every: int) -> Mapping[str, Usage]:
    """What uplinks carried, by line id; lines whose port nobody read are left out.

    Readings are averaged over windows of ``every`` seconds, counted from midnight; those windows
    that lie in school hours count. Figures are whole bit/s.

    Args:
        store: where the readings are.
        lines: with hours of their own.
        every: seconds of a window: 300.
    """
    chosen = [
        Chosen(windows, only=frozenset(one.port for one in some if one.port is not None))
        for windows, some in _by_windows(lines).items()
    ]
    carried = store.within([_DOWN, _UP], chosen, step=every * 1000)
    found = {}
    for one in lines:
        if one.port is None:
            continue
        device, name = one.port
        down, up = (carried.get((device, metric, name)) for metric in (_DOWN, _UP))
        known = [some for some in (down, up) if some is not None]
        if known:
            found[one.line] = Usage(
                down=_whole(down),
                up=_whole(up),
                samples=min(some.number for some in known),
                every=every,
            )
    return found


def _whole(figures: Figures | None) -> float | None:
    return None if figures is None else float(round(figures.p95))


def _by_windows(lines: Sequence[Where]) -> Mapping[tuple[Window, ...], list[Where]]:
    # Schools of one calendar share one object: long tuples are compared once each.
    shared: dict[int, list[Where]] = defaultdict(list)
    for one in lines:
        shared[id(one.windows)].append(one)
    groups: dict[tuple[Window, ...], list[Where]] = defaultdict(list)
    for some in shared.values():
        groups[some[0].windows] += some
    return groups


def _by_line(told: Mapping[tuple[str, str, str], Figures]) -> Mapping[str, Mapping[str, Figures]]:
    """Line to reference to figures."""
    found: dict[str, dict[str, Figures]] = defaultdict(dict)
    for (line, _, host), figures in told.items():
        found[line][host] = figures
    return found


class _Together(NamedTuple):
    """Probes of all references of a line: times they were asked, the quickest answer of each."""

    line: str
    asked: int
    trips: NDArray[np.float64]

    def probes(self, every: int) -> Probes:
        up = len(self.trips)
        return Probes(
            every=every,
            made=self.asked,
            answered=up,
            latency=float(np.quantile(self.trips, 0.95)) if up else None,
            round_trips=up,
        )


def _one_by_one(store: MetricStore, lines: Sequence[Where]) -> Iterator[_Together]:
    for first in range(0, len(lines), _AT_ONCE):
        some = lines[first : first + _AT_ONCE]
        start = min(one.windows[0][0] for one in some)
        end = max(one.windows[-1][1] for one in some)
        ids = [one.line for one in some]
        made, answered = (
            store.samples(metric, ids, start=start, end=end, without=(GATEWAY,))
            for metric in (_LOSS, _TRIP)
        )
        for one in some:
            yield _Together(one.line, len(_quickest(made, one)), _quickest(answered, one))


def _quickest(told: Mapping[_Port, Samples], one: Where) -> NDArray[np.float64]:
    """The least value of any reference at each time within the hours."""
    edges = edges_of(one.windows)
    found = [_within(some, edges) for (line, _), some in told.items() if line == one.line]
    if not found:
        return np.empty(0)
    times, values = (np.concatenate(column) for column in zip(*found, strict=True))
    if not len(times):
        return values
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    begins = np.flatnonzero(np.diff(times, prepend=times[0] - 1))
    return np.minimum.reduceat(values, begins)


def _within(samples: Samples, edges: NDArray[np.int64]) -> Samples:
    """Samples between beginnings and ends: they rise in time, so that a few places tell."""
    times, values = samples
    cuts = np.searchsorted(times, edges).tolist()
    pairs = list(zip(cuts[::2], cuts[1::2], strict=True))
    return (
        np.concatenate([times[begin:end] for begin, end in pairs]),
        np.concatenate([values[begin:end] for begin, end in pairs]),
    )
