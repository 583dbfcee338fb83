"""How an installation plans its speed tests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Orchestration:
    """What the controller goes by when it plans tests.

    Args:
        wanted: tests of a line in a month; a verdict needs 42 in either direction, and the rest is
            for those that go missing.
        most_a_day: of one line, those that follow up missed ones among them.
        bits_per_second: what all tests of one moment may carry together, a direction; those that
            cross a registered outlet are counted at that outlet instead.
        outlet_share: of what a bureau's registered Internet outlets carry, what tests of one moment
            may take.
        at_once: tests of one moment.
        days_ahead: that agents are given, so that they need no controller meanwhile.
        patience_seconds: after which a test without a result is missed.
        follow_ups: tests that may stand in for one that was missed, one after the other.
        follow_up_days: within which they are made, the day of the missed one among them.
    """

    wanted: int = 53
    most_a_day: int = 12
    bits_per_second: int = 5_000_000_000
    outlet_share: float = 0.5
    at_once: int = 16
    days_ahead: int = 7
    patience_seconds: int = 900
    follow_ups: int = 2
    follow_up_days: int = 5
