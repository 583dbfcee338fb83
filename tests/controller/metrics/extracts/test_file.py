"""The file of an extract gives back what was put into it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.metrics.extracts.file import Damaged, Extract, Writer, writing
from controller.metrics.manifest import Segment

SEGMENT = Segment("raw-2026-03-01-000007", "raw", 0, 31 * 86_400_000, 5, 900, 12)
_series = st.lists(
    st.tuples(
        st.integers(0, 1_500),
        st.sampled_from([2, 3, 256, 257, 10**9]),
        st.integers(0, 2**32 - 1),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(series=_series, step=st.sampled_from([0, 300_000]), seed=st.integers(0, 99))
def test_every_series_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    series: list[tuple[int, int, int]],
    step: int,
    seed: int,
) -> None:
    chance = np.random.default_rng(seed)
    path = tmp_path_factory.mktemp("extract") / "one"
    columns = {}
    with writing(path, SEGMENT, step) as out:
        for number, (size, distinct, last) in enumerate(series):
            times = np.sort(chance.integers(0, last + 1, size)).astype(np.uint32)
            values = chance.integers(0, distinct, size) / 7 - 3
            weights = chance.integers(1, 9, size).astype(np.uint32)
            columns[7 * number] = times, values, weights
            out.add(7 * number, times, values, weights if step else None)

    found = Extract(path, SEGMENT, step)

    assert found.numbers.tolist() == list(columns)
    rows = found.rows_of(np.arange(-1, 50, dtype=np.int32))
    assert [number - 1 for number in np.flatnonzero(rows >= 0)] == list(columns)
    assert found.is_sound(rows[rows >= 0])
    for row, (times, values, weights) in enumerate(columns.values()):
        [address] = found.addresses(np.array([row])).tolist()
        run, everything = found.run(address), [0, len(times)]
        assert run.times.tolist() == times.tolist()
        assert run.values(everything).tolist() == values.tolist()
        assert run.weights.tolist() == (weights.tolist() if step else [])
        thirds = [0, len(times) // 3, 2 * len(times) // 3, len(times)]
        assert run.times_in(thirds).tolist() == [
            *times[: thirds[1]].tolist(), *times[thirds[2] :].tolist(),
        ]  # fmt: skip


def test_few_different_values_take_a_byte_each(tmp_path: Path) -> None:
    sizes = []
    for values in (np.arange(6_000) % 3 / 2, np.arange(6_000) / 7):
        with writing(tmp_path / "one", SEGMENT, 0) as out:
            out.add(1, np.arange(6_000, dtype=np.uint32), values)
        sizes.append(tmp_path.joinpath("one").stat().st_size // 6_000)
    assert sizes == [5, 12]


def test_a_name_of_another_file_a_step_or_a_magic_word_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "one"
    with writing(path, SEGMENT, 0) as out:
        out.add(1, np.arange(3, dtype=np.uint32), np.ones(3))
    Extract(path, SEGMENT, 0)
    other = Segment("raw-2026-03-01-000008", "raw", 0, 31 * 86_400_000, 5, 900, 12)
    for segment, step in ((other, 0), (SEGMENT, 300_000)):
        with pytest.raises(Damaged):
            Extract(path, segment, step)


def test_of_what_fails_nothing_is_left(tmp_path: Path) -> None:
    def fail(_: Writer) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="full"), writing(tmp_path / "one", SEGMENT, 0) as out:
        fail(out)
    assert list(tmp_path.iterdir()) == []
