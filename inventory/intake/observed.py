"""What polls say about one device, applied one after the other; pure, no database.

Outcome, vitals, facts and port states each keep the time of the newest poll they came with. A poll
that is not newer leaves that part alone, so a replay changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

import msgspec

from drivers.readings import ALIVE, Attachment, Block, Facts, Identity, Kind, Poll, Port

#: Readings kept on the device itself; of several parts the highest (the hottest sensor).
VITALS = ("cpu_ratio", "memory_used_ratio", "temperature_celsius", "uptime_seconds")
#: What vendors put where the serial number should be.
JUNK_SERIALS = frozenset(
    {"", "0", "none", "n/a", "na", "null", "unknown", "default", "default string", "123456789"}
    | {"0123456789", "1234567890", "not specified", "system serial number"}
    | {"to be filled by o.e.m.", "to_be_filled_by_o.e.m.", "o.e.m.", "oem", "xxxxxxxx", "empty"}
    | {"invalid", "none specified", "chassis serial number", "serial number", "default_string"}
)
MAX_TEXT = 500
MAX_NAME = 255
#: ``DeviceState.ports_down`` where no port is down.
NO_PORTS = "[]"
_ID = 20
_NEVER = object()
#: Failures in a row that are news each; rules fire within them.
REVIEWED_FAILURES = 3
_INT32 = 1 << 31
_INT64 = 1 << 63


def instant(milliseconds: int) -> datetime:
    """UTC time of milliseconds since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def clean(text: str | None, longest: int = MAX_TEXT) -> str | None:
    """Text a database takes: no NUL, no blank ends, not endless; empty is ``None``."""
    if text is None:
        return None
    return text.replace("\0", "").strip()[:longest] or None


def usable_serial(text: str | None) -> str | None:
    """A serial number that tells one device from another, else ``None``."""
    serial = clean(text)
    if serial is None or serial.casefold() in JUNK_SERIALS or len(set(serial)) == 1:
        return None
    return serial


def port_names(ports: Sequence[Port]) -> list[str]:
    """The part name of each port: ifName, else ifDescr, else the index; repeated ones get #index.

    The same rule by which drivers name the parts of port readings.
    """
    chosen = [port.name or port.description or str(port.index) for port in ports]
    often = Counter(chosen)
    return [
        f"{name}#{port.index}" if often[name] > 1 else name
        for name, port in zip(chosen, ports, strict=True)
    ]


def vitals_of(blocks: Iterable[Block]) -> dict[str, float]:
    """The vitals among the readings of a poll."""
    found: dict[str, float] = {}
    for block in blocks:
        for metric in VITALS:
            if column := block.columns.get(metric):
                values = [float(v) for v in column if v is not None and isfinite(v)]
                if values:
                    found[metric] = max(found.get(metric, values[0]), *values)
    return found


def ports_up_of(blocks: Iterable[Block]) -> dict[str, bool]:
    """Which ports a poll found up; ports without a value are left out."""
    found: dict[str, bool] = {}
    for block in blocks:
        if column := block.columns.get("port_up"):
            for part, value in zip(block.parts, column, strict=False):
                if value is not None:
                    found[part[:MAX_NAME].replace("\0", "")] = value > 0
    return found


def present_of(blocks: Iterable[Block]) -> bool | None:
    """Whether a poll found the device there (``online``); ``None`` if it does not say."""
    for block in blocks:
        for value in block.columns.get("online", ()):
            if value is not None:
                return value > 0
    return None


@dataclass(slots=True)
class Told:
    """What a device told of itself and its ports, and is to be written; most polls tell nothing.

    Args:
        down: names of ports that are not up.
        down_changed: whether they were others.
        corrected: columns of the device.
        ports: rows of ports by their names.
        opers: states of ports that are told without the rest of their rows.
        other_serial: a serial number that is not the registered one, told for the first time.
    """

    down: set[str]
    down_changed: bool = False
    corrected: dict[str, Any] = field(default_factory=dict)
    ports: dict[str, dict[str, Any]] = field(default_factory=dict)
    opers: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    other_serial: str | None = None

    def note(self, port: str, *, up: bool) -> bool:
        """Whether the port was not known to be like that."""
        if up is not (port in self.down):
            return False
        if up:
            self.down.discard(port)
        else:
            self.down.add(port)
        self.down_changed = True
        return True


@dataclass(slots=True)
class Observed:
    """A device as the register knows it, and what must be written after polls were applied.

    Args:
        state: those columns of ``DeviceState`` that decide what a poll changes; empty when it was
            never polled.
        known: whether it has a row of state.
        before: outcome and presence as they were: what lists and counts show of a device.
        ports_down: a JSON array of the names of ports that are not up.
        identity: ``kind vendor model serial version`` of the register, if polls hold facts.
    """

    device_id: str
    school_code: str
    state: dict[str, Any] = field(default_factory=dict)
    known: bool = False
    before: tuple[str | None, bool | None] = (None, None)
    ports_down: str = NO_PORTS
    identity: dict[str, Any] = field(default_factory=dict)
    #: Columns of ``DeviceState`` to be written.
    changed: dict[str, Any] = field(default_factory=dict)
    told: Told | None = None
    #: The earliest poll that changes what is known of the past, or begins a new state.
    news_from: datetime | None = None

    def apply(self, poll: Poll, agent_id: str | None, *, at: datetime, silence: timedelta) -> None:
        """Take in one poll; call in the order of ``taken_at``.

        Args:
            poll: of this device.
            agent_id: who polled it.
            at: when it was made.
            silence: polls further apart do not follow each other: what was in between is not
                known yet.
        """
        if not poll.beside:
            self._outcome(poll, at, agent_id, silence)
        elif not self.state:
            return  # a state begins with a poll that says how the device is
        present = present_of(poll.blocks)
        if present is not None and self._is_newer("present_at", at):
            self._put("present", present)
            if present:
                self.changed["last_present_at"] = at
        if poll.attachment is not None and self._is_newer("attached_at", at):
            self._attach(poll.attachment, at)
        vitals = vitals_of(poll.blocks)
        if vitals and self._is_newer("vitals_at", at):
            self.changed |= vitals
        if poll.facts is not None and self._is_newer("facts_at", at):
            self._facts(poll.facts, at)
        up = ports_up_of(poll.blocks)
        if up and self._is_newer("ports_at", at):
            self._ports_up(up, at)

    @property
    def was_alive(self) -> bool | None:
        """Whether it was alive before; ``None`` if nobody knew."""
        outcome, _ = self.before
        return None if outcome is None else outcome in ALIVE

    def looks_different(self) -> bool:
        """Whether lists and counts show something else of it now."""
        changed = self.changed
        if "outcome" not in changed and "present" not in changed:
            return False
        return (self.state["outcome"], self.state.get("present")) != self.before

    def _attach(self, seen: Attachment, at: datetime) -> None:
        device, port = clean(seen.device, _ID), clean(seen.port, MAX_NAME)
        known = self.state.get("attached_device_id"), self.state.get("attached_port")
        if (device, port) != known:
            self._put("attached_device_id", device)
            self._put("attached_port", port)
            self.changed["attached_since"] = at
        self.changed["attached_vlan"] = _fitting(seen.vlan, _INT32)

    def _put(self, column: str, value: Any) -> None:
        if self.state.get(column, _NEVER) != value:
            self.state[column] = self.changed[column] = value

    def _is_newer(self, clock: str, at: datetime) -> bool:
        seen = self.state.get(clock)
        if seen is not None and at <= seen:
            return False
        self.state[clock] = self.changed[clock] = at
        return True

    def _outcome(self, poll: Poll, at: datetime, agent_id: str | None, silence: timedelta) -> None:
        state = self.state
        was_alive = state["outcome"] in ALIVE if state else None
        before = state.get("taken_at")
        if not self._is_newer("taken_at", at):
            if before is not None and at < before:
                self._news(at)
            return
        alive = poll.outcome in ALIVE
        self._put("agent_id", agent_id)
        self._put("outcome", poll.outcome)
        self._put("detail", clean(poll.detail) or "")
        follows = before is not None and at - before <= silence
        failures = 0 if alive else (state["failures"] if follows else 0) + 1
        self._put("failures", failures)
        if was_alive is False if alive else failures <= REVIEWED_FAILURES:
            self._news(at)
        if alive is not was_alive:
            self.changed["since"] = at
        if alive:
            self.changed["last_ok_at"] = at

    def _news(self, at: datetime) -> None:
        self.news_from = at if self.news_from is None else min(at, self.news_from)

    def _facts(self, facts: Facts, at: datetime) -> None:
        told = self._telling()
        self._identity(facts.identity, told)
        for name, port in zip(port_names(facts.ports), facts.ports, strict=True):
            key = clean(name, MAX_NAME)
            if key is None or not 0 <= port.index < _INT64:
                continue
            told.ports[key] = _row(self.device_id, key, port, at)
            told.opers.pop(key, None)
            told.note(key, up=port.oper == "up")

    def _identity(self, says: Identity, told: Told) -> None:
        for name in ("vendor", "model"):
            self._fill(name, clean(getattr(says, name)), told)
        if self.identity["kind"] is Kind.unknown and says.kind is not Kind.unknown:
            self._correct("kind", says.kind, told)
        version = clean(says.version)
        if version is not None and version != self.identity["version"]:
            # Firmware changes by itself; what the device says last is right.
            self._correct("version", version, told)
        serial = usable_serial(says.serial)
        if serial is None:
            return
        self._fill("serial", serial, told)
        known = self.identity["serial"].strip()
        other = None if known.casefold() == serial.casefold() else serial
        if other is not None and other != self.state.get("other_serial"):
            told.other_serial = other
        self._put("other_serial", other)

    def _fill(self, name: str, value: str | None, told: Told) -> None:
        if value is not None and not (self.identity[name] or "").strip():
            self._correct(name, value, told)

    def _correct(self, name: str, value: Any, told: Told) -> None:
        self.identity[name] = told.corrected[name] = value

    def _ports_up(self, ports: dict[str, bool], at: datetime) -> None:
        told = self._telling()
        for name, up in ports.items():
            if told.note(name, up=up):
                told.opers[name] = ("up" if up else "down", at)

    def _telling(self) -> Told:
        if self.told is None:
            self.told = Told(set(msgspec.json.decode(self.ports_down, type=list[str])))
        return self.told


def _row(device_id: str, name: str, port: Port, at: datetime) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "name": name,
        "index": port.index,
        "description": clean(port.description),
        "alias": clean(port.alias),
        "type": _fitting(port.type, _INT32),
        "speed_bits_per_second": _fitting(port.speed_bits_per_second, _INT64),
        "admin": clean(port.admin, 32),
        "oper": clean(port.oper, 32),
        "mac": clean(port.mac, 32),
        "seen_at": at,
    }


def _fitting(number: int | None, bound: int) -> int | None:
    return number if number is not None and -bound <= number < bound else None
