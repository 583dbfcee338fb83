"""The devices of a plan: each with its address, its protocol and the secrets that open it.

A secret that cannot be read costs only what it opens, and is told in the log: one credential
sealed with a lost key must not blind a whole county.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from drivers import pjlink
from drivers.plan import (
    MqttAccess,
    PjlinkAccess,
    PresenceAccess,
    SnmpAccess,
    SshAccess,
    Target,
)
from inventory.errors import SecretUnreadable
from inventory.models import Device, Line, Protocol
from inventory.repositories import CredentialRepository, DeviceRepository
from inventory.scope import Scope
from inventory.secrets import ACCESS_OF, Access, SecretBox, SshLogin

_log = logging.getLogger(__name__)
_EVERYTHING = Scope.everything()
SNMP_PORT = 161


def targets_of(
    session: Session, devices: Sequence[Device], lines: Sequence[Line], box: SecretBox
) -> tuple[Target, ...]:
    """What an agent has to know of each device that can be watched; others are left out."""
    accesses = _accesses(session, devices, box)
    macs = DeviceRepository(session, _EVERYTHING).macs_of([device.id for device in devices])
    uplinks = {line.device_id: line.port_name for line in lines if line.device_id}
    targets = []
    for device in devices:
        fields = _protocol_fields(device, accesses, macs.get(device.id, ()))
        if fields is None:
            continue
        uplink = uplinks.get(device.id)
        targets.append(
            Target(
                id=device.id,
                school=device.school_code,
                uplink=uplink if device.protocol is Protocol.snmp else None,
                ssh=_ssh(device, accesses, uplink),
                presence=_presence(device, macs.get(device.id, ())),
                **fields,
            )
        )
    return tuple(targets)


def _accesses(session: Session, devices: Sequence[Device], box: SecretBox) -> Mapping[str, Access]:
    """What the devices' credentials open, by credential id; unreadable ones are left out."""
    wanted = {d.credential_id for d in devices} | {d.ssh_credential_id for d in devices}
    repository = CredentialRepository(session, _EVERYTHING)
    accesses: dict[str, Access] = {}
    for credential in repository.named(sorted(filter(None, wanted))):
        try:
            accesses[credential.id] = box.open_access(credential.secret, ACCESS_OF[credential.kind])
        except SecretUnreadable as error:
            _log.error("credential %s: %s", credential.id, error)
    return accesses


def _protocol_fields(
    device: Device, accesses: Mapping[str, Access], macs: Sequence[str]
) -> dict[str, Any] | None:
    """What the device's protocol fills in of its target; ``None`` if it cannot be watched."""
    pinged = {"ping": True} if device.address is not None and device.ping else {}
    fields: dict[str, Any] | None
    match device.protocol:
        case Protocol.mqtt:
            fields = _mqtt(device)
        case Protocol.presence:
            # Without an address there must at least be a hardware address to look for.
            fields = {"address": device.address} if device.address or macs else None
        case _ if device.address is None:
            fields = None
        case Protocol.ping:
            fields = {"address": device.address, "ping": True}
        case Protocol.snmp:
            fields = _snmp(device, accesses)
        case Protocol.pjlink:
            fields = _pjlink(device, accesses)
        case Protocol.ssh:
            fields = {"address": device.address} if _login(device, accesses) else None
        case Protocol.none:
            fields = None
    return None if fields is None else fields | pinged


def _mqtt(device: Device) -> dict[str, Any] | None:
    if not device.mqtt_profile or not device.mqtt_client:
        return None
    access = MqttAccess(profile=device.mqtt_profile, client=device.mqtt_client)
    # The address of a device on a broker is of use to echo requests only.
    return {"mqtt": access} | ({"address": device.address} if device.ping else {})


def _snmp(device: Device, accesses: Mapping[str, Access]) -> dict[str, Any] | None:
    access = accesses.get(device.credential_id) if device.credential_id else SnmpAccess()
    if not isinstance(access, SnmpAccess):
        return None
    port = device.service_port or SNMP_PORT
    return {"address": device.address, "port": port, "driver": device.driver, "snmp": access}


def _pjlink(device: Device, accesses: Mapping[str, Access]) -> dict[str, Any] | None:
    access = accesses.get(device.credential_id) if device.credential_id else PjlinkAccess()
    if not isinstance(access, PjlinkAccess):
        return None
    port = device.service_port or pjlink.PORT
    return {"address": device.address, "port": port, "pjlink": access}


def _presence(device: Device, macs: Sequence[str]) -> PresenceAccess | None:
    """By what switches know a device: also of one that speaks, to tell where it hangs."""
    if macs or device.protocol is Protocol.presence:
        return PresenceAccess(tuple(macs))
    return None


def _ssh(device: Device, accesses: Mapping[str, Access], uplink: str | None) -> SshAccess | None:
    """The command line of a device that has one; the port of the school's line is protected."""
    login = _login(device, accesses)
    if device.address is None or device.ssh_platform is None or login is None:
        return None
    return SshAccess(
        user=login.user,
        platform=device.ssh_platform,
        password=login.password,
        enable=login.enable,
        private_key=login.private_key,
        port=device.ssh_port,
        protected_ports=(uplink,) if uplink else (),
        watched=device.protocol is Protocol.ssh,
    )


def _login(device: Device, accesses: Mapping[str, Access]) -> SshLogin | None:
    login = accesses.get(device.ssh_credential_id or "")
    return login if device.ssh_platform is not None and isinstance(login, SshLogin) else None
