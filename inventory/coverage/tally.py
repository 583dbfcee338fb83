"""One figure as its two numbers, and how it stands against a target. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from inventory.standards.model import Comparison, Target


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted against what; both are kept, so that figures of many schools add up.

    Args:
        numerator: what is there, such as classrooms with a whiteboard; of a plain number all of it.
        denominator: what it is held against, such as classrooms; 1 a school for a plain number.
        unknown: cases of which nobody knows whether they count. They are in the denominator
            already, or with ``for_below`` would come into it.
        for_below: the unknown belong below: computers of which nobody knows whose they are lessen
            the students for each.
    """

    numerator: int
    denominator: int
    unknown: int = 0
    for_below: bool = False

    @property
    def value(self) -> Fraction | None:
        """The figure, the unknown counted as not there; ``None`` where there is nothing below."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def best(self) -> Fraction | None:
        """The figure, were all of the unknown there."""
        below = self.denominator + (self.unknown if self.for_below else 0)
        above = self.numerator + (0 if self.for_below else self.unknown)
        return Fraction(above, below) if below else None


class Stand(StrEnum):
    """How a figure stands against a target."""

    met = "met"
    missed = "missed"
    #: It would be met if the unknown cases counted: somebody has to look.
    open = "open"
    #: There is nothing to count, such as a school without classrooms.
    nothing = "nothing"


def total(tallies: Iterable[Tally]) -> Tally:
    """The same figure of several schools: sums above and below, never a mean of shares."""
    found = list(tallies)
    return Tally(
        sum(one.numerator for one in found),
        sum(one.denominator for one in found),
        sum(one.unknown for one in found),
        any(one.for_below for one in found),
    )


def stand(tally: Tally, target: Target, *, plain: bool) -> Stand:
    """Hold a figure against a target, exactly.

    Args:
        tally: the figure.
        target: its value and the side on which is right.
        plain: the figure is a number of things, not a share: the numerator alone counts.
    """
    if plain:
        tally = Tally(tally.numerator, 1, tally.unknown)
    if tally.value is None:
        # Students without any computer miss a ratio; no students and no computers miss nothing.
        return (
            Stand.missed
            if tally.numerator and not tally.unknown
            else (Stand.open if tally.numerator else Stand.nothing)
        )
    if _right(tally.value, target):
        return Stand.met
    best = tally.best
    return Stand.open if best is not None and _right(best, target) else Stand.missed


def _right(value: Fraction, target: Target) -> bool:
    wanted = Fraction(target.value)
    return value >= wanted if target.comparison is Comparison.at_least else value <= wanted
