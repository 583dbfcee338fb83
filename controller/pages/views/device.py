"""One device: who it is, how it is and since when, its curves, its ports, its faults."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.alerts import AlertRow, alerts_of_device
from controller.pages.views.asset import AssetView, asset_view
from controller.pages.views.audit import ChangeRow, changes_of_device
from controller.pages.views.chart_cards import ChartCard
from controller.pages.views.device_figures import (
    Gauge,
    PortRow,
    charts_of,
    gauges_of,
    port_rows,
)
from controller.pages.views.device_parts import PartsView, parts_view
from controller.pages.views.device_presence import (
    Attached,
    UsageView,
    attached_at,
    hanging_on,
    usage_view,
)
from controller.pages.views.device_story import StoryView, story_view
from controller.pages.views.names import room_name, school_name
from controller.pages.views.ranges import RANGES, Range, RangeLink, range_links
from controller.pages.views.tickets import TicketRow, tickets_of_device
from controller.words.terms import KINDS, LIFECYCLES, OUTCOMES, PROTOCOLS
from drivers.readings import Outcome
from inventory.models import Device, DeviceState, Protocol, School
from inventory.repositories.devices import DeviceRow
from inventory.repositories.rooms import RoomRepository
from inventory.status import Status

_ALERTS, _TICKETS = 10, 10
#: Of devices that say nothing themselves.
_SEEN: dict[Status, str] = {
    Status.healthy: N_("Seen in use on the network."),
    Status.silent: N_("Nobody could look for it lately: its switch or its school's agent is away."),
    Status.unknown: N_("It has not been looked for yet."),
}
_EXPLANATIONS: dict[Status, str] = {
    Status.healthy: N_("The last poll was answered in full."),
    Status.off: N_("Not seen on the network lately: switched off, most likely. That is no fault."),
    Status.degraded: N_("The device answers, but not everything it was asked for."),
    Status.down: N_("The device was asked and did not answer as it should."),
    Status.silent: N_("Nobody has asked the device lately: its school's agent is away."),
    Status.unknown: N_("The device has never been polled."),
}


@dataclass(frozen=True, slots=True)
class DeviceView:
    """Everything on a device's page."""

    device: Device
    school: School
    school_name: str
    status: Status
    explanation: str
    since: datetime | None
    polled_at: datetime | None
    answered_at: datetime | None
    #: It says nothing itself; it is looked for, and may be seen.
    is_silent: bool
    attached: Attached | None
    identity: Sequence[tuple[str, str]]
    gauges: Sequence[Gauge]
    charts: Sequence[ChartCard]
    range: str
    ranges: Sequence[RangeLink]
    ports: Sequence[PortRow]
    hanging: Mapping[str, Sequence[Device]]
    #: Asked for by the part that shows it: it reads two weeks.
    usage: Callable[[], UsageView | None]
    ports_seen_at: datetime | None
    parts: PartsView
    story: StoryView
    alerts: Sequence[AlertRow]
    tickets: Sequence[TicketRow]
    asset: AssetView
    #: What people changed last; ``None`` for readers who may not see it.
    changes: Sequence[ChangeRow] | None
    may_acknowledge: bool
    may_set_access: bool

    @property
    def ports_up(self) -> int:
        return sum(port.up for port in self.ports)


def device_view(look: Look, row: DeviceRow, chosen: Range, port: str) -> DeviceView:
    """What is known of one device now; ``port`` is the one whose traffic is drawn."""
    device, state = row.device, row.state
    ports = port_rows(look, device.id)
    return DeviceView(
        device=device,
        school=row.school,
        school_name=school_name(look, row.school),
        status=row.status,
        explanation=_explanation(look, device, row.status, state),
        since=state.since if state else None,
        polled_at=state.taken_at if state else None,
        answered_at=_answered_at(device, state),
        is_silent=device.protocol is Protocol.presence,
        attached=attached_at(look, device, state),
        identity=_identity(look, device),
        gauges=gauges_of(look, device.id),
        charts=charts_of(look, device, chosen, port),
        range=chosen.name,
        ranges=range_links(look, chosen, list(RANGES)),
        ports=ports,
        hanging=hanging_on(look, device.id) if ports else {},
        usage=partial(usage_view, look, device),
        ports_seen_at=max((row.seen_at for row in ports), default=None),
        story=story_view(look, device, row.school),
        asset=asset_view(look, device, row.school),
        changes=changes_of_device(look, device, row.school),
        parts=parts_view(look, device.id),
        alerts=alerts_of_device(look, device, row.school, _ALERTS),
        tickets=tickets_of_device(look, device, row.school, _TICKETS),
        may_acknowledge=look.caller.may(Permission.acknowledge_alerts, row.school.path),
        may_set_access=look.caller.may(Permission.manage_access, row.school.path),
    )


def _answered_at(device: Device, state: DeviceState | None) -> datetime | None:
    """When the device last gave a sign of life."""
    if state is None:
        return None
    return state.last_present_at if device.protocol is Protocol.presence else state.last_ok_at


def _explanation(look: Look, device: Device, status: Status, state: DeviceState | None) -> str:
    translate = look.lang.gettext
    words = _EXPLANATIONS | _SEEN if device.protocol is Protocol.presence else _EXPLANATIONS
    said = [translate(words[status])]
    if state is not None and state.outcome is not Outcome.ok and status is not Status.silent:
        outcome = translate(OUTCOMES[state.outcome])
        said.append(f"{outcome}: {state.detail}." if state.detail else f"{outcome}.")
    if look.lang.code != "zh_CN":
        return " ".join(said)
    return "".join(text.removesuffix(".").removesuffix("。") + "。" for text in said)


def _identity(look: Look, device: Device) -> Sequence[tuple[str, str]]:
    translate = look.lang.gettext
    room = RoomRepository(look.session, look.scope).get(device.room_id) if device.room_id else None
    return [
        (N_("Kind"), translate(KINDS[device.kind])),
        (N_("Vendor"), device.vendor or ""),
        (N_("Model"), device.model or ""),
        (N_("Serial number"), device.serial or ""),
        (N_("Version"), device.version or ""),
        (N_("Asset number"), device.asset_number or ""),
        (N_("Address"), device.address or device.mqtt_client or ""),
        (N_("Room"), room_name(room)),
        (N_("Life cycle"), translate(LIFECYCLES[device.lifecycle])),
        (N_("Watched by"), translate(PROTOCOLS[device.protocol])),
    ]
