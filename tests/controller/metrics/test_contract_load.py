"""Bulk loads and figures of chosen hours, asked of every store."""

from collections.abc import Callable

import numpy as np
import pytest

from controller.metrics.store import Append, MetricStore

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
MINUTE = 60_000
HOUR = 60 * MINUTE
SERIES = [("d1", "m", ""), ("d1", "m", "g1"), ("d2", "m", "")]
Batch = Callable[..., Append]


def load(store: MetricStore, *samples: tuple[int, int, float]) -> None:
    times, index, values = zip(*samples, strict=True)
    store.load(
        SERIES,
        np.array(times, dtype=np.int64),
        np.array(index, dtype=np.int32),
        np.array(values, dtype=np.float64),
    )


def test_a_load_joins_what_agents_sent(store: MetricStore, batch: Batch) -> None:
    store.append([batch(1, ("d1", T, {"m": {"": 1.0}}))])
    load(store, (T + 2, 0, 3.0), (T + 1, 0, 2.0), (T + 5, 2, 9.0), (T + 3, 0, float("nan")))
    store.append([batch(2, ("d1", T + 4, {"m": {"": 5.0}}))])

    [curve] = store.series("d1", ["m"], start=T, end=T + 9)
    assert (curve.times, curve.values) == ((T, T + 1, T + 2, T + 4), (1.0, 2.0, 3.0, 5.0))
    assert store.latest(["d1", "d2"], ["m"], since=0) == {
        ("d1", "m", ""): (T + 4, 5.0),
        ("d2", "m", ""): (T + 5, 9.0),
    }


def test_a_load_that_does_not_fit_together_is_refused(store: MetricStore) -> None:
    times, values = np.full(2, T, dtype=np.int64), np.ones(2)
    with pytest.raises(ValueError, match="equally long"):
        store.load(SERIES, times, np.zeros(1, dtype=np.int32), values)
    for wrong in (-1, 3):
        with pytest.raises(ValueError, match="outside"):
            store.load(SERIES, times, np.array([0, wrong], dtype=np.int32), values)

    assert store.aggregate("m", start=0, end=2 * T, how="count") == {}


def test_figures_of_chosen_hours(store: MetricStore) -> None:
    load(store, *((T + n * HOUR, 0, float(n)) for n in range(24)))

    def total(*windows: tuple[int, int]) -> float | None:
        found = store.aggregate("m", start=T, end=T + 24 * HOUR, how="count", windows=windows)
        return found.get(("d1", ""))

    assert total((T, T + 2 * HOUR)) == 2
    assert total((T + 20 * HOUR, T + 21 * HOUR), (T, T + 2 * HOUR)) == 3
    assert total((T, T + 4 * HOUR), (T + 2 * HOUR, T + 5 * HOUR)) == 5
    assert total((T - 9 * HOUR, T + 1)) == 1
    assert total((T + 23 * HOUR, T + 99 * HOUR)) == 1
    assert total((T + 1, T + HOUR)) is None
    assert total((T + HOUR, T + HOUR)) is None
    assert total() is None
    assert store.aggregate(
        "m", start=T + HOUR, end=T + 9 * HOUR, how="mean", windows=[(T, T + 3 * HOUR)]
    ) == {("d1", ""): 1.5}


def test_figures_of_chosen_ports(store: MetricStore) -> None:
    load(store, (T, 0, 1.0), (T, 1, 2.0), (T, 2, 3.0))

    def of(*only: tuple[str, str]) -> object:
        return store.aggregate("m", start=T, end=T + 1, how="max", only=only)

    assert of(("d1", "g1"), ("d2", ""), ("d9", "")) == {("d1", "g1"): 2.0, ("d2", ""): 3.0}
    assert of(("d1", ""), ("d2", "g1")) == {("d1", ""): 1.0}
    assert of() == {}
