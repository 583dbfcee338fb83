"""Announcements that never end: what is kept of them stays within its limits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.mqtt.home_assistant import device as device_module
from drivers.mqtt.home_assistant import hearing as hearing_module
from drivers.mqtt.home_assistant.hearing import HomeAssistantHearing
from drivers.mqtt.home_assistant.tasmota import TasmotaAnnouncements
from drivers.mqtt.templates.evaluator import MAX_TEMPLATE, Evaluator


@pytest.fixture
def hearing() -> Iterator[HomeAssistantHearing]:
    evaluator = Evaluator()
    made = HomeAssistantHearing(None, evaluator)
    made.connected(0.0)
    yield made
    evaluator.close()


def announce(hearing: HomeAssistantHearing, topic: str, document: dict[str, Any] | None) -> None:
    payload = b"" if document is None else json.dumps(document).encode()
    hearing.heard(topic, payload, retained=False, at=0, now=0.0)


def sensor(**more: object) -> dict[str, Any]:
    return {"dev": {"ids": ["pc7"]}, "stat_t": "pc7/cpu", "name": "CPU", "unit_of_meas": "%"} | more


TOPIC = "homeassistant/sensor/pc7/cpu/config"


def test_identifiers_of_a_device_are_bounded(hearing: HomeAssistantHearing) -> None:
    for number in range(500):
        announce(hearing, TOPIC, sensor(dev={"ids": ["pc7", *(f"x{number}{n}" for n in range(7))]}))
    (device,) = hearing.devices
    assert device.block is not None
    assert len(device.block.identifiers) == device_module.MAX_IDENTIFIERS
    assert len(hearing._by_identifier) == device_module.MAX_IDENTIFIERS


def test_announcements_of_a_device_are_bounded(hearing: HomeAssistantHearing) -> None:
    for number in range(1_500):
        announce(hearing, f"homeassistant/button/pc7/b{number}/config", sensor())
    (device,) = hearing.devices
    assert len(device._announced) == device_module.MAX_ANNOUNCEMENTS
    assert len(hearing._by_announcement) == device_module.MAX_ANNOUNCEMENTS
    assert hearing.counts.refused == 1_500 - device_module.MAX_ANNOUNCEMENTS


def test_bytes_of_all_announcements_are_bounded(
    hearing: HomeAssistantHearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing_module, "MAX_ANNOUNCED_BYTES", 20_000)
    for number in range(40):
        topic = f"homeassistant/sensor/pc{number}/cpu/config"
        announce(hearing, topic, sensor(dev={"ids": [f"pc{number}"]}, name="x" * 1_900))
    kept = len(hearing._by_announcement)
    assert hearing.counts.refused == 40 - kept > 0
    assert 15_000 < hearing._announced_bytes <= 20_000
    announce(hearing, "homeassistant/sensor/pc0/cpu/config", None)
    announce(hearing, "homeassistant/sensor/pc39/cpu/config", sensor(dev={"ids": ["pc39"]}))
    assert len(hearing._by_announcement) == kept
    for number in range(40):
        announce(hearing, f"homeassistant/sensor/pc{number}/cpu/config", None)
    assert hearing._announced_bytes == 0


def test_what_a_changed_announcement_no_longer_names_is_not_waited_for(
    hearing: HomeAssistantHearing,
) -> None:
    for number in range(300):
        watched = {"avty_t": "pc7/lwt", "pl_avail": f"on{number}"}
        announce(hearing, TOPIC, sensor(stat_t=f"pc7/{number}", **watched))
    assert hearing.knows("pc7/299")
    assert not hearing.knows("pc7/298")
    waiting = hearing._waiting.get("pc7/lwt")
    assert waiting is not None
    assert len(waiting.watches) == 1
    announce(hearing, TOPIC, None)
    assert not hearing.knows("pc7/lwt")


def test_components_of_a_changed_device_announcement_are_replaced(
    hearing: HomeAssistantHearing,
) -> None:
    for number in range(100):
        components = {f"c{number}": {"p": "sensor", "unit_of_meas": "%", "name": "CPU"}}
        document = {"dev": {"ids": "pc7"}, "stat_t": "pc7/all", "cmps": components}
        announce(hearing, "homeassistant/device/pc7/config", document)
    waiting = hearing._waiting.get("pc7/all")
    assert waiting is not None
    assert len(waiting.states) == 1


def test_an_announcement_that_changes_hands_leaves_its_first_device(
    hearing: HomeAssistantHearing,
) -> None:
    announce(hearing, TOPIC, sensor())
    announce(hearing, TOPIC, sensor(dev={"ids": "pc8"}))
    first, second = hearing.devices
    assert (first.is_announced, second.is_announced) == (False, True)


def test_long_templates_and_names_are_cut(hearing: HomeAssistantHearing) -> None:
    long = "{{ value }}" + "x" * 30_000
    announce(hearing, TOPIC, sensor(val_tpl=long, avty_t="pc7/lwt", avty_tpl=long))
    cmps = {"y" * 20_000: {"p": "sensor", "stat_t": "pc7/y", "unit_of_meas": "%", "name": "CPU"}}
    announce(hearing, "homeassistant/device/pc7/config", {"dev": {"ids": "pc7"}, "cmps": cmps})
    (device,) = hearing.devices
    (entity,) = device.entities()
    assert len(entity.template or "") == len(entity.watches[0].template or "") == MAX_TEMPLATE + 1
    assert device.left_out == 1


def test_tasmota_configurations_are_kept_no_longer_than_they_are_read() -> None:
    reader = TasmotaAnnouncements()
    junk = {f"k{n}": "x" * 50 for n in range(200)}
    config = {
        "ft": "%prefix%/%topic%/",
        "t": "plug",
        "tp": ["c", "s", "t"],
        "dn": "y" * 9_000,
        **junk,
    }
    groups = {f"G{n}": {"Power": 1, "What": "x" * 99} for n in range(400)}
    for what, document in (("config", config), ("sensors", {"sn": groups, **junk})):
        topic = f"tasmota/discovery/A4CF12B0C1D2/{what}"
        said = reader.read(topic, json.dumps(document).encode())
    assert len(json.dumps([reader._configs, reader._sensors])) < 5_000
    assert 1 < len(said.entities) <= 65
