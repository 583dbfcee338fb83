"""Looks at lists and clocks of a county, and lets boxes tell what they found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from alerts.judgement import judge
from alerts.models import Alert
from alerts.reminding import to_remind
from controller.metrics.memory import MemoryStore
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block
from inventory.scope import Scope

ALL = Scope.everything()
NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Look = Callable[..., list[tuple[str, str, str]]]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def look(county: Session, store: MemoryStore) -> Look:
    """``look(now, since)``: judge twice over, and say which alerts are open."""

    def judged(now: datetime = NOW, since: datetime = NOW - DAY) -> list[tuple[str, str, str]]:
        county.flush()
        news = to_remind(county, store, now, ALL, listening_since=since)
        judge(county, news.findings, news.clears, now)
        assert not to_remind(county, store, now, ALL, listening_since=since)
        alerts = county.exec(select(Alert).where(Alert.cleared_at == None))  # noqa: E711
        return sorted((one.rule, one.subject, one.part) for one in alerts)

    return judged


@pytest.fixture
def say(store: MemoryStore) -> Callable[..., None]:
    """``say(metric, minutes, d1=1, d2=0)``: what a box found so many minutes from now."""
    told = 0

    def made(metric: str, minutes: float, **found: float) -> None:
        nonlocal told
        at = int((NOW + minutes * MINUTE).timestamp() * 1_000)
        for device, value in found.items():
            told += 1
            rows = Rows(device, at, (Block(("",), {metric: [value]}),))
            store.append([Append(BatchKey("a", "e", told), (rows,))])

    return made
