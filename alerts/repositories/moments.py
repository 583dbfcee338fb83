"""Times as judging counts them."""

from dataclasses import dataclass
from datetime import UTC, datetime


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

    def real(self, at: float) -> datetime:
        """The time that ``of`` counts as so much."""
        end = self.now.timestamp()
        return datetime.fromtimestamp(end - (end - at) * self.pace, UTC)
