"""The box in a school: polls, keeps, forwards."""

import sys

# Before anybody imports httpx: its own command line would bring rich and pygments, 5 MB.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
