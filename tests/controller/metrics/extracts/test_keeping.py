"""Extracts outlive a start, follow their files, and are never believed when they are damaged."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.extracts import keeping, making
from controller.metrics.memory import MemoryStore
from controller.metrics.periods import DAY
from tests.controller.metrics.extracts.conftest import (
    DAYS,
    START,
    answers,
    extracts,
    load,
    questions,
)
from tests.controller.metrics.housekeeping.months import Clock


@pytest.fixture
def filled(store: DuckDbStore, plain: MemoryStore, clock: Clock) -> DuckDbStore:
    """A store with some days of readings, sorted, asked for, and in extracts."""
    load(store, plain, start=START, end=START + DAYS * DAY)
    clock.now += DAY
    store.tidy(clock.now)
    answers(store)
    store.tidy(clock.now)
    return store


def test_after_a_start_they_are_there_and_are_made_of_new_files(
    filled: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path,
    reopen: Callable[[], DuckDbStore],
) -> None:  # fmt: skip
    before = extracts(tmp_path)
    store = reopen()
    assert extracts(tmp_path) == before
    assert answers(store) == answers(plain)

    store = reopen()  # and now without a question
    load(store, plain, start=START + DAYS * DAY, end=START + (DAYS + 1) * DAY, seed=4)
    clock.now += 2 * DAY
    store.tidy(clock.now)

    assert len(extracts(tmp_path)) == 2 * len(before)
    asked = questions(days=DAYS + 1)
    assert answers(store, asked) == answers(plain, asked)


def test_files_that_become_one_take_theirs_along(
    filled: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path
) -> None:
    before = extracts(tmp_path)
    for day in range(DAYS, DAYS + 4):
        load(filled, plain, start=START + day * DAY, end=START + (day + 1) * DAY, seed=day)
        clock.now += DAY
        filled.tidy(clock.now)
    clock.now += 26 * DAY
    answers(filled)
    filled.tidy(clock.now)  # the month is over: one file

    found = extracts(tmp_path)
    assert len(found) == 2
    assert not set(found) & set(before)
    asked = questions(days=DAYS + 4)
    assert answers(filled, asked) == answers(plain, asked)


def test_what_nobody_asks_for_goes_and_comes_back_when_it_is_asked_for(
    filled: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path
) -> None:
    assert extracts(tmp_path)
    clock.now += keeping.KEPT_FOR + DAY
    filled.tidy(clock.now)
    assert extracts(tmp_path) == []

    assert answers(filled) == answers(plain)
    filled.tidy(clock.now)
    assert len(extracts(tmp_path)) == 2


def _cut(text: bytes) -> bytes:
    return text[: len(text) // 2]


def _flip(text: bytes) -> bytes:
    return text[:5000] + bytes([text[5000] ^ 1]) + text[5001:]


def _rot(text: bytes) -> bytes:
    return text[:-60] + bytes([text[-60] ^ 1]) + text[-59:]


@pytest.mark.parametrize("damage", [_cut, _flip, _rot, lambda _: b"", lambda text: text + b"more"])
@pytest.mark.usefixtures("filled")
def test_a_damaged_extract_is_not_believed_and_made_anew(
    plain: MemoryStore, clock: Clock, tmp_path: Path, reopen: Callable[[], DuckDbStore],
    damage: Callable[[bytes], bytes],
) -> None:  # fmt: skip
    reopen().close()
    names = extracts(tmp_path)
    good = {}
    for name in names:
        path = tmp_path / "metrics" / "extracts" / name
        good[name] = path.read_bytes()
        path.write_bytes(damage(good[name]))
    tmp_path.joinpath("metrics/extracts/raw-half-made.0-1.extract.tmp").write_bytes(b"half")

    store = reopen()
    assert answers(store) == answers(plain)
    store.tidy(clock.now)

    assert answers(store) == answers(plain)
    found = {name: tmp_path / "metrics" / "extracts" / name for name in extracts(tmp_path)}
    assert {name: path.read_bytes() for name, path in found.items()} == good


def test_an_extract_of_another_file_is_not_taken_for_this_one_s(
    filled: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path,
    reopen: Callable[[], DuckDbStore],
) -> None:  # fmt: skip
    folder = tmp_path / "metrics" / "extracts"
    others = {path.name.split(".", 1)[1]: path.read_bytes() for path in folder.iterdir()}
    load(filled, plain, start=START + DAYS * DAY, end=START + (DAYS + 1) * DAY, seed=4)
    clock.now += DAY
    filled.tidy(clock.now)
    filled.close()
    for path in folder.iterdir():
        path.write_bytes(others[path.name.split(".", 1)[1]])

    asked = questions(days=DAYS + 1)
    assert answers(reopen(), asked) == answers(plain, asked)


def test_a_failing_disk_costs_nothing_but_the_extract(
    filled: DuckDbStore, plain: MemoryStore, clock: Clock, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = extracts(tmp_path)
    load(filled, plain, start=START + DAYS * DAY, end=START + (DAYS + 1) * DAY, seed=4)
    clock.now += DAY

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(making, "_write", full)
        with pytest.raises(OSError, match="no space"):
            filled.tidy(clock.now)
    assert extracts(tmp_path) == before
    asked = questions(days=DAYS + 1)
    assert answers(filled, asked) == answers(plain, asked)

    filled.tidy(clock.now)
    assert len(extracts(tmp_path)) == 2 * len(before)


def test_a_store_that_is_told_to_stop_makes_no_more(
    store: DuckDbStore, clock: Clock, tmp_path: Path
) -> None:
    load(store, start=START, end=START + DAYS * DAY)
    clock.now += DAY
    store.tidy(clock.now)
    answers(store)
    store.stop_tidying()
    store.tidy(clock.now)

    assert extracts(tmp_path) == []


def test_questions_go_on_while_extracts_are_made_replaced_and_removed(
    store: DuckDbStore, plain: MemoryStore, clock: Clock
) -> None:
    load(store, plain, start=START, end=START + DAYS * DAY)
    wanted = answers(plain)

    def ask() -> list[list[object]]:
        return [answers(store) for _ in range(4)]

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        for later in (DAY, 0, keeping.KEPT_FOR + DAY, 20 * DAY, 0):
            clock.now += later
            pool.submit(store.tidy, clock.now).result()
    for done in asking:
        for found in done.result():
            assert found == wanted
