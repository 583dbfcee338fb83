"""How the county has itself told of faults: a rule, quiet times, a roster, where messages go."""

from datetime import date, datetime, time, timedelta
from typing import Final

from alerts.notify.keeping import ChannelDesk, Owner, Wanted, keep_wishes
from alerts.notify.models import ChannelKind, Follow, NotifyPreference
from alerts.quiet import desk
from alerts.quiet.models import MaintenanceWindow, Silence
from alerts.rulebook.keeping import edit_rule, make_rule
from alerts.severity import Severity
from controller.demo.county import COUNTY
from controller.demo.telling import Telling
from controller.duty import DutyDesk, ShiftOf
from drivers.simulate.campus import URBAN
from inventory.days import ZONE, day_of
from inventory.models import Device
from inventory.scope import Scope
from inventory.secrets import SecretBox

_EVERYTHING: Final = Scope.everything()
_COUNTY_IT: Final = "county"
_SATURDAY: Final = 5
_RULE: Final = """\
id: outlet_busy
rule: outlet_busy
when: threshold
kinds: [router]
metric: port_in_bits_per_second
side: above
level: {level}
clear: {clear}
hold: 30m
clear_after: 30m
severity: warning
"""
#: Shifts of a working day: minutes of the day, and who has them.
_SHIFTS: Final = ((8 * 60, 18 * 60, "technician"), (18 * 60, 22 * 60, "county"))


def tell_alerting(told: Telling, box: SecretBox, receiver: str) -> None:
    """Everything above; flushed, not committed.

    Args:
        told: who can act.
        box: seals the address of the channel.
        receiver: where the demonstration itself takes messages.
    """
    _own_rule(told)
    _maintenance(told)
    _silence(told)
    _roster(told)
    _channel(told, box, receiver)


def own_rule_document() -> str:
    """The county's own rule as it stands, to be tried on the past."""
    return _RULE.format(level=300_000_000, clear=200_000_000)


def _own_rule(told: Telling) -> None:
    """A rule that was too careful at first: two versions."""
    careful = _RULE.format(level=150_000_000, clear=100_000_000)
    made = make_rule(told.session, _EVERYTHING, COUNTY, careful, by=_COUNTY_IT, now=told.ago(20))
    now = told.ago(13)
    edit_rule(told.session, _EVERYTHING, made.id, own_rule_document(), by=_COUNTY_IT, now=now)


def _maintenance(told: Telling) -> None:
    """One that is over, one on the Saturday to come."""
    today = day_of(told.now)
    to_come = today + timedelta(days=(_SATURDAY - today.weekday() - 1) % 7 + 1)
    before = to_come - timedelta(days=28)
    for day, reason, planned in (
        (before, "机房配电改造", _moment(before, 0) - timedelta(days=3)),
        (to_come, "核心交换机升级系统版本", told.now - timedelta(hours=3)),
    ):
        window = MaintenanceWindow(
            id="",
            entered_by="",
            school_code=URBAN.code,
            begins_at=_moment(day, 8),
            ends_at=_moment(day, 12),
            reason=reason,
        )
        desk.plan(told.session, _EVERYTHING, window, _by(told), planned)


def _silence(told: Telling) -> None:
    """A printer nobody will repair before it is replaced."""
    row = told.session.get_one(Device, told.devices["lh-pr1"])
    silence = Silence(
        id="",
        school_code=row.school_code,
        device_id=row.id,
        begins_at=told.now,
        ends_at=told.now + timedelta(days=14),
        reason="已列入更新计划，等新机到货",
        entered_by="",
    )
    desk.silence(told.session, _EVERYTHING, silence, _by(told), told.now)


def _roster(told: Telling) -> None:
    shifts = [
        ShiftOf(weekday, starts, ends, login)
        for weekday in range(7)
        for starts, ends, login in _SHIFTS
        if weekday < _SATURDAY or login == _COUNTY_IT
    ]
    DutyDesk(told.session, _EVERYTHING).set(COUNTY, shifts)


def _channel(told: Telling, box: SecretBox, receiver: str) -> None:
    """A group of the county's people that the demonstration plays, and a technician's evenings."""
    channels = ChannelDesk(told.session, _EVERYTHING, told.users[_COUNTY_IT])
    group = Wanted(
        name="演示接收器（不发往外部）",
        kind=ChannelKind.webhook,
        url=receiver,
        least=Severity.warning,
    )
    channels.add(Owner(organisation_code=COUNTY), group, box, told.now)
    wishes = NotifyPreference(
        user_id=told.users["technician"],
        follow=Follow.duty,
        quiet_from=22 * 60,
        quiet_to=6 * 60 + 30,
        loud_at_night=True,
    )
    keep_wishes(told.session, wishes)


def _by(told: Telling) -> desk.By:
    return desk.By(_COUNTY_IT, told.users[_COUNTY_IT])


def _moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE)
