"""What a trap means, and how much of the device to read for it.

The generic traps are those of SNMPv2-MIB and IF-MIB (RFC 3418, RFC 2863). All others are
declared in ``vendors/*.yaml``, and in the ``traps`` folder of an administrator's own definitions:

    vendor: h3c
    source: HH3C-ENTITY-EXT-MIB
    traps:
      temperature_high: {id: 1.3.6.1.4.1.25506.2.6.2.0.1, poll: tables}

The kind of such a trap is ``vendor:h3c_temperature_high``. A file replaces the built-in one with
the same ``vendor``.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import yaml

from drivers.struct_types import look_into

_VENDORS: Final = Path(__file__).parent / "vendors"
_LONGEST_FILE: Final = 256 * 1024
_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_DottedOid = Annotated[str, msgspec.Meta(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,9})){2,60}$")]
# Only the plain safe loader is there when PyYAML was built without libyaml.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Depth(StrEnum):
    """How much of a device a trap makes us read; each includes the ones before."""

    reachability = "reachability"
    tables = "tables"
    inventory = "inventory"


class Meaning(msgspec.Struct, frozen=True):
    """``kind`` is what the event is called; ``poll`` what is read for it."""

    kind: str
    poll: Depth


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One trap in a file: its OID, and how much to read."""

    id: _DottedOid
    poll: Depth = Depth.tables


class VendorTraps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: ``source`` names the MIB the meanings come from."""

    vendor: _Name
    source: str
    traps: dict[_Name, Declared]


class VocabularyError(ValueError):
    """A file of traps cannot be used: which one, where in it, and why."""


GENERIC: Final[Mapping[str, Meaning]] = {
    # What starts may be another device than the one that stopped.
    "1.3.6.1.6.3.1.1.5.1": Meaning("cold_start", Depth.inventory),
    "1.3.6.1.6.3.1.1.5.2": Meaning("warm_start", Depth.tables),
    "1.3.6.1.6.3.1.1.5.3": Meaning("link_down", Depth.tables),
    "1.3.6.1.6.3.1.1.5.4": Meaning("link_up", Depth.tables),
    "1.3.6.1.6.3.1.1.5.5": Meaning("authentication_failure", Depth.reachability),
}
UNKNOWN: Final = Meaning("unknown", Depth.tables)


class Vocabulary:
    """Trap OID to meaning. Immutable once made."""

    def __init__(self, files: Iterable[VendorTraps]) -> None:
        self._files = {file.vendor: file for file in files}
        self._meanings = dict(GENERIC)
        for file in self._files.values():
            for name, trap in file.traps.items():
                self._meanings[trap.id] = Meaning(f"vendor:{file.vendor}_{name}", trap.poll)

    def __len__(self) -> int:
        return len(self._meanings)

    def meaning(self, trap: str) -> Meaning:
        """What a trap means; ``unknown`` when nobody declared it."""
        found = self._meanings.get(trap)
        if found is None:
            # Version 1 puts a 0 before its last number, which not every MIB has there (RFC 3584).
            head, _, last = trap.rpartition(".")
            found = self._meanings.get(f"{head.removesuffix('.0')}.{last}")
        return found or UNKNOWN

    def with_folder(self, folder: Path) -> "Vocabulary":
        """These, and over them every ``*.yaml`` of a folder; it need not exist.

        Raises:
            VocabularyError: a file cannot be used.
        """
        own = [read_traps(path) for path in sorted(folder.glob("*.yaml"))]
        return Vocabulary([*self._files.values(), *own])


def read_traps(path: Path) -> VendorTraps:
    """One file of declared traps.

    Raises:
        VocabularyError: it is too large, not YAML, or does not fit.
    """
    if path.stat().st_size > _LONGEST_FILE:
        raise VocabularyError(f"{path}: larger than {_LONGEST_FILE} bytes")
    try:
        # A SafeLoader by either name: no object is ever built from a tag.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        return msgspec.convert(document, VendorTraps)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path}: not YAML: {error}") from None
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path}: {error}") from None


@cache
def builtin_vocabulary() -> Vocabulary:
    """The traps that come with the product; read once, when first asked for."""
    return Vocabulary(read_traps(path) for path in sorted(_VENDORS.glob("*.yaml")))


look_into(VendorTraps)
