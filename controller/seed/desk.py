"""What people did about faults: the ticket of each, from its opening to its end."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from alerts.judgement import QUIET_PERIOD
from alerts.models import TicketState
from alerts.severity import Severity
from alerts.urgency import WaitingFor
from controller.seed.campus import Campus
from controller.seed.chance import chance
from controller.seed.equipment import SeedDevice
from controller.seed.faults import SeedFault
from controller.seed.options import CitySpec
from controller.seed.places import SeedSchool
from controller.seed.terms import CHINA, DayKind, day_kind
from drivers.readings import Kind

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_MORNING: Final = 8
_EVENING: Final = 18
#: Of faults that go by themselves, so many are closed by the school.
_CLOSED: Final = 0.7
_WAITS: Final = (
    ("等待备件到货", WaitingFor.parts),
    ("等待运营商上门", WaitingFor.supplier),
    ("学校考试，周末再处理", WaitingFor.user),
    ("等待厂家返修", WaitingFor.supplier),
    ("机房钥匙在校方处", WaitingFor.user),
)
_SOLUTIONS: Final[Mapping[Kind | None, Sequence[str]]] = {
    None: ("联系运营商更换光模块", "运营商修复光缆", "重启光猫后恢复", "运营商调整限速后复测正常"),
    Kind.switch: (
        "更换电源模块",
        "重新插拔上联光纤",
        "升级软件版本后重启",
        "弱电间断电，已恢复供电",
    ),
    Kind.access_point: ("PoE端口故障，改接其他端口", "重做水晶头", "更换设备", "重启后恢复"),
    Kind.whiteboard: ("更换电源板", "重新配置网络", "更换网线", "升级系统后恢复"),
    Kind.printer: ("更换定影组件", "清理卡纸", "更换硒鼓", "重新设置IP地址"),
    Kind.projector: ("更换灯泡", "清洗滤网", "更换HDMI线"),
    Kind.camera: ("更换电源适配器", "重做水晶头", "更换设备"),
}
_OTHER: Final = ("重启后恢复", "更换网线", "更换配件")
#: What schools report themselves.
_REPORTS: Final = (
    (Kind.whiteboard, "白板触摸不准", "三楼教室的白板书写时偏移，老师反映已有一周。"),
    (Kind.whiteboard, "白板没有声音", "播放视频没有声音，换过音频线仍不行。"),
    (Kind.projector, "投影画面偏暗", "灯泡使用时间较长，画面发黄，看不清。"),
    (Kind.printer, "打印有黑线", "打印件上有一条竖黑线，已更换过硒鼓。"),
    (Kind.terminal, "学生机无法开机", "计算机教室第二排靠窗的一台按电源无反应。"),
    (Kind.access_point, "教室无线信号差", "后排信号弱，平板经常掉线。"),
)
_REPORTS_A_CLASS: Final = 0.22
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works on the tickets of a county: ids and names; and who of the school is told."""

    technicians: Sequence[tuple[str, str]]
    county_it: str
    school_admin: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ticket's log."""

    at: datetime
    kind: str
    actor: str | None = None
    text: str = ""
    assignee: str | None = None
    waiting_for: WaitingFor | None = None


@dataclass(slots=True)
class SeedTicket:
    """One ticket with its log, and the faults it is about; none where a person opened it."""

    school: SeedSchool
    device: SeedDevice | None
    opened: datetime
    severity: Severity
    faults: Sequence[SeedFault] = ()
    title: str = ""
    description: str = ""
    state: TicketState = TicketState.new
    waiting_for: WaitingFor | None = None
    assignee: str | None = None
    resolved: datetime | None = None
    closed: datetime | None = None
    log: list[Entry] = field(default_factory=list)


def tickets_of(campus: Campus, staff: Staff, spec: CitySpec) -> Iterator[SeedTicket]:
    """The tickets of a school: those of faults, and those that people opened."""
    school = campus.school
    dice = chance(spec.seed, "tickets", school.code)
    for group in _groups(campus.health.faults):
        first, last = group[0], group[-1]
        ticket = SeedTicket(
            school, first.device, first.opened, max(group, key=_loudness).severity, group
        )
        ticket.log.append(Entry(first.opened, "opened"))
        for before, fault in pairwise(group):
            if before.cleared is not None:
                ticket.log += [
                    Entry(before.cleared, "recovered"),
                    Entry(before.cleared, "resolved"),
                ]
            ticket.log.append(Entry(fault.opened, "reopened"))
            ticket.state = TicketState.reopened
        _work(ticket, last.opened, last.cleared, staff=staff, until=spec.until, dice=dice)
        yield ticket
    yield from _reported(school, campus.devices, staff, spec, dice)


def _groups(faults: Sequence[SeedFault]) -> list[list[SeedFault]]:
    """Faults that share a ticket: each comes back within the quiet period of the one before."""
    groups: dict[tuple[str, str, str], list[list[SeedFault]]] = {}
    for fault in sorted(faults, key=lambda fault: fault.opened):
        key = (fault.device.id if fault.device else "", fault.rule, fault.part)
        known = groups.setdefault(key, [])
        last = known[-1][-1] if known else None
        if last and last.cleared and fault.opened - last.cleared < QUIET_PERIOD and fault.flaps:
            known[-1].append(fault)
        else:
            known.append([fault])
    return [group for known in groups.values() for group in known]


def _loudness(fault: SeedFault) -> bool:
    return fault.severity is Severity.critical


def _work(
    ticket: SeedTicket,
    begin: datetime,
    end: datetime | None,
    *,
    staff: Staff,
    until: datetime,
    dice: random.Random,
) -> None:
    """Add what people did from ``begin``, and what the fault's end did, as far as it has been."""
    has_begun = False
    technician, name = dice.choice(staff.technicians)
    delay = 12 if ticket.severity is Severity.critical else 90
    assigned = _at_work(begin + dice.expovariate(1 / delay) * _MINUTE)
    started = _at_work(assigned + dice.uniform(0.3, 5) * _HOUR)
    waits = _at_work(started + dice.uniform(0.3, 2) * _HOUR)
    over = end or until
    if assigned < over:
        ticket.log.append(Entry(assigned, "assigned", staff.county_it, name, technician))
        ticket.state, ticket.assignee = TicketState.assigned, technician
    if started < over:
        has_begun = True
        ticket.log.append(Entry(started, "started", technician))
        ticket.state = TicketState.in_progress
    if waits < over and dice.random() < 0.3:  # noqa: PLR2004
        text, reason = dice.choice(_WAITS)
        ticket.log.append(Entry(waits, "waiting", technician, text, waiting_for=reason))
        ticket.state, ticket.waiting_for = TicketState.waiting, reason
    if end is None:
        return
    if ticket.faults:
        ticket.log.append(Entry(end, "recovered"))
    solved = _at_work(end + dice.uniform(2, 40) * _MINUTE) if has_begun else end
    if solved >= until:
        return
    kind = ticket.device.kind if ticket.device else None
    text = dice.choice(_SOLUTIONS.get(kind, _OTHER)) if has_begun else ""
    ticket.log.append(Entry(solved, "resolved", technician if has_begun else None, text))
    ticket.state, ticket.waiting_for, ticket.resolved = TicketState.resolved, None, solved
    closed = _at_work(solved + dice.uniform(4, 90) * _HOUR)
    if closed < until and dice.random() < _CLOSED:
        ticket.log.append(Entry(closed, "closed", staff.school_admin))
        ticket.state, ticket.closed = TicketState.closed, closed


def _reported(
    school: SeedSchool,
    devices: Sequence[SeedDevice],
    staff: Staff,
    spec: CitySpec,
    dice: random.Random,
) -> Iterator[SeedTicket]:
    at = spec.begin
    while True:
        at += _YEAR * dice.expovariate(_REPORTS_A_CLASS * school.classes)
        if at >= spec.until:
            return
        opened = _at_work(at)
        if opened >= spec.until:
            return
        kind, title, description = dice.choice(_REPORTS)
        of_kind = [one for one in devices if one.kind is kind and one.bought < opened]
        if not of_kind:
            continue
        ticket = SeedTicket(
            school, dice.choice(of_kind), opened, Severity.warning,
            title=title, description=description,
        )  # fmt: skip
        ticket.log.append(Entry(opened, "opened", staff.school_admin))
        end = _at_work(opened + min(40.0, dice.lognormvariate(0, 1)) * 30 * _HOUR)
        _work(
            ticket,
            opened,
            end if end < spec.until else None,
            staff=staff,
            until=spec.until,
            dice=dice,
        )
        yield ticket


def _at_work(at: datetime) -> datetime:
    """The time itself when people work, else soon after they begin again."""
    local = at.astimezone(CHINA).replace(microsecond=0)
    if local.hour >= _EVENING:
        local = (local + timedelta(days=1)).replace(hour=_MORNING)
    elif local.hour < _MORNING:
        local = local.replace(hour=_MORNING)
    while day_kind(local.date()) is DayKind.away or local.weekday() > 5:  # noqa: PLR2004
        local += timedelta(days=1)
    return local
