"""Walks of real devices that come as a Python package, so that these run everywhere.

The larger ones are left to the campaign: there are hundreds of megabytes of them.
"""

import asyncio
from importlib.metadata import files
from pathlib import Path

import pytest

from agent.polling import read_document
from drivers.definitions import builtin_definitions
from drivers.readings import Kind, Outcome, PollDocument
from drivers.recording import read_recording

_ENDINGS = (".snmprec", ".snmprec.bz2")
#: Packed size up to which a walk is part of every test run.
_SMALL = 100_000
WALKS = {
    str(file.relative_to("snmpsim_data/data")).split(".snmprec")[0]: Path(str(file.locate()))
    for file in files("snmpsim-data") or ()
    if file.name.endswith(_ENDINGS)
}
#: Name to vendor, kind and a piece of the model.
KNOWN: dict[str, tuple[str | None, Kind, str | None]] = {
    "UPS/apc-8932": ("APC", Kind.pdu, "AP8932"),
    "UPS/eaton-93e-80": ("Eaton", Kind.ups, "93E"),
    "UPS/eaton-9px-partial": ("Eaton", Kind.ups, "9PX"),
    "UPS/huawei-gse200m": ("Huawei", Kind.ups, "UPS5000"),
    "UPS/phoenixtec-power": ("Phoenixtec", Kind.ups, None),
    "UPS/eastpower-istars-swv053": ("EAST", Kind.ups, "EA9080"),
    "UPS/emerson-network-power": ("Vertiv", Kind.ups, None),
    "UPS/vertiv-power": ("Vertiv", Kind.sensor, "Liebert PEX"),
    "bmc/hp-onboard-administrator": ("HPE", Kind.server, "BladeSystem c7000"),
    "camera/samsung-ipolis": ("Hanwha", Kind.camera, None),
    "camera/semac-ipcam-500": (None, Kind.camera, None),
    "network/appliance/empirical-hw-mgmt": ("Huawei", Kind.server, "RH5885 V3"),
    "network/firewall/netentsec-ngfw": ("Netentsec", Kind.firewall, None),
    "network/firewall/paloalto-pa-5000": ("Palo Alto Networks", Kind.firewall, "PA-5050"),
    "network/firewall/venus-vsos-v070060600": ("Venustech", Kind.firewall, None),
    "storage/isilon-onefs": ("Dell", Kind.storage, None),
    "camera/hikvision-network-video-recorder": ("Hikvision", Kind.recorder, None),
    "network/firewall/topsec-ngfw4000-uf": ("Topsec", Kind.firewall, "NGFW4000-UF"),
    "network/firewall/sangfor-vad1": ("Sangfor", Kind.firewall, None),
    "network/router/huawei-s5720": ("Huawei", Kind.switch, "S5720-36C-EI-AC"),
    "network/router/juniper-mx960-12-3r6-6": ("Juniper", Kind.router, "mx960"),
    "network/switch/bdcom-s5612": ("BDCOM", Kind.switch, "S5612"),
    "network/switch/brocade-icx6430-24": ("Ruckus", Kind.switch, "ICX6430-24"),
    "network/switch/cisco-c3750": ("Cisco", Kind.switch, "WS-C3750G-12S-S"),
    "network/switch/cisco-n5000": ("Cisco", Kind.switch, "N5K-C5548UP"),
    "network/switch/dcrs-5980-28t-dc": ("DCN", Kind.switch, "DCRS-5980-28T-DC"),
    "network/switch/dcs-3726c": ("DCN", Kind.switch, "DCS-3726S"),
    "network/switch/dlink-des3200": ("D-Link", Kind.switch, "DES-3200-18"),
    "network/switch/h3c-comware-lsq1wcmd0": ("H3C", Kind.wireless_controller, "LSQ1WCMD0"),
    "network/switch/h3c-e528-2": ("H3C", Kind.switch, "E528"),
    "network/switch/hpe-procurve-516733-b21": ("HP", Kind.switch, "516733-B21"),
    "network/switch/maipu-sm4200-16gef8ge-ac": ("Maipu", Kind.switch, "SM4200"),
    "network/switch/ruijie-s5750-24gt12sfp": ("Ruijie", Kind.switch, "S5750-24GT/12SFP"),
    "network/wifi/aruba-7010": ("Aruba", Kind.wireless_controller, "7010"),
    "network/wifi/sangfor-wac-2": ("Sangfor", Kind.wireless_controller, "m5800"),
    "network/wifi/ubiquiti-m5": ("Ubiquiti", Kind.access_point, "NanoStation M5"),
    "os/linux/sangfor": ("Sangfor", Kind.firewall, "M5400"),
    "os/windows/server-2003-5-2": ("Microsoft", Kind.server, None),
    "os/linux/slackware": (None, Kind.server, None),
}
SMALL = [n for n, path in WALKS.items() if path.stat().st_size <= _SMALL and n not in KNOWN]
LARGE = [n for n, path in WALKS.items() if path.stat().st_size > _SMALL and n not in KNOWN]


def read(name: str) -> PollDocument:
    session = read_recording(WALKS[name])
    return asyncio.run(read_document(session, None, definitions=builtin_definitions()))


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_device_is_recognised(name: str) -> None:
    vendor, kind, model = KNOWN[name]
    document = read(name)
    assert document.outcome is Outcome.ok
    assert (document.identity.vendor, document.identity.kind) == (vendor, kind)
    assert (model or "") in (document.identity.model or "")


@pytest.mark.parametrize("name", SMALL)
def test_any_device_is_read_to_the_end(name: str) -> None:
    assert read(name).outcome is Outcome.ok


@pytest.mark.campaign
@pytest.mark.parametrize("name", LARGE)
def test_a_large_device_is_read_to_the_end(name: str) -> None:
    assert read(name).outcome is Outcome.ok


def test_figures_of_a_real_switch() -> None:
    """FastIron, seen on no other recording: half degrees, and states of supplies."""
    found = {
        (r["metric"], r["part"]): r["value"]
        for r in read("network/switch/brocade-icx6430-24").readings
    }
    temperatures = [v for (metric, _), v in found.items() if metric == "temperature_celsius"]
    assert temperatures
    assert all(20 <= float(value) <= 90 for value in temperatures)
    assert 0 <= float(found["cpu_ratio", "cpu"]) <= 1
