"""Finds definition files, checks them, and looks devices up in them."""

import logging
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import msgspec
import yaml

from drivers.base import Oid
from drivers.definitions.model import Definition, Gauge, GaugeSet, Match
from drivers.struct_types import look_into

log = logging.getLogger(__name__)

#: Other packages bring drivers under this name.
ENTRY_POINTS = "campus_fleet.drivers"
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


@lru_cache(maxsize=8_192)
def dotted(text: str) -> Oid:
    """``"1.3.6"`` as numbers."""
    return tuple(map(int, text.split(".")))


def located(place: str, object_id: Oid | None) -> Oid | None:
    """An object of a definition as numbers; ``own`` and ``parent`` lie under sysObjectID.

    None when it lies under a sysObjectID that the device did not give.
    """
    base, _, rest = place.partition(".")
    if base not in ("own", "parent"):
        return dotted(place)
    if not object_id:
        return None
    return (object_id if base == "own" else object_id[:-1]) + dotted(rest)


def _at(gauge: Gauge, object_id: Oid | None) -> Gauge | None:
    """A gauge with its places as numbers; None when they cannot be known."""
    places = {**gauge.columns, **gauge.scalars}.values()
    if not any(place[0] in "op" for place in places):
        return gauge
    if not object_id:
        return None
    known = {
        kind: {n: ".".join(map(str, located(p, object_id) or ())) for n, p in given.items()}
        for kind, given in (("columns", gauge.columns), ("scalars", gauge.scalars))
    }
    return msgspec.structs.replace(gauge, **known)


class Definitions:
    """A set of definitions to look devices up in. Immutable once made."""

    def __init__(self, definitions: Iterable[Definition], sets: Iterable[GaugeSet]) -> None:
        self._by_name = {definition.name: definition for definition in definitions}
        self._sets = {gauge_set.name: gauge_set for gauge_set in sets}
        self._rules: dict[Oid, list[tuple[Match, Definition]]] = {}
        for definition in self._by_name.values():
            for match in definition.match:
                prefix = dotted(match.object_id) if match.object_id else ()
                self._rules.setdefault(prefix, []).append((match, definition))
        for rules in self._rules.values():
            # With equal object ids, the rule that asks for more is the closer one.
            rules.sort(key=lambda rule: (rule[0].answers is None, rule[0].description is None))

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def names(self) -> frozenset[str]:
        return frozenset(self._by_name)

    def named(self, name: str) -> Definition:
        """The definition of that name, ``generic`` when there is none (any more)."""
        return self._by_name.get(name) or self._by_name[GENERIC]

    def probes(self, object_id: Oid | None, description: str | None) -> tuple[Oid, ...]:
        """Objects whose presence decides between definitions; pass those answered to ``find``."""
        wanted: list[Oid] = []
        for match, _ in self._fitting(object_id, description):
            if match.answers is None:
                break
            wanted.append(dotted(match.answers))
        return tuple(wanted)

    def find(
        self,
        object_id: Oid | None,
        description: str | None,
        *,
        answered: Container[Oid] = (),
        driver: str = "auto",
    ) -> Definition:
        """The definition that fits a device best.

        The longest sysObjectID wins; rules without one decide only where none fits.

        Args:
            object_id: sysObjectID, if the device said one.
            description: sysDescr, if the device said one.
            answered: which of the ``probes`` the device has.
            driver: a name that wins over all; ``auto`` (or an unknown name) looks up.
        """
        if driver in self._by_name:
            return self._by_name[driver]
        for match, definition in self._fitting(object_id, description):
            if match.answers is None or dotted(match.answers) in answered:
                return definition
        return self._by_name[GENERIC]

    def _fitting(
        self, object_id: Oid | None, description: str | None
    ) -> Iterator[tuple[Match, Definition]]:
        own, text = object_id or (), description or ""
        for length in range(len(own), -1, -1):
            for match, definition in self._rules.get(own[:length], ()):
                if match.description is None or re.search(match.description, text):
                    yield match, definition

    def gauges_of(self, definition: Definition, object_id: Oid | None = None) -> tuple[Gauge, ...]:
        """Its own gauges, then those of the sets it uses.

        Args:
            definition: of these.
            object_id: sysObjectID of the device, under which some makers put their MIB; gauges
                that lie there are left out without it.
        """
        shared = (self._sets[name].gauges for name in definition.use if name in self._sets)
        gauges = definition.gauges + tuple(gauge for gauges in shared for gauge in gauges)
        placed = (_at(gauge, object_id) for gauge in gauges)
        return tuple(gauge for gauge in placed if gauge is not None)

    def set_names(self) -> frozenset[str]:
        return frozenset(self._sets)

    def with_folder(self, folder: Path) -> "Definitions":
        """These, and over them every ``*.yaml`` of a folder; equal names replace.

        Raises:
            DefinitionError: a file is not a definition.
        """
        return self.with_definitions(map(read_definition, sorted(folder.glob("*.yaml"))))

    def with_definitions(self, own: Iterable[Definition]) -> "Definitions":
        """These, and over them others; equal names replace."""
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
    """The definitions that come with the product, and those of installed packages; read once."""
    families = [read_definition(path) for path in sorted(FAMILIES.glob("*.yaml"))]
    known = Definitions(families, [read_set(path) for path in sorted(SETS.glob("*.yaml"))])
    return with_installed(known, entry_points(group=ENTRY_POINTS))


def _checked(given: object) -> Definition:
    if not isinstance(given, Definition):
        raise DefinitionError(f"not a definition: {given!r}")
    return given


def with_installed(known: Definitions, plugins: Iterable[EntryPoint]) -> Definitions:
    """``known``, and over them what other packages bring; equal names replace.

    An entry point of the group ``campus_fleet.drivers`` names a function without arguments that
    gives definitions: :class:`Definition` objects, or the path of a folder of YAML files. One
    that fails, or gives something else, is left out with a line in the log: a package that is
    broken must not keep the agent from polling.
    """
    for plugin in plugins:
        try:
            given = plugin.load()()
            if isinstance(given, Path):
                known = known.with_folder(given)
            else:
                known = known.with_definitions(map(_checked, given))
        except Exception:
            # Somebody else's code: anything may come out of it.
            log.warning("drivers of %s cannot be used", plugin.value, exc_info=True)
    return known


look_into(Definition, GaugeSet)
