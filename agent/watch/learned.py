"""What one run of the agent learns of a device for the next."""

import msgspec

from drivers.snmp.peer import Experience


class Learned(msgspec.Struct, frozen=True):
    """What was learned of a device at its address; kept over a restart.

    Args:
        address: where that was.
        port: UDP port.
        experience: timeout and size of replies.
        durations: seconds its slow tables take, by the OID of their entry.
    """

    address: str
    port: int
    experience: Experience | None = None
    durations: dict[str, float] = {}
