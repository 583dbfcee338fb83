"""Alerts that another system found, as Alertmanager sends them to its receivers (version 4).

An alert becomes a finding of the rule ``external`` about a device of the register. Its key is the
device, the alert's name and its fingerprint, so that what is sent again, and every alert is, opens
nothing twice; ``resolved`` clears it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.judgement import Judgement, judge
from alerts.looks.asking import Look, withdrawn
from alerts.rules import Clear, Finding
from alerts.severity import Severity
from inventory.models import Device, Lifecycle, School
from inventory.scope import Scope

RULE = "external"
#: Labels that name a device, in this order: our id, its serial number, its address.
_IDS, _SERIALS, _ADDRESSES = ("device_id", "device"), ("serial",), ("address", "instance")
_CRITICAL = frozenset({"critical", "page", "error", "disaster", "high"})
_LONGEST_PART, _LONGEST_TEXT = 100, 300


@dataclass(frozen=True, slots=True)
class ForeignAlert:
    """One alert as it came."""

    is_firing: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")[:64]

    @property
    def part(self) -> str:
        """Tells alerts of one device apart; the same however often one is sent."""
        labels = "\n".join(f"{name}={value}" for name, value in sorted(self.labels.items()))
        mark = self.fingerprint or hashlib.sha256(labels.encode()).hexdigest()
        return f"{self.name}/{mark[:16]}"[:_LONGEST_PART]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a group of alerts; ``unknown`` are places in it, from 0."""

    judgement: Judgement
    unknown: Sequence[int]


def take(session: Session, scope: Scope, alerts: Sequence[ForeignAlert], now: datetime) -> Taken:
    """Open and clear what another system says of devices within the scope.

    Args:
        session: one that writes; flushed, never committed.
        scope: where the sender may write.
        alerts: as they came.
        now: the moment.
    """
    findings, clears, unknown = [], [], []
    for place, alert in enumerate(alerts):
        # Of a device that is out of service nothing is told, and what was may end.
        device = _device(session, scope, alert.labels, in_service=alert.is_firing)
        if device is None or not alert.name:
            unknown.append(place)
        elif alert.is_firing:
            said = alert.annotations.get("summary") or alert.annotations.get("description") or ""
            loud = alert.labels.get("severity", "").casefold() in _CRITICAL
            findings.append(
                Finding(
                    rule=RULE,
                    subject=device,
                    part=alert.part,
                    severity=Severity.critical if loud else Severity.warning,
                    arguments={"name": alert.name, "summary": said[:_LONGEST_TEXT]},
                )
            )
        else:
            clears.append(Clear(rule=RULE, subject=device, part=alert.part))
    return Taken(judge(session, findings, clears, now), unknown)


def of_devices_gone(look: Look) -> Iterator[Clear]:
    """Open alerts of other systems about devices that have left service: nobody ends them there."""
    standing = look.standing(RULE)
    if not standing:
        return
    gone = select(Device.id).where(
        col(Device.id).in_({key.subject for key in standing}),
        Device.lifecycle != Lifecycle.in_service,
    )
    left = set(look.session.exec(gone))
    yield from (withdrawn(key) for key in standing if key.subject in left)


def _device(
    session: Session, scope: Scope, labels: Mapping[str, str], *, in_service: bool
) -> str | None:
    """The one device within the scope that labels name; none where several would do."""
    visible = (
        select(Device.id)
        .join(School, col(School.code) == Device.school_code)
        .where(scope.condition(col(School.path)))
        .limit(2)
    )
    if in_service:
        visible = visible.where(Device.lifecycle == Lifecycle.in_service)
    if school := labels.get("school"):
        visible = visible.where(Device.school_code == school)
    for names, column in (
        (_IDS, col(Device.id)),
        (_SERIALS, col(Device.serial)),
        (_ADDRESSES, col(Device.address)),
    ):
        told = next((labels[name] for name in names if labels.get(name)), "")
        # An instance of Prometheus has its port behind it.
        values = {told, told.rpartition(":")[0]} if names is _ADDRESSES else {told}
        found = session.exec(visible.where(column.in_(sorted(values - {""})))).all()
        if len(found) == 1:
            return found[0]
    return None
