"""The chief line of every school in figures: contract, target, traffic, last test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from controller.last_tests import SpeedTest, chief_lines, last_tests
from controller.metrics.store import MetricStore
from controller.pages.views.bandwidth import BandwidthFigure, figure
from inventory.days import day_of
from inventory.models import School
from inventory.repositories.lines import Contract, LineRepository
from inventory.scope import Scope
from inventory.speedtest_servers import outside_addresses
from inventory.standards.access import access_target
from inventory.standards.bound import Bindings, kind_of
from inventory.summaries import Figures

RECEIVED, SENT = "port_in_bits_per_second", "port_out_bits_per_second"
#: Traffic older than this is not the traffic of now.
CURRENT = timedelta(minutes=15)
#: So many schools are asked for by their codes; more by asking for all.
FEW = 500
#: (subject, metric, part) to (milliseconds, value).
Latest = Mapping[tuple[str, str, str], tuple[int, float]]


@dataclass(frozen=True, slots=True)
class LineFigures:
    """The line with the fastest contract; rates in bit/s, ``None`` where nothing is known.

    Args:
        judged: contract, target and last test, as the console shows them.
        received: from the Internet, on the port where the line arrives.
        sent: towards it.
    """

    judged: BandwidthFigure
    received: float | None = None
    sent: float | None = None

    @property
    def contract_up(self) -> float | None:
        line = self.judged.line
        return None if line is None else float(line.up_mbps) * 1e6


def line_figures(
    session: Session,
    store: MetricStore,
    scope: Scope,
    schools: Sequence[School],
    now: datetime,
    *,
    ahead: Mapping[str, Figures] | None,
) -> Mapping[str, LineFigures]:
    """The figures of every one of these schools, by code.

    Args:
        session: of the register.
        store: has the traffic, and the tests where they were not counted ahead.
        scope: of the caller.
        schools: within that scope.
        now: the time.
        ahead: figures counted ahead, the newest tests among them.
    """
    today = day_of(now)
    codes = {school.code for school in schools}
    asked = sorted(codes) if len(codes) <= FEW else None
    lines = chief_lines(LineRepository(session, scope).contracts(today, school_codes=asked))
    chief = {code: line for code, line in lines.items() if code in codes}
    bindings = Bindings(session, scope, today, today)
    if ahead is None:
        beyond = outside_addresses(session, today)
        tests = last_tests(store, [line.id for line in chief.values()], now, beyond)
    else:
        tests = _counted_ahead(chief, ahead)
    traffic = _traffic(store, chief.values(), now)
    found = {}
    for school in schools:
        line = chief.get(school.code)
        test = tests.get(line.id) if line else None
        figures = LineFigures(
            figure(line, access_target(bindings.of(kind_of(school), today)), test)
        )
        if line is not None and line.device_id and line.port_name:
            received = traffic.get((line.device_id, RECEIVED, line.port_name))
            sent = traffic.get((line.device_id, SENT, line.port_name))
            figures = replace(
                figures,
                received=received[1] if received else None,
                sent=sent[1] if sent else None,
            )
        found[school.code] = figures
    return found


def _counted_ahead(
    chief: Mapping[str, Contract], ahead: Mapping[str, Figures]
) -> Mapping[str, SpeedTest]:
    tests = {}
    for code, line in chief.items():
        known = ahead.get(code)
        if known and known.line_id == line.id and known.tested_at and known.download is not None:
            tests[line.id] = SpeedTest(known.tested_at, known.download, known.upload)
    return tests


def _traffic(store: MetricStore, lines: Iterable[Contract], now: datetime) -> Latest:
    devices = sorted({line.device_id for line in lines if line.device_id and line.port_name})
    if not devices:
        return {}
    since = int((now - CURRENT).timestamp() * 1000)
    return store.latest(devices, (RECEIVED, SENT), since=since)
