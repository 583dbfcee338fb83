"""Probes and uplinks of many lines in their own school hours, out of the metric store."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from controller.compliance.hours import inside
from controller.compliance.inputs import Probes, Usage, Window
from controller.metrics.store import Aggregation, MetricStore

#: What readings of the gateway are named; it lies within the school and proves no line.
GATEWAY = "gateway"
_LOSS, _TRIP = "ping_loss_ratio", "ping_round_trip_seconds"
_DOWN, _UP = "port_in_bits_per_second", "port_out_bits_per_second"
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
    that; where it would cost the line its availability, times are compared one by one.

    Args:
        store: where the readings are.
        lines: with hours of their own.
        every: seconds between two probes.
        doubtful: share of answers below which several references are compared.
    """
    found: dict[str, Probes] = {}
    for windows, some in _by_windows(lines).items():
        ids = [one.line for one in some]
        made = _figures(store, _LOSS, "count", ids, windows)
        answered = _figures(store, _TRIP, "count", ids, windows)
        latency = _figures(store, _TRIP, "p95", ids, windows)
        for line in ids:
            hosts = made.get(line, {})
            if not hosts:
                continue
            counts = answered.get(line, {})
            best = max(counts, key=lambda host: (counts[host], host), default="")
            up, asked = counts.get(best, 0.0), max(hosts.values())
            if len(hosts) > 1 and up < doubtful * asked:
                asked, up = _any_answered(store, line, windows)
            found[line] = Probes(
                every=every,
                made=round(asked),
                answered=round(up),
                latency=latency.get(line, {}).get(best),
                round_trips=round(counts.get(best, 0.0)),
            )
    return found


def usage_of(store: MetricStore, lines: Sequence[Where], *, every: int) -> Mapping[str, Usage]:
    """What uplinks carried, by line id; lines whose port nobody read are left out.

    Args:
        store: where the readings are.
        lines: with hours of their own.
        every: seconds between two readings.
    """
    found: dict[str, Usage] = {}
    for windows, some in _by_windows(lines).items():
        ports = {one.port: one.line for one in some if one.port is not None}
        if not ports or not windows:
            continue
        start, end = windows[0][0], windows[-1][1]

        def asked(
            metric: str,
            how: Aggregation,
            only: Sequence[_Port] = tuple(ports),
            window: tuple[int, int] = (start, end),
            hours: tuple[Window, ...] = windows,
        ) -> Mapping[_Port, float]:
            return store.aggregate(
                metric, start=window[0], end=window[1], how=how, only=only, windows=hours
            )

        down, up, counts = asked(_DOWN, "p95"), asked(_UP, "p95"), asked(_DOWN, "count")
        for port, line in ports.items():
            if port in counts:
                found[line] = Usage(
                    down=down.get(port),
                    up=up.get(port),
                    samples=round(counts[port]),
                    every=every,
                )
    return found


def _by_windows(lines: Sequence[Where]) -> Mapping[tuple[Window, ...], list[Where]]:
    groups: dict[tuple[Window, ...], list[Where]] = defaultdict(list)
    for one in lines:
        groups[one.windows].append(one)
    return groups


def _figures(
    store: MetricStore,
    metric: str,
    how: Aggregation,
    lines: Sequence[str],
    windows: tuple[Window, ...],
) -> Mapping[str, Mapping[str, float]]:
    """Line to reference to figure."""
    if not windows:
        return {}
    start, end = windows[0][0], windows[-1][1]
    found: dict[str, dict[str, float]] = defaultdict(dict)
    told = store.aggregate(metric, start=start, end=end, how=how, subjects=lines, windows=windows)
    for (line, host), value in told.items():
        if host != GATEWAY:
            found[line][host] = value
    return found


def _any_answered(
    store: MetricStore, line: str, windows: tuple[Window, ...]
) -> tuple[float, float]:
    """Times at which references were asked, and at which one of them answered."""
    numbers = []
    for metric in (_LOSS, _TRIP):
        told = store.samples(metric, [line], start=windows[0][0], end=windows[-1][1])
        times = [at for (_, host), (at, _) in told.items() if host != GATEWAY]
        every = np.unique(np.concatenate(times)) if times else np.empty(0, dtype=np.int64)
        numbers.append(float(inside(windows, every).sum()))
    return numbers[0], numbers[1]
