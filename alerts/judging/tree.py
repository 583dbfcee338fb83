"""From who sees whom to who hangs on whom: the way up from every device of a school."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from alerts.judging.facts import Uplink
from drivers.readings import Kind

#: What a school's line arrives at.
_EDGES = (Kind.firewall, Kind.router)


class Link(NamedTuple):
    """A device saw another one on a port of its own."""

    device: str
    port: str
    other: str


def uplinks_of(
    links: Iterable[Link], kinds: Mapping[str, Kind]
) -> Mapping[str, tuple[Uplink, ...]]:
    """The ways up of every device that is linked, tops left out.

    The top of what hangs together is its firewall or router, else whoever has the most links. All
    neighbours that are one step nearer to it are ways up, each with its port on their side where
    they told of it.
    """
    ports: dict[tuple[str, str], str] = {}
    around: dict[str, set[str]] = defaultdict(set)
    for link in links:
        if link.device != link.other:
            ports[link.device, link.other] = link.port
            around[link.device].add(link.other)
            around[link.other].add(link.device)
    steps: dict[str, int] = {}
    found: dict[str, tuple[Uplink, ...]] = {}
    for top in sorted(
        around, key=lambda one: (kinds.get(one) not in _EDGES, -len(around[one]), one)
    ):
        if top in steps:
            continue
        steps[top] = 0
        queue = deque([top])
        while queue:
            device = queue.popleft()
            for other in sorted(around[device] - steps.keys()):
                steps[other] = steps[device] + 1
                queue.append(other)
    for device, others in around.items():
        above = sorted(one for one in others if steps[one] == steps[device] - 1)
        if above:
            found[device] = tuple(Uplink(one, ports.get((one, device), "")) for one in above)
    return found
