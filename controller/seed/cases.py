"""What is planted in lines for the verdict to find, at one school in ten or so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from controller.seed.chance import chance
from inventory.models import Setting


class Case(StrEnum):
    """What the bandwidth verdict meets at a school, if anything but ordinary figures."""

    ordinary = "ordinary"
    #: The line was dead for days while the box lived.
    dead_line = "dead_line"
    #: The box was away for three weeks, and is back.
    absent_box = "absent_box"
    #: Two tests of three never take place.
    thin_tests = "thin_tests"
    #: The port of the box is slower than the target: it proves nothing.
    weak_box = "weak_box"
    #: Being rebuilt, and held against nothing meanwhile.
    exempt = "exempt"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A school that may have a case.

    Args:
        rank: counts schools of the city from 0.
        setting: the target of a box that is too weak is that of urban schools.
        ails: something else is wrong with it already.
    """

    rank: int
    setting: Setting
    ails: bool


#: Schools that are looked at together; the first of them have every case.
_BLOCK: Final = 40
#: How probable a case is in the other blocks.
_SHARE: Final = 0.5
#: Mbit/s of the port of a box that is too weak for a gigabit.
WEAK_PORT: Final = 100
#: Of the hourly tests, how many take place where they are thin.
THIN: Final = 0.33
#: Days before the end of the told time: a line was dead, a box away.
_DEAD: Final = ((24.0, 20.0), (6.0, 3.5))
_AWAY: Final = ((40.0, 17.0),)


def cases_of(seed: int, schools: Sequence[Candidate]) -> dict[int, Case]:
    """Cases by rank of the schools that have one; the same for the same city."""
    found: dict[int, Case] = {}
    planted = [case for case in Case if case is not Case.ordinary]
    for first in range(0, len(schools), _BLOCK):
        dice = chance(seed, "cases", first)
        free = [one for one in schools[first : first + _BLOCK] if not one.ails]
        if first:
            dice.shuffle(free)
        for case in planted:
            if first and dice.random() >= _SHARE:
                continue
            fits = (
                one
                for one in free
                if one.rank not in found
                and (case is not Case.weak_box or one.setting is Setting.urban)
                # The log-in of a school belongs to the first one, which is as it should be.
                and one.rank
            )
            chosen = next(fits, None)
            if chosen is not None:
                found[chosen.rank] = case
    return found


def dead_spans(case: Case, begin: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When the line of such a school carried nothing."""
    return _spans(_DEAD, begin, until) if case is Case.dead_line else []


def away_spans(case: Case, begin: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When the box of such a school was not heard of."""
    return _spans(_AWAY, begin, until) if case is Case.absent_box else []


def _spans(
    told: Sequence[tuple[float, float]], begin: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    spans = (
        (max(begin, until - timedelta(days=first)), until - timedelta(days=last))
        for first, last in told
    )
    return [(first, last) for first, last in spans if first < last]
