"""Finds definition files, checks them, and looks devices up in them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from drivers.base import Oid
from drivers.definitions.model import Definition, Gauge, GaugeSet

_HERE = Path(__file__).parent
FAMILIES = _HERE / "families"
SETS = _HERE / "sets"
#: What is used when nothing else fits; it must exist.
GENERIC = "generic"
_LONGEST_FILE = 256 * 1024
# Only the plain safe loader is there when PyYAML was built without libyaml.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DefinitionError(ValueError):
    """A definition file cannot be used: which file, where in it, and why."""


def dotted(text: str) -> Oid:
    """``"1.3.6"`` as numbers."""
    return tuple(map(int, text.split(".")))


class Definitions:
    """A set of definitions to look devices up in. Immutable once made."""

    def __init__(self, definitions: Iterable[Definition], sets: Iterable[GaugeSet]) -> None:
        self._by_name = {definition.name: definition for definition in definitions}
        self._sets = {gauge_set.name: gauge_set for gauge_set in sets}
        self._by_object_id: dict[Oid, list[tuple[str | None, Definition]]] = {}
        self._by_description: list[tuple[str, Definition]] = []
        for definition in self._by_name.values():
            for match in definition.match:
                if match.object_id is not None:
                    rules = self._by_object_id.setdefault(dotted(match.object_id), [])
                    rules.append((match.description, definition))
                elif match.description is not None:
                    self._by_description.append((match.description, definition))
        for rules in self._by_object_id.values():
            # With equal object ids, the rule that also wants a description is the closer one.
            rules.sort(key=lambda rule: rule[0] is None)

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def names(self) -> frozenset[str]:
        return frozenset(self._by_name)

    def named(self, name: str) -> Definition:
        """The definition of that name, ``generic`` when there is none (any more)."""
        return self._by_name.get(name) or self._by_name[GENERIC]

    def find(
        self, object_id: Oid | None, description: str | None, *, driver: str = "auto"
    ) -> Definition:
        """The definition that fits a device best.

        The longest sysObjectID wins; a description decides only where no object id fits.

        Args:
            object_id: sysObjectID, if the device said one.
            description: sysDescr, if the device said one.
            driver: a name that wins over both; ``auto`` (or an unknown name) looks up.
        """
        if driver in self._by_name:
            return self._by_name[driver]
        text = description or ""
        for length in range(len(object_id or ()), 0, -1):
            for pattern, definition in self._by_object_id.get((object_id or ())[:length], ()):
                if pattern is None or re.search(pattern, text):
                    return definition
        for pattern, definition in self._by_description:
            if re.search(pattern, text):
                return definition
        return self._by_name[GENERIC]

    def gauges_of(self, definition: Definition) -> tuple[Gauge, ...]:
        """Its own gauges, then those of the sets it uses."""
        shared = (self._sets[name].gauges for name in definition.use if name in self._sets)
        return definition.gauges + tuple(gauge for gauges in shared for gauge in gauges)

    def set_names(self) -> frozenset[str]:
        return frozenset(self._sets)

    def with_folder(self, folder: Path) -> "Definitions":
        """These, and over them every ``*.yaml`` of a folder; equal names replace.

        Raises:
            DefinitionError: a file is not a definition.
        """
        own = [read_definition(path) for path in sorted(folder.glob("*.yaml"))]
        merged: Mapping[str, Definition] = self._by_name | {one.name: one for one in own}
        return Definitions(merged.values(), self._sets.values())


def _read(path: Path) -> object:
    if path.stat().st_size > _LONGEST_FILE:
        raise DefinitionError(f"{path}: larger than {_LONGEST_FILE} bytes")
    try:
        # A SafeLoader by either name: no object is ever built from a tag.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path}: not YAML: {error}") from None


def read_definition(path: Path) -> Definition:
    """One definition file.

    Raises:
        DefinitionError: it is not YAML or does not fit the schema.
    """
    try:
        return msgspec.convert(_read(path), Definition)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{path}: {error}") from None


def read_set(path: Path) -> GaugeSet:
    """One file of shared gauges.

    Raises:
        DefinitionError: it is not YAML or does not fit the schema.
    """
    try:
        return msgspec.convert(_read(path), GaugeSet)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{path}: {error}") from None


@cache
def builtin_definitions() -> Definitions:
    """The definitions that come with the product; read once, when first asked for."""
    families = [read_definition(path) for path in sorted(FAMILIES.glob("*.yaml"))]
    return Definitions(families, [read_set(path) for path in sorted(SETS.glob("*.yaml"))])
