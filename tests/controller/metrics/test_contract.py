"""What every metric store must do, asked of each."""

import math
from collections.abc import Callable

import pytest

from controller.metrics.store import Append, BatchKey, MetricStore, Rows, Series
from drivers.readings import Block

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
MINUTE = 60_000
Batch = Callable[..., Append]


def test_samples_come_back_in_the_order_of_time(store: MetricStore, batch: Batch) -> None:
    store.append([batch(2, ("d1", T + MINUTE, {"cpu_ratio": {"": 0.75}}))])
    store.append([batch(1, ("d1", T, {"cpu_ratio": {"": 0.25}}))])

    assert store.series("d1", ["cpu_ratio"], start=T, end=T + 2 * MINUTE) == [
        Series("cpu_ratio", "", (T, T + MINUTE), (0.25, 0.75))
    ]


def test_the_end_of_a_range_is_outside_it(store: MetricStore, batch: Batch) -> None:
    store.append([batch(1, ("d1", T, {"m": {"": 1.0}}), ("d1", T + 1, {"m": {"": 2.0}}))])

    assert [s.values for s in store.series("d1", ["m"], start=T, end=T + 1)] == [(1.0,)]


def test_a_batch_is_stored_once(store: MetricStore, batch: Batch) -> None:
    same = batch(1, ("d1", T, {"m": {"": 1.0}}))

    assert list(store.append([same, same])) == [True, False]
    assert list(store.append([same])) == [False]
    assert store.series("d1", ["m"], start=T, end=T + 1)[0].values == (1.0,)


def test_the_ledger_tells_agents_epochs_and_sequences_apart(
    store: MetricStore, batch: Batch
) -> None:
    store.append([batch(1), batch(3)])

    assert store.stored(BatchKey("a1", "e1", 1))
    assert not store.stored(BatchKey("a1", "e1", 2))
    assert store.stored(BatchKey("a1", "e1", 3))
    assert not store.stored(BatchKey("a2", "e1", 1))
    assert not store.stored(BatchKey("a1", "e2", 1))


def test_gaps_and_numbers_without_end_are_no_samples(store: MetricStore, batch: Batch) -> None:
    store.append([batch(1, ("d1", T, {"m": {"a": None, "b": math.nan, "c": math.inf, "d": 4.0}}))])

    assert [s.part for s in store.series("d1", ["m"], start=T, end=T + 1)] == ["d"]


def test_a_block_of_many_columns_keeps_every_value_at_its_part(store: MetricStore) -> None:
    block = Block(("g1", "g2"), {"in": [1.0, 2.0], "out": [3.0, None]})
    store.append([Append(BatchKey("a1", "e1", 1), (Rows("d1", T, (block,)),))])

    curves = store.series("d1", ["out", "in"], start=T, end=T + 1)

    assert [(s.metric, s.part, s.values) for s in curves] == [
        ("out", "g1", (3.0,)),
        ("in", "g1", (1.0,)),
        ("in", "g2", (2.0,)),
    ]


def test_a_crooked_block_is_refused_whole_and_harms_no_other(
    store: MetricStore, batch: Batch
) -> None:
    crooked = Append(
        BatchKey("a1", "e1", 1),
        (Rows("d1", T, (Block(("a",), {"m": [1.0]}), Block(("a", "b"), {"m": [1.0]}))),),
    )
    with pytest.raises(ValueError, match=r"."):
        store.append([crooked])

    assert not store.stored(crooked.key)
    assert store.append([batch(2, ("d1", T, {"m": {"a": 5.0}}))]) == [True]
    assert store.series("d1", ["m"], start=T, end=T + 1)[0].values == (5.0,)


def test_parts_narrow_a_query(store: MetricStore, batch: Batch) -> None:
    store.append([batch(1, ("d1", T, {"m": {"a": 1.0, "b": 2.0}}))])

    assert [s.part for s in store.series("d1", ["m"], start=T, end=T + 1, parts=["b"])] == ["b"]
    assert list(store.series("d1", ["m"], start=T, end=T + 1, parts=[])) == []


def test_steps_begin_at_the_start_and_empty_ones_are_gaps(store: MetricStore, batch: Batch) -> None:
    store.append(
        [
            batch(
                1,
                ("d1", T + 10, {"m": {"": 1.0}}),
                ("d1", T + 20, {"m": {"": 3.0}}),
                ("d1", T + 2 * MINUTE, {"m": {"": 7.0}}),
            )
        ]
    )

    [curve] = store.series("d1", ["m"], start=T, end=T + 4 * MINUTE, step=MINUTE)

    assert curve.times == (T, T + MINUTE, T + 2 * MINUTE, T + 3 * MINUTE)
    assert curve.values == (2.0, None, 7.0, None)


def test_a_curve_of_too_many_steps_is_refused(store: MetricStore) -> None:
    with pytest.raises(ValueError, match="larger step"):
        store.series("d1", ["m"], start=0, end=T, step=1)


@pytest.mark.parametrize(
    ("how", "figure"),
    [("count", 21.0), ("min", 0.0), ("mean", 10.0), ("max", 20.0), ("p05", 1.0), ("p95", 19.0)],
)
def test_figures_of_a_range(store: MetricStore, batch: Batch, how: str, figure: float) -> None:
    store.append([batch(n, ("d1", T + n, {"m": {"": float(n)}})) for n in range(21)])

    [curve] = store.series("d1", ["m"], start=T, end=T + 21, step=21, how=how)  # type: ignore[arg-type]

    assert store.aggregate("m", start=T, end=T + 21, how=how) == {  # type: ignore[arg-type]
        ("d1", ""): pytest.approx(figure)
    }
    assert curve.values == (pytest.approx(figure),)


def test_figures_lie_between_samples_where_there_are_few(store: MetricStore, batch: Batch) -> None:
    store.append(
        [batch(1, ("d1", T, {"m": {"": 10.0}}), ("d1", T + 1, {"m": {"": 20.0}}))],
    )

    assert store.aggregate("m", start=T, end=T + 2, how="p95") == {("d1", ""): pytest.approx(19.5)}


def test_figures_of_some_subjects(store: MetricStore, batch: Batch) -> None:
    store.append([batch(1, *((f"d{n}", T, {"m": {"a": 1.0, "b": 2.0}}) for n in range(5)))])

    figures = store.aggregate("m", start=T, end=T + 1, how="max", subjects={"d1", "d4", "d9"})

    assert figures == {("d1", "a"): 1, ("d1", "b"): 2, ("d4", "a"): 1, ("d4", "b"): 2}
    assert store.aggregate("m", start=T, end=T + 1, how="max", subjects=[]) == {}


def test_newest_values_past_a_level_are_found_among_all(store: MetricStore, batch: Batch) -> None:
    hot, well = {"m": {"a": 80.0, "b": 20.0}}, {"m": {"a": 20.0}}
    store.append([batch(1, ("d1", T - MINUTE, hot), ("d2", T - MINUTE, hot))])
    store.append([batch(2, ("d2", T, well), ("d3", T, {"n": {"a": 99.0}}))])

    assert store.beyond("m", 70, above=True, since=0) == {("d1", "a"): (T - MINUTE, 80.0)}
    assert store.beyond("m", 20, above=False, since=0) == {}
    assert set(store.beyond("m", 21, above=False, since=T)) == {("d2", "a")}
    assert store.beyond("o", 0, above=True, since=0) == {}


def test_the_newest_value_is_the_one_taken_last_not_the_one_that_came_last(
    store: MetricStore, batch: Batch
) -> None:
    store.append([batch(1, ("d1", T, {"m": {"": 1.0}}), ("d1", T - MINUTE, {"m": {"": 0.5}}))])
    store.append([batch(2, ("d1", T - 2 * MINUTE, {"m": {"": 0.1}}))])

    assert store.latest(["d1"], ["m"], since=0) == {("d1", "m", ""): (T, 1.0)}
    assert store.latest(["d1"], ["m"], since=T) == {("d1", "m", ""): (T, 1.0)}
    assert store.latest(["d1"], ["m"], since=T + 1) == {}
    assert store.latest(["d1", "d2"], ["n"], since=0) == {}


@pytest.mark.parametrize("odd", ["'; DROP TABLE sample; --", "端口 1", "a\x00b", "", "None", "1"])
def test_names_are_data_and_never_part_of_a_query(
    store: MetricStore, batch: Batch, odd: str
) -> None:
    store.append([batch(1, (odd, T, {odd: {odd: 1.0}}))])

    assert store.aggregate(odd, start=T, end=T + 1, how="max", subjects=[odd]) == {(odd, odd): 1.0}
    assert [s.part for s in store.series(odd, [odd], start=T, end=T + 1, parts=[odd])] == [odd]
    assert store.latest([odd], [odd], since=0) == {(odd, odd, odd): (T, 1.0)}


def test_samples_of_chosen_subjects_come_one_by_one(store: MetricStore, batch: Batch) -> None:
    at = [T + n * MINUTE for n in range(4)]
    rows = [("d1", at[2], {"m": {"a": 3.0}}), ("d1", at[1], {"m": {"a": 2.0, "b": 5.0}})]
    store.append(
        [batch(1, *rows, ("d2", at[1], {"m": {"a": 9.0}}), ("d1", at[3], {"m": {"a": 4.0}}))]
    )
    store.append([batch(2, ("d1", at[0], {"m": {"a": 1.0}}), ("d1", at[1], {"n": {"a": 7.0}}))])

    found = store.samples("m", ["d1", "d3"], start=at[0], end=at[3])

    told = {key: (times.tolist(), values.tolist()) for key, (times, values) in found.items()}
    assert told == {("d1", "a"): (at[:3], [1.0, 2.0, 3.0]), ("d1", "b"): ([at[1]], [5.0])}
    assert set(store.samples("m", ["d1"], start=T, end=at[3], without=["b", "c"])) == {("d1", "a")}
    assert store.samples("m", [], start=T, end=at[3]) == {}
    assert store.samples("m", ["d1"], start=at[3] + 1, end=at[3] + 2) == {}
    several = store.samples_of(["n", "m", "none"], ["d1", "d2"], start=at[1], end=at[2])
    assert {key: values.tolist() for key, (_, values) in several.items()} == {
        ("d1", "m", "a"): [2.0], ("d1", "m", "b"): [5.0], ("d1", "n", "a"): [7.0],
        ("d2", "m", "a"): [9.0],
    }  # fmt: skip
    assert store.samples_of([], ["d1"], start=T, end=at[3]) == {}
