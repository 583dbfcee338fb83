"""What agents came across becomes proposals: one a school and address, the newest finding wins.

A finding of a device that the register has at that very address proposes nothing. What was
rejected is not asked again, unless another device (by its serial number) stands there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, func, or_, select

from drivers.readings import Finding, Identity, Report
from inventory.discovery import accepted_kinds
from inventory.hardware_addresses import telling_mac
from inventory.intake.observed import clean, instant, usable_serial
from inventory.intake.sources import Source, insert_once
from inventory.models import (
    Credential,
    Device,
    DeviceMac,
    Lifecycle,
    Match,
    Port,
    Proposal,
    ProposalState,
    Protocol,
)
from inventory.proposals import ProposalDesk
from inventory.repositories.proposals import ProposalRepository
from inventory.scope import Scope

_PROPOSAL = SQLModel.metadata.tables["proposal"]
_PROTOCOLS = frozenset({"snmp", "mqtt", "pjlink", "presence"})
_MAC = re.compile(r"[0-9a-f]{12}")
_LONGEST_ADDRESS = 255
_LONGEST_WORD = 200
_LARGEST_PORT = 65_535
#: Devices that are gone for good are not found again.
_GONE = (Lifecycle.disposed, Lifecycle.requested, Lifecycle.ordered)


def record_findings(session: Session, source: Source, reports: Sequence[tuple[int, Report]]) -> int:
    """Keep findings; returns how many the agent may not write, or that make no sense."""
    newest: dict[str, dict[str, tuple[int, Finding]]] = {}
    left_out = 0
    for place, report in reports:
        if not isinstance(report, Finding) or not _is_sound(report, source):
            left_out += 1
            continue
        school = newest.setdefault(report.school, {})
        known = school.get(report.address)
        if known is None or known[1].at <= report.at:
            school[report.address] = (place, report)
    for code, found in newest.items():
        _Recording(session, source, code, found).run()
    return left_out


def _is_sound(finding: Finding, source: Source) -> bool:
    return (
        finding.school in source.schools
        and finding.protocol in _PROTOCOLS
        and 0 < len(finding.address) <= _LONGEST_ADDRESS
        and finding.address.isprintable()
        and 0 <= finding.port <= _LARGEST_PORT
        and (finding.mac is None or _MAC.fullmatch(finding.mac) is not None)
    )


@dataclass(slots=True)
class _Register:
    """Devices of the school that a finding could be."""

    by_serial: dict[str, Device]
    by_mac: dict[str, Device]
    by_address: dict[tuple[bool, str], Device]


class _Recording:
    """Findings of one school in one batch."""

    def __init__(
        self,
        session: Session,
        source: Source,
        school: str,
        found: dict[str, tuple[int, Finding]],
    ) -> None:
        self._session = session
        self._source = source
        self._school = school
        self._found = found
        self._register = self._devices()
        self._credentials = self._known_credentials()

    def run(self) -> None:
        """Insert what is new, bring up to date what is there, accept what a rule accepts."""
        repository = ProposalRepository(self._session, Scope.everything())
        addresses = list(self._found)
        there = {row.address for row in repository.at_addresses(self._school, addresses)}
        fresh = []
        for address, (place, finding) in self._found.items():
            match, device = self._matched(finding)
            if address not in there and match is not Match.known:
                fresh.append(self._new(place, finding, match, device))
        insert_once(self._session, _PROPOSAL, fresh)
        rows = repository.at_addresses(self._school, addresses)
        for row in rows:
            _, finding = self._found[row.address]
            at = instant(finding.at)
            if at > row.found_at:
                match, device = self._matched(finding)
                self._renew(row, finding, at, match, device)
        self._session.flush()
        self._accept_by_rule(rows)

    # --- matching ------------------------------------------------------------------------

    def _matched(self, finding: Finding) -> tuple[Match, Device | None]:
        serial = usable_serial(finding.identity.serial) if finding.identity else None
        register = self._register
        on_broker = finding.protocol == "mqtt"
        here = register.by_address.get((on_broker, finding.address))
        same = register.by_serial.get(serial.casefold()) if serial else None
        if same is None and (mac := telling_mac(finding.mac)) is not None:
            same = register.by_mac.get(mac)
        if same is not None and same is not here:
            return Match.moved, same
        if here is None:
            return Match.new, None
        registered = usable_serial(here.serial)
        if serial and registered and serial.casefold() != registered.casefold():
            return Match.replaced, here
        return Match.known, here

    def _devices(self) -> _Register:
        findings = [finding for _, finding in self._found.values()]
        serials = {
            s.lower() for f in findings if f.identity and (s := usable_serial(f.identity.serial))
        }
        macs = {mac for finding in findings if (mac := telling_mac(finding.mac))}
        owners = dict(
            self._session.exec(
                select(DeviceMac.mac, DeviceMac.device_id).where(col(DeviceMac.mac).in_(macs))
            ).all()
        )
        for mac, device_id in self._session.exec(
            select(Port.mac, Port.device_id).where(col(Port.mac).in_(macs))
        ).all():
            owners.setdefault(mac or "", device_id)
        devices = self._session.exec(
            select(Device).where(
                Device.school_code == self._school,
                col(Device.lifecycle).not_in(_GONE),
                or_(
                    col(Device.address).in_(list(self._found)),
                    col(Device.mqtt_client).in_(list(self._found)),
                    func.lower(Device.serial).in_(serials),
                    col(Device.id).in_(set(owners.values())),
                ),
            )
        ).all()
        by_id = {device.id: device for device in devices}
        in_service = [d for d in devices if d.lifecycle is Lifecycle.in_service]
        at_address = {(False, d.address): d for d in in_service if d.address}
        on_broker = {
            (True, d.mqtt_client): d
            for d in in_service
            if d.protocol is Protocol.mqtt and d.mqtt_client
        }
        return _Register(
            {s.casefold(): d for d in devices if (s := usable_serial(d.serial))},
            {mac: by_id[owner] for mac, owner in owners.items() if owner in by_id},
            at_address | on_broker,
        )

    def _known_credentials(self) -> frozenset[str]:
        told = {finding.credential for _, finding in self._found.values() if finding.credential}
        query = select(Credential.id).where(
            col(Credential.id).in_(told),
            or_(Credential.school_code == self._school, col(Credential.school_code).is_(None)),
        )
        return frozenset(self._session.exec(query).all())

    # --- writing -------------------------------------------------------------------------

    def _new(
        self, place: int, finding: Finding, match: Match, device: Device | None
    ) -> dict[str, Any]:
        at = instant(finding.at)
        row = Proposal(
            id="p" + self._source.name(place)[:16],
            school_code=self._school,
            address=finding.address,
            match=match,
            device_id=device.id if device else None,
            first_found_at=at,
            found_at=at,
            how="",
            protocol="",
        )
        self._fill(row, finding)
        return row.model_dump()

    def _renew(
        self,
        row: Proposal,
        finding: Finding,
        at: datetime,
        match: Match,
        device: Device | None,
    ) -> None:
        row.found_at = at
        serial = usable_serial(finding.identity.serial) if finding.identity else None
        another = bool(serial and row.serial and serial.casefold() != row.serial.casefold())
        self._fill(row, finding)
        if match is Match.known:
            if row.state is ProposalState.open:
                # Somebody registered it meanwhile: there is nothing left to ask.
                row.state, row.decided_at, row.decided_by = ProposalState.accepted, at, None
                row.undo = "{}"
            row.match, row.device_id = match, device.id if device else None
        elif row.state is ProposalState.open or another or row.state is ProposalState.accepted:
            row.state, row.decided_at, row.decided_by = ProposalState.open, None, None
            row.match, row.device_id = match, device.id if device else None
            row.undo = "{}"
        self._session.add(row)

    def _fill(self, row: Proposal, finding: Finding) -> None:
        told = finding.identity or Identity()
        row.agent_id = self._source.agent
        row.how = clean(finding.how, 32) or ""
        row.protocol = finding.protocol
        row.port = finding.port
        row.credential_id = finding.credential if finding.credential in self._credentials else None
        row.driver = clean(finding.driver, _LONGEST_WORD)
        row.mac = finding.mac or row.mac
        row.seen_from = clean(finding.seen_from, _LONGEST_WORD)
        row.kind = told.kind
        row.serial = usable_serial(clean(told.serial, _LONGEST_WORD))
        for name in ("vendor", "model", "version", "name", "location", "object_id"):
            setattr(row, name, clean(getattr(told, name), _LONGEST_WORD))
        row.description = clean(told.description)

    def _accept_by_rule(self, rows: Iterable[Proposal]) -> None:
        kinds = accepted_kinds(self._session, self._school)
        desk = ProposalDesk(self._session, Scope.everything(), None, self._source.now)
        for row in rows:
            fits = row.state is ProposalState.open and row.match is Match.new
            if fits and row.kind in kinds and row.credential_id is not None:
                desk.accept(row.id)
