"""Hardware addresses that a ledger tells of devices: several in a cell, none of them another's."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, insert
from sqlmodel import Session, col, select

from inventory.access import normalised, shown
from inventory.errors import Invalid, NotAHardwareAddress
from inventory.exchange.faults import Why
from inventory.exchange.parsing import Findings, Parsed
from inventory.exchange.values import Unfit
from inventory.models import Device, DeviceMac, Protocol

_AT_ONCE = 500
#: Between two addresses; within one stand colons, hyphens or points, or nothing.
_BETWEEN = re.compile(r"[\s,;、，；/|]+")


def addresses_in(text: str) -> tuple[str, ...]:
    """The hardware addresses of a cell, twelve lower-case hex digits each.

    Raises:
        Unfit: one of them is none, or there are too many.
    """
    try:
        return normalised([one for one in _BETWEEN.split(text) if one])
    except NotAHardwareAddress:
        raise Unfit(Why.not_a_mac) from None
    except Invalid as error:
        raise Unfit(Why.not_taken, reason=error.arguments["reason"]) from None


class Told(NamedTuple):
    """Addresses a device has, and those that it gets and that it loses by a file."""

    had: Sequence[str] = ()
    fresh: Sequence[str] = ()
    gone: Sequence[str] = ()

    @property
    def changes(self) -> bool:
        return bool(self.fresh or self.gone)

    @property
    def shown(self) -> tuple[str | None, str | None]:
        """What it had and what it has then, as people write it."""
        now = [mac for mac in (*self.had, *self.fresh) if mac not in self.gone]
        before, after = (" ".join(map(shown, some)) or None for some in (self.had, now))
        return before, after


#: Of a device whose addresses nobody tells.
UNTOLD = Told()


def write_addresses(
    session: Session, told: Iterable[tuple[str, Told]], options: Mapping[str, Any]
) -> None:
    """Write what devices, by their ids, get and lose; what one loses another may get.

    ``options`` go to every statement.
    """
    lost, got = [], []
    for device, one in told:
        lost += [(device, mac) for mac in one.gone]
        got += [{"device_id": device, "mac": mac} for mac in one.fresh]
    for device, mac in lost:
        where = (col(DeviceMac.device_id) == device, col(DeviceMac.mac) == mac)
        session.execute(delete(DeviceMac).where(*where), **options)
    for begin in range(0, len(got), _AT_ONCE):
        session.execute(insert(DeviceMac), got[begin : begin + _AT_ONCE], **options)


class HardwareAddresses:
    """Whose the addresses of a file are, in the register and in the file itself.

    Args:
        session: of one transaction.
        rows: of the file; addresses that are none go to ``findings``.
        known: rows of the devices of the file, by asset number.
        replace: whether a device has only those of its row then, rather than those beside its own.
    """

    def __init__(
        self,
        session: Session,
        rows: Sequence[Parsed],
        known: Mapping[str, Sequence[Mapping[str, Any]]],
        findings: Findings,
        *,
        replace: bool = False,
    ) -> None:
        self._findings = findings
        self._replace = replace
        #: Addresses by the line that tells them.
        self._told: dict[int, Sequence[str]] = {}
        #: Id and name of the device that has an address, by school and address.
        self._owners: dict[tuple[str, str], tuple[str, str]] = {}
        self._lines: dict[tuple[str, str], int] = {}
        self._had: defaultdict[str, set[str]] = defaultdict(set)
        devices: set[str] = set()
        for row in rows:
            if "macs" in row.values:
                self._told[row.line] = self._read(row)
                number = row.values.get("asset_number", "")
                devices |= {device["id"] for device in known.get(number, ())}
        for some in _parts({mac for macs in self._told.values() for mac in macs}):
            self._note(session, col(DeviceMac.mac).in_(some))
        for some in _parts(devices):
            self._note(session, col(DeviceMac.device_id).in_(some))
        #: Id and address of what devices of the file lose by it.
        self._gone = {
            (device["id"], mac)
            for row in rows
            for device in known.get(row.values.get("asset_number", ""), ())
            for mac in self._given_up(row, device)
        }

    def of(self, row: Parsed, school: str, before: Mapping[str, Any] | None) -> Told:
        """What becomes of the addresses of the device of a row.

        Of a watched device that has any, the network knows better.
        """
        device = "" if before is None else str(before["id"])
        had = sorted(self._had.get(device, ()))
        fresh = [mac for mac in self._told.get(row.line, ()) if mac not in had]
        if before is not None and _is_watched(before) and had:
            return Told(had)
        for mac in fresh:
            owner, name = self._owners.get((school, mac), (device, ""))
            line = self._lines.setdefault((school, mac), row.line)
            if owner != device and (owner, mac) not in self._gone:
                self._findings.add(row.line, "macs", shown(mac), Why.mac_taken, device=name)
            elif line != row.line:
                self._findings.add(row.line, "macs", shown(mac), Why.repeated, line=line)
        gone = () if before is None else self._given_up(row, before)
        return Told(had, fresh, gone)

    def _given_up(self, row: Parsed, device: Mapping[str, Any]) -> Sequence[str]:
        """What a device loses: nothing by a blank cell, or by one that could not be read."""
        told = self._told.get(row.line, ())
        if not self._replace or not told or _is_watched(device):
            return ()
        return sorted(self._had.get(device["id"], set()) - set(told))

    def _read(self, row: Parsed) -> Sequence[str]:
        text = row.values["macs"]
        try:
            return addresses_in(text)
        except Unfit as unfit:
            self._findings.add(row.line, "macs", text, unfit.why, **unfit.arguments)
            return ()

    def _note(self, session: Session, condition: ColumnElement[bool]) -> None:
        rows = session.execute(
            select(DeviceMac.mac, Device.school_code, Device.id, Device.name)
            .join(Device, col(Device.id) == DeviceMac.device_id)
            .where(condition)
        )
        for mac, school, device, name in rows:
            self._owners[school, mac] = (device, name)
            self._had[device].add(mac)


def _is_watched(device: Mapping[str, Any]) -> bool:
    return device["protocol"] is not Protocol.none


def _parts(values: Collection[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(values)
    return (ordered[begin : begin + _AT_ONCE] for begin in range(0, len(ordered), _AT_ONCE))
