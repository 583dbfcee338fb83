"""A PostgreSQL that stands still: nobody waits for it for ever, and nobody has to restart."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import ConnectionTimeout
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from inventory import watched
from inventory.database import connect_alone, make_engine
from inventory.watched import Pulse
from tests.system.servers import Postgres


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


def test_connections_to_a_server_that_stands_still_end_and_come_back(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "SILENT_SECONDS", 0.3)
    engine = make_engine(postgres.url, statement_seconds=60)
    alone = connect_alone(engine)
    with engine.connect() as busy:
        busy.execute(text("SELECT 1"))
        postgres.pause()
        try:
            with pytest.raises(OperationalError, match="does not answer"):
                busy.execute(text("SELECT 1"))
            with pytest.raises(psycopg.OperationalError, match="does not answer"):
                alone.execute("SELECT 1")
            assert alone.closed
            # Known by now to stand still: those who come later are told at once.
            with pytest.raises(OperationalError, match="does not answer"):
                engine.connect()
        finally:
            postgres.resume()
    time.sleep(1.1)  # what was found out is believed for a second
    with engine.connect() as again:
        assert again.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_a_statement_that_takes_long_is_waited_for(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "SILENT_SECONDS", 0.1)
    engine = make_engine(postgres_database, statement_seconds=60)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 'done' FROM pg_sleep(0.6)")).scalar_one() == "done"
    engine.dispose()


def test_a_statement_the_server_should_have_ended_is_given_up(postgres_database: str) -> None:
    engine = make_engine(postgres_database)
    alone = connect_alone(engine)
    alone.longest = 0.2
    with pytest.raises(psycopg.OperationalError, match="does not answer"):
        alone.execute("SELECT pg_sleep(30)")
    assert alone.closed
    engine.dispose()


def test_one_question_is_asked_for_all_and_its_answer_believed_for_a_second() -> None:
    now = [0.0]
    asked: list[int] = []

    def silent(seconds: int) -> psycopg.Connection:
        asked.append(seconds)
        raise ConnectionTimeout("nothing came")

    pulse = Pulse(silent, clock=lambda: now[0])
    pulse.require()
    assert not asked, "who has heard nothing bad need not ask"
    assert not pulse.answers()
    with pytest.raises(psycopg.OperationalError):
        pulse.require()
    assert len(asked) == 1
    now[0] += 1.5
    with pytest.raises(psycopg.OperationalError):
        pulse.require()
    assert len(asked) == 2


def test_a_server_that_is_full_or_starting_answers_all_the_same() -> None:
    def full(_seconds: int) -> psycopg.Connection:
        raise psycopg.OperationalError("too many clients already")

    assert Pulse(full).answers()
