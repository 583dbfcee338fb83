"""Devices of a file held against the register, and written in a few statements."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from drivers.readings import Kind
from inventory.agent_plans.changes import CONCERNED
from inventory.audit import actor_of
from inventory.days import day_of
from inventory.errors import DisposalNeeded, LifecycleTransitionRefused
from inventory.exchange.faults import Why
from inventory.exchange.hardware import UNTOLD, HardwareAddresses, Told, write_addresses
from inventory.exchange.junk import is_junk
from inventory.exchange.order import Order, Progress
from inventory.exchange.outcome import MOST_SHOWN, Change, Comparison
from inventory.exchange.own_fields import PREFIX, OwnFields, merged
from inventory.exchange.parsing import Findings, Parsed
from inventory.exchange.places import Rooms, Schools
from inventory.exchange.values import Unfit
from inventory.ids import new_id
from inventory.lifecycle import check_transition
from inventory.models import Acquisition, Device, Lifecycle, LifeStep, Protocol
from inventory.models.base import utc_now
from inventory.page_changes import note_schools
from inventory.repositories.scoped import Repository
from inventory.scope import Scope

_TYPES: Mapping[str, Callable[[str], StrEnum]] = {
    "kind": Kind,
    "acquisition": Acquisition,
    "lifecycle": Lifecycle,
}
#: What a file may say of a device, beside whose it is and which.
FIELDS = (
    *("name", "kind", "asset_class", "vendor", "model", "serial", "room_id", "custodian"),
    *("supplier", "purchased_on", "price_cny", "funding_source", "acquisition"),
    *("warranty_until", "lifecycle", "address", "is_personal"),
)
#: What the network says of a device that is watched; a ledger only fills what is empty.
_OBSERVED = frozenset({"kind", "vendor", "model", "serial", "address"})
_READ = ("id", "school_code", "asset_number", "protocol", "revision", "custom_fields", *FIELDS)
_AT_ONCE = 1_000


class _Numbered(Repository):
    """Devices by their asset numbers."""

    def numbered(self, numbers: Sequence[str], *, to_write: bool) -> Iterator[Mapping[str, Any]]:
        """Visible devices that have one of these numbers; locked where they are to be written."""
        columns = [getattr(Device, name) for name in _READ]
        for begin in range(0, len(numbers), _AT_ONCE):
            query = (
                select(*columns)
                .where(
                    self._at_visible_school(Device.school_code),
                    col(Device.asset_number).in_(numbers[begin : begin + _AT_ONCE]),
                )
                .order_by(col(Device.id))
            )
            if to_write:
                query = query.with_for_update(of=Device)
            for row in self._session.execute(query):
                yield dict(row._mapping)


def devices_numbered(
    session: Session, scope: Scope, numbers: Sequence[str]
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Ids and schools of the visible devices that have one of these asset numbers, by number."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in _Numbered(session, scope).numbered(numbers, to_write=False):
        found[row["asset_number"]].append((row["id"], row["school_code"]))
    return found


@dataclass(frozen=True, slots=True)
class _Step:
    """What becomes of one device.

    Args:
        values: of its row; with its id where there are any.
        before: its row as it is; ``None`` for a new one.
        told: what else is shown as changed, each with what it was.
        macs: what becomes of its hardware addresses.
    """

    values: Mapping[str, Any]
    before: Mapping[str, Any] | None
    told: Mapping[str, tuple[Any, Any]]
    macs: Told = UNTOLD


class DeviceImporter:
    """Compares first, writes afterwards; one for each file.

    Args:
        session: of one transaction.
        scope: where its owner may change devices.
        order: what is to be done.
    """

    only_reads = True

    def __init__(self, session: Session, scope: Scope, order: Order) -> None:
        self._session = session
        self._scope = scope
        self._school = order.school
        self._writes = not order.dry_run
        self._schools = Schools(session, scope)
        self._rooms = Rooms(order.create_rooms)
        self._replace_macs = order.replace_macs
        self._own = OwnFields(session)
        self._steps: list[_Step] = []

    def compare(self, rows: Sequence[Parsed], findings: Findings, progress: Progress) -> Comparison:
        """Hold rows against the register; what does not fit goes to ``findings``."""
        numbers = sorted({n for row in rows if (n := row.values.get("asset_number"))})
        known: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        stored = _Numbered(self._session, self._scope)
        for device in stored.numbered(numbers, to_write=self._writes):
            known[device["asset_number"]].append(device)
        schools = [self._school_of(row, known, findings) for row in rows]
        self._rooms.load(self._session, {code for code in schools if code})
        hardware = HardwareAddresses(
            self._session, rows, known, findings, replace=self._replace_macs
        )
        seen: dict[str, int] = {}
        shown: list[Change] = []
        counts = {"created": 0, "changed": 0, "unchanged": 0}
        for done, (row, school) in enumerate(zip(rows, schools, strict=True), start=1):
            if done % _AT_ONCE == 0:
                progress("compare", done, len(rows))
            number = row.values.get("asset_number")
            if number is None or not _is_new_here(row, number, seen, findings):
                continue
            found = known.get(number, [])
            if len(found) > 1:
                findings.add(row.line, "asset_number", number, Why.ambiguous_device)
            if school is None or len(found) > 1:
                continue
            before = found[0] if found else None
            step = self._step(row, school, before, findings)
            told = hardware.of(row, school, before)
            if told.changes:
                step = _with_macs(step, told)
            counts[_what(step)] += 1
            if step.values:
                self._steps.append(step)
                if len(shown) < MOST_SHOWN:
                    shown.append(_change(row.line, number, step))
        return Comparison(**counts, shown=shown, also={"rooms": len(self._rooms.new)})

    def write(self, progress: Progress) -> None:
        """Write what ``compare`` found; the caller commits."""
        self._rooms.write(self._session)
        made = [step.values for step in self._steps if step.before is None]
        changed = [step for step in self._steps if step.before is not None]
        total = len(self._steps)
        concerned = {"execution_options": {CONCERNED: sorted(self._concerned())}}
        done = 0
        for begin in range(0, len(made), _AT_ONCE):
            part = made[begin : begin + _AT_ONCE]
            self._session.execute(insert(Device), part, **concerned)
            progress("write", done := done + len(part), total)
        # One statement for all devices of which the same columns change.
        by_columns: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
        for step in changed:
            by_columns[tuple(sorted(step.values))].append(step.values)
        for rows in by_columns.values():
            for begin in range(0, len(rows), _AT_ONCE):
                part = rows[begin : begin + _AT_ONCE]
                self._session.execute(update(Device), part, **concerned)
                progress("write", done := done + len(part), total)
        macs = ((step.values["id"], step.macs) for step in self._steps if step.macs.changes)
        write_addresses(self._session, macs, concerned)
        self._write_steps(changed)
        note_schools(self._session, set(map(_school, self._steps)), utc_now())

    def _write_steps(self, changed: Sequence[_Step]) -> None:
        """Steps of lives, so that a device's history tells where it has been."""
        actor = actor_of(self._session)
        now = utc_now()
        rows = [
            {
                "id": new_id("s"),
                "device_id": step.before["id"],
                "school_code": step.before["school_code"],
                "before": step.before["lifecycle"],
                "after": step.values["lifecycle"],
                "on": day_of(now),
                "reason": "",
                "at": now,
                "actor": actor.login if actor else "",
            }
            for step in changed
            if step.before is not None and "lifecycle" in step.values
        ]
        for begin in range(0, len(rows), _AT_ONCE):
            self._session.execute(insert(LifeStep), rows[begin : begin + _AT_ONCE])

    def _concerned(self) -> set[str]:
        """Schools whose agents have another plan now.

        A watched device begins or ends its work, or switches are to know a device by its address.
        """
        watched = {
            step.before["school_code"]
            for step in self._steps
            if step.before is not None
            and step.before["protocol"] is not Protocol.none
            and {"lifecycle", "address"} & set(step.values)
        }
        return watched | {_school(step) for step in self._steps if step.macs.changes}

    def _school_of(
        self, row: Parsed, known: Mapping[str, Sequence[Mapping[str, Any]]], findings: Findings
    ) -> str | None:
        """The school a row belongs to; ``None`` after a fault."""
        text = row.values.get("school")
        number = row.values.get("asset_number", "")
        found = known.get(number, ())
        try:
            if text is not None:
                school = self._schools.code_of(text)
            elif len(found) == 1:
                return str(found[0]["school_code"])
            elif self._school is not None:
                school = self._schools.code_of(self._school)
            else:
                raise Unfit(Why.school_missing)
        except Unfit as unfit:
            findings.add(row.line, "school", text, unfit.why, **unfit.arguments)
            return None
        if len(found) == 1 and found[0]["school_code"] != school:
            where = self._schools.by_code[found[0]["school_code"]].name
            findings.add(row.line, "asset_number", number, Why.elsewhere, school=where)
            return None
        return school

    def _step(
        self, row: Parsed, school: str, before: Mapping[str, Any] | None, findings: Findings
    ) -> _Step:
        told = self._told(row, school, findings)
        kind = told.get("kind", before["kind"] if before else Kind.unknown)
        own = self._own_told(row, kind, findings)
        if before is None:
            self._need_own(row, kind, own, findings)
            values = _new_device(told, school, row.values["asset_number"], merged("{}", own))
            return _Step(values, None, {PREFIX + k: (None, v) for k, v in own.items()})
        if before["protocol"] is not Protocol.none:
            told = {k: v for k, v in told.items() if k not in _OBSERVED or not before[k]}
        changed = {name: value for name, value in told.items() if before[name] != value}
        if "lifecycle" in changed:
            try:
                check_transition(before["lifecycle"], changed["lifecycle"])
            except LifecycleTransitionRefused as refused:
                given_up = isinstance(refused, DisposalNeeded)
                why = Why.disposal_needed if given_up else Why.step_refused
                text = changed["lifecycle"].value
                findings.add(row.line, "lifecycle", text, why, **refused.arguments)
        had = json.loads(before["custom_fields"])
        shown = {PREFIX + k: (had.get(k), v) for k, v in own.items() if had.get(k) != v}
        if shown or "kind" in changed:
            self._need_own(row, changed.get("kind", before["kind"]), had | own, findings)
        if shown:
            changed["custom_fields"] = merged(before["custom_fields"], own)
        if changed:
            changed |= {"id": before["id"], "revision": before["revision"] + 1}
        return _Step(changed, before, shown)

    def _own_told(self, row: Parsed, kind: Kind, findings: Findings) -> dict[str, Any]:
        """Values of fields of one's own, by their keys."""
        own = {}
        for column, text in row.values.items():
            if column.startswith(PREFIX):
                try:
                    key, value = self._own.fitting(kind, column, text)
                except Unfit as unfit:
                    findings.add(row.line, column, text, unfit.why, **unfit.arguments)
                else:
                    own[key] = value
        return own

    def _need_own(
        self, row: Parsed, kind: Kind, kept: Mapping[str, Any], findings: Findings
    ) -> None:
        """Tell what a device of this kind must have; who touches nothing of it need not mend it."""
        for field in self._own.lacking(kind, kept):
            column = PREFIX + field.key
            if column not in row.values:  # else it was there, and something was wrong with it
                heading = column if column in findings.headings else field.label
                findings.add(row.line, heading, None, Why.needed_of_kind, kind=kind)

    def _told(self, row: Parsed, school: str, findings: Findings) -> dict[str, Any]:
        """Values of the columns of a device that a row tells."""
        values = row.values
        told = {name: values[name] for name in FIELDS if name in values}
        for name, type_ in _TYPES.items():
            if name in told:
                told[name] = type_(told[name])
        if values.get("quantity", 1) != 1:
            findings.add(row.line, "quantity", values["quantity"], Why.not_one)
        if "address" in told:
            try:
                told["address"] = str(ip_address(told["address"]))
            except ValueError:
                findings.add(row.line, "address", told["address"], Why.not_an_address)
        if "room" in values:
            building, name = values.get("building", ""), values["room"]
            try:
                told["room_id"] = self._rooms.id_of(school, building, name)
            except Unfit as unfit:
                findings.add(row.line, "room", building + name, unfit.why, **unfit.arguments)
        return told


def _is_new_here(row: Parsed, number: str, seen: dict[str, int], findings: Findings) -> bool:
    if is_junk(number):
        findings.add(row.line, "asset_number", number, Why.junk_number)
        return False
    if number in seen:
        findings.add(row.line, "asset_number", number, Why.repeated, line=seen[number])
        return False
    seen[number] = row.line
    return True


def _new_device(
    told: Mapping[str, Any], school: str, number: str, custom_fields: str
) -> dict[str, Any]:
    """All columns, so that one statement serves any number of rows."""
    return {
        **dict.fromkeys(FIELDS),
        "kind": Kind.unknown,
        "lifecycle": Lifecycle.in_service,
        "is_personal": False,
        "name": told.get("model") or number,
        **told,
        "id": new_id("d"),
        "school_code": school,
        "asset_number": number,
        "custom_fields": custom_fields,
        # A ledger says what there is; how it is watched is decided by who may manage access.
        "protocol": Protocol.none,
    }


def _what(step: _Step) -> str:
    if step.before is None:
        return "created"
    return "changed" if step.values else "unchanged"


def _change(line: int, number: str, step: _Step) -> Change:
    before = step.before or {}
    fields = {
        name: (before.get(name), step.values[name])
        for name in ("school_code", *FIELDS)
        if name in step.values and step.values[name] is not None
    }
    return Change(line, number, step.before is None, fields | dict(step.told))


def _with_macs(step: _Step, told: Told) -> _Step:
    """The step with what becomes of hardware addresses; its row tells that it has changed."""
    before, values = step.before, dict(step.values)
    if before is not None:
        values |= {"id": before["id"], "revision": before["revision"] + 1}
    return _Step(values, before, {**step.told, "macs": told.shown}, told)


def _school(step: _Step) -> str:
    return str(step.values.get("school_code") or (step.before or {})["school_code"])
