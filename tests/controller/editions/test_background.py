"""Editions computed and printed in the background, on both kinds of database."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.editions.background import EditionWork, Order
from controller.language import language
from controller.metrics.duckdb import DuckDbStore
from inventory.database import SessionFactory, read_only, session_factory, unit_of_work
from inventory.editions.errors import EditionStepRefused
from inventory.editions.repository import EditionRepository
from inventory.models import EditionState, MonthVerdict, RunState
from inventory.models.base import utc_now
from tests.inventory.editions.bureau import COUNTY, LEADER, OFFICER, Steps, found


@pytest.fixture
def factory(engine: Engine) -> SessionFactory:
    return session_factory(engine)


@pytest.fixture
def work(factory: SessionFactory, tmp_path: Path) -> Iterator[EditionWork]:
    store = DuckDbStore(tmp_path / "metrics")
    # Shared, as where several controllers work: each notes in the database how far it is.
    work = EditionWork(factory, lambda: store, shared=True)
    yield work
    work.close()
    store.close()


def reach(factory: SessionFactory, edition_id: str, wanted: EditionState) -> None:
    for _ in range(600):
        with read_only(factory) as session:
            editions = EditionRepository(session, COUNTY)
            row, run = editions.get(edition_id), editions.run(edition_id)
            assert row is not None
            assert run is not None
            if row.state is wanted and run.state is RunState.done:
                return
        time.sleep(0.1)
    pytest.fail(f"{row.state}, {run.state}: {run.fault}")


def test_an_edition_is_computed_and_frozen(factory: SessionFactory, work: EditionWork) -> None:
    officer = Order(OFFICER, lambda session: session, language("en"))
    leader = Order(LEADER, lambda session: session, language("en"))
    with unit_of_work(factory) as session:
        found(session)
        edition = Steps(session).open().id
    work.compute(edition, officer)
    reach(factory, edition, EditionState.computed)
    with pytest.raises(EditionStepRefused):
        work.compute(edition, officer)
    with unit_of_work(factory) as session:
        steps = Steps(session)
        steps.edition = steps.desk().in_state(edition, EditionState.computed)
        assert steps.edition.schools == 2
        steps.draft()
        # Late batches come, and the job computes the month once more.
        late = session.get_one(MonthVerdict, (steps.edition.first_day, "SCH-A"))
        signed, late.standing, late.computed_at = late.standing, "marginal", utc_now()
        steps.wait(4)
        steps.review()
        steps.issue()
    work.freeze(edition, leader)
    reach(factory, edition, EditionState.frozen)
    with pytest.raises(EditionStepRefused):
        work.freeze(edition, leader)
    with read_only(factory) as session:
        kept = session.get_one(MonthVerdict, (steps.edition.first_day, "SCH-A"))
        assert (kept.standing, kept.edition_id) == (signed, edition)
