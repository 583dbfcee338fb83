"""Which curves belong on one chart, and where a chart gets its data from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.ranges import Range


@dataclass(frozen=True, slots=True)
class ChartKind:
    """Metrics of one unit that people read together.

    Args:
        unit: of the axis; ``ratio`` and ``flag`` are written as per cent and as 0 or 1.
        by_part: one part at a time, which the reader chooses; else all parts side by side.
    """

    name: str
    title: str
    metrics: Sequence[str]
    unit: str
    by_part: bool = False


CHART_KINDS: Mapping[str, ChartKind] = {
    kind.name: kind
    for kind in (
        ChartKind(
            "traffic",
            N_("Port traffic"),
            ("port_in_bits_per_second", "port_out_bits_per_second"),
            "bit/s",
            by_part=True,
        ),
        ChartKind("load", N_("CPU and memory"), ("cpu_ratio", "memory_used_ratio"), "ratio"),
        ChartKind("clients", N_("Wireless clients"), ("wireless_clients", "radio_clients"), ""),
        ChartKind("radio", N_("Radio utilisation"), ("radio_utilization_ratio",), "ratio"),
        ChartKind(
            "battery", N_("Battery and load"), ("battery_charge_ratio", "load_ratio"), "ratio"
        ),
        ChartKind("runtime", N_("Battery runtime"), ("battery_runtime_seconds",), "s"),
        ChartKind("supplies", N_("Printer supply"), ("printer_supply_ratio",), "ratio"),
        ChartKind("printed", N_("Printed pages"), ("printer_pages_total",), ""),
        ChartKind("screen", N_("Screen and connection"), ("display_on", "online"), "flag"),
        ChartKind("volume", N_("Volume"), ("volume_ratio",), "ratio"),
        ChartKind("temperature", N_("Temperature"), ("temperature_celsius",), "°C"),
        ChartKind("humidity", N_("Humidity"), ("humidity_ratio",), "ratio"),
        ChartKind("storage", N_("Storage use"), ("storage_used_ratio",), "ratio"),
        ChartKind("power", N_("Power"), ("power_watts", "poe_power_watts"), "W"),
        ChartKind("voltage", N_("Voltage"), ("voltage_volts",), "V"),
        ChartKind("fans", N_("Fan speed"), ("fan_speed_rpm",), "rpm"),
        ChartKind("light", N_("Optical power"), ("optical_power_dbm",), "dBm"),
        ChartKind(
            "reach",
            N_("Round trip"),
            ("ping_round_trip_seconds", "ping_jitter_seconds"),
            "s",
        ),
        ChartKind("loss", N_("Packet loss"), ("ping_loss_ratio",), "ratio"),
        ChartKind(
            "errors",
            N_("Port errors"),
            (
                "port_in_errors_per_second",
                "port_out_errors_per_second",
                "port_in_discards_per_second",
                "port_out_discards_per_second",
            ),
            "1/s",
            by_part=True,
        ),
        ChartKind(
            "speedtest",
            N_("Speed tests"),
            ("speedtest_download_bits_per_second", "speedtest_upload_bits_per_second"),
            "bit/s",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class ChartCard:
    """One chart on a page: its title (a message id) and the addresses of its data."""

    name: str
    title: str
    data: str
    csv: str
    range_text: str
    part: str = ""
    part_note: str = ""
    parts: Sequence[str] = field(default=())


def chart_card(
    look: Look,
    subject: str,
    name: str,
    chosen: Range,
    *,
    part: str = "",
    parts: Sequence[str] = (),
) -> ChartCard:
    """The card of one kind of chart; ``part`` narrows it to one port or sensor."""
    kind = CHART_KINDS[name]
    query = {"range": chosen.name} | ({"part": part} if part else {})
    address = f"/charts/{subject}/{name}"
    return ChartCard(
        name=name,
        title=kind.title,
        data=f"{address}?{urlencode(query)}",
        csv=f"{address}.csv?{urlencode(query)}",
        range_text=look.lang.gettext(chosen.text),
        part=part,
        part_note=part,
        parts=parts,
    )
