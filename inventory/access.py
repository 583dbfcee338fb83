"""How a device is watched: what may be written into the register, and by whom.

A plan sends secrets to addresses. So whoever changes an address must be allowed to choose the
secret that goes there; a school cannot have the bureau's credential sent to a machine of its own.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

import msgspec
from sqlmodel import Session

from inventory.errors import (
    AddressNeeded,
    CredentialUnfit,
    Invalid,
    NotAHardwareAddress,
    SecretNotYours,
)
from inventory.models import CredentialKind, Device, Protocol
from inventory.repositories import CredentialRepository, DeviceRepository
from inventory.scope import Scope

#: More interfaces than a device that is only looked for has.
MAX_MACS: Final = 16
_LAST_PORT: Final = 65_535
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.?\Z")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")
_TEXT: Final = 128
_MULTICAST: Final = 1
_CREDENTIALS: Final = {
    Protocol.snmp: CredentialKind.snmp,
    Protocol.pjlink: CredentialKind.pjlink,
}


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """All of how a device is watched; texts that are empty are ``None``."""

    protocol: Protocol
    address: str | None = None
    service_port: int | None = None
    credential_id: str | None = None
    driver: str = "auto"
    mqtt_profile: str | None = None
    mqtt_client: str | None = None
    ping: bool = False
    ssh_credential_id: str | None = None
    ssh_platform: str | None = None
    ssh_port: int = 22
    macs: tuple[str, ...] = ()


def access_of(session: Session, device: Device) -> Access:
    """How a device is watched now."""
    macs = DeviceRepository(session, Scope.everything()).macs_of([device.id])
    names = (name for name in Access.__struct_fields__ if name != "macs")
    return Access(**{name: getattr(device, name) for name in names}, macs=macs.get(device.id, ()))


def set_access(session: Session, scope: Scope, device: Device, wanted: Access) -> Device:
    """Have a device watched like that.

    Args:
        session: flushed, not committed.
        scope: where the caller may do so.
        device: within the scope.
        wanted: all of it; what does not belong to its protocol is kept for a change of mind.

    Raises:
        Invalid: a value does not fit; its subclasses say which.
        SecretNotYours: an address changes and keeps a credential the caller may not use.
        HardwareAddressTaken: another device of the school has one of the hardware addresses.
        OutOfScope: the device is outside the scope.
    """
    wanted = msgspec.structs.replace(
        wanted,
        address=_address(wanted.address),
        macs=normalised(wanted.macs),
        mqtt_client=_text("mqtt_client", wanted.mqtt_client),
    )
    _check_numbers(wanted)
    _check_needs(device, wanted)
    _check_credentials(session, scope, device, wanted)
    for name in Access.__struct_fields__:
        if name != "macs" and getattr(device, name) != getattr(wanted, name):
            setattr(device, name, getattr(wanted, name))
    session.add(device)
    session.flush()
    DeviceRepository(session, scope).set_macs(device, wanted.macs)
    return device


def normalised(macs: Collection[str]) -> tuple[str, ...]:
    """Hardware addresses as twelve lower-case hex digits, each once.

    Takes ``3c:7c:3f:12:34:56``, ``3C-7C-3F-12-34-56``, ``3c7c.3f12.3456`` and plain digits.

    Raises:
        NotAHardwareAddress: one is none, or is a group's or nobody's.
        Invalid: too many.
    """
    found = tuple(dict.fromkeys(map(_mac, macs)))
    if len(found) > MAX_MACS:
        raise Invalid(field="macs", reason=f"{len(found)} (1-{MAX_MACS})")
    return found


def shown(mac: str) -> str:
    """A kept hardware address as people write it."""
    return ":".join(mac[at : at + 2] for at in range(0, len(mac), 2))


def _mac(text: str) -> str:
    digits = re.sub(r"[\s:.\-]", "", text).lower()
    if not re.fullmatch("[0-9a-f]{12}", digits) or not digits.strip("0"):
        raise NotAHardwareAddress(text=text[:40])
    if int(digits[:2], 16) & _MULTICAST:
        raise NotAHardwareAddress(text=text[:40])
    return digits


def _address(text: str | None) -> str | None:
    wanted = (text or "").strip()
    if not wanted:
        return None
    try:
        return str(ip_address(wanted))
    except ValueError:
        # Digits and dots alone were meant to be an address.
        if _HOST.match(wanted) and not re.fullmatch(r"[0-9.]+", wanted):
            return wanted
        raise Invalid(field="address", reason=wanted[:_TEXT]) from None


def _text(field: str, text: str | None) -> str | None:
    wanted = (text or "").strip()
    if len(wanted) > _TEXT or not wanted.isprintable():
        raise Invalid(field=field, reason=wanted[:_TEXT])
    return wanted or None


def _check_numbers(wanted: Access) -> None:
    for name in ("service_port", "ssh_port"):
        port = getattr(wanted, name)
        if port is not None and not 1 <= port <= _LAST_PORT:
            raise Invalid(field=name, reason=f"{port} (1-{_LAST_PORT})")
    for name in ("driver", "mqtt_profile", "ssh_platform"):
        text = getattr(wanted, name)
        if text is not None and not _NAME.match(text):
            raise Invalid(field=name, reason=text[:_TEXT])


def _check_needs(device: Device, wanted: Access) -> None:
    protocol = wanted.protocol
    if protocol is Protocol.mqtt:
        for name in ("mqtt_profile", "mqtt_client"):
            if getattr(wanted, name) is None:
                raise Invalid(field=name, reason="-")
    if protocol is Protocol.ssh and wanted.ssh_platform is None:
        raise Invalid(field="ssh_platform", reason="-")
    has_place = wanted.address is not None or (protocol is Protocol.presence and wanted.macs)
    if protocol not in (Protocol.mqtt, Protocol.none) and not has_place:
        raise AddressNeeded(key=device.name)
    if (wanted.ping or wanted.ssh_platform) and wanted.address is None:
        raise AddressNeeded(key=device.name)
    if (wanted.ssh_platform is None) is not (wanted.ssh_credential_id is None):
        missing = "ssh_platform" if wanted.ssh_platform is None else "ssh_credential_id"
        raise Invalid(field=missing, reason="-")


def _check_credentials(session: Session, scope: Scope, device: Device, wanted: Access) -> None:
    needed = {
        "credential_id": _CREDENTIALS.get(wanted.protocol),
        "ssh_credential_id": CredentialKind.ssh,
    }
    repository = CredentialRepository(session, scope)
    everything = CredentialRepository(session, Scope.everything())
    moved = _moves(device, wanted)
    for name, kind in needed.items():
        id_ = getattr(wanted, name)
        if id_ is None or kind is None:
            continue
        mine, known = repository.get(id_), everything.get(id_)
        kept = id_ == getattr(device, name)
        if known is None or known.kind is not kind or (mine is None and not kept):
            raise CredentialUnfit(key=id_ if mine is None else mine.name)
        if known.school_code not in (None, device.school_code):
            raise CredentialUnfit(key=known.name)
        if mine is None and moved:
            raise SecretNotYours(key=device.name)


def _moves(device: Device, wanted: Access) -> bool:
    """Whether secrets would go elsewhere than before."""
    names = ("address", "service_port", "ssh_port", "protocol")
    return any(getattr(device, name) != getattr(wanted, name) for name in names)
