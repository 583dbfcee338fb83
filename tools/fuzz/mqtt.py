"""MQTT: topics, payloads and announcements heard by both pairs of ears; value templates."""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from drivers.mqtt.hearing import Hearing
from drivers.mqtt.home_assistant.hearing import HomeAssistantHearing
from drivers.mqtt.paths import BadPath, parse_path
from drivers.mqtt.profiles import PROFILES
from drivers.mqtt.templates.evaluator import Evaluator
from drivers.mqtt.templates.program import TemplateFailed
from drivers.readings import Poll
from tools.fuzz import mutate

_FOLDER = Path(__file__).parents[2] / "tests/drivers/mqtt"
_TEMPLATES = (
    "{{ value_json.cpu | float }}",
    "{{ value_json['display']['power'] | default(0) | int }}",
    "{{ (value_json.used / value_json.total * 100) | round(1) }}",
    "{{ value.split()[0] }}",
    "{{ 'ON' if value_json.on else 'OFF' }}",
    "{% if value_json.t > 5 %}{{ value_json.t }}{% else %}0{% endif %}",
    "{{ value_json.disks[0].usage | float(0) | round(2) }}",
    "{{ value | regex_replace('%', '') | float }}",
    "{{ value_json.ENERGY.Power }}",
)
_PIECES = (
    *("{{", "}}", "{%", "%}", "value", "value_json", ".cpu", "['a']", "[0]", "[-1]", "|", " float"),
    *(" int(0)", " default(1)", " round(2)", " + ", " * ", "**", "'x' * 9", "~", "if", "else"),
    *("(", ")", "__class__", ".format(1)", "range(9)", "for x in value", "is defined", "9" * 40),
)
_PATHS = ("$", ".cpu", ".disks", "[*]", "[0]", "[-1]", "['at']", "..", "[", "?(@)", "*", "'", "]")
#: Of one device's document.
_LONGEST_DETAIL, _LONGEST_PART, _GREATEST = 2_000, 200, 1e18
_MOST_ROWS = 32


def _conversations() -> list[list[tuple[str, Any, bool]]]:
    """Messages in the order a client sends them."""
    found = []
    for path in sorted([*_FOLDER.glob("announced/*.json"), *_FOLDER.glob("recordings/*/*.json")]):
        case = json.loads(path.read_text(encoding="utf-8"))
        whose = case.get("target")
        said = []
        for message in case["messages"]:
            topic = message.get("topic") or PROFILES[path.parent.name].topic(
                whose["school"], whose["client"], message["what"]
            )
            said.append((topic, _opened(message["payload"]), message.get("retained", False)))
        found.append(said)
    return found


def _opened(payload: Any) -> Any:
    """A payload as the document it is, so that what is inside it can be changed."""
    try:
        return json.loads(payload) if isinstance(payload, str) else payload
    except ValueError:
        return payload


class Messages:
    """Conversations with messages changed, lost and repeated; a message is an input."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._conversations = _conversations()
        self._evaluator = Evaluator()

    def step(self, chance: Random) -> int:
        ears = (Hearing(None), HomeAssistantHearing(None, self._evaluator))
        for one in ears:
            one.connected(0.0)
        inputs = 0
        polls: list[Poll] = []
        for second, message in enumerate(self._messages(chance)):
            inputs += 1
            topic, payload, retained = message
            for one in ears:
                polls += one.heard(
                    topic, payload, retained=retained, at=second, now=second * chance.random()
                )
                polls += one.passed(at=second, now=float(second))
        for one in ears:
            polls += one.flush(at=99, now=99.0)
        self.outcomes["polls"] += len(polls)
        for poll in polls:
            assert len(poll.detail) < _LONGEST_DETAIL
            for reading in poll.readings():
                assert abs(reading.value) <= _GREATEST
                assert len(reading.part) <= _LONGEST_PART
        self._follow(chance)
        return inputs

    def close(self) -> None:
        self._evaluator.close()

    def _messages(self, chance: Random) -> list[tuple[str, bytes, bool]]:
        said = list(chance.choice(self._conversations))
        if chance.random() < 0.3:
            said += chance.choice(self._conversations)
        if chance.random() < 0.2:
            chance.shuffle(said)
        found = []
        for topic, document, retained in said[:60]:
            payload = _encoded(mutate.document(document, chance))
            if chance.random() < 0.1:
                payload = mutate.octets(payload, chance)
            if chance.random() < 0.03:
                topic = mutate.text(topic, chance)  # noqa: PLW2901
            found.append((topic, payload, retained is (chance.random() > 0.05)))
        return found

    def _follow(self, chance: Random) -> None:
        path = "".join(chance.choices(_PATHS, k=chance.randrange(9)))
        _, document, _ = chance.choice(chance.choice(self._conversations))
        try:
            rows = list(parse_path(path).rows(mutate.document(document, chance)))
        except BadPath:
            return
        assert len(rows) <= _MOST_ROWS


def _encoded(document: Any) -> bytes:
    if isinstance(document, str):
        return document.encode("utf-8", "surrogatepass")
    if document is None:
        return b""
    try:
        return json.dumps(document).encode()
    except (ValueError, RecursionError):
        return b"[" * 5_000


class Templates:
    """Value templates put together from pieces, on changed payloads."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._evaluator = Evaluator()
        self._payloads = [
            {"cpu": 12.5, "used": 3, "total": 9, "on": True, "t": 21.5},
            {"disks": [{"usage": "7%"}], "ENERGY": {"Power": 5}, "display": {"power": "ON"}},
            "12.5 %",
        ]

    def step(self, chance: Random) -> int:
        if chance.random() < 0.05:
            template = "".join(chance.choices(_PIECES, k=chance.randrange(14)))
        else:
            template = chance.choice(_TEMPLATES)
            if chance.random() < 0.1:
                template = mutate.text(template, chance)
        for _ in range(10):
            payload = _encoded(mutate.document(chance.choice(self._payloads), chance))
            try:
                self._evaluator.evaluate(template, payload)
                self.outcomes["value"] += 1
            except TemplateFailed:
                self.outcomes["refused"] += 1
        self.outcomes["killed"] = self._evaluator.killed
        return 10

    def close(self) -> None:
        self._evaluator.close()
