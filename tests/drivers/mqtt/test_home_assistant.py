"""Announced devices: retained messages, last wills, plans, limits and hostile announcements."""

import json
from collections.abc import Iterator

import pytest

from drivers.mqtt.fields import BadPayload
from drivers.mqtt.home_assistant.announcement import MAX_COMPONENTS, Announcements
from drivers.mqtt.home_assistant.device import MAX_ENTITIES
from drivers.mqtt.home_assistant.hearing import HomeAssistantHearing
from drivers.mqtt.home_assistant.tasmota import TasmotaAnnouncements
from drivers.mqtt.templates.evaluator import Evaluator
from drivers.plan import MqttAccess, Target
from drivers.readings import Outcome, Poll

CONFIG = "homeassistant/sensor/pc7/cpu/config"
CPU = {
    "name": "CPU",
    "unit_of_measurement": "%",
    "state_topic": "pc7/cpu",
    "device": {"identifiers": ["pc7", "other"], "name": "PC 7"},
}
WITH_WILL = {**CPU, "availability_topic": "pc7/status"}
TARGET = Target("d1", "3301000001", mqtt=MqttAccess("home_assistant", "pc7"))


class Room:
    """A listener and its clock."""

    def __init__(self, *targets: Target) -> None:
        self.evaluator = Evaluator()
        self.hearing = HomeAssistantHearing(targets or None, self.evaluator)
        self.hearing.connected(0.0)
        self.now = 0.0

    def hear(self, topic: str, payload: object, *, retained: bool = False) -> list[Poll]:
        said = payload if isinstance(payload, str) else json.dumps(payload)
        return self.hearing.heard(
            topic, said.encode(), retained=retained, at=round(self.now * 1000), now=self.now
        )

    def wait(self, seconds: float) -> list[Poll]:
        self.now += seconds
        return list(self.hearing.passed(at=round(self.now * 1000), now=self.now))


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.evaluator.close()


def values(poll: Poll) -> dict[str, float]:
    return {one.metric: one.value for one in poll.readings()}


def test_values_of_one_second_make_one_poll_with_the_identity(room: Room) -> None:
    room.hear(CONFIG, CPU, retained=True)
    assert room.hear("pc7/cpu", "40") == []
    (poll,) = room.wait(1.1)
    assert poll.subject == "home_assistant/pc7"
    assert poll.outcome is Outcome.ok
    assert values(poll) == {"online": 1.0, "cpu_ratio": 0.4}
    assert poll.facts is not None
    assert poll.facts.identity.name == "PC 7"
    room.hear("pc7/cpu", "41")
    (later,) = room.wait(1.1)
    assert later.facts is None


def test_a_retained_value_alone_makes_nobody_alive(room: Room) -> None:
    room.hear(CONFIG, CPU, retained=True)
    room.hear("pc7/cpu", "40", retained=True)
    assert room.wait(2.0) == []
    (poll,) = room.hearing.flush(at=0, now=3.0)
    assert poll.outcome is Outcome.timeout
    assert values(poll) == {"online": 0.0}
    assert poll.facts is not None


@pytest.mark.parametrize("will_first", [True, False])
def test_retained_values_count_when_the_broker_says_it_is_connected(
    room: Room, will_first: bool
) -> None:
    room.hear(CONFIG, WITH_WILL, retained=True)
    said = [("pc7/status", "online"), ("pc7/cpu", "40")]
    for topic, payload in said if will_first else reversed(said):
        room.hear(topic, payload, retained=True)
    (poll,) = room.wait(1.1)
    assert values(poll) == {"online": 1.0, "cpu_ratio": 0.4}


def test_the_last_will_is_a_timeout_at_once_and_only_once(room: Room) -> None:
    room.hear(CONFIG, WITH_WILL)
    room.hear("pc7/status", "online")
    room.hear("pc7/cpu", "40")
    assert room.wait(1.1)[0].outcome is Outcome.ok
    (poll,) = room.hear("pc7/status", "offline")
    assert (poll.outcome, poll.detail) == (Outcome.timeout, "offline")
    assert room.hear("pc7/status", "offline", retained=True) == []
    room.hear("pc7/cpu", "41")
    assert room.wait(1.1) == []
    room.hear("pc7/status", "online")
    assert room.wait(1.1)[0].outcome is Outcome.ok


@pytest.mark.parametrize(
    ("mode", "alive"), [("all", [None, False]), ("any", [True, True]), ("latest", [True, False])]
)
def test_availability_modes(room: Room, mode: str, alive: list[bool | None]) -> None:
    watches = [{"topic": "a"}, {"topic": "b", "payload_not_available": "gone"}]
    room.hear(CONFIG, {**CPU, "availability": watches, "availability_mode": mode})
    device = room.hearing.devices[0]
    room.hear("a", "online")
    assert device.is_available() is alive[0]
    room.hear("b", "gone")
    assert device.is_available() is alive[1]


def test_a_silent_device_is_a_timeout_after_what_it_promised(room: Room) -> None:
    room.hear(CONFIG, {**CPU, "expire_after": 120})
    room.hear("pc7/cpu", "40")
    room.wait(1.1)
    assert [poll.outcome for poll in room.wait(100)] == [Outcome.ok]
    (poll,) = room.wait(30)
    assert (poll.outcome, poll.detail) == (Outcome.timeout, "silent for 120 s")


def test_a_broker_that_is_away_is_no_devices_fault(room: Room) -> None:
    room.hear(CONFIG, CPU)
    room.hearing.disconnected()
    assert room.wait(10_000) == []


def test_a_device_of_the_plan_is_matched_by_any_identifier_and_others_are_counted() -> None:
    room = Room(Target("d1", "3301000001", mqtt=MqttAccess("home_assistant", "OTHER")))
    room.hear(CONFIG, CPU)
    stranger = {**CPU, "state_topic": "pc8/cpu", "device": {"identifiers": "pc8"}}
    room.hear(CONFIG.replace("pc7", "pc8"), stranger)
    room.hear("pc7/cpu", "40")
    room.hear("pc8/cpu", "40")
    (poll,) = room.wait(1.1)
    assert (poll.subject, poll.school) == ("d1", "3301000001")
    assert room.hearing.counts.foreign == 1
    assert room.hearing.new_topics() == ["pc7/cpu"]


def test_a_device_of_the_plan_that_never_announces_itself_is_a_timeout() -> None:
    room = Room(TARGET)
    assert room.wait(899) == []
    assert [poll.outcome for poll in room.wait(2)] == [Outcome.timeout]


def test_without_such_devices_in_the_plan_nothing_is_subscribed_to() -> None:
    other = Target("d1", "3301000001", mqtt=MqttAccess("whiteboard", "wb1"))
    assert HomeAssistantHearing([other], Evaluator()).filters == ()


def test_an_announcement_taken_back_is_forgotten(room: Room) -> None:
    room.hear(CONFIG, CPU)
    room.hear(CONFIG, "")
    room.hear("pc7/cpu", "40")
    assert [values(poll) for poll in room.wait(1.1)] in ([], [{"online": 1.0}])


def test_a_wrong_value_is_partial_and_says_which(room: Room) -> None:
    room.hear(CONFIG, CPU)
    room.hear("pc7/cpu", "250")
    (poll,) = room.wait(1.1)
    assert (poll.outcome, poll.detail) == (Outcome.partial, "cpu_ratio: out of range")


@pytest.mark.parametrize("word", ["unknown", "unavailable", "None", ""])
def test_a_value_that_is_not_known_is_a_gap(room: Room, word: str) -> None:
    room.hear(CONFIG, CPU)
    room.hear("pc7/cpu", word)
    assert [values(poll) for poll in room.wait(1.1)] == [{"online": 1.0}]


@pytest.mark.parametrize("topic", ["#", "a/+/b", "$SYS/broker", "x" * 300, "", 7, None])
def test_a_topic_that_would_hear_others_is_not_subscribed_to(room: Room, topic: object) -> None:
    room.hear(CONFIG, {**CPU, "state_topic": topic})
    assert room.hearing.new_topics() == []


def test_entities_are_limited(room: Room) -> None:
    for number in range(MAX_ENTITIES + 10):
        config = {**CPU, "state_topic": f"pc7/{number}", "name": f"Disk {number} usage"}
        room.hear(f"homeassistant/sensor/pc7/d{number}/config", config)
    assert len(room.hearing.devices[0].sources) == MAX_ENTITIES
    assert room.hearing.counts.refused == 10


@pytest.mark.parametrize(
    "payload",
    [
        "{",
        "[]",
        "{}",
        json.dumps({**CPU, "device": {}}).replace("pc7", ""),
        '{"a":' * 40 + "1" + "}" * 40,
        json.dumps({**CPU, "icon": "x" * 70_000}),
    ],
)
def test_what_is_no_announcement_is_refused(payload: str) -> None:
    with pytest.raises(BadPayload):
        Announcements().read("homeassistant/sensor/x/config", payload.encode())


def test_a_device_with_too_many_components_is_refused() -> None:
    components = {f"c{n}": {"p": "sensor", "stat_t": "t"} for n in range(MAX_COMPONENTS + 1)}
    document = {"dev": {"ids": "x"}, "cmps": components}
    with pytest.raises(BadPayload, match="components"):
        Announcements().read("homeassistant/device/x/config", json.dumps(document).encode())


@pytest.mark.parametrize("full", ["#", "%prefix%/+/%topic%", "$SYS/%topic%", 5])
def test_tasmota_cannot_make_us_listen_to_others(full: object) -> None:
    said = json.dumps({"ft": full, "t": "plug", "tp": ["cmnd", "stat", "tele"]}).encode()
    with pytest.raises(BadPayload):
        TasmotaAnnouncements().read("tasmota/discovery/A4CF12B0C1D2/config", said)
