"""The chief line of every school in figures: contract, target, traffic, last test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from controller.language import FALLBACK_ZONE, from_milliseconds
from controller.metrics.store import MetricStore
from controller.pages.views.bandwidth import (
    DOWNLOAD,
    FRESH,
    UPLOAD,
    BandwidthFigure,
    SpeedTest,
    binding_target,
    figure,
)
from inventory.models import Line, School
from inventory.repositories.lines import LineRepository
from inventory.repositories.targets import TargetRepository
from inventory.scope import Scope

RECEIVED, SENT = "port_in_bits_per_second", "port_out_bits_per_second"
#: Traffic older than this is not the traffic of now.
CURRENT = timedelta(minutes=15)
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
    session: Session, store: MetricStore, scope: Scope, schools: Sequence[School], now: datetime
) -> Mapping[str, LineFigures]:
    """The figures of every one of these schools, by code: two queries, two looks at the store."""
    today = now.astimezone(ZoneInfo(FALLBACK_ZONE)).date()
    chief = _chief(LineRepository(session, scope).in_force(today), {s.code for s in schools})
    targets = TargetRepository(session, scope).in_force(today)
    tests = _tests(store, chief.values(), now)
    traffic = _traffic(store, chief.values(), now)
    found = {}
    for school in schools:
        line = chief.get(school.code)
        test = tests.get(line.id) if line else None
        figures = LineFigures(figure(line, binding_target(targets, school), test))
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


def _chief(lines: Iterable[Line], schools: set[str]) -> Mapping[str, Line]:
    chief: dict[str, Line] = {}
    for line in lines:
        known = chief.get(line.school_code)
        if line.school_code in schools and (known is None or line.down_mbps > known.down_mbps):
            chief[line.school_code] = line
    return chief


def _tests(store: MetricStore, lines: Iterable[Line], now: datetime) -> Mapping[str, SpeedTest]:
    ids = [line.id for line in lines]
    latest = _latest(store, ids, (DOWNLOAD, UPLOAD), now - FRESH)
    tests: dict[str, SpeedTest] = {}
    for (line, metric, part), (at, value) in latest.items():
        when = from_milliseconds(at)
        if metric == DOWNLOAD and (line not in tests or tests[line].at < when):
            upload = latest.get((line, UPLOAD, part))
            tests[line] = SpeedTest(when, value, upload[1] if upload else None)
    return tests


def _traffic(store: MetricStore, lines: Iterable[Line], now: datetime) -> Latest:
    devices = sorted({line.device_id for line in lines if line.device_id and line.port_name})
    return _latest(store, devices, (RECEIVED, SENT), now - CURRENT)


def _latest(
    store: MetricStore, subjects: Sequence[str], metrics: tuple[str, ...], since: datetime
) -> Latest:
    if not subjects:
        return {}
    return store.latest(subjects, metrics, since=int(since.timestamp() * 1000))
