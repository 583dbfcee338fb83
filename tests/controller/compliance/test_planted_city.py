"""A city with every kind of failure planted: each is found for its reason, nobody else accused."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from controller.compliance.collecting import Period, collect
from controller.compliance.results import Note, SchoolVerdict
from controller.compliance.school_time import hours_of
from controller.compliance.states import State
from controller.compliance.verdict import judge_all
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import MetricStore
from inventory.models import MeasurementExclusion
from inventory.scope import Scope
from tests.planted.cases import CASES, HEALTHY, ROUND, case_of, misjudged
from tests.planted.readings import Cadence, fill
from tests.planted.register import approve, register

ALL = Scope.everything()
SCHOOLS = ROUND + len(CASES)
#: Two weeks before the national holidays, and ten school days of them.
FIRST, LAST = date(2026, 9, 7), date(2026, 9, 18)
CADENCE = Cadence(probes=300, uplinks=300)


@pytest.fixture
def city(sqlite_engine: Engine) -> Iterator[Session]:
    with Session(sqlite_engine) as session:
        register(session, SCHOOLS)
        approve(session, SCHOOLS, hours_of(session, ALL, FIRST, LAST), FIRST)
        yield session


@pytest.fixture
def store(tmp_path: Path, city: Session) -> Iterator[MetricStore]:
    made = DuckDbStore(tmp_path / "metrics")
    fill(made, hours_of(city, ALL, FIRST, LAST), SCHOOLS, CADENCE)
    yield made
    made.close()


def _judged(session: Session, store: MetricStore) -> list[SchoolVerdict]:
    period = Period(first=FIRST, last=LAST, probe_seconds=CADENCE.probes)
    hours = hours_of(session, ALL, FIRST, LAST)
    return judge_all(collect(session, store, ALL, period, hours))


def test_every_planted_failure_is_found_and_no_healthy_school_accused(
    city: Session, store: MetricStore
) -> None:
    verdicts = _judged(city, store)
    assert [one for n, found in enumerate(verdicts) if (one := misjudged(n, found))] == []
    assert {case_of(n).name for n in range(SCHOOLS)} == {
        HEALTHY.name, *(one.name for one in CASES)
    }  # fmt: skip
    assert len(verdicts) == SCHOOLS

    # Outages in excluded time are hidden by the approval alone: without it they are found.
    for row in city.exec(select(MeasurementExclusion)):
        city.delete(row)
    city.flush()
    revealed = [
        (case_of(n).name, found.state, Note.outage_above in found.targets[0].available.notes)
        for n, found in enumerate(_judged(city, store))
        if case_of(n).excluded
    ]
    name = "outage in excluded time"
    assert revealed == [(name, State.non_compliant, True)] * 2
