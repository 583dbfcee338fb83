"""Who comes first for a ticket: by tier, skill and load; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Tier(IntEnum):
    """Who is asked first, then, and at last."""

    school = 1
    district = 2
    leader = 3


@dataclass(frozen=True, slots=True)
class Need:
    """What a repair asks for; empty where nobody knows.

    Args:
        kind: of the device.
        category: of the fault.
    """

    kind: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Worker:
    """One person who may be given tickets of a school.

    Args:
        user_id: of the log-in.
        name: what people call them.
        tier: for this school.
        named: the school names them for it, rather than their role alone.
        kinds: of devices they repair; empty: all.
        categories: of faults; empty: all.
        open: tickets they have that are not done.
        most_open: how many they can have; ``None``: any number.
        away: they are not there today.
    """

    user_id: str
    name: str
    tier: Tier
    named: bool = False
    kinds: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    open: int = 0
    most_open: int | None = None
    away: bool = False

    @property
    def free(self) -> bool:
        return not self.away and (self.most_open is None or self.open < self.most_open)

    def fits(self, need: Need) -> bool:
        """Whether it is their trade; who has said nothing repairs everything."""
        return _among(need.kind, self.kinds) and _among(need.category, self.categories)


def ranked(workers: Iterable[Worker], need: Need) -> Sequence[Worker]:
    """Who is free, the best choice first.

    Whose trade it is comes before whose it is not, the school before the district, whom the school
    names before others, and then who has the fewest tickets. Leaders are told, not given tickets.
    """
    free = [one for one in workers if one.free and one.tier is not Tier.leader]
    return sorted(
        free, key=lambda one: (not one.fits(need), one.tier, not one.named, one.open, one.user_id)
    )


def away_on(day: date, first: date | None, last: date | None) -> bool:
    """Whether a day lies within an absence; one without a first day is none."""
    return first is not None and first <= day and (last is None or day <= last)


def _among(wanted: str, known: frozenset[str]) -> bool:
    return not wanted or not known or wanted in known
