"""Silence, floods, strangers and hostile payloads."""

import json

import pytest

from drivers.mqtt.fields import MAX_PAYLOAD_BYTES
from drivers.mqtt.hearing import Hearing
from drivers.plan import MqttAccess, Target
from drivers.readings import Outcome, Poll

SCHOOL = "3301000001"
STATE = f"campus/{SCHOOL}/whiteboard/wb1/state"
GOOD = b'{"cpu": 10}'


@pytest.fixture
def hearing() -> Hearing:
    made = Hearing([Target("d1", SCHOOL, mqtt=MqttAccess("whiteboard", "wb1"))], heartbeat=60.0)
    made.connected(0.0)
    return made


def hear(
    hearing: Hearing,
    payload: bytes = GOOD,
    *,
    topic: str = STATE,
    now: float = 1.0,
    retained: bool = False,
) -> list[Poll]:
    return hearing.heard(topic, payload, retained=retained, at=round(now * 1000), now=now)


def outcomes(polls: object) -> list[str]:
    return [poll.outcome.value for poll in polls]  # type: ignore[attr-defined]


def test_a_device_that_falls_silent_is_a_timeout_once_and_then_every_heartbeat(
    hearing: Hearing,
) -> None:
    hear(hearing, now=1.0)
    seen = [
        (second, poll.outcome, poll.detail)
        for second in range(2, 400)
        for poll in hearing.passed(at=second * 1000, now=float(second))
    ]
    assert seen == [
        (61, Outcome.ok, ""),
        (121, Outcome.ok, ""),
        (181, Outcome.timeout, "silent for 180 s"),
        (241, Outcome.timeout, "silent for 180 s"),
        (301, Outcome.timeout, "silent for 180 s"),
        (361, Outcome.timeout, "silent for 180 s"),
    ]


def test_a_device_never_heard_is_a_timeout_only_after_the_silence(hearing: Hearing) -> None:
    assert outcomes(hearing.passed(at=0, now=179.0)) == []
    assert outcomes(hearing.passed(at=0, now=180.0)) == ["timeout"]


def test_a_broker_that_is_away_is_no_devices_fault(hearing: Hearing) -> None:
    hear(hearing, now=1.0)
    hearing.disconnected()
    assert outcomes(hearing.passed(at=0, now=5000.0)) == []
    hearing.connected(5001.0)
    assert outcomes(hearing.passed(at=0, now=5100.0)) == []
    assert outcomes(hearing.passed(at=0, now=5181.0)) == ["timeout"]


def test_a_message_after_silence_is_alive_at_once(hearing: Hearing) -> None:
    assert outcomes(hearing.passed(at=0, now=180.0)) == ["timeout"]
    assert outcomes(hear(hearing, now=181.0)) == ["ok"]


def test_a_retained_state_counts_only_while_it_is_fresh(hearing: Hearing) -> None:
    now = 1000.0
    assert hear(hearing, b'{"cpu": 1}', retained=True, now=now) == []
    assert hear(hearing, b'{"cpu": 1, "at": 100}', retained=True, now=now) == []
    fresh = json.dumps({"cpu": 1, "at": now - 20}).encode()
    assert outcomes(hear(hearing, fresh, retained=True, now=now)) == ["ok"]


def test_a_flood_is_thinned_out_and_counted(hearing: Hearing) -> None:
    polls = [poll for k in range(1000) for poll in hear(hearing, now=1.0 + k / 1000)]
    assert len(polls) == 1
    assert hearing.counts.skipped == 999


def test_a_flood_of_garbage_is_thinned_out_too(hearing: Hearing) -> None:
    polls = [poll for k in range(1000) for poll in hear(hearing, b"{", now=1.0 + k / 1000)]
    assert outcomes(polls) == ["malformed"]
    assert hearing.counts.malformed == 1000


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b'"text"',
        b"NaN",
        b'{"cpu": NaN}',
        b'{"unknown": 1}',
        b'{"cpu": null}',
        b'{"cpu": {"deep": 1}}',
        b'{"cpu": 1e999}',
        b'{"cpu": -5}',
        b'{"cpu": true}',
        b"[" * 15_000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'{"cpu": 1, "x": "' + b"x" * MAX_PAYLOAD_BYTES + b'"}',
        b'{"cpu": ' + b"9" * 5000 + b"}",
        b'{"cpu": "' + b"9" * 5000 + b'"}',
    ],
)
def test_a_payload_that_cannot_be_read_is_malformed_and_nothing_worse(
    hearing: Hearing, payload: bytes
) -> None:
    assert outcomes(hear(hearing, payload)) == ["malformed"]
    assert outcomes(hear(hearing, now=3.0)) == ["ok"]


def test_garbage_from_one_device_leaves_another_alone() -> None:
    targets = [Target(f"d{n}", SCHOOL, mqtt=MqttAccess("whiteboard", f"wb{n}")) for n in (1, 2)]
    hearing = Hearing(targets)
    hearing.connected(0.0)
    assert [p.subject for p in hear(hearing, b"{")] == ["d1"]
    other = hear(hearing, topic=STATE.replace("wb1", "wb2"))
    assert [(p.subject, p.outcome) for p in other] == [("d2", Outcome.ok)]


@pytest.mark.parametrize(
    "topic",
    [
        "campus/3301000002/whiteboard/wb1/state",
        f"campus/{SCHOOL}/whiteboard/stranger/state",
        f"campus/{SCHOOL}/terminal/wb1/state",
        f"campus/{SCHOOL}/whiteboard/wb1/state/more",
        f"campus/{SCHOOL}/whiteboard/wb1/command",
        "homeassistant/sensor/wb1/config",
        "",
    ],
)
def test_topics_nobody_asked_for_are_counted_and_ignored(hearing: Hearing, topic: str) -> None:
    assert hear(hearing, topic=topic) == []
    assert hearing.counts.foreign == 1


def test_identity_travels_once_and_again_when_it_changes(hearing: Hearing) -> None:
    def identify(model: str, now: float) -> list[Poll]:
        topic = STATE.replace("/state", "/identity")
        hear(hearing, json.dumps({"model": model}).encode(), topic=topic, now=now)
        return hear(hearing, now=now + 1)

    def models(polls: list[Poll]) -> list[str | None]:
        return [poll.facts.identity.model for poll in polls if poll.facts]

    assert models(identify("A", 1.0)) == ["A"]
    assert models(identify("A", 5.0)) == []
    assert models(identify("B", 9.0)) == ["B"]


def test_without_targets_every_device_of_a_profile_is_heard() -> None:
    hearing = Hearing(None)
    hearing.connected(0.0)
    assert [p.subject for p in hear(hearing)] == [f"{SCHOOL}/wb1"]
    assert [device.client for device in hearing.devices] == ["wb1"]
