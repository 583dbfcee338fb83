"""What is made from the model of a profile: the JSON Schema for editors."""

import json
import sys

import msgspec

from drivers.mqtt.profiles.loader import FOLDER
from drivers.mqtt.profiles.model import Profile

SCHEMA = FOLDER / "schema.json"


def schema_text() -> str:
    """The JSON Schema (2020-12) of a profile file."""
    return json.dumps(msgspec.json.schema(Profile), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    sys.stdout.write(f"{SCHEMA}\n")
