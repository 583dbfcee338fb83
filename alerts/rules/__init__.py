"""Rules: pure functions of a window. No clock, no database, no network."""

from alerts.rules.bandwidth import BandwidthBelowTarget, BandwidthWindow, Direction
from alerts.rules.base import Clear, Finding, Rule
from alerts.rules.device import DeviceDown, DeviceWindow

__all__ = [
    "BandwidthBelowTarget",
    "BandwidthWindow",
    "Clear",
    "DeviceDown",
    "DeviceWindow",
    "Direction",
    "Finding",
    "Rule",
]
