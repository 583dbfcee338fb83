"""The plan of one agent, made from the tables: what to poll, what to listen to, what to test.

Its revision is a hash of its content, so it changes when, and only when, there is something new.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from sqlmodel import Session

from drivers.plan import Broker, Cadence, LineTest, Plan
from inventory.agent_plans.opened import Opened
from inventory.agent_plans.targets import credentials_of, targets_of
from inventory.discovery import discoveries
from inventory.errors import NotFound, SecretUnreadable
from inventory.orchestration.caps import cap_along
from inventory.orchestration.moments import Moments
from inventory.orchestration.ways import Ways
from inventory.repositories.plans import (
    Asking,
    ContractedLine,
    PlanRepository,
    ServedSchool,
)
from inventory.scope import Scope
from inventory.secrets import SecretBox
from inventory.speedtest_servers import method_of
from inventory.standards.bound import Bindings, kind_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What every plan of an installation has in common.

    Args:
        speedtest_server: base URL of a LibreSpeed-compatible server, or ``iperf3://host``, where no
            bureau has registered one; without any no line is tested.
        speedtest_servers: servers of single schools, by school code; they come first, and an empty
            one lets a school go without.
        references: hosts outside the schools that show whether a line carries traffic.
        test_streams: connections of a test at the same time.
        most_bits_per_second: that a test may carry whatever it has to show; ``None``: as it must.
        outlet_share: of a bureau's Internet outlets, the same for tests that cross them.
        planned: whether agents are told the controller's moments, where there are any.
    """

    speedtest_server: str | None = None
    speedtest_servers: Mapping[str, str] = field(default_factory=dict)
    cadence: Cadence = field(default_factory=Cadence)
    test_every_seconds: float = 3_600.0
    test_seconds: float = 10.0
    test_streams: int = 4
    references: tuple[str, ...] = ()
    most_bits_per_second: int | None = None
    outlet_share: float = 0.5
    planned: bool = True


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A plan, and how long dates leave it as it is.

    Args:
        until: the last day for which lines, targets and schools make this very plan; ``None``: no
            date of theirs is to come.
    """

    plan: Plan
    until: date | None


def asking(session: Session, agent_id: str) -> Asking:
    """The agent that asks for its plan.

    Raises:
        NotFound: no such agent, or a revoked one.
    """
    found = PlanRepository(session, Scope.everything()).asking(agent_id)
    if found is None or found.revoked_at is not None:
        raise NotFound(what="agent", key=agent_id)
    return found


def make_plan(
    session: Session, agent: Asking, box: SecretBox, *, today: date, settings: PlanSettings
) -> MadePlan:
    """The plan of an agent that was just looked up."""
    register, opened = PlanRepository(session, Scope.everything()), Opened(box)
    schools = [one for one in agent.schools if one.closed_on is None or one.closed_on >= today]
    codes = [school.code for school in schools]
    contracts = register.lines(codes, today)
    lines = [line for line in contracts if line.starts_on is None or line.starts_on <= today]
    # From the box of a central school one sees that school's line, never a teaching point's.
    own = {school.code: school for school in schools if school.own}
    here = [line for line in lines if line.school_code in own]
    tests = _Tests(session, today, settings, own) if here else None
    line_tests = tuple(tests.of(here)) if tests else ()
    devices = register.devices(codes)
    accesses = opened.of(register.credentials(credentials_of(devices)))
    plan = Plan(
        revision="",
        agent=agent.id,
        schools=tuple(codes),
        targets=targets_of(devices, lines, accesses),
        brokers=_brokers(register.brokers(codes), opened),
        line_tests=line_tests,
        cadence=settings.cadence,
        discovery=discoveries(register, codes, opened),
    )
    content = msgspec.msgpack.encode(plan)
    plan = msgspec.structs.replace(plan, revision=sha256(content).hexdigest()[:32])
    ending = [school.closed_on for school in schools if school.closed_on is not None]
    return MadePlan(plan, _until(contracts, [*ending, *(tests.ending if tests else ())], today))


class _Tests:
    """Tests of an agent's lines along every way, and how long dates leave them as they are."""

    def __init__(
        self,
        session: Session,
        today: date,
        settings: PlanSettings,
        schools: Mapping[str, ServedSchool],
    ) -> None:
        self._session, self._today, self._settings = session, today, settings
        self._schools = schools
        self._ways = Ways(session, today, date.max, settings)
        #: Last days for which what was told holds.
        self.ending: list[date] = []

    def of(self, lines: Sequence[ContractedLine]) -> Iterator[LineTest]:
        """Tests of the schools' lines, those that are only probed among them."""
        today, told = self._today, self._settings
        schools = [self._schools[code] for code in dict.fromkeys(one.school_code for one in lines)]
        ways = {school.code: self._ways.of(school.code, school.path, today) for school in schools}
        self._note(self._ways.until(school.path, today) for school in schools)
        tested = [line for line in lines if ways[line.school_code] or told.references]
        if not tested:
            return
        bindings = Bindings(self._session, Scope.everything(), today, date.max)
        moments = Moments(self._session, [line.id for line in tested if told.planned], today)
        for line in tested:
            school = self._schools[line.school_code]
            bound = bindings.of(kind_of(school), today)
            its = ways[school.code]
            for way in its:
                cap = cap_along(
                    way,
                    its,
                    bound,
                    (line.down_mbps, line.up_mbps),
                    classes=school.classes,
                    persons=school.students + school.teachers,
                )
                yield moments.on(_line_test(line, told, way.server, cap), outside=way.outside)
            if not its:
                yield _line_test(line, told)
        self._note(bindings.until(kind_of(self._schools[one.school_code]), today) for one in tested)
        # Moments of a day that is over are no longer told.
        self._note([today] if moments else [])

    def _note(self, days: Iterable[date | None]) -> None:
        self.ending += filter(None, days)


def _until(lines: Sequence[ContractedLine], closing: Sequence[date], today: date) -> date | None:
    """The day before a contract begins, or the last one of one, what comes first.

    ``closing`` are other last days: of schools that close, of what standards ask.
    """
    begin = [line.starts_on for line in lines]
    end = [line.ends_on for line in lines]
    days = [day - timedelta(days=1) for day in begin if day is not None and day > today]
    return min([*days, *filter(None, end), *closing], default=None)


def _brokers(rows: Sequence[Any], opened: Opened) -> tuple[Broker, ...]:
    brokers = []
    for row in rows:
        try:
            brokers.append(_broker(row, opened))
        except SecretUnreadable as error:
            _log.error("broker %s: %s", row.id, error)
    return tuple(dict.fromkeys(brokers))


def _broker(row: Any, opened: Opened) -> Broker:
    return Broker(
        url=row.url,
        username=row.username,
        password=opened.text(row.password_secret),
        ca=row.ca,
        certificate=row.certificate,
        key=opened.text(row.key_secret),
        discovery_prefix=row.discovery_prefix,
        announce=row.announce,
    )


def _line_test(
    line: ContractedLine, settings: PlanSettings, server: str = "", cap: int | None = None
) -> LineTest:
    """A test of a line; without a server it is only probed."""
    return LineTest(
        line=line.id,
        school=line.school_code,
        server=server,
        every_seconds=settings.test_every_seconds,
        seconds=settings.test_seconds,
        cap_bits_per_second=cap,
        method=method_of(server),
        streams=settings.test_streams,
        target=line.device_id,
        references=settings.references,
    )
