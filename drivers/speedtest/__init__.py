"""Active bandwidth tests of a school's line."""

from drivers.speedtest.client import SpeedResult, measure

__all__ = ["SpeedResult", "measure"]
