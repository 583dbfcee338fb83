"""What has become of planned tests, by the outcomes that agents reported. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from drivers.readings import LineTestOutcome
from inventory.models import PlannedState
from inventory.orchestration.repository import Planned

#: Clocks of agents may be behind ours by this much.
_EARLY = 60_000
#: Times (milliseconds since 1970, in order) and outcomes of one line's tests along one way.
Outcomes = Sequence[tuple[int, int]]


def settled(
    tests: Sequence[Planned], outcomes: Mapping[tuple[str, bool], Outcomes], patience_ms: int
) -> list[Planned]:
    """Those of which something else is known now, with that.

    A test was made when an outcome that says something of the line came within the patience; what
    came without saying anything (server fault, server busy, box cut off) is kept beside a miss.

    Args:
        tests: whose patience is over.
        outcomes: by line and whether they are of a server outside, of their times.
        patience_ms: from the planned moment on.
    """
    found = []
    for one in tests:
        told = outcomes.get(one.line, ())
        first = bisect_left(told, (one.at - _EARLY, 0))
        near = [outcome for at, outcome in told[first : first + 50] if at < one.at + patience_ms]
        best = min(near, default=None)
        is_made = best is not None and best <= LineTestOutcome.line_down
        state = PlannedState.made if is_made else PlannedState.missed
        if (state, best) != (one.state, one.outcome):
            found.append(one._replace(state=state, outcome=best))
    return found
