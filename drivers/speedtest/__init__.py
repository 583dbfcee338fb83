"""Active bandwidth tests of a school's line."""

from drivers.speedtest.client import DISCARD_SECONDS, MAX_SECONDS, STREAMS, measure
from drivers.speedtest.result import (
    Flow,
    Progress,
    ServerBusy,
    ServerClosed,
    ServerFault,
    ServerRefused,
    ServerUnknown,
    SpeedResult,
    Watch,
)

__all__ = [
    "DISCARD_SECONDS",
    "MAX_SECONDS",
    "STREAMS",
    "Flow",
    "Progress",
    "ServerBusy",
    "ServerClosed",
    "ServerFault",
    "ServerRefused",
    "ServerUnknown",
    "SpeedResult",
    "Watch",
    "measure",
]
