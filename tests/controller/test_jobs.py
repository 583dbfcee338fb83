"""Background jobs: once at a time, whatever happens to one run."""

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import Session, select
from starlette.testclient import TestClient

from alerts.repositories import TicketRepository
from controller.app import create_app
from controller.jobs import Job, Jobs, LongJob, Transactions
from controller.leadership import AdvisoryLock, leadership_of
from controller.metrics.memory import MemoryStore
from controller.settings import Settings
from controller.telemetry import Telemetry
from drivers.readings import Outcome
from inventory.database import make_engine, read_only, session_factory
from inventory.models import Agent, School
from inventory.scope import Scope
from tests.agents import signed
from tests.controller.county import County, make_batch, make_poll, now_ms


def test_a_job_that_fails_is_rolled_back_and_runs_again(app: FastAPI) -> None:
    runs: list[datetime] = []

    def job(session: Session, now: datetime) -> None:
        runs.append(now)
        session.delete(session.get(School, "SCH-B"))
        if len(runs) == 1:
            raise RuntimeError("no")

    sessions = app.state.sessions
    jobs = Jobs((), sessions, Telemetry())
    assert jobs.run_once(Job("delete", 1.0, job)) is False
    with read_only(sessions) as session:
        assert session.get(School, "SCH-B") is not None


def test_jobs_run_with_the_application(settings: Settings, county: County) -> None:
    running = settings.model_copy(update={"jobs": True, "evaluate_seconds": 0.2})
    app = create_app(running, store=MemoryStore())
    with TestClient(app) as client:
        polls = [
            make_poll(taken_at=now_ms() - 2_000 + n, outcome=Outcome.timeout, blocks=())
            for n in range(3)
        ]
        body = make_batch(county.agent_id, 1, *polls)
        headers = signed(app, county.key, "POST", "/api/agent/v1/batches", body)
        headers["Content-Type"] = "application/vnd.campus-fleet.batch+msgpack"
        answer = client.post("/api/agent/v1/batches", content=body, headers=headers)
        assert answer.status_code == 204
        deadline = datetime.now(UTC) + timedelta(seconds=90)
        total = 0
        while not total and datetime.now(UTC) < deadline:
            with read_only(app.state.sessions) as session:
                total = TicketRepository(session, Scope.everything()).page().total
    assert total == 1


def test_on_postgresql_only_one_controller_runs_jobs(postgres_database: str) -> None:
    engine = make_engine(postgres_database)
    sessions = session_factory(engine)
    mine_lock = leadership_of(engine)
    mine = Jobs((), sessions, Telemetry(), mine_lock)
    other_lock = leadership_of(engine)
    others = Jobs((), sessions, Telemetry(), other_lock)
    nothing = Job("judge", 1.0, lambda *_: None)
    assert mine.run_once(nothing) is True
    assert others.run_once(nothing) is False
    assert others.run_once(Job("another", 1.0, lambda *_: None)) is False
    mine_lock.leave()
    assert others.run_once(nothing) is True
    assert mine.run_once(nothing) is False
    other_lock.leave()
    engine.dispose()


def test_whoever_lost_the_leadership_unnoticed_writes_nothing_more(postgres_database: str) -> None:
    engine = make_engine(postgres_database)
    sessions = session_factory(engine)
    lock = AdvisoryLock(engine)
    jobs = Jobs((), sessions, Telemetry(), lock)
    ends: list[str] = []

    def long(transactions: Transactions, now: datetime) -> None:
        with transactions.writing() as session:
            session.add(Agent(id="a1", name="before"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as killer:
            killer.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 60000) FROM pg_locks"
                    " WHERE locktype = 'advisory'"
                )
            )
        with transactions.writing() as session:
            session.add(Agent(id="a2", name="after"))
        ends.append("end")

    assert jobs.run_once(LongJob("long", 1.0, long)) is False
    assert ends == []
    with read_only(sessions) as session:
        assert [agent.id for agent in session.exec(select(Agent)).all()] == ["a1"]
    assert lock.hold() is False  # it notices
    assert jobs.run_once(Job("short", 1.0, lambda *_: None)) is True  # and takes it anew
    lock.leave()
    engine.dispose()


def test_a_job_of_a_leader_before_us_is_let_finish(postgres_database: str) -> None:
    engine = make_engine(postgres_database)
    sessions = session_factory(engine)
    inside, leave = Event(), Event()

    def slow(_: Session, __: datetime) -> None:
        inside.set()
        leave.wait(30)

    before, now = Jobs((), sessions, Telemetry()), Jobs((), sessions, Telemetry())
    first = Thread(target=before.run_once, args=(Job("judge", 1.0, slow),))
    first.start()
    assert inside.wait(30)
    assert now.run_once(Job("judge", 1.0, lambda *_: None)) is False
    assert now.run_once(Job("another", 1.0, lambda *_: None)) is True
    leave.set()
    first.join(30)
    assert now.run_once(Job("judge", 1.0, lambda *_: None)) is True
    engine.dispose()
