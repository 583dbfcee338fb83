"""A store on a disk, under a clock that is set."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.metrics.duckdb import DuckDbStore
from tests.controller.metrics.housekeeping.months import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reopen(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], DuckDbStore]]:
    held: list[DuckDbStore] = []

    def again() -> DuckDbStore:
        if held:
            held.pop().close()
        held.append(DuckDbStore(tmp_path / "metrics", clock=clock))
        return held[0]

    yield again
    held.pop().close()


@pytest.fixture
def store(reopen: Callable[[], DuckDbStore]) -> DuckDbStore:
    return reopen()
