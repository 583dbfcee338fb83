"""Times as judging counts them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moments:
    """Times as judging counts them.

    Args:
        now: aware.
        pace: seconds that count as one; a demonstration lives faster.
    """

    now: datetime
    pace: float = 1.0

    def of(self, at: datetime) -> float:
        end = self.now.timestamp()
        return end - (end - at.timestamp()) / self.pace
