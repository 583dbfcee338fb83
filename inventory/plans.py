"""The plan of one agent, made from the tables: what to poll, what to listen to, what to test.

Its revision is a hash of its content, so it changes when, and only when, there is something new.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256

import msgspec
from sqlmodel import Session

from drivers.plan import Broker, Cadence, LineTest, Plan
from inventory.discovery import discoveries
from inventory.errors import NotFound, SecretUnreadable
from inventory.models import Broker as BrokerRow
from inventory.models import Line, School, TargetMetric
from inventory.plan_targets import targets_of
from inventory.repositories import (
    AgentRepository,
    BrokerRepository,
    DeviceRepository,
    LineRepository,
    SchoolRepository,
    TargetRepository,
)
from inventory.scope import Scope
from inventory.secrets import SecretBox

#: A test is capped at the rate to be shown plus this much, so that it proves it and no more.
CAP_MARGIN = Decimal("1.1")

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
    """

    speedtest_server: str | None = None
    speedtest_servers: Mapping[str, str] = field(default_factory=dict)
    cadence: Cadence = field(default_factory=Cadence)
    test_every_seconds: float = 3_600.0
    test_seconds: float = 10.0
    test_streams: int = 4
    references: tuple[str, ...] = ()


def build_plan(
    session: Session, agent_id: str, box: SecretBox, *, today: date, settings: PlanSettings
) -> Plan:
    """Everything this agent has to do now.

    Raises:
        NotFound: no such agent, or a revoked one.
    """
    everything = Scope.everything()
    agents = AgentRepository(session, everything)
    agent = agents.get(agent_id)
    if agent is None or agent.revoked_at is not None:
        raise NotFound(what="agent", key=agent_id)
    codes = sorted(agents.authorised_schools(agent_id))
    schools = SchoolRepository(session, everything).named(codes)
    lines = LineRepository(session, everything).in_force(today, school_codes=codes)
    # From the box of a central school one sees that school's line, never a teaching point's.
    own = agents.own_schools(agent_id)
    here = [line for line in lines if line.school_code in own]
    devices = DeviceRepository(session, everything).pollable_for_agent(agent_id)
    plan = Plan(
        revision="",
        agent=agent_id,
        schools=tuple(codes),
        targets=targets_of(session, devices, lines, box),
        brokers=_brokers(session, codes, box),
        line_tests=_line_tests(session, schools, here, today, settings),
        cadence=settings.cadence,
        discovery=discoveries(session, codes, box),
    )
    content = msgspec.msgpack.encode(plan)
    return msgspec.structs.replace(plan, revision=sha256(content).hexdigest()[:32])


def _brokers(session: Session, codes: Sequence[str], box: SecretBox) -> tuple[Broker, ...]:
    brokers = []
    for row in BrokerRepository(session, Scope.everything()).at_schools(codes):
        try:
            brokers.append(_broker(row, box))
        except SecretUnreadable as error:
            _log.error("broker %s: %s", row.id, error)
    return tuple(dict.fromkeys(brokers))


def _broker(row: BrokerRow, box: SecretBox) -> Broker:
    return Broker(
        url=row.url,
        username=row.username,
        password=box.open(row.password_secret) if row.password_secret else None,
        ca=row.ca,
        certificate=row.certificate,
        key=box.open(row.key_secret) if row.key_secret else None,
        discovery_prefix=row.discovery_prefix,
        announce=row.announce,
    )


def _line_tests(
    session: Session,
    schools: Sequence[School],
    lines: Sequence[Line],
    today: date,
    settings: PlanSettings,
) -> tuple[LineTest, ...]:
    targets = TargetRepository(session, Scope.everything())
    demanded = {
        school.code: max(
            (
                target.mbps
                for target in targets.for_school(school, today)
                if target.metric is TargetMetric.access
            ),
            default=None,
        )
        for school in schools
    }
    tests = []
    for line in lines:
        server = settings.speedtest_servers.get(line.school_code, settings.speedtest_server) or ""
        if not server and not settings.references:
            continue
        rate = demanded[line.school_code] or max(line.down_mbps, line.up_mbps)
        tests.append(
            LineTest(
                line=line.id,
                school=line.school_code,
                server=server,
                every_seconds=settings.test_every_seconds,
                seconds=settings.test_seconds,
                cap_bits_per_second=int(rate * CAP_MARGIN * 1_000_000),
                method="iperf3" if server.startswith("iperf3://") else "librespeed",
                streams=settings.test_streams,
                target=line.device_id,
                references=settings.references,
            )
        )
    return tuple(tests)
