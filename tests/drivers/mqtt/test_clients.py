"""Programs by their device blocks, as each version of them writes it."""

import pytest

from drivers.mqtt.home_assistant.announcement import DeviceBlock
from drivers.mqtt.home_assistant.clients import client_of, identity_of
from drivers.readings import Kind


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (DeviceBlock(("hass.agent-PC7",), manufacturer="LAB02 Research"), "HASS.Agent"),
        (DeviceBlock(("hass.agent-PC7",), manufacturer="HASS.Agent Team"), "HASS.Agent"),
        (DeviceBlock(("hass.agent-PC7",), manufacturer="teacher"), "HASS.Agent"),
        (DeviceBlock(("wallpanel_hall",), manufacturer="Hisense"), "WallPanel"),
        (DeviceBlock(("freekiosk_a1b2",), model="HN75 (FreeKiosk)"), "FreeKiosk"),
        (DeviceBlock(("pc7",), manufacturer="IOT Link", model="2.2.3"), "IOT Link"),
        (DeviceBlock(("pc7",), manufacturer="Dell", model="3080"), None),
    ],
)
def test_a_program_is_known_by_its_block(block: DeviceBlock, name: str | None) -> None:
    found = client_of(block)
    assert (found.name if found else None) == name


@pytest.mark.parametrize("maker", ["LAB02 Research", "HASS.Agent Team", "teacher"])
def test_who_wrote_hass_agent_or_is_logged_on_did_not_make_the_computer(maker: str) -> None:
    model = "Microsoft Windows NT 10.0.22631.0"
    block = DeviceBlock(("hass.agent-PC7",), manufacturer=maker, model=model, sw_version="2.1.1")
    identity = identity_of(block, {"cpu_ratio"})
    assert (identity.vendor, identity.model, identity.os) == (None, None, model)
    assert identity.kind is Kind.terminal
