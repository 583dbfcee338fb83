"""Every profile reads the payloads we recorded for it as we said it should."""

import json
from pathlib import Path

import pytest

from drivers.mqtt.hearing import Hearing
from drivers.mqtt.profiles import PROFILES
from drivers.mqtt.profiles.check import problems_of
from drivers.plan import MqttAccess, Target
from drivers.readings import Poll

RECORDINGS = Path(__file__).parent / "recordings"
DOCUMENT = Path(__file__).parents[3] / "docs" / "mqtt.md"
CASES = sorted(RECORDINGS.glob("*/*.json"))


def as_document(poll: Poll) -> dict[str, object]:
    identity = poll.facts.identity if poll.facts else None
    return {
        "outcome": poll.outcome.value,
        "detail": poll.detail,
        "identity": identity
        and {
            name: getattr(identity, name)
            for name in identity.__struct_fields__
            if getattr(identity, name) is not None
        },
        "readings": {
            f"{one.metric}/{one.part}" if one.part else one.metric: one.value
            for one in poll.readings()
        },
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recording_gives_the_polls_written_beside_it(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    profile = PROFILES[path.parent.name]
    whose = case["target"]
    target = Target(whose["id"], whose["school"], mqtt=MqttAccess(profile.name, whose["client"]))
    hearing = Hearing([target])
    hearing.connected(100.0)
    polls: list[Poll] = []
    for step, message in enumerate(case["messages"]):
        topic = message.get("topic") or profile.topic(
            target.school, whose["client"], message["what"]
        )
        polls += hearing.heard(
            topic,
            message["payload"].encode(),
            retained=message["retained"],
            at=1_772_000_000_000 + step,
            now=101.0 + step,
        )
    polls += hearing.flush(at=1_772_000_100_000, now=201.0)
    assert [poll.subject for poll in polls] == [whose["id"]] * len(polls)
    assert [as_document(poll) for poll in polls] == case["polls"]


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_recordings(name: str) -> None:
    assert list((RECORDINGS / name).glob("*.json"))


@pytest.mark.parametrize("name", PROFILES)
def test_every_metric_is_documented(name: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.partition(f"### `{name}`")[2].partition("\n## ")[0].partition("\n### ")[0]
    for metric in PROFILES[name].metrics:
        assert f"`{metric.metric}`" in section
        assert f"`{metric.path}`" in section


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_sound(name: str) -> None:
    assert problems_of(PROFILES[name]) == []
