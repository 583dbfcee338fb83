"""Hardware addresses that a ledger tells of devices: several in a cell, none of them another's."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement
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


class HardwareAddresses:
    """Whose the addresses of a file are, in the register and in the file itself.

    Args:
        session: of one transaction.
        rows: of the file; addresses that are none go to ``findings``.
        known: rows of the devices of the file, by asset number.
    """

    def __init__(
        self,
        session: Session,
        rows: Sequence[Parsed],
        known: Mapping[str, Sequence[Mapping[str, Any]]],
        findings: Findings,
    ) -> None:
        self._findings = findings
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

    def fresh(
        self, row: Parsed, school: str, before: Mapping[str, Any] | None
    ) -> tuple[Sequence[str], Sequence[str]]:
        """Addresses the device of a row has, and those it gets beside them.

        Of a watched device that has any, the network knows better.
        """
        device = "" if before is None else str(before["id"])
        had = sorted(self._had.get(device, ()))
        fresh = [mac for mac in self._told.get(row.line, ()) if mac not in had]
        if before is not None and before["protocol"] is not Protocol.none and had:
            return had, ()
        for mac in fresh:
            owner, name = self._owners.get((school, mac), (device, ""))
            line = self._lines.setdefault((school, mac), row.line)
            if owner != device:
                self._findings.add(row.line, "macs", shown(mac), Why.mac_taken, device=name)
            elif line != row.line:
                self._findings.add(row.line, "macs", shown(mac), Why.repeated, line=line)
        return had, fresh

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


def _parts(values: Collection[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(values)
    return (ordered[begin : begin + _AT_ONCE] for begin in range(0, len(ordered), _AT_ONCE))
