"""The form on which somebody says how a device is watched."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.words.terms import PROTOCOLS
from drivers.plan_names import MQTT_PROFILES, SSH_PLATFORMS
from inventory.access import Access, normalised, shown
from inventory.errors import InventoryError
from inventory.models import Credential, CredentialKind, Device, Protocol
from inventory.repositories.credentials import CredentialRepository
from inventory.scope import Scope

#: What each way needs and tells, in a sentence.
HINTS = {
    Protocol.snmp: N_("Switches, access points, printers, UPSs: an address and a credential."),
    Protocol.mqtt: N_("Panels and terminals with an app: the layout of its messages and its id."),
    Protocol.pjlink: N_("Projectors and displays: an address, and a password where they ask."),
    Protocol.ssh: N_("Switches and routers without SNMP: an address, and a log-in below."),
    Protocol.presence: N_(
        "Devices that say nothing: a hardware address, by which the switches know them."
    ),
    Protocol.ping: N_("Whatever answers echo requests: an address."),
    Protocol.none: N_("In the register only."),
}


@dataclass(frozen=True, slots=True)
class AccessView:
    """Everything on the form."""

    device: Device
    access: Access
    fault: str
    macs: str
    protocols: Sequence[tuple[Option, str]]
    credentials: Sequence[Option]
    ssh_credentials: Sequence[Option]
    platforms: Sequence[Option]
    profiles: Sequence[str]
    own: Sequence[Credential]


def access_view(look: Look, device: Device, access: Access, *, fault: str = "") -> AccessView:
    """The form, filled in with ``access``."""
    scope = look.caller.require(Permission.manage_access)
    everything = CredentialRepository(look.session, Scope.everything())
    usable = [
        one
        for one in CredentialRepository(look.session, scope).all()
        if one.school_code in (None, device.school_code)
    ]
    translate = look.lang.gettext

    def options(kinds: Sequence[CredentialKind], chosen: str | None) -> list[Option]:
        found = [Option(one.id, one.name, one.id == chosen) for one in usable if one.kind in kinds]
        kept = everything.get(chosen) if chosen else None
        if kept is not None and all(one.id != chosen for one in usable):
            found.append(Option(kept.id, translate(N_("the bureau's")), chosen=True))
        return [Option("", "—", chosen is None), *found]

    return AccessView(
        device=device,
        access=access,
        fault=fault,
        macs=_macs(access),
        protocols=[
            (Option(p.value, translate(PROTOCOLS[p]), p is access.protocol), HINTS[p])
            for p in Protocol
        ],
        credentials=options([CredentialKind.snmp, CredentialKind.pjlink], access.credential_id),
        ssh_credentials=options([CredentialKind.ssh], access.ssh_credential_id),
        platforms=[
            Option("", "—", access.ssh_platform is None),
            *(Option(n, n, n == access.ssh_platform) for n in SSH_PLATFORMS),
        ],
        profiles=MQTT_PROFILES,
        own=[one for one in usable if one.school_code == device.school_code],
    )


def _macs(access: Access) -> str:
    """Hardware addresses as people write them; those that are none as they were written."""
    try:
        return " ".join(map(shown, normalised(access.macs)))
    except InventoryError:
        return " ".join(access.macs)
