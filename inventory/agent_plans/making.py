"""The plan of one agent, made from the tables: what to poll, what to listen to, what to test.

Its revision is a hash of its content, so it changes when, and only when, there is something new.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec
from sqlmodel import Session

from drivers.plan import Broker, Cadence, LineTest, Plan
from inventory.agent_plans.opened import Opened
from inventory.agent_plans.targets import credentials_of, targets_of
from inventory.discovery import discoveries
from inventory.errors import NotFound, SecretUnreadable
from inventory.orchestration.moments import Moments
from inventory.repositories.plans import (
    Asking,
    ContractedLine,
    PlanRepository,
    ServedSchool,
)
from inventory.scope import Scope
from inventory.secrets import SecretBox
from inventory.standards.access import cap_of, mbps_to_show
from inventory.standards.bound import Bindings, kind_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What every plan of an installation has in common.

    Args:
        speedtest_server: base URL of a LibreSpeed-compatible server, or ``iperf3://host``; without
            one no line is tested.
        speedtest_servers: servers of single schools, by school code; they come first.
        references: hosts outside the schools that show whether a line carries traffic.
        test_streams: connections of a test at the same time.
        most_bits_per_second: that a test may carry whatever it has to show; ``None``: as it must.
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
    here = [
        line for line in lines if line.school_code in own and _server(line, settings) is not None
    ]
    demands = _Demands(session, today) if here else None
    moments = Moments(session, [line.id for line in here if settings.planned], today)
    devices = register.devices(codes)
    accesses = opened.of(register.credentials(credentials_of(devices)))
    plan = Plan(
        revision="",
        agent=agent.id,
        schools=tuple(codes),
        targets=targets_of(devices, lines, accesses),
        brokers=_brokers(register.brokers(codes), opened),
        line_tests=tuple(
            moments.on(_line_test(line, demands.of(own[line.school_code]), settings))
            for line in here
            if demands is not None
        ),
        cadence=settings.cadence,
        discovery=discoveries(register, codes, opened),
    )
    content = msgspec.msgpack.encode(plan)
    plan = msgspec.structs.replace(plan, revision=sha256(content).hexdigest()[:32])
    closing = [school.closed_on for school in schools if school.closed_on is not None]
    asked = [] if demands is None else [demands.until(own[line.school_code]) for line in here]
    # Moments of a day that is over are no longer told.
    ending = [*closing, *filter(None, asked), *([today] if moments else [])]
    return MadePlan(plan, _until(contracts, ending, today))


class _Demands:
    """What bound standards ask of schools on a day."""

    def __init__(self, session: Session, today: date) -> None:
        self._today = today
        self._bindings = Bindings(session, Scope.everything(), today, date.max)

    def of(self, school: ServedSchool) -> Decimal | None:
        """Mbit/s that a test of this school's line has to be able to show."""
        persons = school.students + school.teachers
        bound = self._bindings.of(kind_of(school), self._today)
        return mbps_to_show(bound, classes=school.classes, persons=persons)

    def until(self, school: ServedSchool) -> date | None:
        """The last day that asks for the same."""
        return self._bindings.until(kind_of(school), self._today)


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


def _server(line: ContractedLine, settings: PlanSettings) -> str | None:
    """What the line is tested against, be it nothing (it is probed only); ``None``: not at all."""
    server = settings.speedtest_servers.get(line.school_code, settings.speedtest_server) or ""
    return server if server or settings.references else None


def has_server(school_code: str, settings: PlanSettings) -> bool:
    """Whether lines of a school are tested, and not probed alone."""
    return bool(settings.speedtest_servers.get(school_code, settings.speedtest_server))


def _line_test(line: ContractedLine, demanded: Decimal | None, settings: PlanSettings) -> LineTest:
    server = _server(line, settings) or ""
    return LineTest(
        line=line.id,
        school=line.school_code,
        server=server,
        every_seconds=settings.test_every_seconds,
        seconds=settings.test_seconds,
        cap_bits_per_second=cap_of(
            demanded, line.down_mbps, line.up_mbps, settings.most_bits_per_second
        ),
        method="iperf3" if server.startswith("iperf3://") else "librespeed",
        streams=settings.test_streams,
        target=line.device_id,
        references=settings.references,
    )
