"""What a look came across: each device once, under one address, told as soon as it is known."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address

import msgspec

from agent.discovery.knocking import Found, Host
from agent.discovery.memory import Memory
from agent.discovery.ranges import Ranges
from drivers.plan import Target
from drivers.readings import Finding

#: Set in addresses that a device makes up for itself, as phones do (IEEE 802, "local").
_LOCALLY_ADMINISTERED = 0x02


class Finds:
    """Devices found in one look.

    Args:
        targets: devices of the plan, which nobody has to be told of.
        tell: takes each finding, again when more of it is known.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        school: str,
        ranges: Ranges,
        targets: Iterable[Target],
        *,
        memory: Memory,
        tell: Callable[[Finding], None],
        clock: Callable[[], float],
    ) -> None:
        self._school = school
        self._ranges = ranges
        self._memory = memory
        self._tell = tell
        self._clock = clock
        self._known = {target.address for target in targets if target.address}
        self._findings: dict[str, Finding] = {}
        #: Every address of the devices found to the one each is told of under.
        self._primary: dict[str, str] = {}
        self._macs: dict[str, str] = {}
        self._holders: dict[str, set[str]] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings.values())

    def is_known(self, address: str) -> bool:
        """Whether the plan has a device at this address, or one found has it."""
        return address in self._known or address in self._primary

    def add(self, found: Found) -> bool:
        """Take in a device that answered; False when it is of the plan, or another's address."""
        address = found.host.address
        own = {one for one in found.addresses | {address} if self._tells_apart(one, found)}
        if any(map(self.is_known, own)):
            # Told of already: the first address counts, and so it will the next time.
            return False
        before = self._memory.alias(address)
        primary = before if before in own else address
        for other in own | {address}:
            self._primary[other] = primary
            if other != primary:
                self._memory.note_alias(other, primary)
        self._put(
            Finding(
                school=self._school,
                at=int(self._clock() * 1000),
                address=primary,
                how=found.host.how,
                protocol=found.protocol,
                port=found.port,
                credential=(found.access.id or None) if found.access else None,
                driver=found.driver,
                identity=found.identity,
                seen_from=found.host.seen_from,
            )
        )
        return True

    def add_host(self, host: Host) -> None:
        """Take in a host that answered nothing but pings, where the range asks for such."""
        address = host.address
        if self._ranges.tells_hosts(address) and not self.is_known(address):
            self._primary[address] = address
            at = int(self._clock() * 1000)
            # It is seen, not asked: nothing is polled there.
            finding = Finding(self._school, at, address, "ping", "presence", 0)
            self._put(msgspec.structs.replace(finding, seen_from=host.seen_from))

    def note_mac(self, address: str, mac: str) -> None:
        """Note who answers for an address, as a neighbour table has it; stays in the box.

        Only the addresses of devices that are told of go with them.
        """
        self._macs[address] = mac
        self._holders.setdefault(mac, set()).add(address)

    def is_another_address(self, address: str, mac: str) -> bool:
        """Whether a device already known answers for this address, too.

        A router answers for many; its IPv4 addresses are asked one by one all the same, since
        several devices may stand behind one.
        """
        if ip_address(address).version == 4:  # noqa: PLR2004
            return False
        return any(map(self.is_known, self._holders.get(mac, ())))

    def tell_late(self) -> None:
        """Tell again of those whose hardware address has become known since."""
        for finding in self.findings:
            if finding.mac is None and self._mac_of(finding) is not None:
                self._put(finding)

    def _put(self, finding: Finding) -> None:
        full = msgspec.structs.replace(finding, mac=finding.mac or self._mac_of(finding))
        self._findings[finding.address] = full
        self._tell(full)

    def _mac_of(self, finding: Finding) -> str | None:
        mac = self._macs.get(finding.address)
        if mac is None:
            return None
        made_up = bytes.fromhex(mac)[0] & _LOCALLY_ADMINISTERED
        # A host that only answers pings may be somebody's phone.
        return None if made_up and finding.protocol == "presence" else mac

    def _tells_apart(self, address: str, found: Found) -> bool:
        """Whether two devices that have this address must be one.

        Not where it is out of the ranges (loopback, factory settings), nor where both tell serial
        numbers that differ (a virtual router's address).
        """
        if address in self._known:
            return True
        if address not in self._ranges:
            return False
        other = self._findings.get(self._primary.get(address, ""))
        serials = {
            one.serial for one in (other and other.identity, found.identity) if one and one.serial
        }
        return len(serials) < 2  # noqa: PLR2004
