"""How much a device asks to be replaced: 0 to 100, the sum of reasons that are told.

| reason | points |
|---|---|
| age | 35 from half of the expected life to its end, 10 more until one and a half lives |
| support or security patches | 20 when they have ended, 10 when they end within a year |
| failures | 5 a ticket of the last year, 15 at most |
| repairs | 15 when they have cost half of the price, less in proportion |
| use | 5 for 30 hours a week or more, -10 for less than 2: what nobody uses can wait |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np

from inventory.errors import N_
from inventory.money.amounts import from_fen
from inventory.renewal.fleet import AS_IT_IS, UNKNOWN, Fleet, Ints, WhatIf, lives, month_of

_AGE_POINTS, _BEYOND_POINTS = 35, 10
_SUPPORT_ENDED, _SUPPORT_ENDING, _NOTICE_MONTHS = 20, 10, 12
_PER_FAILURE, _MOST_FAILURE_POINTS = 5, 15
_REPAIR_POINTS = 15
_BUSY_HOURS, _BUSY_POINTS = 30.0, 5
_IDLE_HOURS, _IDLE_POINTS = 2.0, -10

#: Sentences by the code of the reason; English message ids with named fields.
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "age": N_("{age} months old; expected to last {life}."),
        "age_unknown": N_("No date of purchase is registered, so its age does not count."),
        "support_ended": N_("Its support or security patches have ended."),
        "support_ending": N_("Its support or security patches end within a year."),
        "failures": N_("{count} tickets within a year."),
        "repairs": N_("Its repairs have cost {repairs} of its price of {price} yuan."),
        "busy": N_("In use {hours} hours a week."),
        "idle": N_("In use only {hours} hours a week, so it can wait."),
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score: a code, its points, and what its sentence is filled with."""

    code: str
    points: int
    arguments: Mapping[str, object]

    @property
    def sentence(self) -> str:
        """English message id; a caller translates it and fills in ``arguments``."""
        return SENTENCES[self.code]


@dataclass(frozen=True, slots=True)
class Scores:
    """Points of every device of a fleet by reason, and their sums from 0 to 100."""

    age: Ints
    support: Ints
    failures: Ints
    repairs: Ints
    use: Ints

    @property
    def total(self) -> Ints:
        summed = self.age + self.support + self.failures + self.repairs + self.use
        clipped: Ints = np.maximum(summed, 0)
        return clipped


def scores(fleet: Fleet, today: date, question: WhatIf = AS_IT_IS) -> Scores:
    """The points of every device."""
    return Scores(
        age=_age_points(fleet, today, question),
        support=_support_points(fleet, today),
        failures=np.minimum(fleet.failures * _PER_FAILURE, _MOST_FAILURE_POINTS),
        repairs=_repair_points(fleet),
        use=np.where(
            fleet.hours >= _BUSY_HOURS,
            _BUSY_POINTS,
            np.where(fleet.hours < _IDLE_HOURS, _IDLE_POINTS, 0),
        ).astype(np.int64),
    )


def reasons(
    fleet: Fleet, found: Scores, place: int, today: date, question: WhatIf = AS_IT_IS
) -> list[Reason]:
    """Why the device at a place has its score; the points add up to it unless they are below 0."""
    told = []
    if fleet.bought[place] == UNKNOWN:
        told.append(Reason("age_unknown", 0, {}))
    elif points := int(found.age[place]):
        life = int(lives(fleet, question)[place])
        age = {"age": int(fleet.age(today)[place]), "life": life}
        told.append(Reason("age", points, age))
    if points := int(found.support[place]):
        code = "support_ended" if points == _SUPPORT_ENDED else "support_ending"
        told.append(Reason(code, points, {}))
    if points := int(found.failures[place]):
        told.append(Reason("failures", points, {"count": int(fleet.failures[place])}))
    if points := int(found.repairs[place]):
        spent, price = (from_fen(int(one[place])) for one in (fleet.repairs, fleet.price))
        told.append(Reason("repairs", points, {"repairs": spent, "price": price}))
    if points := int(found.use[place]):
        hours = {"hours": round(float(fleet.hours[place]), 1)}
        told.append(Reason("busy" if points > 0 else "idle", points, hours))
    return told


def _age_points(fleet: Fleet, today: date, question: WhatIf) -> Ints:
    life = np.maximum(lives(fleet, question), 1)
    share = fleet.age(today) / life
    until_end = np.clip((share - 0.5) * 2, 0, 1) * _AGE_POINTS
    beyond = np.clip((share - 1) * 2, 0, 1) * _BEYOND_POINTS
    points = np.floor(until_end + beyond).astype(np.int64)
    return np.where(fleet.bought == UNKNOWN, 0, points)


def _support_points(fleet: Fleet, today: date) -> Ints:
    left = fleet.support - month_of(today)
    points = np.where(
        left < 0, _SUPPORT_ENDED, np.where(left <= _NOTICE_MONTHS, _SUPPORT_ENDING, 0)
    )
    return np.where(fleet.support == UNKNOWN, 0, points).astype(np.int64)


def _repair_points(fleet: Fleet) -> Ints:
    known = fleet.price > 0
    share = np.maximum(fleet.repairs, 0) / np.where(known, fleet.price, 1)
    points = np.floor(np.minimum(share * 2, 1) * _REPAIR_POINTS).astype(np.int64)
    return np.where(known, points, 0)
