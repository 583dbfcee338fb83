"""What the demonstration's lines were measured at before today, and the verdicts on those months.

The agent measures from now on. What it would have measured in the months before is made as the
synthetic city's readings are, at the rates the simulated lines really carry.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlmodel import Session, select

from controller.demo.county import CITY, LINES, THROUGH_OUTLET, DemoLine
from controller.metrics.store import MetricStore
from controller.month_verdicts import OwnSessions, keep_month
from controller.seed.months import months_between
from controller.seed.options import CitySpec, History
from controller.seed.samples import block_of, stretches
from controller.seed.shapes import Profile
from controller.seed.watched import Lines, Off, Watched, milliseconds
from drivers.simulate.campus import LINE_PORT, POINT, URBAN
from inventory.database import SessionFactory, read_only
from inventory.days import ZONE, day_of
from inventory.models import Line, SpeedtestServer
from inventory.scope import Scope

#: Traffic reaches back so far, and tests and probes to the first day of that month.
_DAYS: Final = 45
_LONGEST_MONTH: Final = 31
_MEGA: Final = 1e6
#: Of what a line carries, what its school asks for in the busiest lesson.
_PEAK: Final = 0.4
_LATENCY: Final = 0.008
#: The teaching point's line was dead for two days of last month's lessons.
_DEAD: Final = (timedelta(days=20), timedelta(days=18))


def tell_past(sessions: SessionFactory, store: MetricStore, now: datetime) -> None:
    """Load what was measured until last midnight, and keep the verdicts on the months since then.

    Args:
        sessions: of the demonstration's database, with its register.
        store: where readings go.
        now: the moment of the demonstration.
    """
    until = datetime.combine(day_of(now), time(), ZONE).astimezone(UTC)
    spec = CitySpec(
        schools=len(LINES),
        devices=3 * len(LINES),
        days=_DAYS + _LONGEST_MONTH,
        recent_days=_DAYS,
        every=300,
        history=History.sample,
        seed=len(LINES),
        until=until,
    )
    watched = Watched(spec)
    with read_only(sessions) as session:
        known = _lines(session)
        watched.lines.outside_server = session.exec(select(SpeedtestServer.address)).one()
    for line in LINES:
        _add(watched.lines, line, known[line.circuit], until)
    for stretch in stretches(watched):
        block = block_of(watched, stretch)
        store.load(block.series, block.times, block.index, block.values)
    for month in months_between(spec.probed, now):
        keep_month(OwnSessions(sessions), store, Scope.everything(), CITY, month, now=now)


def _lines(session: Session) -> Mapping[str, tuple[str, str]]:
    """Ids of line and gateway by circuit."""
    rows = session.exec(select(Line)).all()
    return {row.circuit: (row.id, row.device_id or "") for row in rows}


def _add(lines: Lines, line: DemoLine, known: tuple[str, str], until: datetime) -> None:
    row = len(lines.line)
    lines.line.append(known[0])
    lines.gateway.append(known[1])
    lines.port.append(LINE_PORT)
    lines.profile.append(int(Profile.day_school))
    lines.carries_down.append(line.real_down * _MEGA)
    lines.carries_up.append(line.real_up * _MEGA)
    lines.peak.append(line.real_down * _MEGA * _PEAK)
    lines.latency.append(_LATENCY)
    lines.silent.append(milliseconds(until))
    lines.tested.append(1.0)
    lines.box_port.append(float("inf"))
    lines.outside.append(THROUGH_OUTLET * _MEGA if line.school is URBAN else float("nan"))
    if line.school is POINT:
        begin, end = (milliseconds(until - ago) for ago in _DEAD)
        lines.outages.append(Off(row, row + 1, begin, end))
