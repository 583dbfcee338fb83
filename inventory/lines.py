"""Internet lines: what the register takes, and where a line arrives."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Line
from inventory.repositories import (
    DeviceRepository,
    LineRepository,
    PortRepository,
)
from inventory.repositories.scoped import MAX_PAGE, Page
from inventory.scope import Scope

#: The columns hold ten digits, three of them behind the point: up to 10 Tbit/s.
MAX_MBPS = Decimal(10) ** 7
#: That column holds twelve digits, two of them behind the point.
MAX_FEE = Decimal(10) ** 10
LONGEST_TEXT = 200
#: Days before its end from which a contract is listed.
REMINDER_DAYS = 90
_LOOK_BACK = timedelta(days=365)


class Renewal(NamedTuple):
    """A contract to renew; ``days_left`` counts to its last day, below 0 when it has ended."""

    line: Line
    days_left: int


def save_line(session: Session, scope: Scope, line: Line) -> Line:
    """Keep a line, new or changed; a new one gets an id if it has none.

    Raises:
        Invalid: no provider, a rate that is not positive, an end before the beginning, a negative
            fee, or a device of another school.
        NotFound: no such school, or device, within the scope.
        OutOfScope: the school is outside the scope.
    """
    with session.no_autoflush:
        _check_text("provider", line.provider, needed=True)
        for name in ("circuit", "hotline"):
            _check_text(name, getattr(line, name))
        for name in ("down_mbps", "up_mbps"):
            _check_rate(name, getattr(line, name))
        if line.starts_on and line.ends_on and line.ends_on < line.starts_on:
            raise Invalid(field="ends_on", reason=f"{line.ends_on} < {line.starts_on}")
        fee = line.yearly_fee_cny
        if fee is not None and not (fee.is_finite() and 0 <= fee < MAX_FEE):
            raise Invalid(field="yearly_fee_cny", reason=str(fee))
        _check_arrival(session, scope, line.school_code, line.device_id, line.port_name)
    line.id = line.id or new_id("l")
    return LineRepository(session, scope).add(line)


def renewals(
    session: Session, scope: Scope, on: date, days: int, *, offset: int = 0, limit: int = MAX_PAGE
) -> Page[Renewal]:
    """Contracts that end within so many days, and those that ended in the year before.

    A contract that ended is left out where another line of the school runs.
    """
    page = LineRepository(session, scope).ending(
        on, on - _LOOK_BACK, on + timedelta(days=days), offset=offset, limit=limit
    )
    items = [Renewal(line, (line.ends_on - on).days) for line in page.items if line.ends_on]
    return Page(items, page.total)


def arrive_at(
    session: Session, scope: Scope, line_id: str, device_id: str | None, port_name: str | None
) -> Line:
    """Say on which port of which device a line arrives; its counters are then polled each minute.

    Raises:
        NotFound: the line, the device or its port is not within the scope.
        Invalid: a port without a device, or a device of another school.
    """
    line = LineRepository(session, scope).get(line_id)
    if line is None:
        raise NotFound(what="line", key=line_id)
    if (
        device_id is not None
        and port_name is not None
        and PortRepository(session, scope).get(device_id, port_name) is None
    ):
        raise NotFound(what="port", key=port_name)
    _check_arrival(session, scope, line.school_code, device_id, port_name)
    line.device_id, line.port_name = device_id, port_name
    session.add(line)
    session.flush()
    return line


def _check_text(name: str, text: str, *, needed: bool = False) -> None:
    if (needed and not text.strip()) or len(text) > LONGEST_TEXT:
        raise Invalid(field=name, reason=text[:40].strip() or "-")


def _check_rate(name: str, mbps: Decimal) -> None:
    if not (mbps.is_finite() and 0 < mbps < MAX_MBPS):
        raise Invalid(field=name, reason=str(mbps))


def _check_arrival(
    session: Session, scope: Scope, school_code: str, device_id: str | None, port_name: str | None
) -> None:
    if device_id is None:
        if port_name is not None:
            raise Invalid(field="port_name", reason=port_name)
        return
    device = DeviceRepository(session, scope).get(device_id)
    if device is None:
        raise NotFound(what="device", key=device_id)
    if device.school_code != school_code:
        raise Invalid(field="device_id", reason=device.school_code)
