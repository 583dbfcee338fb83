"""Every driver there is, by name: SNMP definitions, MQTT profiles, SSH platforms; and your own."""

from dataclasses import asdict, dataclass
from pathlib import Path

from drivers.definitions import Definitions, builtin_definitions
from drivers.mqtt.home_assistant.hearing import PROFILE as HOME_ASSISTANT
from drivers.mqtt.profiles import profiles_with
from drivers.readings import Kind
from drivers.ssh.platform import platforms_with


@dataclass(frozen=True, slots=True)
class DriverEntry:
    """One line of ``fleet-agent drivers list``.

    Args:
        name: as a plan names it.
        protocol: ``snmp``, ``mqtt`` or ``ssh``.
        title: what it covers.
        proven: ``recording`` when tried on recorded output, else ``documentation``.
        kind: what members of the family are, unless they say otherwise.
    """

    name: str
    protocol: str
    title: str
    proven: str
    kind: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def definitions_with(folder: Path | None = None) -> Definitions:
    """The built-in definitions, and over them those of a folder.

    Raises:
        DefinitionError: a file in the folder is not a definition.
    """
    known = builtin_definitions()
    return known if folder is None else known.with_folder(folder)


def known_drivers(folder: Path | None = None) -> tuple[DriverEntry, ...]:
    """All drivers, by protocol and name.

    Raises:
        DefinitionError: a file in the folder is not a definition, or one in its ``ssh`` not a
            platform.
        ProfileError: a file in its ``mqtt`` is not a profile.
    """
    entries = [
        DriverEntry(d.name, "snmp", d.title, d.proven, d.identity.kind.value)
        for d in definitions_with(folder)
    ]
    entries += [
        DriverEntry(p.name, "mqtt", p.title, p.proven, p.kind.value)
        for p in profiles_with(folder).values()
    ]
    entries += [
        DriverEntry(p.name, "ssh", p.title, p.proven, p.kind.value)
        for p in platforms_with(None if folder is None else folder / "ssh").values()
    ]
    entries.append(
        DriverEntry(
            HOME_ASSISTANT,
            "mqtt",
            "Devices that announce themselves for Home Assistant, and Tasmota's",
            "recording",
            Kind.unknown.value,
        )
    )
    return tuple(sorted(entries, key=lambda entry: (entry.protocol, entry.name)))
