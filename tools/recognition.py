"""How well the drivers read recorded devices: figures by field and by vendor.

The expected values come with the recordings and were written by nobody of this project. What is
compared, and how loosely, is said at each judge below. ``docs/recognition.md`` gets figures only.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.polling import read_document
from drivers.definitions import builtin_definitions
from drivers.readings import PollDocument
from drivers.recording import read_recording
from tools.differences import REASONS

PROJECT = Path(__file__).parents[1]
RECORDINGS = PROJECT.parent / "shared/recordings"
PAGE = PROJECT / "docs/recognition.md"
#: One comparison: what of the device, and whether it was right.
Verdict = tuple[str, bool]

#: The name the recordings' makers give a system, and words of which the vendor must hold one.
VENDORS = {
    **dict.fromkeys(("vrp", "yunshan", "huaweiups"), "huawei"),
    **dict.fromkeys(("ios", "iosxe", "nxos", "ciscosb", "ciscowlc", "ciscowap"), "cisco"),
    **dict.fromkeys(("jetstream", "tplink"), "tp-link"),
    **dict.fromkeys(("dlink", "dlinkap", "dlink-dgs1250"), "d-link"),
    **dict.fromkeys(("procurve", "arubaos-cx", "arubaos", "aruba-instant"), "hp aruba"),
    **dict.fromkeys(("voss", "boss", "hiveos-wireless"), "extreme"),
    **dict.fromkeys(("unifi", "edgeswitch", "edgeos"), "ubiquiti"),
    **dict.fromkeys(("routeros", "swos"), "mikrotik"),
    **dict.fromkeys(("zynos", "zyxelwlc", "zywall"), "zyxel"),
    **dict.fromkeys(("fortigate", "fortiswitch", "fortiap"), "fortinet"),
    **dict.fromkeys(("eaton-mgeups", "eatonupsm2"), "eaton"),
    **dict.fromkeys(("hikvision-nvr", "hikvision-cam"), "hikvision"),
    **dict.fromkeys(("ruckuswireless", "ruckuswireless-sz"), "ruckus"),
    "ruckuswireless-unleashed": "ruckus",
    **dict.fromkeys(("awplus", "allied"), "allied"),
    **dict.fromkeys(("fs-switch", "fs-gbn"), "fs gbn"),
    **dict.fromkeys(("epson", "epson-projector"), "epson"),
    "comware": "h3c hp",
    "3com": "3com h3c",
    "zxr10": "zte",
    "mypoweros": "maipu",
    "dcn-software": "dcn",
    "stoneos": "hillstone",
    "junos": "juniper",
    "edgecos": "edgecore",
    "powerconnect": "dell",
    "aos6": "alcatel",
    "stellar": "alcatel",
    "dsm": "synology",
    "windows": "microsoft",
    "jetdirect": "hp",
    "canonprinter": "canon",
    "deltaups": "delta",
    "fujifilmprinter": "fuji",
    "dahua-nvr": "dahua",
    "axiscam": "axis",
    "clickshare": "barco",
    "christie-projector": "christie",
    "polycomLens": "poly",
    "grandstream-ap": "grandstream",
    **{name: name for name in ("ruijie", "qtech", "bdcom", "netgear", "qnap", "brother", "ricoh")},
    **{name: name for name in ("konica", "kyocera", "sharp", "apc", "vivotek")},
}
KINDS = {
    "network": {
        *("switch", "router", "wireless_controller", "access_point", "firewall"),
        *("camera", "recorder"),
    },
    "wireless": {"access_point", "wireless_controller"},
    "printer": {"printer"},
    "power": {"ups", "pdu"},
    "firewall": {"firewall", "router"},
    "server": {"server", "terminal", "storage"},
    "storage": {"storage", "server"},
}
#: Class of a sensor to metric, and what a reading is multiplied with to compare.
SENSORS = {
    "temperature": ("temperature_celsius", 1),
    "voltage": ("voltage_volts", 1),
    "charge": ("battery_charge_ratio", 100),
    "load": ("load_ratio", 100),
    "fanspeed": ("fan_speed_rpm", 1),
    "power": ("power_watts", 1),
    "current": ("current_amperes", 1),
    "frequency": ("frequency_hertz", 1),
    "humidity": ("humidity_ratio", 100),
    "dbm": ("optical_power_dbm", 1),
}
WIRELESS = {"clients": "wireless_clients", "ap-count": "wireless_access_points"}
#: Expected models that are a series or an architecture, not a model.
NO_MODEL = {"vrp_s5328c-ei", "yunshan", "pfsense", "linux_raspberrypi-gpiomonitor"}
_VERSION = re.compile(r"V\d+R\d+\w*|[A-Za-z]?\d+(?:\.\d+)+[\w().-]*|\d{3,}")
_SHORTEST_MODEL = 3
#: Per cent of memory.
_MEMORY_SLACK = 1.5


@dataclass(slots=True)
class Case:
    """One recording: what was expected, what was read, all text it holds."""

    name: str
    expected: dict[str, Any]
    document: PollDocument
    text: str
    values: dict[str, list[float]] = field(default_factory=dict)

    def of(self, metric: str, scale: float = 1) -> list[float]:
        return [value * scale for value in self.values.get(metric, [])]


def plain(text: object) -> str:
    """Letters and digits alone, in lower case."""
    return re.sub(r"[^a-z0-9]", "", str(text or "").lower())


def load(path: Path) -> Case:
    """Replay a recording beside what is expected of it."""
    session = read_recording(path)
    document = asyncio.run(read_document(session, None, definitions=builtin_definitions()))
    expected = json.loads((path.parents[1] / f"expected/{path.stem}.json").read_text())
    cells = (session.cell(oid)[1] for oid in session.oids())
    text = "\n".join(
        cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
        for cell in cells
        if not isinstance(cell, tuple)
    )
    case = Case(path.stem, expected, document, plain(text))
    for reading in document.readings:
        case.values.setdefault(str(reading["metric"]), []).append(float(reading["value"]))
    return case


def identity(case: Case) -> Iterator[Verdict]:
    """Vendor and kind by table; model, version and serial where the recording holds them."""
    expected, found = case.expected, case.document.identity
    if words := VENDORS.get(expected.get("os", "")):
        vendor = plain(found.vendor)
        yield "vendor", any(plain(word) in vendor for word in words.split())
    if kinds := KINDS.get(expected.get("type", "")):
        yield "kind", found.kind.value in kinds
    hardware = expected.get("hardware") or ""
    key = max(re.split(r"[\s,/()]+", hardware), key=lambda w: (any(map(str.isdigit, w)), len(w)))
    known = len(plain(key)) >= _SHORTEST_MODEL and plain(key) in case.text
    if known and not re.fullmatch(r"\D*|[\d.]+", key) and case.name not in NO_MODEL:
        model = plain(found.model)
        yield "model", bool(model) and (plain(key) in model or model in plain(hardware))
    version = re.sub(r"\[.*?\]", "", expected.get("version") or "")
    parts = [word for v in _VERSION.findall(version) if (word := plain(v)) in case.text]
    if parts:
        own = plain(found.version)
        yield "version", bool(own) and any(part in own or own in part for part in parts)
    serial = expected.get("serial")
    if serial and serial not in ("<private>", "12345678") and plain(serial) in case.text:
        yield "serial", plain(found.serial) == plain(serial)


def ports(case: Case) -> Iterator[Verdict]:
    """Every expected interface by ifIndex; text without case and punctuation."""
    found = {port.index: port for port in case.document.ports}
    for expected in case.expected.get("ports", []):
        port = found.get(expected["ifIndex"])
        yield "port present", port is not None
        if port is None:
            continue
        names = {plain(text) for text in (port.name, port.description, port.alias) if text}
        wanted = {plain(expected.get("ifDescr")), plain(expected.get("ifName", "?"))}
        if expected.get("ifDescr"):
            yield "port name", bool(wanted & names)
        for key, field_, value in (
            ("ifOperStatus", "oper", port.oper),
            ("ifAdminStatus", "admin", port.admin),
            ("ifPhysAddress", "mac", port.mac),
        ):
            if expected.get(key):
                yield f"port {field_}", plain(value) == plain(expected[key])
        if expected.get("ifSpeed"):
            yield "port speed", port.speed_bits_per_second == expected["ifSpeed"]
        for key, count in (("ifInOctets", port.in_octets), ("ifOutOctets", port.out_octets)):
            if expected.get(key) is not None:
                yield "port octets", count == expected[key]


def usage(case: Case) -> Iterator[Verdict]:
    """CPU: the mean or any processor within 1 %; memory: any pool within 1.5 %."""
    wanted = [float(p["usage"]) for p in case.expected.get("processors", []) if "usage" in p]
    have = case.of("cpu_ratio", 100)
    if wanted:
        means = bool(have) and abs(sum(have) / len(have) - sum(wanted) / len(wanted)) <= 1
        each = all(any(abs(h - w) <= 1 for h in have) for w in wanted)
        yield "cpu", means or each
    pools = [
        float(pool["perc"])
        for pool in case.expected.get("mempools", [])
        if pool.get("perc") is not None
    ]
    have = case.of("memory_used_ratio", 100) + case.of("storage_used_ratio", 100)
    if pools:
        yield "memory", any(abs(h - w) <= _MEMORY_SLACK for h in have for w in pools)


def sensors(case: Case) -> Iterator[Verdict]:
    """Each expected sensor needs a reading of its own within 2 % or 0.11."""
    left = {name: case.of(metric, scale) for name, (metric, scale) in SENSORS.items()}
    for sensor in case.expected.get("sensors", []):
        if sensor.get("class") not in SENSORS or sensor.get("value") is None:
            continue
        want, have = float(sensor["value"]), left[sensor["class"]]
        near = [h for h in have if abs(h - want) <= max(0.02 * abs(want), 0.11)]
        if near:
            have.remove(min(near, key=lambda h: abs(h - want)))
        yield f"sensor {sensor['class']}", bool(near)
    for count in case.expected.get("wireless", []):
        if count.get("class") in WIRELESS and count.get("value") is not None:
            have = case.of(WIRELESS[count["class"]])
            hit = any(round(h) == count["value"] for h in [*have, sum(have)])
            yield f"wireless {count['class']}", hit


JUDGES: tuple[Callable[[Case], Iterator[Verdict]], ...] = (identity, ports, usage, sensors)
#: Columns of the table by vendor, and the fields counted in each.
GROUPS = ("vendor", "kind", "model", "version", "serial", "port", "cpu", "memory", "sensor")
Tally = dict[str, list[int]]


@dataclass(slots=True)
class Figures:
    """Right and total by field, the same by vendor and group of fields, and every miss.

    ``misses`` counts by field and recording.
    """

    fields: Tally = field(default_factory=dict)
    vendors: dict[str, Tally] = field(default_factory=dict)
    misses: dict[tuple[str, str], int] = field(default_factory=dict)


def recognise(recordings: Path) -> Figures:
    """Replay and judge every recording of the folder."""
    figures = Figures()
    for path in sorted((recordings / "snmprec").glob("*.snmprec")):
        case = load(path)
        own = figures.vendors.setdefault(case.document.identity.vendor or "not said", {})
        for judge in JUDGES:
            for name, right in judge(case):
                if not right:
                    missed = (name, case.name)
                    figures.misses[missed] = figures.misses.get(missed, 0) + 1
                for tally, key in ((figures.fields, name), (own, name.split(" ")[0])):
                    counts = tally.setdefault(key, [0, 0])
                    counts[0] += right
                    counts[1] += 1
    return figures


def page(figures: Figures) -> str:
    """``docs/recognition.md``."""
    lines = [
        "# Recognition",
        "",
        "Made by `make recognition` from recordings whose expected values come from another",
        "project; figures only. Comparisons are as loose as `tools/recognition.py` says.",
        "PoE powers are compared as powers: the poll document shows them under both names",
        "([decision 0014](decisions/0014-powers-in-the-poll-document.md)).",
        "",
        "| field | right | of | share |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {ok} | {of} | {ok / of:.1%} |" for name, (ok, of) in figures.fields.items()
    ]
    lines += _misses(figures.misses)
    lines += ["", "## By vendor", "", f"| vendor | {' | '.join((*GROUPS, 'wireless'))} |"]
    lines += ["|---" * (len(GROUPS) + 2) + "|"]
    for vendor, tally in sorted(figures.vendors.items(), key=lambda item: item[0].lower()):
        cells = (tally.get(group) for group in (*GROUPS, "wireless"))
        shown = (f"{cell[0]}/{cell[1]}" if cell else "" for cell in cells)
        lines.append(f"| {vendor} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _misses(misses: dict[tuple[str, str], int]) -> Iterator[str]:
    """Every miss with its reason; the figures above count them all."""
    yield from ("", "## Misses", "", "| field | recording | values | why |", "|---|---|---:|---|")
    for (name, recording), count in sorted(misses.items()):
        why = REASONS.get((name, recording), "ours")
        yield f"| {name} | {recording} | {count} | {why} |"


def main() -> int:
    """Print the page and write it."""
    recordings = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    if not (recordings / "expected").is_dir():
        print(f"{recordings}: no recordings there; name their folder", file=sys.stderr)
        return 2
    text = page(recognise(recordings))
    print(text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
