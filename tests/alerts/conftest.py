"""A county with two schools, some devices and a line, and the ways to let things happen there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from drivers.readings import ALIVE, Kind, Outcome
from inventory.database import SessionFactory, session_factory, unit_of_work
from inventory.models import (
    Device,
    DeviceState,
    Grant,
    Level,
    Line,
    Organisation,
    Role,
    School,
    User,
)
from tests.targets import demand

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MEGA = 1_000_000
DOWN, UP = "speedtest_download_bits_per_second", "speedtest_upload_bits_per_second"


@pytest.fixture
def now() -> datetime:
    return NOW


def _rows() -> Iterator[list[object]]:
    yield [Organisation(code="3304", name="测试县", level=Level.county, path="/3304/")]
    yield [
        School(code=code, name=name, organisation_code="3304", path=f"/3304/{code}/")
        for code, name in (("S001", "第一小学"), ("S002", "第二小学"))
    ]
    yield [
        Device(id="d1", school_code="S001", name="core-1", kind=Kind.switch),
        Device(id="d2", school_code="S001", name="printer-1", kind=Kind.printer),
        Device(id="d3", school_code="S002", name="core-2", kind=Kind.switch),
        Line(
            id="l1",
            school_code="S001",
            provider="Telecom",
            circuit="C-1",
            down_mbps=Decimal(100),
            up_mbps=Decimal(100),
        ),
    ]
    yield [
        User(id="u1", login="li", name="李", password_hash=""),
        User(id="u2", login="wang", name="王", password_hash=""),
    ]
    yield [
        Grant(user_id="u1", role=Role.county_it, scope_path="/3304/"),
        Grant(user_id="u2", role=Role.technician, scope_path="/3304/S002/"),
    ]


@pytest.fixture
def factory(engine: object) -> SessionFactory:
    """Sessions on a database that holds the county, on SQLite and on PostgreSQL."""
    made = session_factory(engine)  # type: ignore[arg-type]
    with unit_of_work(made) as session:
        for rows in _rows():
            session.add_all(rows)
            session.flush()
        demand(session, 100, key="b1")
    return made


@pytest.fixture
def county(factory: SessionFactory) -> Iterator[Session]:
    """A session that writes, in the county; undone at the end."""
    with factory() as session:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
        session.rollback()


@pytest.fixture
def polled() -> Callable[..., None]:
    """``polled(session, device, outcome, times)``: its last polls ended so."""

    def note(
        session: Session, device_id: str, outcome: Outcome, times: int = 2, at: datetime = NOW
    ) -> None:
        device = session.get(Device, device_id)
        assert device is not None
        state = session.get(DeviceState, device_id) or DeviceState(
            device_id=device_id,
            school_code=device.school_code,
            outcome=outcome,
            taken_at=at,
            since=at,
        )
        state.outcome, state.taken_at = outcome, at
        state.failures = 0 if outcome in ALIVE else times
        session.add(state)
        session.flush()

    return note


@dataclass(frozen=True)
class Curve:
    metric: str
    part: str
    times: tuple[int, ...]
    values: tuple[float | None, ...]


@dataclass
class SpeedTests:
    """Readings of active tests, in memory; counts how often windows are asked for."""

    tests: dict[tuple[str, str, str], list[tuple[int, float]]] = field(default_factory=dict)
    windows: int = 0

    def made(
        self, line: str, *mbps: float, metric: str = DOWN, server: str = "s1", end: datetime = NOW
    ) -> None:
        """Tests a minute apart, the last one at ``end``."""
        last = int(end.timestamp() * 1000)
        self.tests.setdefault((line, metric, server), []).extend(
            (last - 60_000 * (len(mbps) - 1 - place), value * MEGA)
            for place, value in enumerate(mbps)
        )

    def series(self, subject: str, metrics: object, *, start: int, end: int) -> list[Curve]:
        self.windows += 1
        curves = []
        for (line, metric, server), tests in self.tests.items():
            inside = [one for one in tests if start <= one[0] < end]
            if line == subject and metric in metrics and inside:  # type: ignore[operator]
                times, values = zip(*inside, strict=True)
                curves.append(Curve(metric, server, times, values))
        return curves

    def latest(
        self, subjects: object, metrics: object, *, since: int
    ) -> dict[tuple[str, str, str], tuple[int, float]]:
        return {
            key: max(tests)
            for key, tests in self.tests.items()
            if key[0] in subjects and key[1] in metrics and max(tests)[0] >= since  # type: ignore[operator]
        }


@pytest.fixture
def speed() -> SpeedTests:
    return SpeedTests()
