"""Writes the pages that come from code: data dictionary, drivers, API schema.

Tests fail when a committed page is not what this would write.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    ("-m", "drivers.dictionary"),
    ("-m", "drivers.definitions.documents"),
    ("-m", "drivers.mqtt.profiles.documents"),
    ("tools/write_openapi.py",),
)

if __name__ == "__main__":
    for command in COMMANDS:
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True)
