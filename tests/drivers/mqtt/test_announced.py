"""What each client publishes, in payloads we wrote after its documentation, and what we make of it.

The folder ``announced`` has one file a client: messages, and the document that must come of them.
"""

import json
from pathlib import Path

import pytest

from agent.documents import as_json
from agent.heard import documents
from drivers.mqtt.home_assistant.clients import CLIENTS
from drivers.mqtt.home_assistant.hearing import HomeAssistantHearing
from drivers.mqtt.templates.evaluator import Evaluator
from drivers.readings import Poll

CASES = sorted((Path(__file__).parent / "announced").glob("*.json"))
DOCUMENT = Path(__file__).parents[3] / "docs/mqtt.md"


def summary(polls: list[Poll]) -> dict[str, object]:
    """The document of the only device in its shortest form."""
    (document,) = json.loads(as_json(documents(polls)))
    return {
        "outcome": document["outcome"],
        "detail": document["detail"],
        "identity": {k: v for k, v in document["identity"].items() if v is not None},
        "readings": {
            f"{one['metric']}/{one['part']}" if one["part"] else one["metric"]: round(
                one["value"], 4
            )
            for one in document["readings"]
        },
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_client_is_read_as_written_beside_it(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    evaluator = Evaluator()
    hearing = HomeAssistantHearing(None, evaluator)
    hearing.connected(0.0)
    polls: list[Poll] = []
    for step, message in enumerate(case["messages"]):
        said = message["payload"]
        payload = said if isinstance(said, str) else json.dumps(said)
        polls += hearing.heard(
            message["topic"],
            payload.encode(),
            retained=message.get("retained", False),
            at=1_772_000_000_000,
            now=step / 100,
        )
    polls += hearing.passed(at=1_772_000_001_000, now=2.0)
    polls += hearing.flush(at=1_772_000_002_000, now=3.0)
    evaluator.close()
    assert summary(polls) == case["document"]
    assert hearing.devices[0].left_out == case["left_out"]


def test_every_client_has_a_case_and_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for client in CLIENTS:
        assert client.name in text
    stems = {path.stem for path in CASES}
    assert {"wallpanel", "freekiosk", "hass_agent", "iotlink_disks", "tasmota_native"} <= stems
