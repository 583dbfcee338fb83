"""A city whose boxes call or do not, judged as the controller's jobs do."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from alerts.models import Alert, Notice, NotifyChannel, Ticket
from alerts.notify.models import ChannelKind, NoticeKind
from alerts.notify.outbox import note_what_happens
from alerts.notify.planning import Planner
from controller.jobs import judge_alerts
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.intake.hearing import Heard, heard_from_all
from inventory.models import (
    Agent,
    AgentSchool,
    Grant,
    Level,
    Line,
    Organisation,
    Role,
    School,
    User,
)
from tests.alerts.conftest import MINUTE, NOW, SpeedTests

ROLES = frozenset({Role.city_it, Role.county_it, Role.technician})
#: How many schools the counties of a city have; the last two stay well.
COUNTIES = {"A1": 45, "A2": 14, "A3": 12, "A4": 12}


def code(county: str, number: int) -> str:
    return f"{county}-{number:02d}"


@dataclass
class City:
    """A city whose boxes call or do not, judged as the controller's job does."""

    sessions: SessionFactory
    now: datetime = NOW
    counties: Mapping[str, int] = field(default_factory=lambda: COUNTIES)

    def __post_init__(self) -> None:
        self.job = judge_alerts(SpeedTests(), timedelta(hours=24))  # type: ignore[arg-type]
        self.dark: set[str] = set()
        self.planner = Planner(ROLES, mails=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with read_only(self.sessions) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with unit_of_work(self.sessions) as session:
            yield session

    def live(self, minutes: float, *, step: float = 2) -> None:
        """Let time pass: boxes that are not dark call, alerts are judged, notices are planned."""
        for _ in range(int(minutes / step)):
            self.pass_by(step)
            self.judge()
            self.plan()

    def pass_by(self, minutes: float) -> None:
        """Let time pass: boxes that are not dark call."""
        self.now += minutes * MINUTE
        with unit_of_work(self.sessions) as session:
            calls = [one for one in self._all() if one not in self.dark]
            heard_from_all(session, [Heard(one) for one in calls], self.now)

    def judge(self) -> None:
        """Look once, as the job does."""
        self.job(self, self.now)

    def plan(self) -> None:
        """Write the notices of what happened."""
        with unit_of_work(self.sessions) as session:
            self.planner.plan(session, self.now, most=1_000)

    def _all(self) -> Iterable[str]:
        return (
            code(county, number) for county, each in self.counties.items() for number in range(each)
        )

    def alerts(self, *, single: bool | None = None) -> list[Alert]:
        """Open ones; ``single``: that stand for themselves."""
        query = select(Alert).where(col(Alert.cleared_at).is_(None)).order_by(col(Alert.subject))
        if single:
            query = query.where(col(Alert.storm_id).is_(None))
        with self.sessions() as session:
            return list(session.exec(query))

    def tickets(self, *, unfinished: bool = False) -> list[Ticket]:
        with self.sessions() as session:
            found = session.exec(select(Ticket).order_by(col(Ticket.number))).all()
        return [one for one in found if not unfinished or one.resolved_at is None]

    def told(self, kind: NoticeKind = NoticeKind.alert_opened) -> int:
        with self.sessions() as session:
            return len(session.exec(select(Notice).where(Notice.kind == kind)).all())


def city_of(factory: SessionFactory, counties: Mapping[str, int] = COUNTIES) -> City:
    """So many schools in each county, each with a box that calls and a line."""
    note_what_happens(factory)
    with unit_of_work(factory) as session:
        session.add(Organisation(code="AC", name="测试市", level=Level.city, path="/AC/"))
        session.flush()
        for county in counties:
            session.add(
                Organisation(
                    code=county,
                    name=f"{county} 县",
                    level=Level.county,
                    parent_code="AC",
                    path=f"/AC/{county}/",
                )
            )
        session.flush()
        for county, schools in counties.items():
            _add_schools(session, county, schools)
        for user, path in (("county", "/AC/A1/"), ("school", f"/AC/A1/{code('A1', 0)}/")):
            session.add(User(id=user, login=user, name=user, password_hash=""))
            session.flush()
            session.add(Grant(user_id=user, role=Role.county_it, scope_path=path))
        channel = {"kind": ChannelKind.webhook, "sealed": "-", "tickets": True}
        session.add(NotifyChannel(id="nc", name="city", organisation_code="AC", **channel))
        session.add(NotifyChannel(id="ns", name="school", school_code=code("A1", 0), **channel))
    made = City(factory, counties=counties)
    made.live(2)
    return made


def _add_schools(session: Session, county: str, schools: int) -> None:
    for number in range(schools):
        one = code(county, number)
        session.add(
            School(code=one, name=one, organisation_code=county, path=f"/AC/{county}/{one}/")
        )
        session.add(Agent(id=one, name=one, last_seen_at=NOW))
    session.flush()
    for number in range(schools):
        one = code(county, number)
        session.add(AgentSchool(agent_id=one, school_code=one))
        session.add(
            Line(
                id=f"l{one}",
                school_code=one,
                provider="Telecom" if number < 25 else "Mobile",
                down_mbps=Decimal(100),
                up_mbps=Decimal(100),
            )
        )
    session.flush()
