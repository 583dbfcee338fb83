"""The devices of a plan: each with its address, its protocol and the secrets that open it."""

from collections.abc import Mapping, Sequence
from typing import Any

from drivers import pjlink
from drivers.plan import (
    MqttAccess,
    PjlinkAccess,
    PresenceAccess,
    SnmpAccess,
    SshAccess,
    Target,
)
from inventory.models import Protocol
from inventory.repositories.plans import ContractedLine, WatchedDevice
from inventory.secrets import Access, SshLogin

SNMP_PORT = 161


def credentials_of(devices: Sequence[WatchedDevice]) -> frozenset[str]:
    """Ids of the credentials that these devices need."""
    ids = {d.credential_id for d in devices} | {d.ssh_credential_id for d in devices}
    return frozenset(filter(None, ids))


def targets_of(
    devices: Sequence[WatchedDevice],
    lines: Sequence[ContractedLine],
    accesses: Mapping[str, Access],
) -> tuple[Target, ...]:
    """What an agent has to know of each device that can be watched; others are left out.

    ``accesses`` are what credentials open, by their ids; unreadable ones are missing.
    """
    uplinks = {line.device_id: line.port_name for line in lines if line.device_id}
    targets = []
    for device in devices:
        fields = _protocol_fields(device, accesses)
        if fields is None:
            continue
        uplink = uplinks.get(device.id)
        targets.append(
            Target(
                id=device.id,
                school=device.school_code,
                uplink=uplink if device.protocol is Protocol.snmp else None,
                ssh=_ssh(device, accesses, uplink),
                presence=_presence(device),
                **fields,
            )
        )
    return tuple(targets)


def _protocol_fields(
    device: WatchedDevice, accesses: Mapping[str, Access]
) -> dict[str, Any] | None:
    """What the device's protocol fills in of its target; ``None`` if it cannot be watched."""
    pinged = {"ping": True} if device.address is not None and device.ping else {}
    fields: dict[str, Any] | None
    match device.protocol:
        case Protocol.mqtt:
            fields = _mqtt(device)
        case Protocol.presence:
            # Without an address there must at least be a hardware address to look for.
            fields = {"address": device.address} if device.address or device.macs else None
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


def _mqtt(device: WatchedDevice) -> dict[str, Any] | None:
    if not device.mqtt_profile or not device.mqtt_client:
        return None
    access = MqttAccess(profile=device.mqtt_profile, client=device.mqtt_client)
    # The address of a device on a broker is of use to echo requests only.
    return {"mqtt": access} | ({"address": device.address} if device.ping else {})


def _snmp(device: WatchedDevice, accesses: Mapping[str, Access]) -> dict[str, Any] | None:
    access = accesses.get(device.credential_id) if device.credential_id else SnmpAccess()
    if not isinstance(access, SnmpAccess):
        return None
    port = device.service_port or SNMP_PORT
    return {"address": device.address, "port": port, "driver": device.driver, "snmp": access}


def _pjlink(device: WatchedDevice, accesses: Mapping[str, Access]) -> dict[str, Any] | None:
    access = accesses.get(device.credential_id) if device.credential_id else PjlinkAccess()
    if not isinstance(access, PjlinkAccess):
        return None
    port = device.service_port or pjlink.PORT
    return {"address": device.address, "port": port, "pjlink": access}


def _presence(device: WatchedDevice) -> PresenceAccess | None:
    """By what switches know a device: also of one that speaks, to tell where it hangs."""
    if device.macs or device.protocol is Protocol.presence:
        return PresenceAccess(device.macs)
    return None


def _ssh(
    device: WatchedDevice, accesses: Mapping[str, Access], uplink: str | None
) -> SshAccess | None:
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


def _login(device: WatchedDevice, accesses: Mapping[str, Access]) -> SshLogin | None:
    login = accesses.get(device.ssh_credential_id or "")
    return login if device.ssh_platform is not None and isinstance(login, SshLogin) else None
