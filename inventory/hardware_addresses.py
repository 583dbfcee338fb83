"""Which hardware addresses tell one device from another."""

import re

_FORM = re.compile(r"[0-9a-f]{12}")
#: The two lowest bits of the first byte (IEEE 802, clause 8): a group, and not given by a maker.
_GROUP, _LOCAL = 1, 2
#: Addresses that many devices have at once: of docking stations and adapters whose maker never
#: wrote one, of boards left as their chip's maker sets them, of virtual routers (RFC 5798, HSRP,
#: NLB), of documentation (RFC 7042).
_SHARED = (
    "00e04c680001",  # Realtek USB adapters
    "00e04c360001",
    "00e04c534458",
    "00e04c000000",
    "000ec6000000",  # ASIX adapters
    "00606e000000",  # Davicom boards
    "001122334455",
    "0123456789ab",
    "123456789abc",
    "123456123456",
    "deadbeefdead",
)
_SHARED_BEGINNINGS = ("00005e0001", "00005e0002", "00005e0053", "00000c07ac", "00000c9ff")


def telling_mac(mac: str | None) -> str | None:
    """A hardware address that one device in the world has, else ``None``.

    Nobody's: all zeros or ones, repeated digits, groups, locally administered ones (virtual
    machines, telephones that hide), and placeholders that makers leave in many devices.

    Args:
        mac: twelve lower-case hex digits; anything else tells nothing.
    """
    if mac is None or _FORM.fullmatch(mac) is None:
        return None
    first = int(mac[:2], 16)
    if first & (_GROUP | _LOCAL) or len(set(mac)) == 1 or mac.endswith("000000"):
        return None
    if mac in _SHARED or mac.startswith(_SHARED_BEGINNINGS):
        return None
    return mac
