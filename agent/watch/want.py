"""How much of a device a poll reads, in the order of importance."""

from enum import IntEnum


class Want(IntEnum):
    """How much of a device a poll reads; each includes the ones before.

    What comes last is left out first when the box cannot keep up (:mod:`agent.watch.load`).
    """

    reachability = 1
    ports = 2
    tables = 3
    inventory = 4
