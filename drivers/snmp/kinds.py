"""What a device is where no definition tells: by its own words, then by what it does.

Nothing is inferred from names or ports: a device that neither says it nor bridges, routes or
carries wireless clients by its own account stays unknown. Sources: RFC 3418 (sysDescr), IEEE
802.1AB (lldpLocSysCapEnabled), RFC 4188 (dot1dBaseNumPorts).
"""

import re
from collections.abc import Mapping

from drivers.base import Oid, Value
from drivers.readings import Kind

LLDP_CAPABILITIES: Oid = (1, 0, 8802, 1, 1, 2, 1, 3, 6, 0)
BRIDGE_PORTS: Oid = (1, 3, 6, 1, 2, 1, 17, 1, 2, 0)
#: Ask for these where nothing else told the kind.
KIND_OIDS: tuple[Oid, ...] = (LLDP_CAPABILITIES, BRIDGE_PORTS)

#: LldpSystemCapabilitiesMap: the first octet's bits, the most significant one first.
_BRIDGE, _ACCESS_POINT, _ROUTER = 0x20, 0x10, 0x08
#: Home gateways and telephones bridge a few ports, too.
_FEWEST_SWITCH_PORTS = 8

_WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"\b(network video recorder|NVR|DVR)\b", Kind.recorder),
        (r"\b(ip|network|dome|bullet)[ -]?cam(era)?\b|\bIP ?SENSOR\b", Kind.camera),
        (r"\bprojector\b", Kind.projector),
        (r"\b(printer|laserjet|officejet|multifunction|MFP|copier)\b", Kind.printer),
        (
            r"\b(wireless|wlan|wi-?fi|access)( lan)? (switch|controller)\b",
            Kind.wireless_controller,
        ),
        (r"\b(wireless )?access point\b|\b(wireless|wlan|wi-?fi) ap\b", Kind.access_point),
        (r"\b(firewall|NGFW|UTM|(security|vpn) gateway)\b", Kind.firewall),
        (r"\b(PDU|power distribution unit)\b", Kind.pdu),
        (r"\b(UPS|uninterruptible power)\b", Kind.ups),
        (r"\b(NAS|OneFS|storage (system|array))\b", Kind.storage),
        (r"\b(temperature|temp|environment(al)?) (sensor|monitor)\b", Kind.sensor),
        (r"\bswitch\b", Kind.switch),
        (r"\brouter\b|\bgateway\b", Kind.router),
        (r"\b(BMC|iDRAC|iLO|integrated management module|XClarity)\b", Kind.server),
        (r"\b(server|AIX|SunOS|FreeBSD|OpenBSD|VMware ESXi?)\b", Kind.server),
    )
)


def kind_in_words(description: str | None) -> Kind:
    """The kind that sysDescr names, ``unknown`` where it names none."""
    text = description or ""
    return next((kind for pattern, kind in _WORDS if pattern.search(text)), Kind.unknown)


def kind_by_deeds(found: Mapping[Oid, Value]) -> Kind:
    """The kind that ``KIND_OIDS`` speak for, ``unknown`` where they are silent."""
    capabilities = found.get(LLDP_CAPABILITIES)
    if isinstance(capabilities, bytes) and capabilities:
        if capabilities[0] & _ACCESS_POINT:
            return Kind.access_point
        if capabilities[0] & _BRIDGE:
            return Kind.switch
        if capabilities[0] & _ROUTER:
            return Kind.router
    ports = found.get(BRIDGE_PORTS)
    if isinstance(ports, int) and ports >= _FEWEST_SWITCH_PORTS:
        return Kind.switch
    return Kind.unknown
