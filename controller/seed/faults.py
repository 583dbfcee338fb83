"""What was and is broken in a school: outages of its line, faults of its devices."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from alerts.rules import BandwidthBelowTarget
from alerts.rules.bandwidth import CRITICAL_SHARE
from alerts.rules.device import INFRASTRUCTURE
from alerts.severity import Severity
from controller.seed.cases import dead_spans
from controller.seed.chance import chance, weighted
from controller.seed.equipment import SeedDevice
from controller.seed.lines import SeedLine, target_mbps
from controller.seed.options import CitySpec
from controller.seed.places import Fate, SeedSchool
from drivers.readings import Kind, Outcome

#: Faults of one device a year, and the usual hours until it works again.
_RATES: Final[Mapping[Kind, tuple[float, float]]] = {
    Kind.router: (0.35, 1.5), Kind.firewall: (0.3, 1.5), Kind.switch: (0.25, 5.0),
    Kind.access_point: (0.45, 22.0), Kind.wireless_controller: (0.2, 3.0), Kind.ups: (0.12, 36.0),
    Kind.server: (0.3, 6.0), Kind.storage: (0.2, 20.0), Kind.printer: (0.6, 14.0),
    Kind.whiteboard: (0.3, 22.0), Kind.projector: (0.4, 36.0), Kind.display: (0.25, 24.0),
    Kind.camera: (0.35, 30.0), Kind.recorder: (0.2, 20.0),
}  # fmt: skip
_YEAR: Final = timedelta(days=365)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
#: Alerts open at the second poll that fails.
_POLLS: Final = 2
#: What a fault looks like from outside.
_OUTCOMES: Final = ((Outcome.timeout, 8.0), (Outcome.unreachable, 1.5), (Outcome.malformed, 0.1))
_TESTS: Final = 14
#: Of the contracted rate, what arrives as payload.
GOODPUT: Final = 0.945


@dataclass(frozen=True, slots=True)
class Span:
    """From ``begin`` to ``end``; ``None``: it lasts."""

    begin: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class SeedFault:
    """One fault, as an alert tells it.

    Args:
        device: what is broken; ``None``: the school's line.
        flaps: it came back so soon that it belongs to the ticket of the fault before it.
    """

    device: SeedDevice | None
    rule: str
    part: str
    severity: Severity
    outcome: Outcome
    opened: datetime
    cleared: datetime | None
    arguments: Mapping[str, str | int | float]
    flaps: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """How a school has been.

    Args:
        silent_since: since when its agent has not been heard of, if that is so.
        outages: when its line carried nothing, in order.
        faults: in no order.
    """

    silent_since: datetime | None
    outages: Sequence[Span]
    faults: Sequence[SeedFault]
    #: Faults that last, by device.
    down: Mapping[str, SeedFault] = field(default_factory=dict)


def health_of(
    school: SeedSchool, line: SeedLine, devices: Sequence[SeedDevice], spec: CitySpec
) -> Health:
    """What was wrong with a school in the days that are told."""
    dice = chance(spec.seed, "faults", school.code)
    silent = None
    if school.fate is Fate.silent_agent:
        silent = max(spec.begin, spec.until - timedelta(days=dice.uniform(3.5, 9)))
    end = silent or spec.until
    outages = sorted(
        (
            *_outages(school, spec.begin, end, dice),
            *(Span(*span) for span in dead_spans(school.case, spec.begin, end)),
        ),
        key=lambda span: span.begin,
    )
    faults = [
        fault
        for fault in (
            *_of_devices(devices, spec.begin, end, dice),
            *_of_fate(school, devices, outages, begin=spec.begin, end=end, dice=dice),
            *_of_line(school, line, spec, end, dice),
        )
        if fault.opened < end
    ]
    down = {
        fault.device.id: fault
        for fault in faults
        if fault.device is not None and fault.cleared is None
    }
    # One open alert a fault: what is down already cannot go down again.
    kept = [
        fault
        for fault in faults
        if fault.device is None
        or fault.device.id not in down
        or fault is down[fault.device.id]
        or (fault.cleared is not None and fault.cleared < down[fault.device.id].opened)
    ]
    return Health(silent, outages, kept, down)


def _outages(
    school: SeedSchool, begin: datetime, end: datetime, dice: random.Random
) -> Iterator[Span]:
    at = begin
    while (at := at + timedelta(days=dice.expovariate(1 / 75))) < end:
        yield Span(at, min(end, at + dice.uniform(3, 45) * _MINUTE))
    if school.fate is Fate.flapping_line:
        at = max(begin, end - timedelta(days=12))
        while (at := at + dice.uniform(1.5, 9) * _HOUR) < end - _HOUR:
            yield Span(at, at + dice.uniform(3, 25) * _MINUTE)


def _of_devices(
    devices: Sequence[SeedDevice], begin: datetime, end: datetime, dice: random.Random
) -> Iterator[SeedFault]:
    for device in devices:
        if not device.is_watched or device.kind not in _RATES:
            continue
        rate, hours = _RATES[device.kind]
        age = max(0.0, (end - device.bought) / _YEAR)
        at = max(begin, device.bought)
        while (at := at + _YEAR * dice.expovariate(rate * (0.7 + age / 8))) < end:
            length = _HOUR * min(24 * 20, dice.lognormvariate(0, 1.1) * hours) + 4 * _MINUTE
            cleared = at + length
            yield _down(device, at, cleared if cleared < end else None, dice)
            at = cleared


def _of_fate(
    school: SeedSchool,
    devices: Sequence[SeedDevice],
    outages: Sequence[Span],
    *,
    begin: datetime,
    end: datetime,
    dice: random.Random,
) -> Iterator[SeedFault]:
    if school.fate is Fate.dead_access_points:
        points = [d for d in devices if d.kind is Kind.access_point and d.is_watched]
        at = max(begin, end - timedelta(days=dice.uniform(0.2, 6)))
        for point in points[: max(1, len(points) * 2 // 5)]:
            yield _down(point, at + dice.uniform(0, 3) * _MINUTE, None, dice)
    if school.fate is Fate.flapping_line:
        gateway = devices[0]
        recent = [span for span in outages if span.begin > end - timedelta(days=12)]
        for rank, span in enumerate(recent):
            if span.end is not None and span.end < end:
                yield _down(gateway, span.begin, span.end, dice, flaps=rank > 0)


def _down(
    device: SeedDevice,
    at: datetime,
    cleared: datetime | None,
    dice: random.Random,
    *,
    flaps: bool = False,
) -> SeedFault:
    outcome = weighted(dice, _OUTCOMES)
    opened = _whole(at + _MINUTE)
    return SeedFault(
        device=device,
        rule="device_down",
        part="",
        severity=Severity.critical if device.kind in INFRASTRUCTURE else Severity.warning,
        outcome=outcome,
        opened=opened,
        cleared=max(opened + _MINUTE, _whole(cleared)) if cleared else None,
        arguments={
            "outcome": outcome.value,
            "detail": "",
            "failures": _POLLS,
            "since": _whole(at).isoformat(timespec="seconds"),
        },
        flaps=flaps,
    )


def _of_line(
    school: SeedSchool, line: SeedLine, spec: CitySpec, end: datetime, dice: random.Random
) -> Iterator[SeedFault]:
    """A line that cannot reach its target has an alert since it was first tested, or got worse."""
    target, rule = target_mbps(school), BandwidthBelowTarget()
    for part, carries in (("down", line.carries_down), ("up", line.carries_up)):
        median = carries * GOODPUT
        if rule.passes(median * 1.02, target):
            continue
        age = timedelta(days=dice.uniform(2, 40))
        yield SeedFault(
            device=None,
            rule=rule.name,
            part=part,
            severity=Severity.critical if median < CRITICAL_SHARE * target else Severity.warning,
            outcome=Outcome.ok,
            opened=_whole(max(spec.begin + 3 * _HOUR, end - age)),
            cleared=None,
            arguments={
                "tests": _TESTS,
                "passed": 0,
                "share": rule.share,
                "median_mbps": round(median, 3),
                "target_mbps": round(float(target), 3),
            },
        )


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
