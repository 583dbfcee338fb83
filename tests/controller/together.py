"""Processes of their own for tests of several controllers: ``python -m tests.controller.together``.

``URL FOLDER N``: a supervisor of N workers, metrics in the memory of each.
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from threading import Event

from fastapi import FastAPI
from sqlmodel import Session

from controller.app import create_app
from controller.jobs import Job, Jobs
from controller.leadership import leadership_of
from controller.metrics.memory import MemoryStore
from controller.settings import Settings
from controller.telemetry import Telemetry
from controller.workers import Supervisor, start_logging
from inventory.database import make_engine, session_factory
from inventory.ids import new_id
from inventory.models import Agent
from tests.controller.county import make_settings


def make_app(settings: Settings) -> FastAPI:
    """A controller without DuckDB files, of which there can be several."""
    return create_app(settings, store=MemoryStore())


def main(url: str, folder: str, count: str) -> None:
    settings = make_settings(Path(folder), database_url=url, port=0, jobs=True)
    start_logging(settings)
    began = Supervisor(settings, int(count), make_app).run(_say)
    sys.exit(0 if began else 1)


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def run_jobs(arguments: list[str]) -> None:
    """Jobs alone over a database, one of which writes its process's id every half second."""
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    engine = make_engine(arguments[0])

    def tick(session: Session, now: datetime) -> None:
        session.add(Agent(id=new_id("a"), name=str(os.getpid()), enrolled_at=now))

    jobs = Jobs(
        (Job("tick", 0.5, tick),), session_factory(engine), Telemetry(), leadership_of(engine)
    )
    jobs.start()
    _say("started")
    ended.wait()
    jobs.stop()
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
