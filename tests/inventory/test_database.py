from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, SQLModel, col, select

from inventory.database import make_engine, read_only, session_factory, unit_of_work
from inventory.models import Agent, Device, DeviceState, School, User
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, add_city, add_county


class Mishap(Exception):
    """Something goes wrong in the middle of a job."""


def _agent(key: str) -> Agent:
    return Agent(id=key, name=key)


def test_a_unit_of_work_commits_at_its_end_and_undoes_everything_on_an_error(
    engine: Engine,
) -> None:
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        session.add(_agent("a1"))

    def stumble() -> None:
        with unit_of_work(factory) as session:
            session.add(_agent("a2"))
            session.flush()
            raise Mishap

    with pytest.raises(Mishap):
        stumble()
    with read_only(factory) as session:
        assert [agent.id for agent in session.exec(select(Agent)).all()] == ["a1"]


def test_what_a_reader_writes_is_gone(engine: Engine) -> None:
    factory = session_factory(engine)
    with read_only(factory) as session:
        session.add(_agent("a1"))
        session.flush()
    with read_only(factory) as session:
        assert session.exec(select(Agent)).all() == []


def test_rows_stay_readable_after_the_commit(engine: Engine) -> None:
    with unit_of_work(session_factory(engine)) as session:
        agent = _agent("a1")
        session.add(agent)
    assert agent.name == "a1"


def test_jobs_that_read_before_they_write_do_not_fail_each_other(engine: Engine) -> None:
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        session.add(_agent("a1"))

    def count_up(_: int) -> None:
        with unit_of_work(factory) as session:
            query = select(Agent).where(Agent.id == "a1").with_for_update()
            agent = session.exec(query).one()
            agent.spool_batches += 1
            session.add(agent)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(40)))
    with read_only(factory) as session:
        assert session.exec(select(Agent.spool_batches)).one() == 40


def test_a_reader_does_not_wait_for_a_writer(engine: Engine) -> None:
    factory = session_factory(engine)
    with unit_of_work(factory) as writer:
        writer.add(_agent("a1"))
        writer.flush()
        with read_only(factory) as reader:
            assert reader.exec(select(Agent)).all() == []


def test_sqlite_keeps_references_and_survives_a_power_cut(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_postgresql_answers_without_compiling_first(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW jit")).scalar_one() == "off"
    engine.dispose()


def test_only_the_two_databases_are_taken() -> None:
    for url in ("mysql://x/y", "postgresql://x/y"):
        with pytest.raises(ValueError, match="sqlite or postgresql"):
            make_engine(url)


def test_a_row_of_a_school_that_does_not_exist_is_refused(session: Session) -> None:
    session.add(Device(id="d1", school_code="NOWHERE", name="x"))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("code", ["abcd", "ABC", "A/BC", "ABCD "])
def test_the_database_itself_knows_what_a_school_code_is(session: Session, code: str) -> None:
    add_city(session)
    session.add(School(code=code, name="x", organisation_code="3300", path=f"/3300/{code}/"))
    with pytest.raises(IntegrityError):
        session.flush()


def test_enumerations_are_stored_as_their_values(city: Session) -> None:
    row = city.execute(text("SELECT stage, form FROM school WHERE code = 'POINT-A'")).one()
    assert tuple(row) == ("primary", "teaching_point")
    row = city.execute(text("SELECT kind, lifecycle FROM device WHERE id = 'd-A'")).one()
    assert tuple(row) == ("switch", "in_service")


def test_times_come_back_aware_and_in_utc_and_naive_ones_are_refused(city: Session) -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    user = User(id="u1", login="x", name="x", password_hash="-", created_at=beijing)
    city.add(user)
    city.flush()
    city.expire_all()
    assert (user.created_at, user.created_at.tzinfo) == (NOW, UTC)
    with pytest.raises(StatementError, match="naive"):
        city.exec(select(Agent).where(Agent.enrolled_at > datetime(2026, 9, 1))).all()  # noqa: DTZ001


def test_a_scope_is_one_range_of_the_path_index(city: Session) -> None:
    condition = A.scope.condition(col(School.path))
    query = select(School.code).where(condition)
    assert sorted(city.exec(query)) == [A.point, A.school]
    if city.get_bind().dialect.name == "sqlite":
        plan = city.execute(
            text("EXPLAIN QUERY PLAN SELECT code FROM school WHERE path >= :a AND path < :b"),
            {"a": A.path, "b": A.path[:-1] + "0"},
        )
        assert "ix_school_path" in str(plan.all())


def test_every_table_of_the_inventory_can_be_emptied_in_order(city: Session) -> None:
    for table in reversed(SQLModel.metadata.sorted_tables):
        city.execute(table.delete())
    assert SchoolRepository(city, Scope.everything()).count() == 0
    assert city.get(DeviceState, "d-A", populate_existing=True) is None
    add_city(city)
    add_county(city, A)
