"""Answers out of extracts are those of the samples, whatever came when."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.extracts import asking
from controller.metrics.memory import MemoryStore
from controller.metrics.periods import DAY, HOUR
from controller.metrics.within import Chosen
from tests.controller.metrics.extracts.conftest import (
    DAYS,
    LINES,
    START,
    answers,
    extracts,
    load,
    questions,
)
from tests.controller.metrics.housekeeping.months import MINUTE, Batch, Clock

_runs = count(1)


@pytest.fixture
def without_files(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on a question that reads more of the files than arrivals fails."""

    def forbid() -> None:
        def read(*_: object, **__: object) -> None:
            raise AssertionError("samples of sorted files were read")

        monkeypatch.setattr(asking, "figures_within", read)

    return forbid


def test_answers_are_the_same_before_and_after_extracts_are_made(
    store: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path,
    without_files: Callable[[], None],
) -> None:  # fmt: skip
    load(store, plain, start=START, end=START + DAYS * DAY)
    wanted = answers(plain)
    assert answers(store) == wanted
    clock.now += DAY
    store.tidy(clock.now)
    assert answers(store) == wanted
    assert extracts(tmp_path) == [], "nobody had asked for anything in sorted files"

    store.tidy(clock.now)

    assert len(extracts(tmp_path)) == 2, "of samples, and of means of five minutes"
    without_files()
    assert answers(store) == wanted


def test_what_comes_late_counts_at_once_and_after_it_was_sorted(
    store: DuckDbStore, plain: MemoryStore, clock: Clock, batch: Batch
) -> None:
    load(store, plain, start=START, end=START + 3 * DAY)
    clock.now += DAY
    store.tidy(clock.now)
    answers(store)
    store.tidy(clock.now)
    load(store, plain, start=START + 3 * DAY, end=START + DAYS * DAY, seed=2)
    # In steps of which a part was there before, and of a line that was never heard of.
    load(store, plain, start=START + HOUR + 30_500, end=START + HOUR + 7 * MINUTE, seed=3, lines=2)
    late = batch(7, ("l0", START + HOUR + 59, {"ping_loss_ratio": {"r2": 1.0}}))
    for one in (store, plain):
        one.append([late])
    wanted = answers(plain)

    for _ in range(3):
        assert answers(store) == wanted
        clock.now += DAY
        store.tidy(clock.now)
        store.tidy(clock.now)


def test_series_that_are_asked_for_later_get_extracts_of_their_own_and_soon_one_together(
    store: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path
) -> None:
    load(store, plain, start=START, end=START + DAYS * DAY)
    clock.now += DAY
    store.tidy(clock.now)
    hours = questions()[0].windows
    files = []
    for n in range(LINES):
        some = [Chosen(hours, subjects=[f"l{n}"])]
        found = store.within(["ping_loss_ratio"], some)
        assert found == plain.within(["ping_loss_ratio"], some)
        store.tidy(clock.now)
        files.append(len(extracts(tmp_path)))

    assert files == [1, 2, 3, 4, 1, 2]
    asked = questions()
    assert store.within(["ping_loss_ratio"], asked) == plain.within(["ping_loss_ratio"], asked)


def test_an_odd_step_and_a_question_of_an_hour_read_samples(
    store: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path
) -> None:
    load(store, plain, start=START, end=START + DAYS * DAY)
    clock.now += DAY
    store.tidy(clock.now)
    moment = [Chosen([(START + HOUR, START + 2 * HOUR)])]

    for asked, step in ((questions(), 7 * MINUTE + 1), (moment, 5 * MINUTE)):
        found = store.within(["port_in_bits_per_second"], asked, step=step)
        wanted = plain.within(["port_in_bits_per_second"], asked, step=step)
        assert found == {key: pytest.approx(one) for key, one in wanted.items()}

    store.tidy(clock.now)
    assert extracts(tmp_path) == []


def test_hours_answer_when_samples_and_their_extracts_are_gone(
    store: DuckDbStore, clock: Clock, tmp_path: Path
) -> None:
    load(store, start=START, end=START + DAYS * DAY)
    asked = questions()
    for _ in range(2):
        clock.now += DAY
        store.tidy(clock.now)
        before = store.within(["ping_round_trip_seconds"], asked)
    assert extracts(tmp_path)

    clock.now += 120 * DAY
    store.tidy(clock.now)

    assert extracts(tmp_path) == []
    hours = [(START + n * DAY, START + n * DAY + 4 * HOUR) for n in range(DAYS)]
    whole = [Chosen(hours, subjects=["l0"])]
    found = store.within(["ping_round_trip_seconds"], whole)["l0", "ping_round_trip_seconds", "r1"]
    its = before["l0", "ping_round_trip_seconds", "r1"]
    assert found.number > its.number
    assert found.p95 == pytest.approx(its.p95, rel=0.15)


#: Two months, and a day's edge between them; most within minutes of each other.
_EDGE = START + 30 * DAY
_times = st.one_of(
    st.integers(-12 * MINUTE, 12 * MINUTE),
    st.integers(-2 * DAY, 2 * DAY),
).map(lambda offset: _EDGE + offset)
_values = st.one_of(st.sampled_from([0.0, 1.0]), st.integers(-(10**9), 10**9).map(lambda n: n / 7))
_samples = st.lists(st.tuples(st.sampled_from("abc"), _times, _values), min_size=1, max_size=25)
_spans = st.lists(st.tuples(_times, _times).map(lambda two: (min(two), max(two))), max_size=4)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    loads=st.lists(_samples, min_size=1, max_size=3),
    windows=st.lists(_spans, min_size=1, max_size=3),
    step=st.sampled_from([0, MINUTE, 5 * MINUTE, 7_000]),
    together=st.booleans(),
)
def test_any_readings_in_any_windows(
    loads: list[list[tuple[str, int, float]]], windows: Any, step: int, together: bool
) -> None:
    clock, plain = Clock(), MemoryStore()
    clock.now = _EDGE + 3 * DAY
    far = [(_EDGE - 2 * DAY, _EDGE - 2 * DAY + MINUTE), (_EDGE + 2 * DAY, _EDGE + 2 * DAY + MINUTE)]
    chosen = [
        Chosen([*some, *far], subjects=[subject])
        for subject, some in zip("abc", windows, strict=False)
    ]
    with TemporaryDirectory() as folder:
        store = DuckDbStore(Path(folder), clock=clock)
        try:
            for some in loads:
                subjects, times, values = zip(*some, strict=True)
                index = np.array(["abc".index(one) for one in subjects], dtype=np.int32)
                for one in (plain, store):
                    one.load(
                        [(name, "m", "") for name in "abc"], np.array(times), index,
                        np.array(values),
                    )  # fmt: skip
                if together:
                    continue
                clock.now += DAY
                store.tidy(clock.now)
                store.within(["m"], chosen, step=step)
                store.tidy(clock.now)
            for p95 in (True, False):
                wanted = plain.within(["m"], chosen, step=step, p95=p95)
                found = store.within(["m"], chosen, step=step, p95=p95)
                assert found == {
                    key: pytest.approx(one, rel=1e-9, abs=1e-6) for key, one in wanted.items()
                }
        finally:
            store.close()
