"""Writers of one process take turns in the order in which they came."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlmodel import Session

from inventory.database import make_engine, session_factory, unit_of_work
from inventory.turns import Turns


def _waiting(turns: Turns) -> int:
    return len(turns._waiting)


def _until(condition) -> None:
    pause = Event()
    for _ in range(3_000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("nothing happened for 30 seconds")


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    turns, order = Turns(), []

    def write(number: int) -> None:
        with turns.turn(30):
            order.append(number)

    threads = [Thread(target=write, args=(number,)) for number in range(8)]
    with turns.turn(30):
        for number, thread in enumerate(threads, start=1):
            thread.start()
            _until(lambda number=number: _waiting(turns) == number)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_who_waits_too_long_leaves_the_line_and_the_next_one_has_its_turn() -> None:
    turns = Turns()
    with ThreadPoolExecutor(1) as pool:
        with turns.turn(30):
            with pytest.raises(WaitedTooLong, match=r"for 0\.01 seconds"), turns.turn(0.01):
                pytest.fail("it was not its turn")
            after = pool.submit(lambda: turns.turn(30).__enter__())
            _until(lambda: _waiting(turns) == 1)
        after.result(30)
    assert _waiting(turns) == 0


def test_a_failure_gives_the_turn_back() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="mine"), turns.turn(30):
        raise ValueError("mine")
    with turns.turn(0):
        assert _waiting(turns) == 0


def test_a_writer_of_a_file_waits_for_its_turn_and_a_reader_does_not(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    factory, order = session_factory(engine), []

    def write(name: str) -> None:
        with unit_of_work(factory) as session:
            assert isinstance(session, Session)
            order.append(name)

    with ThreadPoolExecutor(2) as pool:
        with unit_of_work(factory):
            second = pool.submit(write, "second")
            with factory() as reader:
                reader.connection().exec_driver_sql("SELECT 1")
            order.append("first")
        second.result(30)
    assert order == ["first", "second"]
    engine.dispose()
