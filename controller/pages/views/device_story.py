"""The story of a device: what happened to it, what it ran by, what it was ordered to do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.agents import CommandRow, command_rows
from controller.words.events import event_sentence
from drivers.readings import Kind
from inventory.intake.configurations import difference
from inventory.models import Device, DeviceConfiguration, School
from inventory.repositories.commands import CommandRepository
from inventory.repositories.configurations import ConfigurationRepository
from inventory.repositories.events import EventRepository

_EVENTS, _VERSIONS, _COMMANDS = 20, 20, 5
#: Kinds that people set up on a command line; nobody asks a projector for a backup.
_HAVE_COMMAND_LINES = frozenset(
    {Kind.switch, Kind.router, Kind.firewall, Kind.wireless_controller, Kind.access_point}
)
DiffTone = Literal["added", "removed", "place", "same"]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event in the reader's words."""

    at: datetime
    text: str
    tone: str
    detail: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """What the page of a device tells beside its figures."""

    events: Sequence[EventRow]
    events_in_all: int
    versions: Sequence[DeviceConfiguration]
    versions_in_all: int
    commands: Sequence[CommandRow]
    shows_configurations: bool
    may_refresh: bool
    may_order: bool
    has_command_line: bool


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """One version, and how it differs from the one before, or from another one."""

    device: Device
    version: DeviceConfiguration
    against: DeviceConfiguration | None
    others: Sequence[DeviceConfiguration]
    lines: Sequence[tuple[DiffTone, str]]
    added: int
    removed: int
    text: str
    may_accept: bool


def story_view(look: Look, device: Device, school: School) -> StoryView:
    """Events, versions and commands of a device, as far as this person may see them."""
    caller = look.caller
    events = EventRepository(look.session, look.scope).page(device=device.id, limit=_EVENTS)
    reads = caller.may(Permission.read_configurations, school.path)
    versions: Sequence[DeviceConfiguration] = ()
    in_all = 0
    if reads:
        scope = caller.scope(Permission.read_configurations)
        page = ConfigurationRepository(look.session, scope).of_device(device.id, limit=_VERSIONS)
        versions, in_all = page.items, page.total
    commands = CommandRepository(look.session, caller.scope(Permission.read_agents)).page(
        subject=device.id, limit=_COMMANDS
    )
    reachable = device.ssh_credential_id is not None and device.ssh_platform is not None
    return StoryView(
        events=[
            EventRow(
                event.at,
                *event_sentence(event.kind, json.loads(event.fields), look.lang.gettext),
                event.detail,
            )
            for event in events.items
        ],
        events_in_all=events.total,
        versions=versions,
        versions_in_all=in_all,
        commands=command_rows(look, commands.items),
        shows_configurations=reads
        and (bool(versions) or reachable or device.kind in _HAVE_COMMAND_LINES),
        may_refresh=caller.may(Permission.refresh_devices, school.path),
        may_order=reachable and caller.may(Permission.order_ports, school.path),
        has_command_line=reachable,
    )


def configuration_view(
    look: Look, device: Device, version: DeviceConfiguration, against: str
) -> ConfigurationView:
    """A version of a device, compared with ``against``, or with the one before.

    Raises:
        PermissionDenied: this person reads no configurations.
    """
    scope = look.caller.require(Permission.read_configurations)
    school = look.session.get_one(School, device.school_code)
    versions = ConfigurationRepository(look.session, scope)
    others = [v for v in versions.of_device(device.id, limit=_VERSIONS * 5).items if v != version]
    chosen = next((v for v in others if v.id == against), None)
    chosen = chosen or next((v for v in others if v.taken_at < version.taken_at), None)
    change = difference(look.session, scope, chosen, version) if chosen is not None else None
    lines = change.diff.splitlines()[2:] if change else []
    return ConfigurationView(
        device=device,
        version=version,
        against=chosen,
        others=others,
        lines=[(_tone(line), line) for line in lines],
        added=change.added if change else 0,
        removed=change.removed if change else 0,
        text=versions.text(version.digest) or "",
        may_accept=look.caller.may(Permission.order_ports, school.path),
    )


def _tone(line: str) -> DiffTone:
    tones: dict[str, DiffTone] = {"+": "added", "-": "removed", "@": "place"}
    return tones.get(line[:1], "same")
