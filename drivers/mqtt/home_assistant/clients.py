"""Which program announced a device, and what kind of device it runs on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.mqtt.home_assistant.announcement import DeviceBlock
from drivers.readings import Identity, Kind


@dataclass(frozen=True, slots=True)
class Client:
    """One program, told by a pattern in its device block.

    Args:
        name: of the program.
        pattern: in "origin | maker | model | first identifier", small letters.
        kind: of what it runs on.
        proven: ``recording`` when read from what it really said.
        os: of what it runs on, where the device does not say it.
        is_maker: its ``manufacturer`` names the program's authors, not the device's maker.
    """

    name: str
    pattern: str
    kind: Kind
    proven: str = "documentation"
    os: str | None = None
    is_maker: bool = False


CLIENTS = (
    Client("WallPanel", r"^wallpanel \||\| wallpanel_[^|]*$", Kind.whiteboard, os="Android"),
    Client("FreeKiosk", r"\| freekiosk_[^|]*$", Kind.whiteboard, os="Android"),
    Client("Fully Kiosk", r"fully ?kiosk", Kind.whiteboard, os="Android"),
    Client("HASS.Agent", r"hass\.agent", Kind.terminal, os="Windows", is_maker=True),
    Client("IOT Link", r"iot ?link", Kind.terminal, os="Windows", is_maker=True),
    Client("linux2mqtt", r"\| linux [^|]*\| [^|]*_linux$", Kind.terminal, "recording", os="Linux"),
    Client("Tasmota", r"tasmota", Kind.pdu),
)
_ELECTRIC = frozenset({"power_watts", "voltage_volts", "current_amperes"})
_CLIMATE = frozenset({"temperature_celsius", "humidity_ratio", "battery_charge_ratio"})


def client_of(device: DeviceBlock) -> Client | None:
    """The program behind a device block; ``None`` if it is none of those we know."""
    said = (device.origin, device.manufacturer, device.model, device.identifiers[0])
    line = " | ".join(word or "" for word in said).lower()
    return next((one for one in CLIENTS if re.search(one.pattern, line)), None)


def identity_of(device: DeviceBlock, metrics: Iterable[str]) -> Identity:
    """Who the device is. Its kind is the client's, else told by what it measures, or unknown."""
    client = client_of(device)
    model = re.sub(r" \(FreeKiosk\)$", "", device.model) if device.model else None
    vendor = device.manufacturer
    os = client.os if client is not None else None
    if client is not None and client.is_maker:
        # They write the name of the operating system where others write the model.
        said = re.search("windows|linux|macos", model or "", re.IGNORECASE)
        vendor, os, model = None, model if said else os, None
    if os == "Android" and device.hw_version:
        os = device.hw_version
    return Identity(
        vendor=vendor,
        kind=_kind(client, frozenset(metrics)),
        model=model,
        serial=device.serial_number,
        version=device.sw_version or device.origin_version,
        os=os,
        name=device.name,
    )


def _kind(client: Client | None, metrics: frozenset[str]) -> Kind:
    if client is not None and client.kind is not Kind.pdu:
        return client.kind
    if metrics & _ELECTRIC and "cpu_ratio" not in metrics:
        return Kind.pdu
    if metrics and metrics <= _CLIMATE:
        return Kind.sensor
    return client.kind if client is not None else Kind.unknown
