"""Background jobs: once at a time, whatever happens to one run."""

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from fastapi import FastAPI
from sqlmodel import Session
from starlette.testclient import TestClient

from alerts.repositories import TicketRepository
from controller.app import create_app
from controller.jobs import Job, Jobs
from controller.metrics.memory import MemoryStore
from controller.settings import Settings
from controller.telemetry import Telemetry
from drivers.readings import Outcome
from inventory.database import make_engine, read_only, session_factory
from inventory.models import School
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
        deadline = datetime.now(UTC) + timedelta(seconds=20)
        total = 0
        while not total and datetime.now(UTC) < deadline:
            with read_only(app.state.sessions) as session:
                total = TicketRepository(session, Scope.everything()).page().total
    assert total == 1


def test_on_postgresql_only_one_controller_runs_a_job(postgres_database: str) -> None:
    engine = make_engine(postgres_database)
    sessions = session_factory(engine)
    inside, leave = Event(), Event()

    def slow(_: Session, __: datetime) -> None:
        inside.set()
        leave.wait(20)

    mine, others = Jobs((), sessions, Telemetry()), Jobs((), sessions, Telemetry())
    first = Thread(target=mine.run_once, args=(Job("judge", 1.0, slow),))
    first.start()
    assert inside.wait(20)
    assert others.run_once(Job("judge", 1.0, lambda *_: None)) is False
    assert others.run_once(Job("another", 1.0, lambda *_: None)) is True
    leave.set()
    first.join(20)
    assert others.run_once(Job("judge", 1.0, lambda *_: None)) is True
    engine.dispose()
