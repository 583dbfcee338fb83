"""Internet lines: what the register takes, and where a line arrives."""

from decimal import Decimal

from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import BandwidthTarget, Line
from inventory.repositories import (
    DeviceRepository,
    LineRepository,
    PortRepository,
    TargetRepository,
)
from inventory.scope import Scope

#: The columns hold ten digits, three of them behind the point: up to 10 Tbit/s.
MAX_MBPS = Decimal(10) ** 7


def add_line(session: Session, scope: Scope, line: Line) -> Line:
    """Keep a line, with an id if it has none.

    Raises:
        Invalid: no provider, a rate that is not positive, an end before the beginning, a negative
            fee, or a device of another school.
        NotFound: no such school, or device, within the scope.
        OutOfScope: the school is outside the scope.
    """
    if not line.provider.strip():
        raise Invalid(field="provider", reason="-")
    for name in ("down_mbps", "up_mbps"):
        _check_rate(name, getattr(line, name))
    if line.starts_on and line.ends_on and line.ends_on < line.starts_on:
        raise Invalid(field="ends_on", reason=f"{line.ends_on} < {line.starts_on}")
    fee = line.yearly_fee_cny
    if fee is not None and not (fee.is_finite() and fee >= 0):
        raise Invalid(field="yearly_fee_cny", reason=str(fee))
    _check_arrival(session, scope, line.school_code, line.device_id, line.port_name)
    line.id = line.id or new_id("l")
    return LineRepository(session, scope).add(line)


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


def add_target(session: Session, scope: Scope, target: BandwidthTarget) -> BandwidthTarget:
    """Keep a bandwidth target, with an id if it has none.

    Raises:
        Invalid: no plan or quote, a rate that is not positive, an end before the beginning.
        OutOfScope: it would bind schools outside the scope.
    """
    for name in ("plan", "quote"):
        if not getattr(target, name).strip():
            raise Invalid(field=name, reason="-")
    _check_rate("mbps", target.mbps)
    if target.effective_until and target.effective_until < target.effective_from:
        raise Invalid(
            field="effective_until", reason=f"{target.effective_until} < {target.effective_from}"
        )
    target.id = target.id or new_id("g")
    return TargetRepository(session, scope).add(target)


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
