"""Profile files: one's own, wrong ones, and what they read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from drivers.mqtt.fields import BadPayload, read_json
from drivers.mqtt.hearing import Hearing
from drivers.mqtt.paths import BadPath, parse_path
from drivers.mqtt.profiles import PROFILES, ProfileError, profiles_with, read_profile
from drivers.mqtt.profiles.documents import SCHEMA, schema_text
from drivers.mqtt.profiles.loader import FOLDER
from drivers.mqtt.topics import BadPattern, TopicPattern
from drivers.plan import MqttAccess, Target

OWN = {
    "name": "acme_panel",
    "title": "Acme panels",
    "kind": "whiteboard",
    "vendor": "Acme",
    "state": ["acme/{client}/telemetry"],
    "identity": {"model": "$.info.model"},
    "metrics": [
        {"metric": "memory_used_ratio", "path": "$.mem.used", "over": "$.mem.total"},
        {
            "metric": "temperature_celsius",
            "path": "$.sensors[*].value",
            "part": "$.name",
            "scale": 0.1,
        },
    ],
}


def write(folder: Path, document: object) -> Path:
    (folder / "mqtt").mkdir(exist_ok=True)
    path = folder / "mqtt/acme.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def test_a_profile_of_ones_own_needs_no_python(tmp_path: Path) -> None:
    write(tmp_path, OWN)
    target = Target("d1", "3301000001", mqtt=MqttAccess("acme_panel", "p-7"))
    hearing = Hearing([target], profiles=profiles_with(tmp_path))
    hearing.connected(0.0)
    state = {
        "info": {"model": "P9"},
        "mem": {"used": 3, "total": 4},
        "sensors": [{"name": "top", "value": 415}, {"value": 1}],
    }
    (poll,) = hearing.heard(
        "acme/p-7/telemetry", json.dumps(state).encode(), retained=False, at=1, now=1.0
    )
    assert poll.school == "3301000001"
    assert poll.facts is not None
    assert (poll.facts.identity.vendor, poll.facts.identity.model) == ("Acme", "P9")
    assert [(one.metric, one.part, one.value) for one in poll.readings()] == [
        ("online", "", 1.0),
        ("memory_used_ratio", "", 0.75),
        ("temperature_celsius", "top", 41.5),
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kind": "toaster"}, "toaster"),
        ({"colour": "red"}, "colour"),
        ({"name": "home_assistant"}, "is taken"),
        ({"state": ["acme/+/x"]}, "no level"),
        ({"state": ["acme/telemetry"]}, "{client} is missing"),
        ({"metrics": [{"metric": "happiness", "path": "$.a"}]}, "data dictionary"),
        ({"metrics": [{"metric": "cpu_ratio", "path": "$..a"}]}, "not a path"),
        ({"metrics": [{"metric": "cpu_ratio", "path": "$.a", "part": "$.b"}]}, "needs [*]"),
        ({"metrics": [{"metric": "cpu_ratio", "path": "$.a", "topic": "x/{client}"}]}, "no state"),
        ({"metrics": []}, "length"),
    ],
)
def test_a_wrong_profile_is_refused_and_says_why(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    path = write(tmp_path, {**OWN, **change})
    with pytest.raises(ProfileError) as refused:
        read_profile(path)
    assert complaint in str(refused.value)


def test_the_command_checks_profiles_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agent", "drivers", "check"]
    good = write(tmp_path, OWN)
    done = subprocess.run([*command, str(good)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    bad = write(tmp_path, {**OWN, "state": ["#"]})
    done = subprocess.run([*command, str(bad)], capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr


def test_the_published_schema_is_fresh_and_the_built_in_profiles_fit_it() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()
    validator = Draft202012Validator(json.loads(schema_text()))
    for path in sorted(FOLDER.glob("*.yaml")):
        validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert len(PROFILES) == len(list(FOLDER.glob("*.yaml")))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [{"a": [1, 2], "b c": {"d": 3}}]),
        ("$.a[0]", [1]),
        ("$.a[-1]", [2]),
        ("$.a[7]", []),
        ("$.a[*]", [1, 2]),
        ("$['b c'].d", [3]),
        ("$['b c'][*]", [3]),
        ("$.nothing.there", []),
    ],
)
def test_paths(path: str, found: list[object]) -> None:
    document = {"a": [1, 2], "b c": {"d": 3}}
    assert [value for _, _, value in parse_path(path).rows(document)] == found


@pytest.mark.parametrize(
    "path", ["", "a", "$a", "$..a", "$[?(@.a)]", "$[0:2]", "$[*][*]", "$" + ".a" * 9, "$['']"]
)
def test_what_is_no_path_of_the_subset_is_refused(path: str) -> None:
    with pytest.raises(BadPath):
        parse_path(path)


def test_topics_are_matched_and_made() -> None:
    pattern = TopicPattern("x/{school}/{any}/{client}")
    assert pattern.match("x/3301000001/y/p-7") == ("3301000001", "p-7")
    assert pattern.match("x/3301000001/y/p-7/z") is None
    assert pattern.subscription("3301000001") == "x/3301000001/+/+"
    with pytest.raises(BadPattern):
        pattern.topic("3301000001", "p-7")


def test_depth_is_limited() -> None:
    assert read_json(b"[" * 15 + b"]" * 15) is not None
    with pytest.raises(BadPayload, match="deeper"):
        read_json(b"[" * 17 + b"]" * 17)
