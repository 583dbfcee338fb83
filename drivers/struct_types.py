"""Types that msgspec reads into, looked into before there are threads."""

from typing import Any

import msgspec


def look_into(*types: Any) -> None:
    """Have msgspec look into types now, as modules do when they are loaded.

    It does so when a type is first asked for, and two threads that ask for the same one at once
    end the process (seen with 0.22).
    """
    for one in types:
        msgspec.json.Decoder(one)
