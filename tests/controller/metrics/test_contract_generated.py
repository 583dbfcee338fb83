"""Every metric store gives the answers of the plainest one, whatever came and in whatever order."""

from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.metrics.memory import MemoryStore
from controller.metrics.store import Append, BatchKey, MetricStore, Rows, Series
from controller.metrics.within import Chosen
from drivers.readings import Block

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_runs = count(1)

#: What devices report: whole numbers, hundredths, gaps, and now and then no number.
values = st.one_of(
    st.integers(-(10**12), 10**12).map(float),
    st.integers(-(10**8), 10**8).map(lambda n: n / 100),
    st.sampled_from([None, float("nan"), float("inf")]),
)
#: Most within some minutes, some an hour off, some as late as a spool may keep them.
times = st.one_of(
    st.integers(0, 10 * MINUTE),
    st.integers(-HOUR, HOUR),
    st.integers(-80 * DAY, 0),
).map(lambda offset: T + offset)
ranges = st.tuples(times, times).map(lambda ends: (min(ends), max(ends) + 1))
polls = st.tuples(st.sampled_from("ab"), times, st.sampled_from("mn"), st.lists(values, max_size=4))


@st.composite
def batches(draw: st.DrawFn) -> list[list[Any]]:
    """Batches of polls; no series has two samples at one time."""
    wanted = st.lists(polls, max_size=30, unique_by=lambda poll: poll[:3])
    return [draw(wanted)[half::2] for half in (0, 1)] if draw(st.booleans()) else [draw(wanted)]


def _append(store: MetricStore, run: str, polled: list[list[Any]]) -> None:
    store.append(
        [
            Append(
                BatchKey("agent", run, sequence),
                tuple(
                    Rows(
                        subject + run,
                        at,
                        (
                            Block(
                                tuple(f"p{n}" for n in range(len(column))), {metric + run: column}
                            ),
                        ),
                    )
                    for subject, at, metric, column in one
                ),
            )
            for sequence, one in enumerate(polled)
        ]
    )


def _like(wanted: Series) -> Series:
    near = tuple(None if v is None else pytest.approx(v, rel=1e-9, abs=1e-9) for v in wanted.values)
    return Series(wanted.metric, wanted.part, wanted.times, near)


def _by_name(curves: Any) -> dict[tuple[str, str], Series]:
    return {(curve.metric, curve.part): curve for curve in curves}


checked = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@checked
@given(
    polled=batches().filter(
        lambda some: len({p[:3] for b in some for p in b}) == sum(map(len, some))
    ),
    asked=st.tuples(ranges, st.sampled_from([0, 777, 7_000, MINUTE, 61_500, 7 * HOUR, DAY])),
    how=st.sampled_from(["count", "min", "mean", "max", "p05", "p95"]),
    windows=st.none() | st.lists(ranges, max_size=4),
)
def test_stores_agree(store: MetricStore, polled: Any, asked: Any, how: Any, windows: Any) -> None:
    run = f"-{next(_runs)}"
    plain = MemoryStore()
    for one in (plain, store):
        _append(one, run, polled)
    (start, end), step = asked
    if step and (end - start) // step > 5_000:
        start = end - 5_000 * step

    for subject in ("a" + run, "b" + run):
        question: Any = {"start": start, "end": end, "step": step, "how": how}
        curves = [
            _by_name(one.series(subject, ["m" + run, "n" + run], **question))
            for one in (plain, store)
        ]
        assert curves[1] == {name: _like(curve) for name, curve in curves[0].items()}
    figures = [
        one.aggregate("m" + run, start=start, end=end, how=how, windows=windows)
        for one in (plain, store)
    ]
    assert figures[1] == pytest.approx(figures[0], rel=1e-9, abs=1e-9)
    newest = [
        one.latest(["a" + run], ["m" + run, "n" + run], since=start) for one in (plain, store)
    ]
    assert newest[1] == newest[0]


def test_a_load_is_found_whatever_its_order(store: MetricStore) -> None:
    rng = np.random.default_rng(5)
    series = [(f"load{n}", "m", f"p{n % 3}") for n in range(40)]
    at = T - rng.permutation(40 * 200).astype(np.int64) * 11_000
    index = rng.integers(0, 40, len(at)).astype(np.int32)
    figures = np.round(rng.gamma(2.0, 1e6, len(at)), 2)
    figures[::97] = np.nan
    plain = MemoryStore()
    for one in (plain, store):
        for half in (slice(0, 5_000), slice(5_000, None)):
            one.load(series, at[half], index[half], figures[half])

    for how in ("count", "mean", "p95"):
        question: Any = {"start": T - 30 * DAY, "end": T + 1, "how": how}
        wanted = plain.aggregate("m", **question)
        assert store.aggregate("m", **question) == pytest.approx(wanted, rel=1e-9)
    [curve] = store.series("load7", ["m"], start=T - HOUR, end=T + 1)
    [wanted_curve] = plain.series("load7", ["m"], start=T - HOUR, end=T + 1)
    assert curve == wanted_curve


def test_figures_of_chosen_ports_in_chosen_hours(store: MetricStore) -> None:
    block = Block(("up", "down"), {"m": [1.0, 100.0]})
    rows = [
        Rows(f"d{n}", T + hour * HOUR, (block,)) for n in range(130) for hour in range(0, 48, 6)
    ]
    store.append([Append(BatchKey("a", "e", 1), tuple(rows))])
    chosen = [(f"d{n}", "up" if n % 2 else "down") for n in range(120)] + [("d7", "none")]

    figures = store.aggregate(
        "m",
        start=T,
        end=T + 2 * DAY,
        how="count",
        only=chosen,
        windows=[(T + DAY, T + DAY + 7 * HOUR), (T, T + HOUR), (T, T + 1)],
    )

    assert figures == dict.fromkeys(chosen[:-1], 3.0)
    assert store.aggregate("m", start=T, end=T + DAY, how="max", only=[]) == {}
    assert store.aggregate("m", start=T, end=T + DAY, how="max", windows=[]) == {}


def test_figures_of_many_series_each_in_hours_of_its_own(store: MetricStore) -> None:
    rng = np.random.default_rng(3)
    series = [(f"w{n}", "m", part) for n in range(12) for part in ("r", "gateway")]
    at = np.concatenate([T + np.arange(600) * 60_000 + rng.integers(0, 9_000) for _ in series])
    index = np.repeat(np.arange(len(series), dtype=np.int32), 600)
    figures = np.round(rng.gamma(2.0, 1e6, len(at)), 2)
    figures[rng.random(len(at)) < 0.3] = np.nan
    plain = MemoryStore()
    for one in (plain, store):
        one.load(series, at, index, figures)
    hours = (T + 20 * MINUTE + 7, T + 3 * HOUR), (T + 5 * HOUR + 123, T + 7 * HOUR + 2)
    chosen = [
        Chosen(hours, subjects=[f"w{n}" for n in range(5)], without=["gateway"]),
        Chosen(hours[1:], only=[("w5", "r"), ("w6", "gateway"), ("w99", "r")]),
        Chosen([], subjects=["w7"]),
        Chosen([(T, T + 1)], subjects=["w8"]),
    ]

    for step in (0, 5 * MINUTE, HOUR):
        wanted = plain.within(["m", "none"], chosen, step=step)
        found = store.within(["m"], chosen, step=step)
        others = {("w5", "m", "r"), ("w6", "m", "gateway")}
        assert set(found) == {*((f"w{n}", "m", "r") for n in range(5)), *others}
        for key, one in found.items():
            assert one == pytest.approx(wanted[key], rel=1e-9)
            assert store.within(["m"], chosen, step=step, p95=False)[key] == (one.number, 0.0)
    # Of the two hours one begins too late.
    assert store.within(["m"], chosen, step=HOUR)["w5", "m", "r"].number == 1
    assert store.within(["m"], [], step=0) == {}


def test_a_sample_later_than_a_season_lies_where_it_belongs(store: MetricStore) -> None:
    for sequence, at in enumerate((T, T - 80 * DAY, T - 40 * DAY, T - 80 * DAY + 1)):
        block = Block(("",), {"m": [float(sequence)]})
        store.append([Append(BatchKey("a", "e", sequence), (Rows("d", at, (block,)),))])

    [curve] = store.series("d", ["m"], start=T - 90 * DAY, end=T + 1)
    assert curve.values == (1.0, 3.0, 2.0, 0.0)
    assert store.latest(["d"], ["m"], since=T - 90 * DAY) == {("d", "m", ""): (T, 0.0)}


def test_long_names_and_many_of_them_make_no_question_too_long(store: MetricStore) -> None:
    parts = tuple(f"{n:03d}" + "端" * 250 for n in range(120))
    block = Block(parts, {"m": [float(n) for n in range(120)]})
    store.append([Append(BatchKey("a", "e", 1), (Rows("d", T, (block,)),))])

    figures = store.aggregate("m", start=T, end=T + 1, how="max", only=[("d", p) for p in parts])
    assert figures == {("d", part): float(n) for n, part in enumerate(parts)}
    curves = store.series("d", ["m"], start=T, end=T + 120_000, step=60_000, parts=parts)
    assert [curve.part for curve in curves] == list(parts)
