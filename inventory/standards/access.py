"""What the bound standards ask of a school's line: for plans, alerts and pages. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from inventory.models import NetworkPath
from inventory.standards.bound import Bound
from inventory.standards.documents import flows_of
from inventory.standards.model import BANDWIDTH, Flow, Holder, Measure

#: A test carries what it has to show plus this much, so that it proves it and no more.
_MARGIN = Decimal("1.1")
#: Terminals have ports of their own; no test of the line speaks of them.
_OF_LINES = BANDWIDTH - {Measure.terminal}
#: What only a test across the Internet outlet can show.
ACROSS_THE_OUTLET = frozenset({Measure.outlet, Measure.per_class, Measure.per_user})
_ON_PATH = {
    NetworkPath.inside: _OF_LINES - ACROSS_THE_OUTLET,
    NetworkPath.outside: ACROSS_THE_OUTLET,
}


class AccessTarget(NamedTuple):
    """The strictest access targets that hold for a school on a day.

    Several plans may bind; whoever keeps the highest keeps them all.

    Args:
        plan: that asks for the most.
        quote: its words.
        down: Mbit/s from the Internet; ``None`` where no plan speaks of that direction.
        up: towards it.
    """

    plan: str
    quote: str
    down: Decimal | None
    up: Decimal | None

    @property
    def mbps(self) -> Decimal:
        """The higher of both directions."""
        return max(one for one in (self.down, self.up) if one is not None)


def access_target(bound: Iterable[Bound]) -> AccessTarget | None:
    """The strictest access targets among those that hold; ``None`` where there are none.

    One that awaits confirmation is not among them, nor is what a plan merely found.
    """
    asked = [
        one
        for one in bound
        if one.target.measure is Measure.access and not one.pending and not one.target.baseline
    ]
    if not asked:
        return None
    by_flow = {
        flow: max((one.target.value for one in asked if flow in flows_of(one.target)), default=None)
        for flow in (Flow.down, Flow.up)
    }
    strictest = max(asked, key=lambda one: one.target.value)
    return AccessTarget(
        strictest.standard.plan, strictest.target.quote, by_flow[Flow.down], by_flow[Flow.up]
    )


def mbps_to_show(
    bound: Iterable[Bound], *, classes: int, persons: int, path: NetworkPath | None = None
) -> Decimal | None:
    """Mbit/s that a test of the line has to be able to show, for all that is asked of it.

    Targets that await confirmation are among them: their tests are made before they are judged.

    Args:
        bound: targets that hold for the school.
        classes: it has, for targets per class.
        persons: students and teachers, for targets per user.
        path: where another test goes the other way: only what this way shows, if anything asks it.
    """
    times = {Measure.per_class: classes, Measure.per_user: persons}
    asked = [
        (one.target.measure, one.target.value * times.get(one.target.measure, 1))
        for one in bound
        if one.target.measure in _OF_LINES
        and one.target.holder is Holder.school
        and not one.target.baseline
    ]
    shown = _OF_LINES if path is None else _ON_PATH[path]
    its = [mbps for measure, mbps in asked if measure in shown and mbps > 0]
    return max(its or (mbps for _, mbps in asked if mbps > 0), default=None)


def cap_of(asked: Decimal | None, down: Decimal, up: Decimal, most: int | None = None) -> int:
    """Bit/s that a test of a line may carry, a direction.

    Args:
        asked: Mbit/s of :func:`mbps_to_show`; without any the contract is to be shown.
        down: Mbit/s of the contract.
        up: likewise.
        most: what all tests of one moment may carry; a line that is asked for more cannot be tested
            in full, which its verdict says.
    """
    cap = int((asked or max(down, up)) * _MARGIN * 1_000_000)
    return cap if most is None else min(cap, most)
