"""Is a device there? What the network says of it, put together; pure.

No single sign decides. A forwarding table forgets an address 300 s after its last frame (IEEE
802.1D) or at once when the spanning tree changes; a PC that sleeps may keep its link; Windows
answers no echo request. So what says yes outweighs what says no, a no needs to last, and where
nobody could be asked nothing is claimed.
"""

from dataclasses import dataclass

#: Traffic from a device that its link's own chatter does not explain, in bit/s.
_BUSY = 2_000.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one device at one time.

    Args:
        listed: its address stands in a forwarding table; ``None``: nobody who would know it
            could be asked.
        link: its access port has a link; ``None``: not known, or shared with others.
        traffic: bit/s out of the device through a port of its own.
        resolved: a router has its address in its ARP or neighbour table; a hint, for routers
            keep it for up to four hours.
        answered: it answered an echo request. That it did not means nothing.
    """

    listed: bool | None = None
    link: bool | None = None
    traffic: float | None = None
    resolved: bool = False
    answered: bool = False


def is_present(
    evidence: Evidence, *, last_seen: float | None, now: float, hold: float
) -> bool | None:
    """Whether the device is there; ``None`` if that cannot be told.

    Args:
        evidence: what is known now.
        last_seen: when something last said yes, on the clock of ``now``.
        now: seconds.
        hold: for so long a table that has forgotten it is not believed.
    """
    # The table was asked a moment ago, the link perhaps a whole beat before.
    if evidence.answered or evidence.listed:
        return True
    if evidence.link is False:
        return False
    if evidence.link and (evidence.traffic or 0.0) > _BUSY:
        return True
    if evidence.listed is None:
        return True if evidence.resolved else None
    return last_seen is not None and now - last_seen < hold
