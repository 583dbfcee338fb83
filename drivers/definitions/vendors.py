"""Who made a device, by the enterprise number in its sysObjectID. Source: IANA."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
import yaml

from drivers.base import Oid

_ENTERPRISES: Oid = (1, 3, 6, 1, 4, 1)
_FILE = Path(__file__).parent / "vendors.yaml"


def vendor_of(object_id: Oid | None) -> str | None:
    """The maker that owns the enterprise number; None where it is not known or says nothing."""
    at = len(_ENTERPRISES)
    if object_id is None or len(object_id) <= at or object_id[:at] != _ENTERPRISES:
        return None
    return _names().get(object_id[at])


def spelt(vendor: str) -> str:
    """A maker's name as it is written here, where only the capitals differ; else as it is."""
    return _spellings().get(vendor.casefold(), vendor)


@cache
def _spellings() -> Mapping[str, str]:
    return {name.casefold(): name for name in _names().values()}


@cache
def _names() -> Mapping[int, str]:
    return msgspec.convert(yaml.safe_load(_FILE.read_text("utf-8")), dict[int, str])
