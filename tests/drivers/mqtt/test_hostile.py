"""Anything on any topic: no crash, no hang, bounded memory."""

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.mqtt.hearing import Hearing
from drivers.mqtt.home_assistant.hearing import HomeAssistantHearing
from drivers.mqtt.paths import BadPath, parse_path
from drivers.mqtt.templates.evaluator import Evaluator
from drivers.readings import Poll

KEYS = st.sampled_from(
    ["val_tpl",
     "device", "dev", "identifiers", "ids", "cns", "connections", "cmps", "p", "platform", "name",
     "state_topic", "stat_t", "~", "avty", "availability", "availability_topic", "topic", "t",
     "avty_mode", "exp_aft", "dev_cla", "unit_of_meas", "pl_on", "json_attr_t", "o", "origin",
     "ft", "tp", "sn", "ENERGY", "Power", "TempUnit", "cpu", "display", "power", "disks", "at"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["{{ value_json.cpu | float }}", "{{ value.split()[0] }}",
     "sensor", "binary_sensor", "pc7", "pc7/cpu", "#", "~/x", "x/~", "%", "GB", "°F", "W", "mac",
     "aa:bb:cc:dd:ee:ff", "online", "offline", "all", "CPU", "Disk C: usage", "ON", "temperature",
     "%prefix%/%topic%", "\x00", "", "-1", "1e999", "2026-01-01"]
)  # fmt: skip
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)
PAYLOADS = st.one_of(st.binary(max_size=60), DOCUMENTS.map(lambda one: json.dumps(one).encode()))
TOPICS = st.sampled_from(
    ["homeassistant/sensor/pc7/cpu/config", "homeassistant/device/pc7/config", "pc7/cpu",
     "homeassistant/switch/x/config", "tasmota/discovery/A4CF12B0C1D2/config", "pc7/status",
     "tasmota/discovery/A4CF12B0C1D2/sensors", "tele/plug/LWT", "tele/plug/SENSOR",
     "campus/3301000001/whiteboard/wb1/state", "campus/3301000001/terminal/t/state",
     "campus/3301000001/sensor/s/identity", "campus/3301000001/whiteboard/wb1/availability",
     "fully/deviceInfo/a-b", "iotlink/w/pc/windows-monitor/stats/cpu/usage", "iotlink/w/pc/lwt"]
)  # fmt: skip
MESSAGES = st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans()), max_size=8)


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    made = Evaluator()
    yield made
    made.close()


def hears(evaluator: Evaluator, messages: list[tuple[str, bytes, bool]]) -> None:
    ears = (Hearing(None), HomeAssistantHearing(None, evaluator))
    for one in ears:
        one.connected(0.0)
    polls: list[Poll] = []
    for second, (topic, payload, retained) in enumerate(messages):
        for one in ears:
            polls += one.heard(topic, payload, retained=retained, at=second, now=float(second))
            polls += one.passed(at=second, now=float(second))
    for one in ears:
        polls += one.flush(at=99, now=99.0)
    for poll in polls:
        assert len(poll.detail) < 2_000
        for reading in poll.readings():
            assert abs(reading.value) <= 1e18
            assert len(reading.part) <= 200


def follows(path: str, document: object) -> None:
    try:
        found = list(parse_path(path).rows(document))
    except BadPath:
        return
    assert len(found) <= 32


PATHS = st.lists(
    st.sampled_from(["$", ".cpu", ".disks", "[*]", "[0]", "[-1]", "['at']", "..", "[", "?(@)"]),
    max_size=9,
).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MESSAGES)
def test_any_messages_are_heard_without_harm(
    evaluator: Evaluator, messages: list[tuple[str, bytes, bool]]
) -> None:
    hears(evaluator, messages)


@settings(max_examples=300, deadline=None)
@given(PATHS, DOCUMENTS)
def test_any_path_leads_somewhere_or_is_refused(path: str, document: object) -> None:
    follows(path, document)


@pytest.mark.parametrize(
    "make", [lambda: Hearing(None), lambda: HomeAssistantHearing(None, Evaluator())]
)
def test_a_flood_of_strangers_is_bounded(
    make: Callable[[], Hearing | HomeAssistantHearing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.mqtt.hearing.MAX_DEVICES", 50)
    monkeypatch.setattr("drivers.mqtt.home_assistant.hearing.MAX_DEVICES", 50)
    ears = make()
    ears.connected(0.0)
    for number in range(200):
        config = {"dev": {"ids": f"x{number}"}, "stat_t": f"x/{number}", "name": "CPU"}
        for topic in (
            f"homeassistant/sensor/x{number}/config",
            f"campus/3301000001/terminal/t{number}/state",
        ):
            payload = json.dumps({**config, "unit_of_meas": "%"}).encode()
            ears.heard(topic, payload, retained=False, at=0, now=0.0)
    assert len(ears.devices) == 50
