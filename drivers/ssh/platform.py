"""What a command line platform is: a declaration, one YAML file each in ``platforms/``.

Commands are fixed texts of a declaration; the only thing ever put into one is a port name that
has passed the declaration's own pattern.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from drivers.definitions.loader import DefinitionError
from drivers.readings import Kind
from drivers.struct_types import look_into

PLATFORMS = Path(__file__).parent / "platforms"
_LONGEST_FILE = 64 * 1024
# Only the plain safe loader is there when PyYAML was built without libyaml.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PlatformError(DefinitionError):
    """A platform is unknown, or its file cannot be used: which, and why."""


class _Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a declaration; a field nobody knows is a mistake."""


class Section(_Declared, frozen=True):
    """Lines between two patterns, and what is secret in them.

    Args:
        begin: pattern of the line that opens the section.
        end: pattern of the line behind it; the end of the text when it never comes.
        secret: pattern with a group ``secret``, tried on each line of the section.
    """

    begin: str
    end: str
    secret: str


class ConfigurationSource(_Declared, frozen=True):
    """How the running configuration is had and made comparable.

    Args:
        command: prints it.
        end: pattern of its last line; without it a backup that broke off looks whole.
        volatile: patterns of lines that change by themselves, left out.
        secrets: patterns with a group ``secret``, beyond what is masked everywhere.
        sections: secrets that only their surroundings tell.
        stable_secrets: false where the device encrypts anew each time it prints, so that a
            fingerprint would show a change where there is none.
        wrapped: long lines are broken with a backslash and joined before anything else.
    """

    command: str
    end: str | None = None
    volatile: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    stable_secrets: bool = True
    wrapped: bool = False


class FactSource(_Declared, frozen=True):
    """A command that says who the device is.

    Args:
        command: what is typed.
        fields: field of ``Identity`` to field of a row; the first row that has it wins.
        where: field of a row to a pattern it must match in full.
        pattern: named groups make the rows, where ntc-templates has no template.
    """

    command: str
    fields: Mapping[str, str]
    where: Mapping[str, str] = {}
    pattern: str | None = None


class NeighbourSource(_Declared, frozen=True):
    """A command that lists LLDP (or other) neighbours; of several fields the first filled one."""

    command: str
    local: tuple[str, ...]
    name: tuple[str, ...]
    port: tuple[str, ...]
    pattern: str | None = None
    protocol: str = "lldp"


class PortSource(_Declared, frozen=True):
    """A command that lists ports.

    Args:
        command: what is typed.
        name: field of a row with the port's name.
        oper: field that says whether the link is up.
        up: pattern of ``oper`` when it is.
        admin: field that says whether the port is switched off; ``oper`` when not given.
        disabled: pattern of ``admin`` when it is; without it ``admin`` stays unknown.
        alias: field with what people wrote on the port.
        pattern: as in ``FactSource``.
    """

    command: str
    name: str
    oper: str
    up: str
    admin: str | None = None
    disabled: str | None = None
    alias: str | None = None
    pattern: str | None = None


class PortOrders(_Declared, frozen=True):
    """What is typed to switch a port or its power; ``{port}`` is the name.

    Args:
        names: pattern of one physical port; never a range, a list or a logical interface.
        configure: whether the lines belong into configuration mode.
        configure_with: how that is entered, where netmiko's way will not do.
        commit: whether they count only after a commit.
    """

    names: str
    enable: tuple[str, ...]
    disable: tuple[str, ...]
    poe_on: tuple[str, ...] = ()
    poe_off: tuple[str, ...] = ()
    configure: bool = True
    configure_with: str | None = None
    commit: bool = False


class Platform(_Declared, frozen=True):
    """One kind of command line.

    Args:
        name: as an inventory names it.
        title: what it covers.
        vendor: who makes it, unless the device says otherwise; None where many do.
        os: as ``Identity.os``.
        kind: what members are.
        netmiko: netmiko's device type.
        templates: ntc-templates' platform.
        proven: ``recording`` when its parsing was tried on recorded output, else
            ``documentation``.
        legacy: whether SHA-1, CBC and the like may be used; only for what knows nothing better.
        enable: whether privileged commands need ``enable`` first.
        begin: what is typed first, such as to turn a pager off that netmiko does not know.
        kinds: pattern of a model to the kind such members are of.
    """

    name: str
    title: str
    os: str
    kind: Kind
    netmiko: str
    templates: str
    proven: str
    configuration: ConfigurationSource
    vendor: str | None = None
    legacy: bool = False
    enable: bool = False
    begin: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = {}
    facts: tuple[FactSource, ...] = ()
    neighbours: tuple[NeighbourSource, ...] = ()
    ports: PortSource | None = None
    orders: PortOrders | None = None


def read_platform(path: Path) -> Platform:
    """One platform file.

    Raises:
        PlatformError: it is too long, not YAML, does not fit, or a pattern in it is none.
    """
    if path.stat().st_size > _LONGEST_FILE:
        raise PlatformError(f"{path}: larger than {_LONGEST_FILE} bytes")
    try:
        # A SafeLoader by either name: no object is ever built from a tag.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        platform = msgspec.convert(document, Platform)
        for pattern in _patterns(platform):
            re.compile(pattern)
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError, re.error) as error:
        raise PlatformError(f"{path}: {error}") from None
    return platform


def _patterns(platform: Platform) -> Iterator[str]:
    source = platform.configuration
    yield from platform.kinds
    yield from (source.end or "", *source.volatile, *source.secrets)
    for section in source.sections:
        yield from (section.begin, section.end, section.secret)
    for fact in platform.facts:
        yield from (fact.pattern or "", *fact.where.values())
    yield from (neighbour.pattern or "" for neighbour in platform.neighbours)
    if platform.ports is not None:
        yield from (platform.ports.up, platform.ports.disabled or "", platform.ports.pattern or "")
    if platform.orders is not None:
        yield platform.orders.names


@cache
def builtin_platforms() -> Mapping[str, Platform]:
    """The platforms that come with the product, by name."""
    return {one.name: one for one in map(read_platform, sorted(PLATFORMS.glob("*.yaml")))}


def platforms_with(folder: Path | None) -> Mapping[str, Platform]:
    """The built-in platforms, and over them those of a folder; equal names replace.

    Raises:
        PlatformError: a file in the folder is not a platform.
    """
    own = [] if folder is None else [read_platform(path) for path in sorted(folder.glob("*.yaml"))]
    return {**builtin_platforms(), **{one.name: one for one in own}}


def platform_named(name: str, folder: Path | None = None) -> Platform:
    """The platform of that name.

    Raises:
        PlatformError: there is none.
    """
    try:
        return platforms_with(folder)[name]
    except KeyError:
        raise PlatformError(f"no platform is named {name!r}") from None


look_into(Platform)
