"""Figures of one device out of the metric store: current values, curves, rates of ports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from controller.language import N_, from_milliseconds
from controller.pages.look import Look
from controller.pages.views.chart_cards import CHART_KINDS, ChartCard, chart_card
from controller.pages.views.ranges import Range
from controller.pages.views.states import Tone, port_state
from controller.words.terms import metric_word
from inventory.models import Device
from inventory.repositories.lines import LineRepository
from inventory.repositories.ports import PortRepository

#: (subject, metric, part) to (milliseconds, value).
Latest: TypeAlias = Mapping[tuple[str, str, str], tuple[int, float]]
IN, OUT = "port_in_bits_per_second", "port_out_bits_per_second"
#: Current values older than this are not shown as current.
_CURRENT = timedelta(minutes=30)
_MOST_GAUGES = 4
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True)
class Gauge:
    """One current value; of several parts the one that matters most."""

    label: str
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PortRow:
    """One port; rates in bit/s, ``None`` where nothing current is known."""

    name: str
    note: str
    word: str
    tone: Tone
    up: bool
    speed: int | None
    inbound: float | None
    outbound: float | None
    seen_at: datetime


def _percent(look: Look, value: float) -> str:
    return look.lang.percent(value)


def _celsius(look: Look, value: float) -> str:
    return f"{look.lang.number(value, 1)} °C"


def _count(look: Look, value: float) -> str:
    return look.lang.number(value)


def _length(look: Look, value: float) -> str:
    return look.lang.span(value)


def _switch(look: Look, value: float) -> str:
    return look.lang.gettext(N_("Yes") if value else N_("No"))


#: What is worth a tile, in this order: how it is written, and which part matters most.
_GAUGES: Mapping[str, tuple[Callable[[Look, float], str], Callable[..., tuple[float, int]]]] = {
    "cpu_ratio": (_percent, max),
    "memory_used_ratio": (_percent, max),
    "wireless_clients": (_count, max),
    "battery_charge_ratio": (_percent, min),
    "battery_runtime_seconds": (_length, min),
    "load_ratio": (_percent, max),
    "printer_supply_ratio": (_percent, min),
    "printer_pages_total": (_count, max),
    "display_on": (_switch, max),
    "temperature_celsius": (_celsius, max),
    "display_backlight_hours": (_count, max),
    "uptime_seconds": (_length, max),
}


def gauges_of(look: Look, device: str) -> Sequence[Gauge]:
    """The current values that matter most for this device."""
    latest = look.store.latest([device], list(_GAUGES), since=look.milliseconds(_CURRENT))
    found = []
    for metric, (written, worst) in _GAUGES.items():
        values = [(value, at) for (_, name, _p), (at, value) in latest.items() if name == metric]
        if values:
            value, at = worst(values)
            label = metric_word(metric)
            found.append(Gauge(label, written(look, value), from_milliseconds(at)))
    return found[:_MOST_GAUGES]


def port_rows(look: Look, device: str) -> Sequence[PortRow]:
    """Ports in the device's own order, with their current rates."""
    ports = PortRepository(look.session, look.scope).of_device(device)
    if not ports:
        return []
    latest = look.store.latest([device], (IN, OUT), since=look.milliseconds(_CURRENT))
    rows = []
    for port in ports:
        word, tone = port_state(port.admin, port.oper)
        inbound, outbound = (latest.get((device, metric, port.name)) for metric in (IN, OUT))
        notes = [text for text in (port.alias, port.description) if text and text != port.name]
        rows.append(
            PortRow(
                name=port.name,
                note=notes[0] if notes else "",
                word=word,
                tone=tone,
                up=port.oper == "up",
                speed=port.speed_bits_per_second,
                inbound=inbound[1] if inbound else None,
                outbound=outbound[1] if outbound else None,
                seen_at=port.seen_at,
            )
        )
    return rows


def charts_of(look: Look, device: Device, chosen: Range, port: str) -> Sequence[ChartCard]:
    """A card for every kind of chart that has data in the range."""
    metrics = [metric for kind in CHART_KINDS.values() for metric in kind.metrics]
    latest = look.store.latest([device.id], metrics, since=look.milliseconds(chosen.length))
    cards = []
    for kind in CHART_KINDS.values():
        parts = sorted({part for (_, metric, part) in latest if metric in kind.metrics})
        if not parts:
            continue
        if not kind.by_part:
            cards.append(chart_card(look, device.id, kind.name, chosen))
            continue
        part = port if port in parts else _chief_port(look, device, parts, latest)
        cards.append(chart_card(look, device.id, kind.name, chosen, part=part, parts=parts))
    return cards


def _chief_port(look: Look, device: Device, parts: Sequence[str], latest: Latest) -> str:
    """The port people mean: where the school's line arrives, else the busiest."""
    for line in LineRepository(look.session, look.scope).at_school(device.school_code):
        if line.device_id == device.id and line.port_name and line.port_name in parts:
            return line.port_name
    nothing = (0, 0.0)
    return max(
        parts,
        key=lambda part: sum(latest.get((device.id, m, part), nothing)[1] for m in (IN, OUT)),
    )
