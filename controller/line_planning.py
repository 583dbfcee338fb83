"""The job that plans speed tests, sees what became of them, and follows up missing ones."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from controller.compliance.paths import NOWHERE, Paths
from controller.compliance.tests_made import PathsOf
from controller.jobs import Transactions
from controller.metrics.store import MetricStore
from controller.settings import Settings, orchestration, plan_settings
from inventory.days import day_of
from inventory.models import PlannedState
from inventory.orchestration.board import Board
from inventory.orchestration.repository import Planned, PlannedTestRepository
from inventory.orchestration.school_time import milliseconds
from inventory.orchestration.settling import settled
from inventory.orchestration.ways import Ways
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.speedtest_servers import Servers

PLANNING_SECONDS = 300.0
#: Boxes that were cut off bring what they measured up to so long afterwards.
_LATE = timedelta(days=7)
#: Planned tests are kept as long as a year's report may need them.
_KEPT = timedelta(days=800)
_OUTCOME = "speedtest_outcome"

logger = logging.getLogger(__name__)


def plan_tests(
    store: MetricStore, settings: Settings, key: bytes
) -> Callable[[Transactions, datetime], None]:
    """The job.

    Args:
        store: has what agents measured.
        settings: of the controller.
        key: secret; random minutes are drawn by it.
    """
    how, tested = orchestration(settings), plan_settings(settings)
    everything = Scope.everything()

    def run(transactions: Transactions, now: datetime) -> None:
        with transactions.reading() as session:
            due = PlannedTestRepository(session, everything).due(
                milliseconds(now - _LATE), milliseconds(now) - how.patience_seconds * 1000
            )
            paths = _paths(session, due, now)
            news = _news(store, due, paths, how.patience_seconds * 1000)
            today = day_of(now)
            board = Board(
                session, now, key=key, settings=how, ways=Ways(session, today, today, tested)
            )
        made = {(one.line_id, one.stands_for or one.at) for one in news if _is_made(one)}
        board.withdraw_follow_ups(made)
        known = {(one.line_id, one.at): one.state for one in due}
        missed = [
            one
            for one in news
            if not _is_made(one) and known[one.line_id, one.at] is PlannedState.planned
        ]
        board.follow_up(missed)
        board.plan()
        with transactions.writing() as session:
            repository = PlannedTestRepository(session, everything)
            repository.settle(news)
            change = board.write(repository)
            repository.forget(milliseconds(now - _KEPT))
        if change.planned or change.withdrawn:
            logger.info(
                "%d tests planned, %d of them in place of missed ones; %d withdrawn",
                len(change.planned),
                sum(one.attempt > 0 for one in change.planned),
                len(change.withdrawn),
            )
        if change.unplaced:
            logger.warning(
                "no room under the cap for %d tests; see FLEET_SPEEDTEST_OUTLET_BITS_PER_SECOND",
                change.unplaced,
            )

    return run


def _is_made(test: Planned) -> bool:
    return test.state is PlannedState.made


def _paths(session: Session, due: Sequence[Planned], now: datetime) -> PathsOf:
    """What is known of the test servers of the lines that are due, by line."""
    servers = Servers.read(session, day_of(now - _LATE), day_of(now))
    if not servers:
        return lambda _line: NOWHERE
    schools = SchoolRepository(session, Scope.everything()).facts()
    places = {one.code: one.path for one in schools}
    known = {one.line_id: Paths(servers.of(places.get(one.school_code, "/"))) for one in due}
    return lambda line: known.get(line, NOWHERE)


def _news(
    store: MetricStore, due: Sequence[Planned], paths: PathsOf, patience_ms: int
) -> list[Planned]:
    """Tests whose patience is over, of which something else is known now."""
    if not due:
        return []
    begin = min(one.at for one in due) - 60_000
    end = max(one.at for one in due) + patience_ms
    lines = {one.line_id for one in due}
    told: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    found = store.samples(_OUTCOME, lines, start=begin, end=end)
    for (line, server), (times, values) in found.items():
        beyond = paths(line).outside(server, times).tolist()
        for at, value, outside in zip(times.tolist(), values.tolist(), beyond, strict=True):
            told.setdefault((line, outside), []).append((at, int(value)))
    return settled(due, {way: sorted(some) for way, some in told.items()}, patience_ms)
